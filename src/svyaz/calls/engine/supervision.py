"""Supervisors: a channel that listens to another is no party and no call."""

from __future__ import annotations

from collections import OrderedDict

from . import events as ev
from .changes import CallsMerged, SupervisorJoined, SupervisorLeft, SupervisorMode
from .core import Core
from .model import Call, Channel, Supervisor

_EXPECTED = 64


class Supervision:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._expected: OrderedDict[str, None] = OrderedDict()

    def expected(self, event: ev.OwnSupervision) -> None:
        self._expected[event.key] = None
        if len(self._expected) > _EXPECTED:
            self._expected.popitem(last=False)

    def is_expected(self, channel: Channel) -> bool:
        """Whether this is the channel of a supervisor whom we called; asked once, when it begins."""
        if channel.key in self._expected:
            del self._expected[channel.key]
            channel.aside = True
        return channel.aside

    def mode(self, event: ev.SpyMode) -> None:
        channel = self._core.see(event.seen)
        if channel is not None:
            channel.next_mode = event.mode

    def began(self, event: ev.SpyBegan) -> None:
        core = self._core
        ear, spied = core.see(event.spy), core.see(event.spied)
        if ear is None or spied is None or spied.call is None or spied.call.over:
            return
        call = spied.call
        if ear.spies_on is not None and ear.spies_on is not call:
            self.left(ear)
        self._take_out(ear, call)
        mode = event.mode or ear.next_mode
        known = call.supervisors.get(ear.key)
        if known is None:
            ear.spies_on = call
            call.supervisors[ear.key] = Supervisor(ear, spied.key, mode, core.now)
            call.note(core.now, "supervisor_joined", endpoint=ear.endpoint, mode=mode or None)
            core.emit(SupervisorJoined(call.id, core.now, ear.key, ear.endpoint, mode or None))
        elif known.left_at is not None and not (core.now is not None and core.now < known.left_at):
            known.left_at = None
            known.spied = spied.key
            if mode != known.mode or not mode:
                known.mode = mode
                call.note(core.now, "supervisor_mode", endpoint=ear.endpoint, mode=mode or None)
                core.emit(SupervisorMode(call.id, core.now, ear.key, mode or None))

    def _take_out(self, ear: Channel, spied: Call) -> None:
        """What looked like a call to the supervisor was none."""
        core = self._core
        call = ear.call
        ear.aside = True
        if call is None:
            return
        ear.leg, ear.call = None, None
        call.live.pop(ear.key, None)
        call.legs = [leg for leg in call.legs if leg.key != ear.key]
        if not call.live and call is not spied:
            call.over = True
            core.unlist(call)
            core.emit(CallsMerged(spied.id, core.now, call.id))

    def ended(self, event: ev.SpyEnded) -> None:
        """Listening stopped; it may go on in another mode, so the supervisor has left only when the channel goes."""
        ear = self._core.see(event.spy)
        if ear is None or ear.spies_on is None:
            return
        known = ear.spies_on.supervisors.get(ear.key)
        now = self._core.now
        if known is not None and not (now and known.joined_at and now < known.joined_at):
            known.left_at = now

    def left(self, ear: Channel) -> None:
        call = ear.spies_on
        ear.spies_on = None
        if call is None or call.over:
            return
        known = call.supervisors.pop(ear.key, None)
        if known is not None:
            at = known.left_at or self._core.now
            call.note(at, "supervisor_left", endpoint=ear.endpoint)
            self._core.emit(SupervisorLeft(call.id, at, ear.key, ear.endpoint))
