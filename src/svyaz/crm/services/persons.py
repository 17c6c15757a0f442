"""Contact persons."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from svyaz.crm.events import RecordRenamed
from svyaz.crm.models import Client, ClientContact, Person
from svyaz.crm.queries.cards import person_out
from svyaz.crm.schemas import PersonChange, PersonIn
from svyaz.crm.services.common import apply, check_fields, check_version, locked, may_edit, tell_changed, tell_clients
from svyaz.crm.services.phones import add_phones, attach_again
from svyaz.kit import events
from svyaz.staff.models import Employee


@transaction.atomic
def add_person(client_id: uuid.UUID, data: PersonIn, *, by: Employee) -> Person:
    """A new contact person of a client."""
    client = locked(Client, client_id)
    may_edit(by, client.responsible_id)
    person = put_person(client, data, is_main=not client.contacts.exists(), path="phones")
    tell_changed("client", client)
    return person


def put_person(client: Client, data: PersonIn, *, is_main: bool, path: str) -> Person:
    """Make the person of a locked or new client; `path` is where their numbers are in the input, for errors."""
    fields = data.model_dump(exclude={"phones"})
    check_fields(fields)
    person = Person.objects.create(**fields, responsible_id=client.responsible_id)
    ClientContact.objects.create(client=client, person=person, is_main=is_main)
    add_phones(person, data.phones, path)
    return person


@transaction.atomic
def change_person(person_id: uuid.UUID, data: PersonChange, *, by: Employee) -> Person:
    """Change the given fields. Raises Stale as `change_client`."""
    person = locked(Person, person_id)
    may_edit(by, person.responsible_id)
    check_version(person, data.version, person_out)
    changes = data.model_dump(exclude_unset=True, exclude={"version"})
    check_fields(changes)
    name = person.name
    apply(person, changes)
    if person.name != name:
        events.publish(RecordRenamed("person", person.id))
    tell_clients(person.clients.all())
    return person


@transaction.atomic
def delete_person(person_id: uuid.UUID, *, by: Employee) -> Person:
    """Put the person away; their numbers are nobody's until `restore_person`."""
    return _set_deleted(person_id, timezone.now(), by)


@transaction.atomic
def restore_person(person_id: uuid.UUID, *, by: Employee) -> Person:
    """Undo `delete_person`."""
    return _set_deleted(person_id, None, by)


def _set_deleted(person_id: uuid.UUID, moment: datetime | None, by: Employee) -> Person:
    person = locked(Person, person_id, deleted=moment is None)
    may_edit(by, person.responsible_id)
    person.deleted_at = moment
    apply(person, {})
    events.publish(RecordRenamed("person", person.id))
    if moment is None:
        attach_again(person)
    tell_clients(person.clients.all())
    return person
