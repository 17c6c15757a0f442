"""Numbers of clients, persons and leads."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from svyaz.crm.events import PhoneAttached
from svyaz.crm.models import Client, Lead, LeadContact, Person, PhoneNumber
from svyaz.crm.queries.firm import firm, parse_number
from svyaz.crm.schemas import PhoneChange, PhoneIn
from svyaz.crm.services.common import locked, may_edit, tell_changed, tell_clients
from svyaz.kit import events
from svyaz.kit.errors import Invalid, NotFound
from svyaz.kit.numbers import Number
from svyaz.kit.texts import Text
from svyaz.staff.models import Employee

NOT_A_NUMBER = Text(
    "Это не похоже на номер телефона. Пример: +7 495 123-45-67 доб. 12.",
    "This does not look like a telephone number. An example: +7 495 123-45-67 ext. 12.",
)
Owner = Client | Person | Lead | LeadContact


@transaction.atomic
def attach_phone(
    data: PhoneIn, *, by: Employee, client: uuid.UUID | None = None, person: uuid.UUID | None = None,
    lead: uuid.UUID | None = None,
) -> PhoneNumber:  # fmt: skip
    """Give a number to a client, a contact person or a lead. The same number of the same owner stays one."""
    owner: Owner
    if client:
        owner = locked(Client, client)
    elif person:
        owner = locked(Person, person)
    elif lead:
        owner = locked(Lead, lead)
    else:
        raise NotFound()
    may_edit(by, owner.responsible_id)
    phone = add_phones(owner, [data])[0]
    _tell(owner)
    return phone


@transaction.atomic
def change_phone(phone_id: uuid.UUID, data: PhoneChange, *, by: Employee) -> PhoneNumber:
    """Correct a number, its kind or its note."""
    phone = _found(phone_id, by)
    if data.number is not None and data.number != phone.as_written:
        _write(phone, _read(data.number, "number"))
    phone.kind = data.kind or phone.kind
    phone.note = phone.note if data.note is None else data.note
    phone.save()
    _attached(phone.owner(), phone)
    _tell(phone.owner())
    return phone


@transaction.atomic
def detach_phone(phone_id: uuid.UUID, *, by: Employee) -> None:
    """Take a number away from its owner. Calls that were theirs stay theirs: they happened."""
    phone = _found(phone_id, by)
    owner = phone.owner()
    phone.delete()
    _tell(owner)


def add_phones(owner: Owner, phones: Iterable[PhoneIn], path: str = "phones") -> list[PhoneNumber]:
    """Add numbers to a locked or new owner, in the given order after those it has. Raises Invalid naming the number."""
    settings = firm()
    field = {Client: "client", Person: "person", Lead: "lead", LeadContact: "lead_contact"}[type(owner)]
    present = list(PhoneNumber.objects.filter(**{field: owner}))
    place = max((phone.place for phone in present), default=-1)
    added = []
    for index, data in enumerate(phones):
        number = parse_number(data.number, settings)
        if not number.digits:
            raise Invalid(NOT_A_NUMBER, fields={f"{path}.{index}.number": [NOT_A_NUMBER]})
        same = next((phone for phone in present if _is_same(phone, number)), None)
        if same is not None:
            added.append(same)
            continue
        place += 1
        phone = PhoneNumber(**{field: owner}, kind=data.kind or _likely_kind(number), note=data.note, place=place)
        _write(phone, number)
        phone.save()
        present.append(phone)
        added.append(phone)
        _attached(owner, phone)
    return added


def attach_again(*owners: Owner) -> None:
    """The owners are back from deletion: calls that came meanwhile, and those going on, are theirs again."""
    for owner in owners:
        for phone in owner.phones.all():
            _attached(owner, phone)


def _read(written: str, field: str) -> Number:
    number = parse_number(written)
    if not number.digits:
        raise Invalid(NOT_A_NUMBER, fields={field: [NOT_A_NUMBER]})
    return number


def _write(phone: PhoneNumber, number: Number) -> None:
    phone.as_written = number.as_written
    phone.e164 = number.e164 or ""
    phone.extension = number.extension or ""
    phone.last10 = number.last10 or ""
    phone.digits = number.digits


def _is_same(phone: PhoneNumber, number: Number) -> bool:
    return phone.digits == number.digits and phone.extension == (number.extension or "")


def _likely_kind(number: Number) -> str:
    """+7 9… is a mobile; nothing is known of others."""
    return PhoneNumber.Kind.MOBILE if (number.e164 or "").startswith("+79") else PhoneNumber.Kind.WORK


def _found(phone_id: uuid.UUID, by: Employee) -> PhoneNumber:
    phone = PhoneNumber.objects.select_for_update().filter(pk=phone_id).first()
    if phone is None or getattr(phone.owner(), "deleted_at", None):
        raise NotFound()
    owner = phone.owner()
    may_edit(by, owner.lead.responsible_id if isinstance(owner, LeadContact) else owner.responsible_id)
    return phone


def _attached(owner: Owner, phone: PhoneNumber) -> None:
    if not phone.last10:
        return
    if isinstance(owner, Client):
        events.publish(PhoneAttached(phone.e164, phone.last10, client_ids=(owner.id,)))
    elif isinstance(owner, Person):
        clients = tuple(owner.contacts.filter(client__deleted_at=None).values_list("client_id", flat=True))
        events.publish(PhoneAttached(phone.e164, phone.last10, client_ids=clients, person_id=owner.id))
    else:
        lead_id = owner.lead_id if isinstance(owner, LeadContact) else owner.id
        events.publish(PhoneAttached(phone.e164, phone.last10, lead_id=lead_id))


def _tell(owner: Owner) -> None:
    """The card that shows the number changed. Its `version` did not: nobody editing other fields is in the way."""
    now = timezone.now()
    if isinstance(owner, Person):
        clients = Client.objects.filter(contacts__person=owner)
        Client.objects.filter(pk__in=[client.pk for client in clients]).update(updated_at=now)
        tell_clients(clients)
    elif isinstance(owner, Client):
        Client.objects.filter(pk=owner.pk).update(updated_at=now)
        tell_changed("client", owner)
    else:
        lead = owner.lead if isinstance(owner, LeadContact) else owner
        Lead.objects.filter(pk=lead.pk).update(updated_at=now)
        tell_changed("lead", lead)
