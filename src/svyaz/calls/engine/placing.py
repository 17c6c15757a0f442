"""To which call a channel belongs, and on which side."""

from __future__ import annotations

from collections import OrderedDict

from . import events as ev
from .core import Core
from .events import DialResult, HangupReason
from .model import Call, Channel, Leg, dialable
from .states import LegNews, LegState, outcome_of
from .supervision import Supervision
from .transfers import Transfers

_EXPECTED = 256


class Placing:
    def __init__(self, core: Core, transfers: Transfers, supervision: Supervision) -> None:
        self._core = core
        self._transfers = transfers
        self._supervision = supervision
        self._numbers: OrderedDict[str, str] = OrderedDict()

    def expected(self, event: ev.OwnCall) -> None:
        """A call by our command: the number is known before the exchange comes to it."""
        self._numbers[event.key] = event.number
        if len(self._numbers) > _EXPECTED:
            self._numbers.popitem(last=False)

    def place(self, channel: Channel) -> Leg | None:
        """Make the channel a party of the call it belongs to, if it belongs to one."""
        if channel.leg is not None or not channel.is_party or channel.aside or not channel.endpoint:
            return channel.leg
        if self._supervision.is_expected(channel):
            return None
        dialler, top, through_second = self._core.net.origin(channel)
        self._mark_reached(channel)
        if dialler is not None:
            return self._dialled_by(channel, dialler)
        if top is not channel:
            return self._through(channel, top, through_second)
        return self._alone(channel)

    def _mark_reached(self, channel: Channel) -> None:
        here = channel
        while here.dialler is not None and here.dialler.pair and not here.dialler.reached:
            here = here.dialler
            here.reached = True
            other = self._core.net.other_half(here)
            if other is not None:
                other.reached = True
                if here.half == 2:
                    here = other

    def _dialled_by(self, channel: Channel, dialler: Channel) -> Leg | None:
        if dialler.leg is None:
            self.place(dialler)
        if dialler.aside:
            channel.aside = True  # a supervisor's ear that dials is still no party
            return None
        call = self._transfers.call_for_dial(dialler, channel)
        if call is None or call.over:
            return self._alone(channel)
        return self._core.join(call, channel, calling=False, rung=True)

    def _through(self, channel: Channel, top: Channel, through_second: bool) -> Leg:
        """Dialled through a pair that no party dialled: by a command, or by the exchange's transfer feature."""
        call = top.call
        if call is None or call.over:
            call = self._core.groups.get(top.group)
            if call is None:
                call = self._begin(top, by_command=True)
            elif call.answered:
                call = self._transfers.consult_by_feature(call, top)
            top.call = call
        calling = call.by_command and through_second and call.parent is None
        if calling:
            call.calling_keys.add(channel.key)
        return self._core.join(call, channel, calling=calling, rung=True)

    def _alone(self, channel: Channel) -> Leg:
        """Nobody dialled it: it calls the exchange, or a command has it rung, or we missed its beginning."""
        core = self._core
        call = core.groups.get(channel.group)
        rung = channel.was_dialled or channel.by_command
        first = channel.key == channel.group
        if call is None:
            call = self._begin(channel, by_command=channel.by_command)
            calling = first or not channel.from_middle
        else:
            calling = first and call.caller is None
            if calling:
                call.asker = channel
        if calling and rung:
            call.calling_keys.add(channel.key)
        if calling and not rung and not call.dialled:
            call.dialled = channel.first_exten
        return core.join(call, channel, calling=calling, rung=rung or not calling)

    def _begin(self, first: Channel, *, by_command: bool) -> Call:
        core = self._core
        call = core.new_call(first.group, first.group, first.began_at)
        call.by_command = by_command
        call.asker = first
        call.dialled = self._numbers.pop(first.key, "")
        return call

    def never_reached(self, pipe: Channel, reason: HangupReason) -> None:
        """A pair that was dialled for a number ends, and no telephone was ever rung through it: still a leg, or a call
        to somebody whose telephone is off would show nobody."""
        dialler = pipe.dialler
        if pipe.reached or dialler is None or dialler.call is None or dialler.call.over or dialler.pair:
            return
        if pipe.result is DialResult.ANSWERED or pipe.state is ev.ChannelState.UP:
            return
        core = self._core
        second = core.net.other_half(pipe)
        number = pipe.rung_number or (second.first_exten if second is not None else "")
        if not dialable(number):
            return
        call = dialler.call
        leg = Leg(
            pipe.key,
            pipe.name,
            "",
            core.directory.is_inside(number),
            number,
            "",
            True,
            pipe.began_at,
            began_n=core.n,
        )
        leg.outcome = outcome_of(pipe.result, reason, rang=False, employee=True)
        if leg.hears(LegNews.ENDED):
            leg.ended_at = core.now
        assert leg.state is LegState.ENDED
        call.legs.append(leg)
        call.note(core.now, "not_reached", number=number, outcome=leg.outcome.value)
