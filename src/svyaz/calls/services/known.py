"""Calls while they are being written: what the journal has of them, remembered between batches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from svyaz.calls.engine.views import CallView
from svyaz.calls.models import Call, CallEmployee, CallLeg, Recording
from svyaz.calls.services import filling, rows
from svyaz.kit.sql import ask_first


@dataclass
class Known:
    """A call with all that hangs on it; the last four are of the batch being written."""

    call: Call
    is_new: bool
    legs: dict[str, CallLeg] = field(default_factory=dict)
    people: dict[UUID, CallEmployee] = field(default_factory=dict)
    recordings: list[Recording] = field(default_factory=list)
    before: tuple[Any, ...] = ()
    openers: list[UUID] = field(default_factory=list)
    new_number: bool = False
    just_ended: bool = False

    def state(self) -> tuple[Any, ...]:
        """What browsers and the journal would see; a batch that leaves it as it was is not written."""
        return (
            tuple(getattr(self.call, name) for name in rows.COMPARED),
            {key: leg_state(leg) for key, leg in self.legs.items()},
            {one.employee_id: one.answered for one in self.people.values()},
        )

    def changed_legs(self) -> list[CallLeg]:
        """Legs that are not in the database as they are here."""
        before = self.before[1] if self.before else {}
        return [leg for key, leg in self.legs.items() if before.get(key) != leg_state(leg)]

    def changed_people(self) -> list[CallEmployee]:
        """Participants that are not in the database as they are here."""
        before = self.before[2] if self.before else {}
        return [one for one in self.people.values() if before.get(one.employee_id) != one.answered]


def leg_state(leg: CallLeg) -> tuple[Any, ...]:
    return (
        *(leg.call_id, leg.state, leg.outcome, leg.channel, leg.endpoint, leg.number, leg.employee_id),
        *(leg.began_at, leg.answered_at, leg.ended_at),
    )


class Memory:
    """Live calls as they were last written, by the exchange's id: spares reading them again for every batch.

    The version of the row says whether somebody else (a person picking a match, a recording) has changed it since.
    """

    def __init__(self) -> None:
        self._calls: dict[str, Known] = {}

    def keep(self, known: dict[str, Known]) -> None:
        """After the commit: remember what is live, forget what is over."""
        for identity, one in known.items():
            if one.call.live:
                self._calls[identity] = one
            else:
                self._calls.pop(identity, None)

    def forget(self) -> None:
        """After a failure: nothing here may be trusted."""
        self._calls.clear()

    def load(self, exchange_id: UUID, ids: set[str], views: Iterable[CallView]) -> dict[str, Known]:
        """The calls of a batch, their rows locked.

        A call whose id the exchange changed while we were away is found by its channels.
        """
        versions = _lock(exchange_id, ids)
        found, unknown = {}, []
        for identity, (pk, version) in versions.items():
            one = self._calls.get(identity)
            if one is not None and (one.call.pk, one.call.version) == (pk, version):
                one.is_new = one.new_number = one.just_ended = False
                one.openers = []
                found[identity] = one
            else:
                unknown.append(identity)
        if unknown:
            read = Call.objects.filter(exchange_id=exchange_id, exchange_call__in=unknown)
            found |= _with_parts({call.exchange_call: call for call in read})
        if strangers := [view for view in views if view.id not in found and view.seen_from_middle]:
            found |= _by_channels(exchange_id, strangers)
        for one in found.values():
            one.before = one.state()
        return found


_LOCK = """
SELECT exchange_call, id, version FROM calls_call WHERE exchange_id = %s AND exchange_call = ANY(%s)
 ORDER BY id FOR UPDATE
"""


def _lock(exchange_id: UUID, ids: set[str]) -> dict[str, tuple[UUID, int]]:
    return {identity: (pk, version) for identity, pk, version in ask_first(_LOCK, [exchange_id, sorted(ids)])}


def _by_channels(exchange_id: UUID, views: Iterable[CallView]) -> dict[str, Known]:
    keys = {leg.key: view.id for view in views for leg in filling.all_legs(view)}
    legs = CallLeg.objects.filter(key__in=keys, call__exchange=exchange_id, call__live=True)
    owners = {keys[leg.key]: leg.call_id for leg in legs}
    calls = Call.objects.select_for_update().in_bulk(set(owners.values()))
    return _with_parts({identity: calls[pk] for identity, pk in owners.items()})


def _with_parts(calls: dict[str, Call]) -> dict[str, Known]:
    found = {identity: Known(call, is_new=False) for identity, call in calls.items()}
    by_id = {one.call.id: one for one in found.values()}
    for leg in CallLeg.objects.filter(call__in=by_id):
        by_id[leg.call_id].legs[leg.key] = leg
    for participant in CallEmployee.objects.filter(call__in=by_id):
        by_id[participant.call_id].people[participant.employee_id] = participant
    if recorded := [one.call.id for one in by_id.values() if one.call.has_recording]:
        for recording in Recording.objects.filter(call__in=recorded).defer("peaks"):
            by_id[recording.call_id].recordings.append(recording)
    return found
