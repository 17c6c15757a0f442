"""From what is remembered to the view others get: direction, who called whom, status. The rules are said in `views`."""

from __future__ import annotations

from .directory import Directory
from .model import Call, Channel, Leg, dialable
from .states import UNANSWERED_OUT, Direction, LegState, Outcome, Status
from .views import CallView, Entry, Party

# Digits at the end by which two spellings of a number are known to be the same.
_ENOUGH = 7


def leg_number(channel: Channel, leg: Leg, directory: Directory, dialled: str = "") -> str:
    """An employee's extension; an outside party's number as it called, or as it was dialled."""
    if leg.employee:
        return directory.extension(channel.endpoint) or channel.number
    if not leg.rung:
        return channel.number
    if dialable(channel.rung_number):
        return _without_prefix(channel.rung_number, dialled)
    if dialable(dialled) and not directory.is_inside(dialled):
        return dialled
    dialler = channel.dialler
    return channel.number or (dialler.exten if dialler and dialable(dialler.exten) else "")


def _without_prefix(sent: str, dialled: str) -> str:
    """The same number as the person dialled it and as the exchange sent it on: the shorter one is without a prefix
    that was for the exchange, or for the line; of equal ones (8…, 7…) the line's is nearer to the full number."""
    same = len(dialled) >= _ENOUGH and sent[-_ENOUGH:] == dialled[-_ENOUGH:]
    return dialled if same and len(dialled) < len(sent) and not sent.startswith("+") else sent


def view_of(call: Call, directory: Directory) -> CallView:
    direction = direction_of(call, directory)
    return CallView(
        id=call.id,
        direction=direction,
        caller=_caller(call, direction),
        callee=_callee(call, direction),
        line=(call.dialled or None) if direction is Direction.INCOMING else None,
        state=_state(call),
        status=status_of(call, direction),
        began_at=call.began_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        answered_by=tuple(call.answered_by),
        caller_leg=call.caller.view() if call.caller else None,
        legs=tuple(leg.view() for leg in call.legs),
        transfers=tuple(transfer.view() for transfer in call.transfers),
        spans=tuple(call.spans),
        supervisors=tuple(ear.view() for ear in call.supervisors.values()),
        chronology=tuple(_in_order(call.entries)),
        seen_from_middle=call.from_middle,
        consultation_of=call.parent.id if call.parent and not call.parent.over else None,
    )


def called(call: Call) -> list[Leg]:
    """The legs of the called side."""
    return [leg for leg in call.legs if leg is not call.caller and not _rung_to_call(call, leg)]


def _rung_to_call(call: Call, leg: Leg) -> bool:
    """Another telephone of the calling side that was rung by the same command."""
    return call.by_command and leg.key in call.calling_keys


def direction_of(call: Call, directory: Directory) -> Direction:
    caller = call.caller
    others = called(call)
    if caller is None:
        return Direction.INCOMING if any(not leg.employee for leg in others) else Direction.INTERNAL
    if not caller.employee:
        # The exchange rang an outside party by command, to connect it with one of us.
        return Direction.OUTGOING if caller.rung else Direction.INCOMING
    if others:
        return Direction.INTERNAL if others[0].employee else Direction.OUTGOING
    number = call.dialled
    if not number and caller.rung:
        return Direction.OUTGOING  # by command, given up before the number was told: clients are called so
    return Direction.OUTGOING if dialable(number) and not directory.is_inside(number) else Direction.INTERNAL


def _party(leg: Leg) -> Party:
    return Party(leg.number or None, leg.endpoint or None, leg.name or None)


def _caller(call: Call, direction: Direction) -> Party:
    caller = call.caller
    if caller is None:
        return Party(None, None, None)
    if direction is Direction.OUTGOING and not caller.employee:
        return _callee_leg(call) or Party(call.dialled or None, None, None)
    return _party(caller)


def _callee_leg(call: Call) -> Party | None:
    legs = called(call)
    talked = [leg for leg in legs if leg.shown in call.answered_by]
    if talked:
        return _party(min(talked, key=lambda leg: call.answered_by.index(leg.shown)))
    if legs and len({leg.shown for leg in legs}) == 1:
        return _party(legs[-1])
    return None


def _callee(call: Call, direction: Direction) -> Party:
    number = call.dialled
    if direction is Direction.OUTGOING:
        if call.caller is not None and not call.caller.employee:
            return _party(call.caller)
        outside = [leg for leg in called(call) if not leg.employee]
        answered = [leg for leg in outside if leg.shown in call.answered_by]
        if not outside:
            return Party(number or None, None, None)
        leg = answered[0] if answered else outside[-1]
        return Party(leg.number or number or None, leg.endpoint or None, None)
    return _callee_leg(call) or Party(number or None, None, None)


def _state(call: Call) -> str:
    if call.over or call.ended_at is not None:
        return "ended"
    if not call.answered:
        return "ringing"
    held = any(leg.state is LegState.HELD for leg in [call.caller, *call.legs] if leg is not None)
    return "held" if held or not call.talking else "talking"


def status_of(call: Call, direction: Direction) -> Status | None:
    if call.answered:
        return Status.ANSWERED
    if call.ended_at is None and not call.over:
        return None
    outcomes = {leg.outcome for leg in called(call) if leg.outcome is not None}
    if direction is Direction.INCOMING:
        if outcomes and not call.queued:
            if outcomes == {Outcome.BUSY}:
                return Status.BUSY
            if outcomes <= {Outcome.BUSY, Outcome.REJECTED}:
                return Status.REJECTED
        return Status.MISSED
    if not outcomes:
        return _status_of_nobody_called(call)
    return next(status for outcome, status in UNANSWERED_OUT if outcome in outcomes)


def _status_of_nobody_called(call: Call) -> Status:
    if call.queued:
        return Status.MISSED
    caller = call.caller
    if caller is not None and caller.rung and not caller.answered_n:
        return Status.FAILED if caller.outcome is Outcome.FAILED else Status.CANCELLED
    if caller is not None and caller.answered_n and not caller.rung:
        return Status.ANSWERED  # a service of the exchange answered: voice mail, a conference with nobody in it
    return Status.FAILED


def _in_order(entries: list[Entry]) -> list[Entry]:
    if any(entry.at is None for entry in entries):
        return list(entries)
    return sorted(entries, key=lambda entry: entry.at.timestamp() if entry.at else 0.0)
