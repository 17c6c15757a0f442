"""Leads."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from svyaz.crm.events import LeadCreated, RecordRenamed
from svyaz.crm.models import Lead
from svyaz.crm.queries.cards import lead_card
from svyaz.crm.schemas import LeadChange, LeadIn
from svyaz.crm.services.common import apply, check_fields, check_version, locked, may_edit, tell_changed
from svyaz.crm.services.phones import add_phones, attach_again
from svyaz.kit import events
from svyaz.staff.models import Employee


@transaction.atomic
def create_lead(data: LeadIn, *, by: Employee) -> Lead:
    """A new lead with numbers; `call_id` and the responsible as in `create_client`."""
    may_edit(by)
    fields = data.model_dump(exclude={"phones", "call_id"})
    fields["responsible_id"] = fields["responsible_id"] or by.id
    check_fields(fields)
    lead = Lead.objects.create(**fields)
    add_phones(lead, data.phones)
    events.publish(LeadCreated(lead.id, data.call_id, by.id))
    tell_changed("lead", lead)
    return lead


@transaction.atomic
def change_lead(lead_id: uuid.UUID, data: LeadChange, *, by: Employee) -> Lead:
    """Change the given fields. Raises Stale as `change_client`."""
    lead = locked(Lead, lead_id)
    may_edit(by, lead.responsible_id)
    check_version(lead, data.version, lead_card)
    changes = data.model_dump(exclude_unset=True, exclude={"version"})
    check_fields(changes)
    name = lead.name
    apply(lead, changes)
    if lead.name != name:
        events.publish(RecordRenamed("lead", lead.id))
    tell_changed("lead", lead)
    return lead


@transaction.atomic
def delete_lead(lead_id: uuid.UUID, *, by: Employee) -> Lead:
    """Put the lead away until `restore_lead`."""
    return _set_deleted(lead_id, timezone.now(), by)


@transaction.atomic
def restore_lead(lead_id: uuid.UUID, *, by: Employee) -> Lead:
    """Undo `delete_lead`."""
    return _set_deleted(lead_id, None, by)


def _set_deleted(lead_id: uuid.UUID, moment: datetime | None, by: Employee) -> Lead:
    lead = locked(Lead, lead_id, deleted=moment is None)
    may_edit(by, lead.responsible_id)
    lead.deleted_at = moment
    apply(lead, {})
    events.publish(RecordRenamed("lead", lead.id))
    if moment is None:
        attach_again(lead, *lead.contacts.all())
    tell_changed("lead", lead)
    return lead
