"""The choke point: whatever a person reads passes `visible_to(actor)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from svyaz.staff.models import Employee

M = TypeVar("M", bound=models.Model, covariant=True)


class VisibleQuerySet(models.QuerySet[M]):
    """Base of the querysets of everything people read. A model that forgets to say who sees it is seen by nobody."""

    def visible_to(self, actor: Employee) -> Self:
        return self.none()
