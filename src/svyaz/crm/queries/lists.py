"""Lists: filtered, sorted by an index, paged by key; never counted as a whole."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast

from django.db.models import F, Model, QuerySet, Value
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce

from svyaz.crm.models import Client, Lead, Order, PhoneNumber
from svyaz.crm.models.client import NEVER
from svyaz.crm.queries.cards import phone_out
from svyaz.crm.queries.finding import narrow_leads, page_of_clients
from svyaz.crm.schemas import ClientPage, ClientRow, LeadPage, LeadRow, OrderLineOut, OrderOut, OrderPage
from svyaz.kit.errors import Invalid
from svyaz.kit.paging import bad_cursor, cursor_of, page_size, read_cursor
from svyaz.kit.texts import Text
from svyaz.staff.models import Employee
from svyaz.staff.queries import person_ref

M = TypeVar("M", bound=Model)


class _Sort(NamedTuple):
    key: F | Coalesce
    attribute: str
    descending: bool


CLIENT_SORTS = {
    "name": _Sort(F("sort_name"), "sort_name", False),
    "-name": _Sort(F("sort_name"), "sort_name", True),
    "updated_at": _Sort(F("updated_at"), "updated_at", False),
    "-updated_at": _Sort(F("updated_at"), "updated_at", True),
    "last_call_at": _Sort(Coalesce(F("last_call_at"), Value(NEVER)), "last_call_at", False),
    "-last_call_at": _Sort(Coalesce(F("last_call_at"), Value(NEVER)), "last_call_at", True),
}


def clients(
    actor: Employee,
    *,
    q: str = "",
    responsible: uuid.UUID | None = None,
    kind: str | None = None,
    sort: str = "",
    cursor: str | None = None,
    limit: int | None = None,
) -> ClientPage:
    """A page of clients; `q` is parts of a name in any order, of a number in any spelling, or of an INN.

    `sort`: name, updated_at or last_call_at, with a minus descending. By default by name, and what was searched for by
    the latest change: whom one looks for is likelier somebody of late than somebody under А. Raises
    Invalid for another.
    """
    sort = sort or ("-updated_at" if q.strip() else "name")
    if sort not in CLIENT_SORTS:
        text = Text("Так список не сортируется.", "The list cannot be sorted so.")
        raise Invalid(text, fields={"sort": [text]})
    rows: QuerySet[Client] = Client.objects.visible_to(actor)
    if responsible:
        rows = rows.filter(responsible_id=responsible)
    if kind:
        rows = rows.filter(kind=kind)
    found, following = _page(rows.select_related("responsible"), CLIENT_SORTS[sort], cursor, limit, q)
    phones = _main_phones("client", [client.id for client in found])
    items = [
        ClientRow(
            id=client.id,
            name=client.name,
            kind=client.kind,  # type: ignore[arg-type]
            inn=client.inn,
            main_phone=phone_out(phones[client.id]) if client.id in phones else None,
            responsible=person_ref(client.responsible),
            last_call_at=client.last_call_at,
            updated_at=client.updated_at,
        )
        for client in found
    ]
    return ClientPage(items=items, next=following)


def leads(
    actor: Employee,
    *,
    q: str = "",
    state: str | None = None,
    responsible: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> LeadPage:
    """A page of leads, the newest first."""
    rows: QuerySet[Lead] = Lead.objects.visible_to(actor)
    if state:
        rows = rows.filter(state=state)
    if responsible:
        rows = rows.filter(responsible_id=responsible)
    if q.strip():
        rows = narrow_leads(rows, q)
    newest_first = _Sort(F("created_at"), "created_at", True)
    found, following = _page(rows.select_related("responsible"), newest_first, cursor, limit)
    phones = _main_phones("lead", [lead.id for lead in found])
    items = [
        LeadRow(
            id=lead.id,
            name=lead.name,
            company=lead.company,
            state=lead.state,  # type: ignore[arg-type]
            main_phone=phone_out(phones[lead.id]) if lead.id in phones else None,
            responsible=person_ref(lead.responsible),
            created_at=lead.created_at,
            updated_at=lead.updated_at,
        )
        for lead in found
    ]
    return LeadPage(items=items, next=following)


def orders(actor: Employee, client_id: uuid.UUID, *, cursor: str | None = None, limit: int | None = None) -> OrderPage:
    """A page of a client's orders, the newest first."""
    rows = Order.objects.visible_to(actor).filter(client_id=client_id).prefetch_related("lines")
    found, following = _page(rows, _Sort(F("at"), "at", True), cursor, limit)
    return OrderPage(items=[order_out(order) for order in found], next=following)


def orders_before(
    actor: Employee, client_id: uuid.UUID, before: tuple[datetime, uuid.UUID] | None, limit: int
) -> list[OrderOut]:
    """A client's orders older than `before` (at, id), the newest first: for lists of more than orders."""
    rows = Order.objects.visible_to(actor).filter(client_id=client_id).prefetch_related("lines")
    if before:
        at, last_id = before
        rows = rows.filter(at__lte=at).exclude(at=at, id__gte=last_id)
    return [order_out(order) for order in rows.order_by("-at", "-id")[:limit]]


def order_out(order: Order) -> OrderOut:
    """An order with its lines."""
    return OrderOut(
        id=order.id,
        number=order.number,
        at=order.at,
        state=order.state,  # type: ignore[arg-type]
        total=order.total,
        currency=order.currency,
        comment=order.comment,
        lines=[OrderLineOut.from_orm(line) for line in order.lines.all()],
    )


def _page(
    rows: QuerySet[M], sort: _Sort, cursor: str | None, limit: int | None, query: str = ""
) -> tuple[list[M], str | None]:
    """Rows after the cursor in the order of (key, id), and the cursor of the page that follows."""
    size = page_size(limit)
    if after := read_cursor(cursor, 2):
        # One comparison of rows and not "greater, or equal and …": the index then starts right at the place.
        comparison = TupleLessThan if sort.descending else TupleGreaterThan
        rows = rows.filter(comparison((sort.key, F("id")), _typed(after, sort)))
    order = [sort.key.desc(), F("id").desc()] if sort.descending else [sort.key.asc(), F("id").asc()]
    found: list[Any]
    if query.strip() and rows.model is Client:
        found = cast("list[Any]", page_of_clients(cast("QuerySet[Client]", rows), order, query, size + 1))
    else:
        found = list(rows.order_by(*order)[: size + 1])
    following = None
    if len(found) > size:
        last: Any = found[size - 1]
        following = cursor_of(getattr(last, sort.attribute) or NEVER, last.pk)
    return found[:size], following


def _typed(key: list[Any], sort: _Sort) -> tuple[Any, ...]:
    """The key of a cursor as values of the columns' types."""
    try:
        first: Any = str(key[0]) if sort.attribute == "sort_name" else datetime.fromisoformat(str(key[0]))
        return (Value(first), Value(uuid.UUID(str(key[1]))))
    except ValueError as error:
        raise bad_cursor() from error


def _main_phones(owner: str, ids: list[uuid.UUID]) -> dict[uuid.UUID, PhoneNumber]:
    found: dict[uuid.UUID, PhoneNumber] = {}
    for phone in PhoneNumber.objects.filter(**{f"{owner}__in": ids}).order_by("place", "id"):
        found.setdefault(getattr(phone, f"{owner}_id"), phone)
    return found
