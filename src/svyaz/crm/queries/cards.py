"""Records as their cards show them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import cast

from svyaz.crm import ports
from svyaz.crm.models import Client, Lead, Person, PhoneNumber
from svyaz.crm.schemas import ClientCard, LeadCard, LeadContactOut, LeadState, Named, PersonOut, PhoneKind, PhoneOut
from svyaz.kit import numbers
from svyaz.kit.errors import NotFound
from svyaz.staff.models import Employee
from svyaz.staff.queries import person_ref


def phone_out(phone: PhoneNumber) -> PhoneOut:
    """A number for the browser."""
    return PhoneOut(
        id=phone.id,
        e164=phone.e164 or None,
        shown=numbers.shown(phone.e164) if phone.e164 else phone.as_written,
        as_written=phone.as_written,
        extension=phone.extension or None,
        kind=cast("PhoneKind", phone.kind),
        note=phone.note,
    )


def phones_out(phones: Iterable[PhoneNumber]) -> list[PhoneOut]:
    return [phone_out(phone) for phone in phones]


def person_out(person: Person) -> PersonOut:
    """A contact person with their numbers."""
    return PersonOut(
        id=person.id,
        name=person.name,
        position=person.position,
        email=person.email,
        comment=person.comment,
        phones=phones_out(person.phones.all()),
        version=person.version,
        deleted=person.deleted_at is not None,
    )


def client_for(client_id: uuid.UUID, actor: Employee) -> Client:
    """A client whose card the actor may open, also a deleted one. Raises NotFound."""
    found = Client.objects.openable_by(actor).filter(pk=client_id).select_related("responsible").first()
    if found is None:
        raise NotFound()
    return found


def lead_for(lead_id: uuid.UUID, actor: Employee) -> Lead:
    """A lead whose card the actor may open, also a deleted one. Raises NotFound."""
    found = Lead.objects.openable_by(actor).filter(pk=lead_id).select_related("responsible", "client").first()
    if found is None:
        raise NotFound()
    return found


def client_card(client: Client) -> ClientCard:
    """The whole card of a client."""
    persons = (
        Person.objects.present()
        .filter(contacts__client=client)
        .order_by("-contacts__is_main", "contacts__id")
        .prefetch_related("phones")
    )
    return ClientCard(
        id=client.id,
        name=client.name,
        full_name=client.full_name,
        kind=client.kind,  # type: ignore[arg-type]
        inn=client.inn,
        kpp=client.kpp,
        email=client.email,
        address=client.address,
        time_zone=client.time_zone,
        comment=client.comment,
        responsible=person_ref(client.responsible),
        phones=phones_out(client.phones.all()),
        persons=[person_out(person) for person in persons],
        orders_count=client.orders.filter(deleted_at=None).count(),
        calls_count=ports.calls_count(client.id),
        last_call_at=client.last_call_at,
        created_at=client.created_at,
        updated_at=client.updated_at,
        version=client.version,
        deleted=client.deleted_at is not None,
    )


def lead_card(lead: Lead) -> LeadCard:
    """The whole card of a lead."""
    return LeadCard(
        id=lead.id,
        name=lead.name,
        company=lead.company,
        email=lead.email,
        source=lead.source,
        comment=lead.comment,
        state=cast("LeadState", lead.state),
        responsible=person_ref(lead.responsible),
        client=Named(id=lead.client.id, name=lead.client.name) if lead.client else None,
        phones=phones_out(lead.phones.all()),
        contacts=[
            LeadContactOut(
                id=contact.id,
                name=contact.name,
                position=contact.position,
                email=contact.email,
                phones=phones_out(contact.phones.all()),
            )
            for contact in lead.contacts.prefetch_related("phones")
        ],
        created_at=lead.created_at,
        updated_at=lead.updated_at,
        version=lead.version,
        deleted=lead.deleted_at is not None,
    )
