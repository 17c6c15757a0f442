"""From the engine's view of a call to its row: pure assignments, no queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from svyaz.calls.engine.states import Direction, LegState
from svyaz.calls.engine.views import CallView, Entry, LegView, Span, TransferView
from svyaz.calls.models import Call, CallLeg
from svyaz.calls.queries.cards import iso
from svyaz.calls.services.directory import FirmDirectory
from svyaz.kit import numbers

LONGEST_NAME = 200
_LEG_STATES = {
    LegState.DIALLED: CallLeg.State.RINGING,
    LegState.RINGING: CallLeg.State.RINGING,
    LegState.TALKING: CallLeg.State.TALKING,
    LegState.HELD: CallLeg.State.HELD,
    LegState.ENDED: CallLeg.State.ENDED,
}
# Said once per call, whoever sees it first; a process that came in the middle would say them again with its own time.
_ONCE = {"began", "rang", "answered"}


def fill(call: Call, view: CallView, directory: FirmDirectory, *, at: datetime) -> None:
    """Bring the row up to the view. What only one who saw the beginning knows is kept from the one who did."""
    middle = view.seen_from_middle
    if not middle or not call.direction:
        call.direction = view.direction.value
    call.state = view.state
    call.live = not view.ended
    call.began_at = earliest(call.began_at, view.began_at) or at
    call.answered_at = earliest(call.answered_at, view.answered_at)
    call.ended_at = None if call.live else call.ended_at or view.ended_at or at
    call.status = view.status.value if view.status else call.status
    if call.answered_at and call.status is None:
        call.status = Call.Status.ANSWERED
    if not call.line_id and view.direction is Direction.INCOMING:
        line = directory.line(view.line)
        call.line_id = line.id if line else None
        call.group_id = directory.group(line, view.line)
    elif view.direction is Direction.INTERNAL and not call.group_id:
        call.group_id = directory.group(None, view.callee.number)
    _fill_number(call, view, directory)
    call.talk = _joined_spans(call.talk, view.spans) if middle else _spans(view.spans)
    call.chronology = (
        _joined_entries(call.chronology, view.chronology) if middle else list(map(_entry, view.chronology))
    )
    call.transfers = (
        _joined_transfers(call.transfers, view.transfers) if middle else list(map(_transfer, view.transfers))
    )
    call.answered_by = list(dict.fromkeys([*(call.answered_by if middle else ()), *view.answered_by]))
    until = call.answered_at or call.ended_at
    call.waiting_ms = milliseconds(call.began_at, until) if until else 0
    call.talking_ms = talked(call.talk, call.ended_at)


def _fill_number(call: Call, view: CallView, directory: FirmDirectory) -> None:
    party = view.caller if view.direction is Direction.INCOMING else view.callee
    if name := clean(party.name, LONGEST_NAME):
        call.caller_name = name
    written = clean(party.number, numbers.MAX_LENGTH)
    if not written or (view.seen_from_middle and call.number_shown):
        return
    if view.direction is Direction.INTERNAL:
        call.number, call.number_shown = "", written[:64]
        return
    number = directory.parse(written)
    call.number = number.e164 or ""
    call.number_shown = number.shown[:64]


def all_legs(view: CallView) -> list[LegView]:
    """Everybody in the call, who dialled first; each once."""
    legs = [view.caller_leg, *view.legs] if view.caller_leg else list(view.legs)
    return list({leg.key: leg for leg in legs}.values())


def fill_leg(leg: CallLeg, seen: LegView, directory: FirmDirectory, *, at: datetime) -> None:
    """Bring a leg up to the view; one that has ended stays so."""
    leg.channel = clean(seen.channel, 150) or leg.channel
    leg.endpoint = clean(seen.endpoint, 80) or leg.endpoint
    leg.number = clean(seen.number, 64) or leg.number
    if leg.employee_id is None and seen.is_employee:
        employee = directory.employee(seen.endpoint, seen.number)
        leg.employee_id = employee.id if employee else None
    leg.began_at = earliest(leg.began_at, seen.began_at) or at
    leg.answered_at = earliest(leg.answered_at, seen.answered_at)
    if leg.answered_at is None and seen.state in (LegState.TALKING, LegState.HELD):
        leg.answered_at = at
    if leg.state != CallLeg.State.ENDED:
        leg.state = _LEG_STATES[seen.state]
    if leg.state == CallLeg.State.ENDED:
        leg.ended_at = leg.ended_at or seen.ended_at or at
    leg.outcome = seen.outcome.value if seen.outcome else leg.outcome


def close_leg(leg: CallLeg, *, at: datetime) -> None:
    """End a leg whose end nobody saw."""
    leg.state = CallLeg.State.ENDED
    leg.ended_at = leg.ended_at or at
    leg.outcome = leg.outcome or ("answered" if leg.answered_at else "cancelled")


def clean(text: str | None, length: int) -> str:
    """Text as the database takes it: no NUL, not longer than the column. Exchanges pass on what callers send."""
    return (text or "").replace("\0", "").strip()[:length]


def earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def milliseconds(began: datetime, ended: datetime) -> int:
    return max(0, round((ended - began).total_seconds() * 1000))


def talked(spans: Iterable[Sequence[str | None]], ended_at: datetime | None) -> int:
    """Milliseconds of talk; an open span counts up to the end of the call, not at all while it is up."""
    total = 0
    for began, ended in spans:
        until = datetime.fromisoformat(ended) if ended else ended_at
        if began and until:
            total += milliseconds(datetime.fromisoformat(began), until)
    return total


def _spans(spans: Iterable[Span]) -> list[list[str | None]]:
    return [[iso(span.began_at), iso(span.ended_at)] for span in spans]


def _joined_spans(known: list[list[str | None]], seen: Iterable[Span]) -> list[list[str | None]]:
    # The span that was open when we went away is the first one seen after: it began when we said it began.
    fresh = _spans(seen)
    if not known:
        return fresh
    closed = [span for span in known if span[1]]
    opened = [span for span in known if not span[1]]
    if opened and fresh:
        return [*closed, [opened[0][0], fresh[0][1]], *fresh[1:]]
    return [*closed, *opened, *(span for span in fresh if span not in closed)]


def _entry(entry: Entry) -> dict[str, Any]:
    details = {name: value[:LONGEST_NAME] if value else value for name, value in entry.details.items()}
    return {**details, "at": iso(entry.at), "kind": entry.kind}


def _joined_entries(known: list[dict[str, Any]], seen: Iterable[Entry]) -> list[dict[str, Any]]:
    said = {(entry["kind"], entry.get("endpoint")) for entry in known if entry["kind"] in _ONCE}
    found = {json.dumps(entry, sort_keys=True): entry for entry in known}
    for entry in map(_entry, seen):
        if (entry["kind"], entry.get("endpoint")) not in said:
            found.setdefault(json.dumps(entry, sort_keys=True), entry)
    return sorted(found.values(), key=lambda entry: entry["at"] or "")


def _transfer(transfer: TransferView) -> dict[str, Any]:
    return {
        "kind": transfer.kind,
        "by": transfer.by,
        "to": transfer.to,
        "outcome": transfer.outcome.value if transfer.outcome else None,
        "at": iso(transfer.at),
    }


def _joined_transfers(known: list[dict[str, Any]], seen: Iterable[TransferView]) -> list[dict[str, Any]]:
    fresh = list(map(_transfer, seen))
    return [*(transfer for transfer in known if transfer not in fresh), *fresh]
