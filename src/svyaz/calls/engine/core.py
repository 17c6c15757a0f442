"""What all parts of the engine stand on: the calls, their legs, and what may happen to them."""

from __future__ import annotations

from datetime import datetime, timedelta

from .changes import (
    CallAnswered,
    CallBegan,
    CallEnded,
    CallsMerged,
    Change,
    LegAnswered,
    LegBridged,
    LegEnded,
    LegRang,
    SupervisorLeft,
)
from .directory import Directory
from .events import ChannelState, HangupReason, Seen
from .model import Call, Channel, Leg
from .states import LegNews, Outcome, TransferOutcome, outcome_of
from .summary import leg_number, view_of
from .topology import Topology
from .views import Span

# A gap in the talk this short is the exchange moving channels between bridges, not silence.
_SEAM = timedelta(milliseconds=100)
# How long the end of a call by command is held back for the report that says what number it was for.
_REPORT_WITHIN = timedelta(seconds=3)


class Core:
    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.net = Topology()
        self.calls: dict[str, Call] = {}
        self.groups: dict[str, Call] = {}
        self.closing: list[Call] = []
        self.out: list[Change] = []
        self.now: datetime | None = None
        self.n = 0
        self._made = 0

    def emit(self, change: Change) -> None:
        self.out.append(change)

    # Channels

    def see(self, seen: Seen | None, *, began: bool = False) -> Channel | None:
        """The channel an event speaks of, with what the event tells of it; None if it is gone already."""
        if seen is None:
            return None
        channel = self.net.channels.get(seen.key)
        if channel is None:
            if not seen.key or not seen.channel or self.net.is_gone(seen.key):
                return None
            channel = Channel(
                seen.key, seen.channel, seen.endpoint, seen.pair, seen.half, seen.group or seen.key, self.now
            )
            channel.from_middle = not began
            self.net.add(channel)
        channel.learn(seen)
        if seen.state is not None:
            self.reach(channel, seen.state)
        return channel

    def reach(self, channel: Channel, state: ChannelState) -> None:
        """The channel is in this state; states never go back."""
        if state.value <= channel.state.value:
            return
        channel.state = state
        if state is ChannelState.RINGING:
            channel.rang_at = self.now
            self.leg_rang(channel)
        elif state is ChannelState.UP:
            channel.up_at = self.now
            self.leg_answered(channel)

    def leg_rang(self, channel: Channel) -> None:
        leg, call = channel.leg, channel.call
        if leg is None or call is None or not leg.rung or not leg.hears(LegNews.RANG):
            return
        leg.rang_at = channel.rang_at
        call.note(leg.rang_at, "rang", endpoint=leg.endpoint or None, number=leg.number or None)
        self.emit(LegRang(call.id, leg.rang_at, leg.key))

    def leg_answered(self, channel: Channel) -> None:
        leg, call = channel.leg, channel.call
        if leg is None or call is None or not leg.hears(LegNews.ANSWERED):
            return
        leg.answered_at = channel.up_at
        leg.answered_n = self.n
        if leg is call.caller:
            call.was_up = True
        if leg.rung:
            leg.outcome = Outcome.ANSWERED
            if leg.key in call.calling_keys and (call.caller is None or not call.caller.answered_n):
                call.caller = leg  # of several telephones rung for the calling side, the one that was taken
            call.note(leg.answered_at, "answered", endpoint=leg.endpoint or None, number=leg.number or None)
            self.emit(LegAnswered(call.id, leg.answered_at, leg.key))

    # Calls

    def new_call(self, key: str, group: str, began_at: datetime | None) -> Call:
        self._made += 1
        name = key
        while name in self.calls or self.net.is_gone(name):
            name = f"{key}/{self._made}"
        call = Call(name, self._made, began_at)
        self.calls[name] = call
        if group:
            call.groups.add(group)
            self.groups[group] = call
        return call

    def join(self, call: Call, channel: Channel, *, calling: bool, rung: bool) -> Leg:
        """Make the channel a party of the call."""
        leg = Leg(
            channel.key,
            channel.name,
            channel.endpoint,
            self.directory.is_employee(channel.endpoint),
            "",
            channel.caller_name,
            rung,
            channel.began_at,
            began_n=self.n,
        )
        leg.number = leg_number(channel, leg, self.directory, call.dialled)
        channel.leg, channel.call = leg, call
        first = not call.entries
        call.live[channel.key] = channel
        if calling and (call.caller is None or not call.caller.answered_n):
            call.caller = call.caller if call.caller is not None and rung else leg
        if rung or not calling:
            call.legs.append(leg)
        if first:
            call.from_middle = channel.from_middle
            # The first channel of a consultation is the colleague's: whoever asks is lent by the call it is about.
            who = leg if call.caller is None else call.caller
            call.note(call.began_at, "began", endpoint=who.endpoint or None, number=who.number or None)
            self.emit(CallBegan(call.id, self.now))
        if channel.rang_at is not None or channel.state is ChannelState.RINGING:
            self.leg_rang(channel)
        if channel.state is ChannelState.UP:
            self.leg_answered(channel)
        return leg

    def members(self, call: Call) -> list[tuple[Channel, Leg]]:
        """The live channels of a call, each with its leg in it."""
        found = [(channel, channel.leg) for channel in call.live.values() if channel.leg is not None]
        if call.consultant is not None and call.caller is not None:
            found.append((call.consultant, call.caller))
        return found

    def refresh(self, call: Call) -> list[Channel]:
        """See who is connected with whom in the call; returns the channels that are."""
        talking: list[Channel] = []
        for channel, leg in self.members(call):
            bridged = bool(channel.bridge) and any(
                other is not channel and (other.call is call or other.consults is call)
                for other in self.net.parties(channel)
            )
            if bridged:
                talking.append(channel)
                leg.talked = True
                if not leg.bridged:
                    self.emit(LegBridged(call.id, self.now, leg.key, channel.bridge))
            leg.bridged = bridged
        if talking and not call.talking:
            self._begin_span(call)
        elif not talking and call.talking:
            call.spans[-1] = Span(call.spans[-1].began_at, self.now)
        call.talking = bool(talking)
        if talking:
            self._answer(call, talking)
        return talking

    def _begin_span(self, call: Call) -> None:
        last = call.spans[-1] if call.spans else None
        if last and last.ended_at and self.now and self.now - last.ended_at <= _SEAM:
            call.spans[-1] = Span(last.began_at, None)
        else:
            call.spans.append(Span(self.now, None))

    def _answer(self, call: Call, talking: list[Channel]) -> None:
        for channel in talking:
            leg = channel.leg if channel.call is call else None
            if leg is None or leg is call.caller:
                continue
            if leg.outcome is None:
                leg.outcome = Outcome.ANSWERED
            if leg.shown not in call.answered_by:
                call.answered_by.append(leg.shown)
            if not call.answered:
                call.answered = True
                call.answered_at = leg.answered_at if leg.rung and leg.answered_at else self.now
                if call.from_middle and channel.from_middle:
                    call.answered_at = self.now
                self.emit(CallAnswered(call.id, call.answered_at, leg.key))

    # Ends

    def end_leg(self, channel: Channel, reason: HangupReason) -> None:
        """The channel is gone: so is its part in the call, and the call with its last part."""
        leg, call = channel.leg, channel.call
        self.net.remove(channel)
        if leg is None or call is None:
            return
        if leg.hears(LegNews.ENDED):
            leg.ended_at = self.now
            leg.bridged = False
            self._conclude(call, leg, channel, reason)
        call.live.pop(channel.key, None)
        if not call.over:
            self.refresh(call)
            if all(each.consults is not None for each in call.live.values()):
                self._leave_to_consultations(call)
                self.end_call(call)

    def _leave_to_consultations(self, call: Call) -> None:
        """Whom it was all about has hung up. Whoever consults about them goes on with that as with any call."""
        for channel in list(call.live.values()):
            consultation, leg = channel.consults, channel.leg
            if consultation is None or leg is None:
                continue
            if leg.hears(LegNews.ENDED):
                leg.ended_at = self.now
                self._conclude(call, leg, channel, HangupReason.NORMAL)
            channel.consults = consultation.consultant = None
            channel.call, channel.leg = consultation, consultation.caller
            consultation.live[channel.key] = channel
        call.live.clear()

    def _conclude(self, call: Call, leg: Leg, channel: Channel, reason: HangupReason) -> None:
        if leg.answered_n or leg.talked:
            leg.outcome = Outcome.ANSWERED
        elif not leg.rung:
            leg.outcome = Outcome.CANCELLED
        elif leg.outcome is None:
            rang = leg.rang_at is not None or channel.state is ChannelState.RINGING
            leg.outcome = outcome_of(channel.result, reason, rang=rang, employee=leg.employee)
        if leg.outcome is Outcome.CANCELLED and (channel.forwarded or self._answered_meanwhile(call, leg)):
            leg.outcome = Outcome.ELSEWHERE
        call.note(self.now, "left", endpoint=leg.endpoint or None, number=leg.number or None, outcome=leg.outcome.value)
        if leg.rung:
            self.emit(LegEnded(call.id, self.now, leg.key, leg.outcome))

    def _answered_meanwhile(self, call: Call, leg: Leg) -> bool:
        side = leg.key in call.calling_keys
        return any(
            other.answered_n > leg.began_n and other is not leg and (other.key in call.calling_keys) is side
            for other in call.legs
        )

    def end_call(self, call: Call) -> None:
        """Nobody is left in it. A call by command waits for the report on it, if that has not come."""
        if call.ended_at is None:
            call.ended_at = self.now
        if call.by_command and not call.answered and not call.dialled and call not in self.closing:
            self.closing.append(call)
            return
        self.conclude(call)

    def close_late(self) -> None:
        """End what has waited long enough for its report."""
        for call in self.closing[:]:
            if self.now is None or call.ended_at is None or self.now - call.ended_at > _REPORT_WITHIN:
                self.conclude(call)

    def conclude(self, call: Call) -> None:
        if call in self.closing:
            self.closing.remove(call)
        at = call.ended_at
        call.over = True
        if call.consultant is not None:
            call.consultant.consults = None
            call.consultant = None
            if call.caller is not None and call.caller.hears(LegNews.ENDED):
                call.caller.ended_at = at
        for transfer in call.pending():
            transfer.outcome = TransferOutcome.FAILED
            transfer.ended_at = at
        for ear in call.supervisors.values():
            self.emit(SupervisorLeft(call.id, ear.left_at or at, ear.channel.key, ear.channel.endpoint))
            call.note(ear.left_at or at, "supervisor_left", endpoint=ear.channel.endpoint)
            ear.channel.spies_on = None
        call.supervisors.clear()
        self._answer_unseen(call)
        call.note(at, "ended")
        self.unlist(call)
        self.emit(CallEnded(call.id, at, view_of(call, self.directory)))

    def _answer_unseen(self, call: Call) -> None:
        """Both sides were up, only the news of their being connected is missing."""
        if call.answered or call.caller is None or not call.caller.answered_n:
            return
        for leg in call.legs:
            if leg is not call.caller and leg.rung and leg.answered_n:
                call.answered = True
                call.answered_at = call.answered_at or leg.answered_at
                call.answered_by.append(leg.shown)
                call.spans.append(Span(leg.answered_at, leg.ended_at))

    def unlist(self, call: Call) -> None:
        """The call is no more; its id is not given again."""
        self.calls.pop(call.id, None)
        for group in call.groups:
            if self.groups.get(group) is call:
                del self.groups[group]
        self.net.forget_later(call.id)

    def merge(self, into: Call, gone: Call) -> None:
        """What was a call of its own is part of another from now on."""
        if gone.consultant is not None:
            gone.consultant.consults = None
            gone.consultant = None
        elif gone.caller is not None and gone.caller not in gone.legs:
            self._take_caller(into, gone, gone.caller)
        for channel in gone.live.values():
            channel.call = into
            into.live[channel.key] = channel
        gone.live = {}
        into.legs.extend(gone.legs)
        into.entries.extend(entry for entry in gone.entries if entry.kind != "began")
        into.transfers.extend(each for each in gone.transfers if each not in into.transfers)
        into.supervisors.update(gone.supervisors)
        for ear in gone.supervisors.values():
            ear.channel.spies_on = into
        for call in self.calls.values():
            if call.parent is gone:
                call.parent = into
        groups = set(gone.groups)
        gone.over = True
        self.unlist(gone)
        into.groups |= groups
        for group in groups:
            self.groups[group] = into
        self.emit(CallsMerged(into.id, self.now, gone.id))

    def _take_caller(self, into: Call, gone: Call, caller: Leg) -> None:
        """Whoever dialled the call that goes: a second channel of somebody who is in the other call already (it only
        served to consult), or one more party."""
        mine = [leg for leg in [into.caller, *into.legs] if leg is not None]
        if caller.employee and any(self.directory.same_person(leg.endpoint, caller.endpoint) for leg in mine):
            channel = gone.live.pop(caller.key, None)
            if channel is not None:
                channel.leg, channel.call, channel.aside = None, None, True
        else:
            into.legs.append(caller)
            caller.outcome = Outcome.ANSWERED
