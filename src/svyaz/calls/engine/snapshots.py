"""What is up when we connect, and what has gone without a word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from . import events as ev
from .core import Core
from .events import HangupReason
from .model import Channel
from .placing import Placing
from .supervision import Supervision


class Snapshots:
    def __init__(
        self,
        core: Core,
        placing: Placing,
        supervision: Supervision,
        gone: Callable[[Channel, HangupReason], None],
        meet: Callable[[Channel], None],
    ) -> None:
        self._core = core
        self._placing = placing
        self._supervision = supervision
        self._gone = gone
        self._meet = meet

    def taken(self, event: ev.Snapshot) -> None:
        """Callers first, so that those they called find the call; then who is connected with whom; then the dead."""
        core = self._core
        listed = {each.seen.key for each in event.channels}
        for channel in list(core.net.channels.values()):
            if channel.key not in listed and channel.key not in event.newer:
                self._gone(channel, HangupReason.NORMAL)
        found: list[tuple[ev.SnapshotChannel, Channel]] = []
        for each in sorted(event.channels, key=lambda one: (one.dialled, one.seen.key != one.seen.group)):
            known = each.seen.key in core.net.channels
            up = core.see(each.seen)
            if up is not None:
                if not known and each.age is not None and core.now is not None:
                    up.began_at = core.now - timedelta(seconds=each.age)
                found.append((each, up))
        names = {channel.name: channel for _, channel in found}
        for each, channel in found:
            if each.spying:
                channel.aside = channel.leg is None
        for each, channel in found:
            if each.dialled and channel.leg is None and channel.dialler is None:
                channel.was_dialled = True
                channel.dialler = self._dialler(channel, [one for _, one in found])
        for _, channel in found:
            if channel.leg is None and not channel.aside:
                self._placing.place(channel)
        for each, channel in found:
            if each.bridge and channel.bridge != each.bridge:
                core.net.enter(channel, each.bridge)
                channel.bridge_at = core.now
                channel.bridge_place = channel.place
        for each, channel in found:
            if each.bridge:
                self._meet(channel)
            spied = names.get(each.spying)
            if spied is not None and channel.spies_on is None:
                spy = ev.Seen(channel.key, channel.name)
                self._supervision.began(ev.SpyBegan(spy, ev.Seen(spied.key, spied.name)))

    @staticmethod
    def _dialler(channel: Channel, channels: list[Channel]) -> Channel | None:
        """Who dialled it is not told: the one of its group that began the call, if it is a party."""
        for each in channels:
            if each.key == channel.group and each is not channel and each.is_party:
                return each
        return None
