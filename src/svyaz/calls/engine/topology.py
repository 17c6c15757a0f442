"""Who is connected with whom: bridges, and pairs of halves by which bridges hang together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from .model import Channel

REMEMBERED = 1024


class Topology:
    """The channels that are up. Of those that are gone only the last few keys are known, so that late news of them is
    told from news of channels that began unnoticed."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self._bridges: dict[str, dict[str, Channel]] = {}
        self._pairs: dict[str, dict[int, Channel]] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self.channels) + len(self._bridges) + len(self._pairs)

    def is_gone(self, key: str) -> bool:
        return key in self._gone

    def forget_later(self, key: str) -> None:
        """Remember that this is over, for as long as a bounded memory can."""
        self._gone[key] = None
        if len(self._gone) > REMEMBERED:
            self._gone.popitem(last=False)

    def add(self, channel: Channel) -> None:
        self.channels[channel.key] = channel
        if channel.pair:
            self._pairs.setdefault(channel.pair, {})[channel.half] = channel

    def remove(self, channel: Channel) -> None:
        self.leave(channel)
        self.channels.pop(channel.key, None)
        halves = self._pairs.get(channel.pair)
        if halves is not None:
            halves.pop(channel.half, None)
            if not halves:
                del self._pairs[channel.pair]
        self.forget_later(channel.key)

    def other_half(self, channel: Channel) -> Channel | None:
        halves = self._pairs.get(channel.pair)
        return halves.get(3 - channel.half) if halves else None

    def enter(self, channel: Channel, bridge: str) -> None:
        if channel.bridge and channel.bridge != bridge:
            self.leave(channel)
        channel.bridge = bridge
        self._bridges.setdefault(bridge, {})[channel.key] = channel

    def leave(self, channel: Channel) -> None:
        inside = self._bridges.get(channel.bridge)
        if inside is not None:
            inside.pop(channel.key, None)
            if not inside:
                del self._bridges[channel.bridge]
        channel.bridge = ""

    def inside(self, bridge: str) -> list[Channel]:
        return list(self._bridges.get(bridge, {}).values())

    def connected(self, channel: Channel) -> list[Channel]:
        """All channels that hear this one, itself included, halves of pairs too."""
        if not channel.bridge:
            return [channel]
        inside = self._bridges[channel.bridge]
        if len(inside) <= 2 and not any(each.pair for each in inside.values()):
            return list(inside.values())  # nearly always
        found = {channel.key: channel}
        ahead = [channel]
        while ahead:
            here = ahead.pop()
            for each in self._neighbours(here):
                if each.key not in found:
                    found[each.key] = each
                    ahead.append(each)
        return list(found.values())

    def _neighbours(self, channel: Channel) -> Iterator[Channel]:
        if channel.bridge:
            yield from self._bridges[channel.bridge].values()
        if channel.pair and (other := self.other_half(channel)) is not None:
            yield other

    def parties(self, channel: Channel) -> list[Channel]:
        return [each for each in self.connected(channel) if each.leg is not None and each.leg.live]

    def origin(self, channel: Channel) -> tuple[Channel | None, Channel, bool]:
        """Follow the dialling back through pairs: the party that dialled (None: a command, or nobody known), the first
        channel of the way, and whether the way began in the second half of a pair that nobody dialled."""
        here = channel
        through_second = False
        for _ in range(32):  # a dial plan that loops must not make us loop
            if here.dialler is not None:
                here = here.dialler
                through_second = False
                if here.is_party:
                    return here, here, False
            elif here.half == 2:
                first = self.other_half(here)
                if first is None:
                    break
                here = first
                through_second = True
            else:
                break
        return None, here, through_second
