"""Which telephones are registered at an exchange and what they do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from svyaz.calls.models import EndpointState
from svyaz.staff.services import set_line_states


@transaction.atomic
def write_endpoints(
    exchange_id: UUID,
    registered: Mapping[str, bool],
    states: Mapping[str, str],
    talking_to: Mapping[str, str],
    *,
    whole: bool,
    at: datetime,
) -> None:
    """Keep registrations by endpoint and presence by extension. `whole`: what is not named is not registered."""
    if whole:
        absent = EndpointState.objects.filter(exchange=exchange_id, registered=True).exclude(endpoint__in=registered)
        absent.update(registered=False, at=at)
    EndpointState.objects.bulk_create(
        [
            EndpointState(exchange_id=exchange_id, endpoint=endpoint[:80], registered=here, at=at)
            for endpoint, here in sorted(registered.items())
        ],
        update_conflicts=True,
        unique_fields=["exchange_id", "endpoint"],
        update_fields=["registered", "at"],
    )
    set_line_states(states, dict(talking_to))
