"""The exchange we are connected to: its state, the lease of its leader, what its configuration must know."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from svyaz.calls.models import CallGroup, Exchange, Line
from svyaz.realtime import services as realtime
from svyaz.staff import queries as staff
from svyaz.staff.models import Device, Right
from svyaz.staff.rights import effective_rights
from svyaz.staff.services import ensure_devices

MAIN = "main"


def the_exchange() -> Exchange:
    """The one exchange of the firm; made at the first look."""
    exchange, _ = Exchange.objects.get_or_create(name=MAIN)
    return exchange


def set_state(exchange_id: UUID, state: Exchange.State, *, reason: str, at: datetime) -> None:
    """Keep and push whether the exchange is up; nothing happens when it is as it was."""
    with transaction.atomic():
        exchange = Exchange.objects.select_for_update().get(pk=exchange_id)
        if exchange.state == state:
            return
        exchange.state, exchange.since, exchange.reason = state, at, reason
        exchange.save(update_fields=["state", "since", "reason"])
        realtime.publish([staff.EXCHANGE], "exchange", {"state": state.value, "since": at.isoformat()})


def lead(exchange_id: UUID, who: str, *, at: datetime, lease: timedelta) -> bool:
    """Become or stay the leader of an exchange until `at + lease`. False when another process has it."""
    free = Q(leader=who) | Q(leader="") | Q(lease_until=None) | Q(lease_until__lte=at)
    return bool(Exchange.objects.filter(free, pk=exchange_id).update(leader=who, lease_until=at + lease))


def step_down(exchange_id: UUID, who: str) -> None:
    """Give the lease back, so that another process need not wait for its end."""
    Exchange.objects.filter(pk=exchange_id, leader=who).update(leader="", lease_until=None)


def exchange_configuration() -> dict[str, Any]:
    """What the configuration of an exchange of ours is written from (`firm.json` of the exchange laboratory).

    Gives every employee with an extension their two telephones first.
    """
    employees = []
    for employee in staff.colleagues().exclude(extension=None).order_by("extension"):
        ensure_devices(employee)
        secrets = {device.kind: device.secret for device in employee.devices.all()}
        employees.append(
            {
                "extension": employee.extension,
                "name": employee.name,
                "secret_sip": secrets[Device.Kind.SIP],
                "secret_web": secrets[Device.Kind.WEBRTC],
                "may_call_abroad": effective_rights(employee).allows(Right.CALL_ABROAD),
                "line": None,
            }
        )
    groups, queues = [], []
    for one in CallGroup.objects.select_related("group").prefetch_related("group__members"):
        members = sorted(
            member.extension for member in one.group.members.all() if member.is_active and member.extension
        )
        common = {"number": one.number, "members": members, "ring_seconds": one.ring_seconds}
        if one.queue:
            queues.append({**common, "name": one.queue, "title": one.name})
        else:
            groups.append({**common, "name": one.name})
    lines = list(Line.objects.exclude(route=""))
    return {
        "employees": employees,
        "lines": [{"number": line.number.lstrip("+"), "name": line.name, "route": line.route} for line in lines],
        "ring_groups": groups,
        "queues": queues,
        "outgoing_line": lines[0].number.lstrip("+") if lines else None,
    }
