"""The journal of calls: newest first, by keyset, with its filters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from svyaz.calls.models import Call
from svyaz.calls.queries.cards import Json, cards, iso
from svyaz.calls.texts import BAD_CURSOR
from svyaz.crm.queries.finding import words_of
from svyaz.kit import numbers
from svyaz.kit.errors import Invalid
from svyaz.kit.paging import cursor_of, page_size, read_cursor
from svyaz.staff.models import Employee, Right
from svyaz.staff.rights import effective_rights

SHORTEST_SEARCH = 2
FEW = 4000


@dataclass(frozen=True)
class Filter:
    """What of the journal is asked for; an empty filter is the whole of it. `began` is from, `until` is before."""

    began: datetime | None = None
    until: datetime | None = None
    direction: str | None = None
    status: list[str] = field(default_factory=list)
    employee: UUID | None = None
    group: UUID | None = None
    client: UUID | None = None
    lead: UUID | None = None
    line: UUID | None = None
    q: str | None = None
    mine: bool = False
    unregistered: bool = False
    first_contact: bool = False
    has_recording: bool | None = None


def page(actor: Employee, wanted: Filter, cursor: str | None, limit: int | None) -> Json:
    """One page `{items: [CallCard], next}` of what the actor may see. Raises Invalid for a broken cursor."""
    size = page_size(limit)
    calls, last = _rows(actor, wanted, _read(cursor), size)
    return {
        "items": cards(calls, hearing=actor),
        "next": cursor_of(iso(last.began_at), last.id) if last else None,
    }


def _read(cursor: str | None) -> tuple[datetime, UUID] | None:
    key = read_cursor(cursor, 2)
    if key is None:
        return None
    try:
        return datetime.fromisoformat(key[0]), UUID(key[1])
    except (TypeError, ValueError) as error:
        raise Invalid(BAD_CURSOR, fields={"cursor": [BAD_CURSOR]}) from error


def _rows(
    actor: Employee, wanted: Filter, after: tuple[datetime, UUID] | None, size: int
) -> tuple[list[Call], Call | None]:
    found = Call.objects.visible_to(actor).filter(merged_into=None).filter(_conditions(wanted))
    employee = actor.id if wanted.mine or _sees_only_own(actor) else wanted.employee
    text = _search(wanted.q)
    few = _few(text) if employee and text else None
    found = found.filter(text) if few is None else found.filter(pk__in=few)
    if employee:
        # Ordered by the participant's own columns: one walk over the index (employee, began_at, call).
        found = found.filter(participants__employee=employee)
        order, columns = (
            ("-participants__began_at", "-participants__call"),
            ("participants__began_at", "participants__call"),
        )
    else:
        order, columns = ("-began_at", "-id"), ("began_at", "id")
    if after:
        found = found.filter(_before(columns, after))
    rows = list(found.order_by(*order)[: size + 1])
    return rows[:size], rows[size - 1] if len(rows) > size else None


def _before(columns: tuple[str, str], key: tuple[datetime, UUID]) -> Q:
    moment, identity = columns
    # The first condition alone lets the index be entered at the right place.
    return Q(**{f"{moment}__lte": key[0]}) & (Q(**{f"{moment}__lt": key[0]}) | Q(**{f"{identity}__lt": key[1]}))


def _conditions(wanted: Filter) -> Q:
    condition = Q()
    simple: dict[str, Any] = {
        "began_at__gte": wanted.began,
        "began_at__lt": wanted.until,
        "direction": wanted.direction,
        "client": wanted.client,
        "lead": wanted.lead,
        "line": wanted.line,
        "has_recording": wanted.has_recording,
    }
    condition &= Q(**{name: value for name, value in simple.items() if value is not None})
    if wanted.status:
        condition &= Q(status__in=wanted.status) if len(wanted.status) > 1 else Q(status=wanted.status[0])
    if wanted.group:
        condition &= Q(group=wanted.group)
    if wanted.unregistered:
        condition &= Q(client=None, lead=None) & ~Q(direction=Call.Direction.INTERNAL)
    if wanted.first_contact:
        condition &= Q(first_contact=True)
    return condition


def _few(text: Q) -> list[UUID] | None:
    """The calls that are meant, or None when they are more than FEW.

    An employee's calls are walked in order, which soon meets a frequent word and never a rare one; the planner does not
    see which it is through the join, so we look first.
    """
    found = list(Call.objects.filter(text).order_by().values_list("pk", flat=True)[: FEW + 1])
    return found if len(found) <= FEW else None


def _search(query: str | None) -> Q:
    """All parts of the query in the `search` column; with one condition each the trigram index finds them together."""
    text = " ".join((query or "").replace("\0", "").split())[:100]
    if len(text) < SHORTEST_SEARCH:
        return Q()
    digits = numbers.search_digits(text)
    condition = Q()
    for part in [digits] if digits else words_of(text):
        condition &= Q(search__contains=part)
    return condition


def _sees_only_own(actor: Employee) -> bool:
    reach = effective_rights(actor).over(Right.SEE_CALLS)
    return reach is not None and not reach.everyone and not reach.groups and set(reach.employees) == {actor.id}


def folded(text: str) -> str:
    """As the `search` column is written: lower case, ё as е."""
    return text.lower().replace("ё", "е")
