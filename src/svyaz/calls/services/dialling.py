"""Click-to-call: whom, whether it may be, on which telephone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import phonenumbers
from django.db import transaction

from svyaz.calls import texts
from svyaz.calls.models import Call, CallGroup, CallLeg, Command, EndpointState, Exchange
from svyaz.calls.services.commands import give
from svyaz.calls.services.exchanges import the_exchange
from svyaz.crm import queries as crm
from svyaz.kit import numbers
from svyaz.kit.errors import Conflict, Invalid, NotFound, Unavailable
from svyaz.realtime import services as realtime
from svyaz.staff import queries as staff
from svyaz.staff.models import Employee, Right
from svyaz.staff.rights import effective_rights
from svyaz.staff.services import WEB_SUFFIX

# A person who pressed «call» waits about so long; later the call would surprise them.
DIAL_WITHIN = timedelta(seconds=15)
LONGEST_EXTENSION = 6

Via = Literal["panel", "desk"]


@dataclass(frozen=True)
class Target:
    """What to dial: digits for the exchange, and how people read it."""

    dialled: str
    e164: str | None
    shown: str


@dataclass(frozen=True)
class Dialled:
    """A call on its way. `number` is what a panel dials."""

    command_id: UUID
    via: Via
    number: str
    shown: str


def dial(actor: Employee, *, number: str | None, phone_id: UUID | None, from_panel: bool, at: datetime) -> Dialled:
    """Have the actor's telephone call somebody.

    Raises Forbidden without the right, Invalid for what cannot be dialled, Conflict (`no_extension`, `no_phone`) when
    the actor has no telephone on line, Unavailable when the exchange is down.
    """
    effective_rights(actor).require(Right.MAKE_CALLS)
    if not actor.extension:
        raise Conflict(texts.NO_EXTENSION, code="no_extension")
    target = _target(actor, number, phone_id)
    exchange = the_exchange()
    if exchange.state_at(at) != Exchange.State.UP:
        raise Unavailable(texts.EXCHANGE_DOWN, code="exchange_down")
    via = _telephone(exchange, actor.extension, from_panel=from_panel)
    with transaction.atomic():
        params = {
            "extension": actor.extension,
            "number": target.dialled,
            "shown": target.shown,
            "via": via,
            "abroad": effective_rights(actor).allows(Right.CALL_ABROAD),
        }
        if via == "panel":
            # The panel dials over its own SIP session: for the exchange there is nothing left to do.
            command = Command.objects.create(
                exchange=exchange,
                kind=Command.Kind.ORIGINATE,
                by=actor,
                params=params,
                state=Command.State.DONE,
                outcome="panel",
                expires_at=at + DIAL_WITHIN,
                finished_at=at,
            )
            if not from_panel:
                news = {"command_id": str(command.id), "number": target.dialled, "shown": target.shown}
                realtime.publish([staff.employee_topic(actor.id)], "phone.dial", news)
        else:
            command = give(exchange, Command.Kind.ORIGINATE, by=actor, params=params, expires_at=at + DIAL_WITHIN)
    return Dialled(command.id, via, target.dialled, target.shown)


def hang_up(actor: Employee, call_id: UUID, *, at: datetime) -> Command:
    """End the actor's own leg of a live call. Raises NotFound, Conflict (`call_over`)."""
    call = Call.objects.visible_to(actor).filter(pk=call_id).first()
    if call is None:
        raise NotFound
    leg = call.legs.filter(employee=actor).exclude(state=CallLeg.State.ENDED).order_by("-position").first()
    if not call.live or leg is None or not leg.channel:
        raise Conflict(texts.CALL_OVER, code="call_over")
    with transaction.atomic():
        return give(
            call.exchange,
            Command.Kind.HANGUP,
            by=actor,
            call=call,
            params={"channel": leg.channel, "key": leg.key},
            expires_at=at + DIAL_WITHIN,
        )


def _telephone(exchange: Exchange, extension: str, *, from_panel: bool) -> Via:
    registered = set(
        EndpointState.objects.filter(
            exchange=exchange, endpoint__in=[extension, extension + WEB_SUFFIX], registered=True
        ).values_list("endpoint", flat=True)
    )
    if from_panel or extension + WEB_SUFFIX in registered:
        return "panel"
    if extension in registered:
        return "desk"
    raise Conflict(texts.NO_PHONE, code="no_phone")


def _target(actor: Employee, number: str | None, phone_id: UUID | None) -> Target:
    if phone_id:
        phone = crm.phone_for(phone_id, actor)
        written = phone.e164 or phone.as_written
    else:
        written = (number or "").strip()
    digits = numbers.digits_of(written)
    if not phone_id and digits and digits == written and len(digits) <= LONGEST_EXTENSION:
        return _colleague(actor, digits)
    firm = crm.firm()
    parsed = numbers.parse(written, firm.country, firm.area_code)
    if parsed.e164 is None:
        raise Invalid(texts.NOT_DIALABLE, code="not_dialable", fields={"number": [texts.NOT_DIALABLE]})
    abroad = _abroad(parsed.e164, firm.country)
    if abroad and not effective_rights(actor).allows(Right.CALL_ABROAD):
        raise Invalid(texts.NOT_ABROAD, code="not_abroad", fields={"number": [texts.NOT_ABROAD]})
    return Target(parsed.e164 if abroad else parsed.e164.lstrip("+"), parsed.e164, parsed.shown)


def _colleague(actor: Employee, extension: str) -> Target:
    if extension == actor.extension:
        raise Invalid(texts.OWN_EXTENSION, code="not_dialable", fields={"number": [texts.OWN_EXTENSION]})
    if not staff.by_extension([extension]) and not CallGroup.objects.filter(number=extension).exists():
        raise Invalid(texts.NO_SUCH_EXTENSION, code="no_such_extension", fields={"number": [texts.NO_SUCH_EXTENSION]})
    return Target(extension, None, extension)


def _abroad(e164: str, country: str) -> bool:
    code = phonenumbers.parse(e164, None).country_code
    return code != phonenumbers.country_code_for_region(country)
