"""Clients."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from svyaz.crm.events import ClientCreated, RecordRenamed
from svyaz.crm.models import Client
from svyaz.crm.queries.cards import client_card
from svyaz.crm.schemas import ClientChange, ClientIn
from svyaz.crm.services.common import apply, check_fields, check_version, locked, may_edit, tell_changed, tidy
from svyaz.crm.services.persons import put_person
from svyaz.crm.services.phones import add_phones, attach_again
from svyaz.kit import events
from svyaz.staff.models import Employee


@transaction.atomic
def create_client(data: ClientIn, *, by: Employee) -> Client:
    """A new client with numbers and persons. With `call_id` that call and earlier ones of the number are theirs.

    Without a responsible the one who creates it is. Raises Invalid naming every wrong field.
    """
    fields = tidy(data.model_dump(exclude={"phones", "persons", "call_id"}))
    fields["responsible_id"] = fields["responsible_id"] or by.id
    may_edit(by)
    check_fields(fields)
    client = Client.objects.create(**fields)
    add_phones(client, data.phones)
    for index, person in enumerate(data.persons):
        put_person(client, person, is_main=index == 0, path=f"persons.{index}.phones")
    events.publish(ClientCreated(client.id, data.call_id, by.id))
    tell_changed("client", client)
    return client


@transaction.atomic
def change_client(client_id: uuid.UUID, data: ClientChange, *, by: Employee) -> Client:
    """Change the given fields. Raises Stale when somebody was faster; its `current` is the present card."""
    client = locked(Client, client_id)
    may_edit(by, client.responsible_id)
    check_version(client, data.version, client_card)
    changes = tidy(data.model_dump(exclude_unset=True, exclude={"version"}))
    check_fields(changes)
    name = client.name
    apply(client, changes)
    if client.name != name:
        events.publish(RecordRenamed("client", client.id))
    tell_changed("client", client)
    return client


@transaction.atomic
def delete_client(client_id: uuid.UUID, *, by: Employee) -> Client:
    """Put the client away: lists, search and recognition of callers forget it until `restore_client`."""
    return _set_deleted(client_id, timezone.now(), by)


@transaction.atomic
def restore_client(client_id: uuid.UUID, *, by: Employee) -> Client:
    """Undo `delete_client`: everything of the client is as it was."""
    return _set_deleted(client_id, None, by)


def _set_deleted(client_id: uuid.UUID, moment: datetime | None, by: Employee) -> Client:
    client = locked(Client, client_id, deleted=moment is None)
    may_edit(by, client.responsible_id)
    client.deleted_at = moment
    apply(client, {})
    events.publish(RecordRenamed("client", client.id))
    if moment is None:
        attach_again(client, *client.persons.filter(deleted_at=None))
    tell_changed("client", client)
    return client


def last_call_statement(client_id: uuid.UUID, at: datetime) -> tuple[str, list[Any]]:
    """What remembers the latest call, for the list. Not a change people made: no version, no news.

    A statement with its parameters: the journal sends it along with its own.
    """
    return _LAST_CALL, [at, client_id, at]


_LAST_CALL = """
UPDATE crm_client SET last_call_at = %s WHERE id = %s AND (last_call_at IS NULL OR last_call_at < %s)
"""
