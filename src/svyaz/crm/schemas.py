"""What the CRM part of the API takes and gives."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from ninja import Schema
from pydantic import BeforeValidator, Field, StringConstraints

from svyaz.staff.schemas import PersonRef

ClientKind = Literal["company", "entrepreneur", "person"]
LeadState = Literal["new", "in_work", "quality", "converted", "lost"]
PhoneKind = Literal["work", "mobile", "home", "fax", "other"]


def _storable(value: object) -> object:
    # PostgreSQL keeps no NUL; a pasted one says nothing to a person either.
    return value.replace("\0", "") if isinstance(value, str) else value


_STORABLE = BeforeValidator(_storable)
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), _STORABLE]
LongLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=150), _STORABLE]
Area = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000), _STORABLE]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), _STORABLE]
LongName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=150), _STORABLE]


class PhoneOut(Schema):
    id: uuid.UUID
    e164: str | None
    shown: str
    as_written: str
    extension: str | None
    kind: PhoneKind
    note: str


class PhoneIn(Schema):
    number: Name
    kind: PhoneKind | None = None
    note: Line = ""


class PhoneChange(Schema):
    number: Name | None = None
    kind: PhoneKind | None = None
    note: Line | None = None


class Named(Schema):
    id: uuid.UUID
    name: str


class MatchPerson(Schema):
    id: uuid.UUID
    name: str
    position: str


class MatchLead(Schema):
    id: uuid.UUID
    name: str
    state: LeadState


class Match(Schema):
    """Somebody a number may belong to, and why.

    `reason` is a word and not a text: pushed events are the same for readers of both languages. `reason_detail` is what
    it is about: the extension that matched, or the number as it is kept where only its last ten digits matched.
    """

    kind: Literal["client", "person", "lead"]
    client: Named | None = None
    person: MatchPerson | None = None
    lead: MatchLead | None = None
    reason: Literal["number", "extension", "last10", "picked"]
    reason_detail: str = ""
    responsible: PersonRef | None = None


class WhoOut(Schema):
    e164: str | None
    shown: str
    matches: list[Match]


class PersonIn(Schema):
    name: LongName
    position: Line = ""
    email: LongLine = ""
    comment: Area = ""
    phones: list[PhoneIn] = Field(default_factory=list, max_length=50)


class PersonChange(Schema):
    version: int | None = None  # without it the last to save wins
    name: LongName | None = None
    position: Line | None = None
    email: LongLine | None = None
    comment: Area | None = None


class PersonOut(Schema):
    id: uuid.UUID
    name: str
    position: str
    email: str
    comment: str
    phones: list[PhoneOut]
    version: int
    deleted: bool


class ClientRow(Schema):
    id: uuid.UUID
    name: str
    kind: ClientKind
    inn: str
    main_phone: PhoneOut | None
    responsible: PersonRef | None
    last_call_at: datetime | None
    updated_at: datetime


class ClientPage(Schema):
    items: list[ClientRow]
    next: str | None


class ClientIn(Schema):
    name: Name
    kind: ClientKind = "company"
    full_name: Area = ""
    inn: Line = ""
    kpp: Line = ""
    email: LongLine = ""
    address: Area = ""
    comment: Area = ""
    responsible_id: uuid.UUID | None = None
    phones: list[PhoneIn] = Field(default_factory=list, max_length=50)
    persons: list[PersonIn] = Field(default_factory=list, max_length=50)
    call_id: uuid.UUID | None = None


class ClientChange(Schema):
    version: int
    name: Name | None = None
    kind: ClientKind | None = None
    full_name: Area | None = None
    inn: Line | None = None
    kpp: Line | None = None
    email: LongLine | None = None
    address: Area | None = None
    comment: Area | None = None
    responsible_id: uuid.UUID | None = None


class ClientCard(Schema):
    id: uuid.UUID
    name: str
    full_name: str
    kind: ClientKind
    inn: str
    kpp: str
    email: str
    address: str
    time_zone: str
    comment: str
    responsible: PersonRef | None
    phones: list[PhoneOut]
    persons: list[PersonOut]
    orders_count: int
    calls_count: int
    last_call_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    deleted: bool


class LeadIn(Schema):
    name: LongName
    company: LongLine = ""
    email: LongLine = ""
    source: Line = ""
    comment: Area = ""
    responsible_id: uuid.UUID | None = None
    phones: list[PhoneIn] = Field(default_factory=list, max_length=50)
    call_id: uuid.UUID | None = None


class LeadChange(Schema):
    version: int
    name: LongName | None = None
    company: LongLine | None = None
    email: LongLine | None = None
    source: Line | None = None
    comment: Area | None = None
    state: LeadState | None = None
    responsible_id: uuid.UUID | None = None


class LeadContactOut(Schema):
    id: uuid.UUID
    name: str
    position: str
    email: str
    phones: list[PhoneOut]


class LeadRow(Schema):
    id: uuid.UUID
    name: str
    company: str
    state: LeadState
    main_phone: PhoneOut | None
    responsible: PersonRef | None
    created_at: datetime
    updated_at: datetime


class LeadPage(Schema):
    items: list[LeadRow]
    next: str | None


class LeadCard(Schema):
    id: uuid.UUID
    name: str
    company: str
    email: str
    source: str
    comment: str
    state: LeadState
    responsible: PersonRef | None
    client: Named | None
    phones: list[PhoneOut]
    contacts: list[LeadContactOut]
    created_at: datetime
    updated_at: datetime
    version: int
    deleted: bool


class OrderLineOut(Schema):
    title: str
    quantity: Decimal
    unit: str
    price: Decimal
    total: Decimal


class OrderOut(Schema):
    id: uuid.UUID
    number: str
    at: datetime
    state: Literal["new", "in_work", "done", "cancelled"]
    total: Decimal
    currency: str
    comment: str
    lines: list[OrderLineOut]


class OrderPage(Schema):
    items: list[OrderOut]
    next: str | None
