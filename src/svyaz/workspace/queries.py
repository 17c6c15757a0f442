"""The start snapshot, smart search and the feed."""

from __future__ import annotations

import uuid
from datetime import datetime
from importlib.metadata import version
from typing import Any

from django.conf import settings

from svyaz.calls import queries as calls
from svyaz.calls.schemas import CallCard, LineOut
from svyaz.crm import queries as crm
from svyaz.kit.numbers import search_digits
from svyaz.kit.paging import bad_cursor, cursor_of, page_size, read_cursor
from svyaz.realtime.services import last_event
from svyaz.staff import queries as staff
from svyaz.staff.models import Employee
from svyaz.staff.schemas import GroupOut
from svyaz.workspace.schemas import ExchangeOut, FeedItem, FeedOrder, FeedPage, FirmOut, HitOut, Matched, StartOut

_VERSION = version("svyaz")
_SEARCHED = 12
_MOST_HITS = 50


def start(actor: Employee) -> StartOut:
    """All a browser needs to begin; the number of the newest event is read first, so that nothing falls between."""
    event = last_event()
    firm = crm.firm()
    return StartOut(
        me=staff.me(actor),
        event=event,
        employees=staff.live_list(),
        groups=[GroupOut(id=group.id, name=group.name) for group in staff.groups()],
        lines=[LineOut.model_validate(line) for line in calls.lines()],
        calls=[CallCard.model_validate(card) for card in calls.live_cards(actor)],
        missed_unseen=calls.missed_unseen(actor),
        firm=FirmOut(
            name=firm.name,
            country=firm.country,
            time_zone=firm.time_zone,
            uses_leads=staff.works_with_leads(actor, firm.uses_leads),
        ),
        exchange=ExchangeOut.model_validate(calls.exchange_state()),
        simulator=bool(settings.SIMULATOR),
        version=_VERSION,
    )


def search(actor: Employee, query: str, limit: int | None = None) -> list[HitOut]:
    """Whatever the query may mean: clients, persons, leads, colleagues, or a number to dial that nobody has."""
    limit = max(1, min(limit or _SEARCHED, _MOST_HITS))
    query = query.replace("\0", "").strip()[:200]
    if not query:
        return []
    colleagues = [_colleague(employee, query) for employee in staff.search(query, limit)]
    records = [
        HitOut(
            kind=hit.kind,  # type: ignore[arg-type]
            id=hit.id,
            client_id=hit.client_id,
            title=hit.title,
            subtitle=hit.subtitle,
            phones=hit.phones,
            matched=Matched(field=hit.matched_field, text=hit.matched_text),
        )
        for hit in crm.search(query, limit)
    ]
    hits = [*colleagues, *records][:limit]
    if search_digits(query) and not any(hit.matched and hit.matched.field in ("number", "extension") for hit in hits):
        hits = hits[: limit - 1] + _unknown_number(query)
    return hits


def _colleague(employee: Employee, query: str) -> HitOut:
    by_extension = bool(employee.extension and employee.extension.startswith(query))
    return HitOut(
        kind="employee",
        id=employee.id,
        client_id=None,
        title=employee.name,
        subtitle=employee.extension or "",
        phones=[],
        matched=Matched(
            field="extension" if by_extension else "name",
            text=(employee.extension or "") if by_extension else employee.name,
        ),
    )


def _unknown_number(query: str) -> list[HitOut]:
    number = crm.parse_number(query)
    if not number.e164:
        return []
    return [
        HitOut(
            kind="number",
            # The same number has the same id each time: lists in the browser are keyed by it.
            id=uuid.uuid5(uuid.NAMESPACE_URL, f"tel:{number.e164}"),
            client_id=None,
            title=number.shown,
            subtitle="",
            phones=[],
            matched=Matched(field="number", text=number.e164),
        )
    ]


def client_feed(
    actor: Employee, client_id: uuid.UUID, *, kinds: set[str], cursor: str | None, limit: int | None
) -> FeedPage:
    """A page of what happened with a client, the newest first. Raises NotFound."""
    crm.client_for(client_id, actor)
    before, size = _before(cursor), page_size(limit)
    items: list[FeedItem] = []
    if not kinds or "call" in kinds:
        items += _calls(calls.cards_for_client(client_id, actor, before, size + 1))
    if not kinds or "order" in kinds:
        items += _orders(actor, client_id, before, size + 1)
    return _page(items, size)


def lead_feed(
    actor: Employee, lead_id: uuid.UUID, *, kinds: set[str], cursor: str | None, limit: int | None
) -> FeedPage:
    """A page of what happened with a lead, the newest first. Raises NotFound."""
    crm.lead_for(lead_id, actor)
    before, size = _before(cursor), page_size(limit)
    items: list[FeedItem] = []
    if not kinds or "call" in kinds:
        items += _calls(calls.cards_for_lead(lead_id, actor, before, size + 1))
    return _page(items, size)


def _calls(cards: list[dict[str, Any]]) -> list[FeedItem]:
    found = [CallCard.model_validate(card) for card in cards]
    return [FeedItem(kind="call", at=card.began_at, id=card.id, call=card) for card in found]


def _orders(
    actor: Employee, client_id: uuid.UUID, before: tuple[datetime, uuid.UUID] | None, limit: int
) -> list[FeedItem]:
    return [
        FeedItem(
            kind="order",
            at=order.at,
            id=order.id,
            order=FeedOrder(id=order.id, number=order.number, total=order.total, state=order.state),
        )
        for order in crm.orders_before(actor, client_id, before, limit)
    ]


def _page(items: list[FeedItem], size: int) -> FeedPage:
    """Each source gave up to size + 1 items older than the cursor, so the newest `size` of all are complete."""
    items.sort(key=lambda item: (item.at, item.id), reverse=True)
    shown = items[:size]
    following = cursor_of(shown[-1].at.isoformat(), shown[-1].id) if len(items) > size else None
    return FeedPage(items=shown, next=following)


def _before(cursor: str | None) -> tuple[datetime, uuid.UUID] | None:
    key = read_cursor(cursor, 2)
    if key is None:
        return None
    try:
        return datetime.fromisoformat(str(key[0])), uuid.UUID(str(key[1]))
    except ValueError as error:
        raise bad_cursor() from error
