"""Single numbers."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Model, Q

from svyaz.crm.models import Client, Lead, LeadContact, Person, PhoneNumber
from svyaz.crm.models.base import RecordQuerySet
from svyaz.kit.errors import NotFound
from svyaz.staff.models import Employee


def phone_for(phone_id: uuid.UUID, actor: Employee) -> PhoneNumber:
    """A number of a record the actor may open, deleted ones too: they can be called. Raises NotFound."""
    phone = PhoneNumber.objects.filter(pk=phone_id).first()
    if phone is None:
        raise NotFound()
    owner = phone.owner()
    record = owner.lead if isinstance(owner, LeadContact) else owner
    kinds: dict[type[Model], RecordQuerySet[Any]] = {
        Client: Client.objects.openable_by(actor),
        Person: Person.objects.openable_by(actor),
        Lead: Lead.objects.openable_by(actor),
    }
    if not kinds[type(record)].filter(pk=record.pk).exists():
        raise NotFound()
    return phone


def some_numbers(limit: int) -> list[tuple[str, str]]:
    """A few outside numbers with the names of their owners, the same each time: callers for the simulator.

    Half of clients, half of contact persons («Имя, Фирма»).
    """
    half = (limit + 1) // 2
    own = PhoneNumber.objects.filter(~Q(e164=""), client__isnull=False, client__deleted_at=None)
    found = [
        (phone.e164, phone.client.name) for phone in own.select_related("client").order_by("id")[:half] if phone.client
    ]
    theirs = PhoneNumber.objects.filter(~Q(e164=""), person__isnull=False, person__deleted_at=None)
    for phone in theirs.select_related("person").order_by("id")[: limit - len(found)]:
        if phone.person:
            firm = Client.objects.present().filter(contacts__person=phone.person).first()
            found.append((phone.e164, f"{phone.person.name}, {firm.name}" if firm else phone.person.name))
    return found
