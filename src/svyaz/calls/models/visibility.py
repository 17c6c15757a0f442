"""Which calls an employee may see: the one choke point of every read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from svyaz.staff.models import Employee, Right
from svyaz.staff.rights import effective_rights
from svyaz.staff.visibility import VisibleQuerySet

if TYPE_CHECKING:
    from svyaz.calls.models.call import Call  # noqa: F401

M = TypeVar("M", bound=models.Model, covariant=True)


class CallQuerySet(VisibleQuerySet[M]):
    """Calls; every read of a person goes through `visible_to`."""

    def visible_to(self, actor: Employee) -> Self:
        """Own calls (the employee had a leg), calls of colleagues and groups the right reaches, or all of them."""
        return self._reached(actor, Right.SEE_CALLS)

    def audible_to(self, actor: Employee) -> Self:
        """Calls whose recordings the employee may hear: a right of its own, but never wider than seeing the call."""
        return self.visible_to(actor)._reached(actor, Right.HEAR_RECORDINGS)

    def before(self, began_at: datetime, call_id: UUID) -> Self:
        """Calls older than that one, by the keyset of the journal."""
        # The first condition alone lets the index be entered at the right place.
        return self.filter(Q(began_at__lt=began_at) | Q(id__lt=call_id), began_at__lte=began_at)

    def _reached(self, actor: Employee, right: Right) -> Self:
        reach = effective_rights(actor).over(right)
        if reach is None:
            return self.none()
        if reach.everyone:
            return self
        took_part = apps.get_model("calls", "CallEmployee").objects.filter(
            call=OuterRef("pk"), employee__in=reach.employees
        )
        condition = Q(Exists(took_part))
        if reach.groups:
            condition |= Q(group__in=reach.groups)
        return self.filter(condition)
