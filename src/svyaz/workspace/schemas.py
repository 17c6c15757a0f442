"""What the joined screens get."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Literal

from ninja import Schema

from svyaz.calls.schemas import CallCard, LineOut
from svyaz.crm.schemas import PhoneOut
from svyaz.staff.schemas import EmployeeLive, GroupOut, Me, PersonRef


class FirmOut(Schema):
    name: str
    country: str
    time_zone: str
    uses_leads: bool


class ExchangeOut(Schema):
    state: Literal["up", "down", "starting"]
    since: datetime | None


class StartOut(Schema):
    """The snapshot a browser starts from; events after `event` bring it up to date."""

    me: Me
    event: int
    employees: list[EmployeeLive]
    groups: list[GroupOut]
    lines: list[LineOut]
    calls: list[CallCard]
    missed_unseen: int
    firm: FirmOut
    exchange: ExchangeOut
    simulator: bool
    version: str


class Matched(Schema):
    field: str
    text: str


class HitOut(Schema):
    kind: Literal["client", "person", "lead", "employee", "number"]
    id: uuid.UUID | None
    client_id: uuid.UUID | None
    title: str
    subtitle: str
    phones: list[PhoneOut]
    matched: Matched | None


class SearchOut(Schema):
    hits: list[HitOut]


class FeedOrder(Schema):
    id: uuid.UUID
    number: str
    total: Decimal
    state: str


class FeedNote(Schema):
    text: str
    author: PersonRef | None = None


class FeedItem(Schema):
    kind: Literal["call", "order", "note"]
    at: datetime
    id: uuid.UUID
    call: CallCard | None = None
    order: FeedOrder | None = None
    note: FeedNote | None = None


class FeedPage(Schema):
    items: list[FeedItem]
    next: str | None
