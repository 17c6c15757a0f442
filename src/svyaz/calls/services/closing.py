"""Calls the journal has as live and the exchange does not have any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from svyaz.calls.models import Call, CallLeg, Exchange
from svyaz.calls.queries.cards import iso
from svyaz.calls.services.filling import all_legs, close_leg
from svyaz.calls.services.push import push_call

legs_of = all_legs


def open_calls(exchange_id: UUID) -> dict[str, frozenset[str]]:
    """Calls that are live in the journal, by the exchange's id, with the keys of their legs."""
    calls = Call.objects.filter(exchange=exchange_id, live=True).prefetch_related("legs")
    return {call.exchange_call: frozenset(leg.key for leg in call.legs.all()) for call in calls}


def known_calls(exchange_id: UUID, keys: Mapping[str, Collection[str]]) -> set[str]:
    """Which of these calls (id → keys of their legs) the journal has, perhaps as part of another."""
    found = set(
        Call.objects.filter(exchange=exchange_id, exchange_call__in=keys).values_list("exchange_call", flat=True)
    )
    every = [key for of_call in keys.values() for key in of_call]
    legs = set(CallLeg.objects.filter(call__exchange=exchange_id, key__in=every).values_list("key", flat=True))
    return found | {identity for identity, of_call in keys.items() if legs.intersection(of_call)}


def note_serial(exchange_id: UUID, serial: int) -> None:
    """The exchange's records are followed up to this one."""
    Exchange.objects.filter(pk=exchange_id).update(cel_serial=serial)


def noted_serial(exchange_id: UUID) -> int | None:
    """Up to which record the exchange was followed; None if it never was."""
    return Exchange.objects.get(pk=exchange_id).cel_serial


@transaction.atomic
def close_unknown(exchange_id: UUID, exchange_call: str, *, at: datetime) -> None:
    """End a call whose end nobody saw or wrote down: the moment is the last thing known of it, and it is marked so."""
    call = Call.objects.select_for_update().filter(exchange=exchange_id, exchange_call=exchange_call, live=True).first()
    if call is None:
        return
    legs = list(call.legs.all())
    known = [call.began_at, call.answered_at, *(leg.ended_at or leg.answered_at or leg.began_at for leg in legs)]
    last = max(moment for moment in known if moment)
    call.live, call.state, call.ended_at, call.end_unknown = False, Call.State.ENDED, last, True
    if call.status is None:
        call.status = Call.Status.MISSED if call.direction == Call.Direction.INCOMING else Call.Status.FAILED
    call.chronology = [*call.chronology, {"at": iso(at), "kind": "end_unknown"}]
    call.version += 1
    call.save()
    for leg in legs:
        if leg.state != CallLeg.State.ENDED:
            close_leg(leg, at=last)
            leg.save()
    push_call(call)
