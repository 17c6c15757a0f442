"""The browser as an employee's telephone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from svyaz.calls import texts
from svyaz.kit.errors import Conflict
from svyaz.realtime import services as realtime
from svyaz.staff import queries as staff
from svyaz.staff.models import Device, Employee
from svyaz.staff.services import ensure_devices

SIP_DOMAIN = "svyaz.invalid"
CALL_HEADER = "X-Svyaz-Call"


def phone_account(actor: Employee) -> dict[str, Any]:
    """PhoneAccount; the random password goes to the employee's own session only. Raises Conflict (`no_extension`)."""
    if not actor.extension:
        raise Conflict(texts.NO_EXTENSION, code="no_extension")
    device = _web(actor)
    if device is None:
        ensure_devices(actor)
        device = _web(actor)
    assert device is not None
    return {
        "extension": actor.extension,
        "endpoint": device.endpoint,
        "uri": f"sip:{device.endpoint}@{SIP_DOMAIN}",
        "login": device.endpoint,
        "password": device.secret,
        "ws": "/ws/sip",
        "ice_servers": [{"urls": [url]} for url in settings.ICE_SERVERS],
        "record_header": CALL_HEADER,
    }


def take_phone(actor: Employee, window: UUID) -> None:
    """A window goes on line as this employee's telephone; one on line on another device hears of it and leaves.

    The exchange keeps one contact per panel: two that both register would take it from each other for ever.
    """
    with transaction.atomic():
        realtime.publish([staff.employee_topic(actor.id)], "phone.taken", {"window": str(window)})


def _web(actor: Employee) -> Device | None:
    return staff.devices().filter(employee=actor, kind=Device.Kind.WEBRTC).first()
