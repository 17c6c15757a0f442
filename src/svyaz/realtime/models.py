"""The outbox."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Event(models.Model):
    """One piece of news. Ids become visible in ascending order (see `services.publish`), so a reader that has seen n
    never misses one below n."""

    id = models.BigAutoField(primary_key=True)
    topics = ArrayField(models.TextField())
    kind = models.CharField(max_length=40)
    data = models.JSONField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"
