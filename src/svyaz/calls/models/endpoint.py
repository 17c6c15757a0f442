"""What the exchange says of a telephone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class EndpointState(models.Model):
    """Whether a telephone is registered at the exchange now: a call to it would ring."""

    pk = models.CompositePrimaryKey("exchange_id", "endpoint")
    exchange = models.ForeignKey("calls.Exchange", models.CASCADE, related_name="endpoints", db_index=False)
    endpoint = models.CharField(max_length=80)
    registered = models.BooleanField(default=False)
    state = models.CharField(max_length=20, blank=True, help_text="device state in our words")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["endpoint"], name="endpoint_state_name")]

    def __str__(self) -> str:
        return f"{self.endpoint} {'registered' if self.registered else 'absent'}"
