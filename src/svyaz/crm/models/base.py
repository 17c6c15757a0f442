"""What clients, persons and leads have in common."""

from __future__ import annotations

from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat, Left, Lower, Replace

from svyaz.kit.ids import uuid7
from svyaz.staff.models import Employee
from svyaz.staff.visibility import VisibleQuerySet

M = TypeVar("M", bound="Record", covariant=True)

# Fields of a name longer than this sort alike; keeps index entries far below the limit of a B-tree.
SORTED_LENGTH = 80


class RecordQuerySet(VisibleQuerySet[M]):
    """Every signed-in employee sees the firm's clients; the deleted are in no list, only their cards can be opened."""

    def present(self) -> Self:
        """Without the deleted."""
        return self.filter(deleted_at=None)

    def visible_to(self, actor: Employee) -> Self:
        return self.openable_by(actor).present()

    def openable_by(self, actor: Employee) -> Self:
        """Also the deleted: their calls are in the journal, and whoever talks to one must see what became of it."""
        return self.all() if actor.is_active else self.none()


def folded(*fields: str) -> Any:
    """Fields as one lower-case text for search and sorting; ё is written as е by half of the country."""
    parts: list[Any] = []
    for field in fields:
        parts += [models.F(field), Value(" ")]
    text = Concat(*parts[:-1], output_field=models.TextField()) if len(fields) > 1 else models.F(fields[0])
    return Replace(Lower(text), Value("ё"), Value("е"), output_field=models.TextField())


def search_field(*fields: str) -> models.GeneratedField:
    return models.GeneratedField(expression=folded(*fields), output_field=models.TextField(), db_persist=True)


def sort_field(field: str) -> models.GeneratedField:
    return models.GeneratedField(
        expression=Left(folded(field), SORTED_LENGTH), output_field=models.TextField(), db_persist=True
    )


class Record(models.Model):
    """A record people edit: who changed it last is known by `version`, and a deleted one can come back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    # Ref_Key of the record in the base of 1C this one is kept in step with.
    external_id = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        abstract: ClassVar[bool] = True
