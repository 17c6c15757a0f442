"""The engine: events in, changes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from . import events as ev
from .changes import CallQueued, CallsMerged, Change, Held, LegAnswered, Unheld
from .core import Core
from .directory import Directory
from .events import ChannelState, DialResult
from .model import Call, Channel, Leg
from .placing import Placing
from .snapshots import Snapshots
from .states import LegNews, LegState
from .summary import leg_number, view_of
from .supervision import Supervision
from .transfers import Transfers
from .views import CallView


class Engine:
    """Follows the calls of one exchange.

    `handle` takes one event and returns what changed by it, in order. Events may come late, twice or not at all: what
    a channel or call has left behind is never gone back to, and `Snapshot` mends what was missed. An event that is
    older than the last known change of the same thing of the same channel is ignored.
    """

    def __init__(self, directory: Directory | None = None) -> None:
        self.directory = directory or Directory()
        core = self._core = Core(self.directory)
        self._transfers = Transfers(core)
        self._supervision = Supervision(core)
        self._placing = Placing(core, self._transfers, self._supervision)
        self._snapshots = Snapshots(core, self._placing, self._supervision, self._gone, self._meet)
        self._handlers: dict[type, Callable[[Any], None]] = {
            ev.ChannelBegan: self._channel_began,
            ev.ChannelChanged: self._channel_changed,
            ev.DialBegan: self._dial_began,
            ev.DialRang: self._dial_rang,
            ev.DialEnded: self._dial_ended,
            ev.BridgeEntered: self._bridge_entered,
            ev.BridgeLeft: self._bridge_left,
            ev.HoldBegan: self._hold_began,
            ev.HoldEnded: self._hold_ended,
            ev.BlindTransferred: self._transfers.blind,
            ev.ConsultTransferred: self._transfers.consult,
            ev.QueueJoined: self._queue_joined,
            ev.QueueLeft: self._queue_left,
            ev.PickedUp: self._picked_up,
            ev.Renamed: self._renamed,
            ev.SpyBegan: self._supervision.began,
            ev.SpyEnded: self._supervision.ended,
            ev.SpyMode: self._supervision.mode,
            ev.Originated: self._originated,
            ev.HungUp: self._hung_up,
            ev.Snapshot: self._snapshots.taken,
            ev.OwnTransfer: self._transfers.own,
            ev.OwnSupervision: self._supervision.expected,
            ev.OwnCall: self._placing.expected,
            ev.Tick: _nothing,
        }

    def handle(self, event: ev.Event, at: datetime | None = None) -> list[Change]:
        """Take one event that happened at `at` (None: not known)."""
        core = self._core
        core.now = at
        core.n += 1
        core.out = []
        if core.closing and not isinstance(event, ev.Originated):
            core.close_late()
        self._handlers[type(event)](event)
        return core.out

    def finish(self) -> list[Change]:
        """Nothing more will come: end what only waited for a report. Calls that are up stay up."""
        core = self._core
        core.out = []
        for call in core.closing[:]:
            core.conclude(call)
        return core.out

    def view(self, call_id: str) -> CallView:
        """The live call; raises KeyError if there is none of this id."""
        return view_of(self._core.calls[call_id], self.directory)

    def views(self) -> list[CallView]:
        """All live calls in order of beginning."""
        calls = sorted(self._core.calls.values(), key=lambda each: each.order)
        return [view_of(call, self.directory) for call in calls]

    def __len__(self) -> int:
        """How many things are remembered of calls: 0 when nothing is up."""
        core = self._core
        return len(core.net) + len(core.calls) + len(core.groups) + len(core.closing)

    # Channels

    def _channel_began(self, event: ev.ChannelBegan) -> None:
        channel = self._core.see(event.seen, began=True)
        if channel is not None and channel.state is ChannelState.CALLING:
            self._placing.place(channel)

    def _channel_changed(self, event: ev.ChannelChanged) -> None:
        channel = self._core.see(event.seen)
        if channel is not None and channel.leg is None and channel.state in (ChannelState.CALLING, ChannelState.UP):
            self._placing.place(channel)

    def _renamed(self, event: ev.Renamed) -> None:
        channel = self._core.net.channels.get(event.seen.key)
        if channel is not None:
            channel.name = event.seen.channel
            if channel.leg is not None:
                channel.leg.channel = event.seen.channel

    def _hung_up(self, event: ev.HungUp) -> None:
        channel = self._core.see(event.seen)
        if channel is not None:
            self._gone(channel, event.reason)

    def _gone(self, channel: Channel, reason: ev.HangupReason) -> None:
        core = self._core
        self._supervision.left(channel)
        if channel.half == 1:
            self._placing.never_reached(channel, reason)
        consultation = channel.consults
        if consultation is not None:
            channel.consults = None
            consultation.consultant = None
            caller = consultation.caller
            if caller is not None and caller.hears(LegNews.ENDED):
                caller.ended_at = core.now
        core.end_leg(channel, reason)
        if consultation is not None and not consultation.over:
            core.refresh(consultation)
            self._transfers.consultant_gone(consultation)

    # Dialling

    def _dial_began(self, event: ev.DialBegan) -> None:
        core = self._core
        dialler, dialled = core.see(event.dialler), core.see(event.dialled)
        if dialled is None or dialled.was_dialled:
            return
        dialled.was_dialled = True
        dialled.rung_number = event.number
        dialled.dialler = dialler
        dialled.by_command = dialler is None
        if dialler is not None:
            dialler.dial_place = dialler.place
        if dialled.leg is None:
            self._placing.place(dialled)

    def _dial_rang(self, event: ev.DialRang) -> None:
        core = self._core
        core.see(event.dialler)
        dialled = core.see(event.dialled)
        if dialled is not None:
            core.reach(dialled, ChannelState.RINGING)

    def _dial_ended(self, event: ev.DialEnded) -> None:
        core = self._core
        dialler, dialled = core.see(event.dialler), core.see(event.dialled)
        if dialled is None or dialled.result is not None:
            return
        dialled.result = event.result
        if dialled.pair and event.result is DialResult.NO_ANSWER:
            self._rang_out(dialled)
        if event.forwarded_to and dialled.call is not None:
            dialled.forwarded = True
            dialled.call.note(core.now, "forwarded", endpoint=dialled.endpoint or None, to=event.forwarded_to)
        elif event.result is DialResult.CANCELLED and dialler is not None:
            self._transfers.dial_cancelled(dialler)

    def _rang_out(self, pipe: Channel) -> None:
        """The time to answer a pair is over. The telephones behind it are cancelled next, and yet rang to the end."""
        net = self._core.net
        second = net.other_half(pipe)
        for channel in [each for each in net.channels.values() if second is not None and each.dialler is second]:
            if channel.result is None:
                channel.result = DialResult.NO_ANSWER
                if channel.pair:
                    self._rang_out(channel)

    def _originated(self, event: ev.Originated) -> None:
        core = self._core
        for call in [*core.closing, *core.calls.values()]:
            if call.by_command and not call.dialled and event.key in (call.id, call.asker.key if call.asker else ""):
                call.dialled = event.number
                if call in core.closing:
                    core.conclude(call)
                break
        core.close_late()

    # Bridges

    def _bridge_entered(self, event: ev.BridgeEntered) -> None:
        channel = self._core.see(event.seen)
        if channel is None or channel.bridge == event.bridge or self._is_old(channel):
            return
        left = self._core.net.inside(channel.bridge) if channel.bridge else []
        channel.bridge_at = self._core.now
        channel.bridge_place = channel.place
        self._core.net.enter(channel, event.bridge)
        if channel.is_party and channel.leg is None:
            self._placing.place(channel)
        self._refresh(left)
        self._meet(channel)

    def _bridge_left(self, event: ev.BridgeLeft) -> None:
        channel = self._core.see(event.seen)
        if channel is None or channel.bridge != event.bridge or self._is_old(channel):
            return
        self._transfers.left_bridge(channel, event.seen)
        heard = self._core.net.connected(channel)
        channel.bridge_at = self._core.now
        self._core.net.leave(channel)
        self._refresh(heard)

    def _is_old(self, channel: Channel) -> bool:
        now = self._core.now
        return now is not None and channel.bridge_at is not None and now < channel.bridge_at

    def _refresh(self, channels: list[Channel]) -> None:
        calls: list[Call] = []
        for channel in channels:
            for call in (channel.call, channel.consults):
                if call is not None and call not in calls:
                    calls.append(call)
        for call in calls:
            if not call.over:
                self._core.refresh(call)

    def _meet(self, channel: Channel) -> None:
        """The channel was connected: see with whom, whose calls become one by it, who has answered whom."""
        core = self._core
        parties = core.net.parties(channel)
        calls = list({id(each.call): each.call for each in parties if each.call is not None}.values())
        if len(calls) > 1 and not any(
            all(each.call is call or each.consults is call for each in parties) for call in calls
        ):
            calls.sort(key=lambda call: (call.parent is not None, call.order))
            for gone in calls[1:]:
                self._transfers.joined(calls[0], gone)
                core.merge(calls[0], gone)
        consultations = [each.consults for each in parties if each.consults is not None]
        for call in {id(each): each for each in [*calls, *consultations]}.values():
            if not call.over:
                talking = core.refresh(call)
                if talking and call.transfers:
                    self._transfers.met(call, talking)

    # Hold, queues

    def _hold_began(self, event: ev.HoldBegan) -> None:
        self._held(event.seen, LegNews.HELD, "held")

    def _hold_ended(self, event: ev.HoldEnded) -> None:
        self._held(event.seen, LegNews.UNHELD, "unheld")

    def _held(self, seen: ev.Seen, news: LegNews, kind: str) -> None:
        core = self._core
        channel = core.see(seen)
        if channel is None or channel.leg is None or channel.call is None:
            return
        if core.now is not None and channel.hold_at is not None and core.now <= channel.hold_at:
            return
        if channel.leg.hears(news):
            channel.hold_at = core.now
            channel.call.note(core.now, kind, endpoint=channel.endpoint, number=channel.leg.number or None)
            change = Held if news is LegNews.HELD else Unheld
            core.emit(change(channel.call.id, core.now, channel.leg.key))

    def _queue_joined(self, event: ev.QueueJoined) -> None:
        core = self._core
        channel = core.see(event.seen)
        if channel is None:
            return
        if channel.leg is None:
            self._placing.place(channel)
        call = channel.call
        if call is None or any(entry.kind == "queued" and entry.at == core.now for entry in call.entries):
            return
        call.queued = True
        call.note(core.now, "queued", queue=event.queue)
        core.emit(CallQueued(call.id, core.now, event.queue))

    def _queue_left(self, event: ev.QueueLeft) -> None:
        core = self._core
        channel = core.see(event.seen)
        call = channel.call if channel is not None else None
        if call is None or not call.queued:
            return
        kind = "queue_abandoned" if event.abandoned else "queue_left"
        if not any(entry.kind == kind and entry.at == core.now for entry in call.entries):
            call.note(core.now, kind, queue=event.queue)

    # Pick-up

    def _picked_up(self, event: ev.PickedUp) -> None:
        """The picker's channel answers in the place of the one that rang, which the exchange then ends as answered
        elsewhere. By dialling for it the picker had begun a call of its own, which is none."""
        core = self._core
        picker, target = core.see(event.picker), core.see(event.target)
        if picker is None or target is None or target.leg is None or target.call is None:
            return
        if picker.call is target.call or target.leg.state is LegState.TALKING:
            return
        call, rang = target.call, target.leg
        gone = picker.call
        if picker.leg is None:
            self._placing.place(picker)
            gone = picker.call
        endpoint, name = picker.endpoint, picker.name
        leg = Leg(
            picker.key,
            name,
            endpoint,
            self.directory.is_employee(endpoint),
            "",
            picker.caller_name,
            True,
            picker.began_at,
            state=LegState.TALKING,
            answered_at=core.now,
            began_n=core.n,
            answered_n=core.n,
        )
        leg.number = leg_number(picker, leg, self.directory)
        if gone is not None:
            gone.live.pop(picker.key, None)
            if not gone.live:
                gone.over = True
                core.unlist(gone)
                core.emit(CallsMerged(call.id, core.now, gone.id))
        picker.leg, picker.call = leg, call
        call.live[picker.key] = picker
        call.legs.append(leg)
        call.note(core.now, "picked_up", endpoint=endpoint, from_endpoint=rang.endpoint)
        core.emit(LegAnswered(call.id, core.now, leg.key))


def _nothing(event: ev.Tick) -> None:
    """Only the moment matters, and `handle` has taken note of it."""
