"""A make-believe exchange that says what an Asterisk would: scenarios are written with it as people would tell them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from svyaz.calls.engine import CallEnded, CallView, Change, Directory, Engine
from svyaz.connectors.asterisk.translate import Translator, moment
from svyaz.project.replay import journal
from svyaz.protocols.ami import Message

EMPLOYEES = Directory(lambda endpoint: re.fullmatch(r"10\d(-web)?", endpoint) is not None)
STARTED = 1_800_000_000.0
STATES = {"Down": "0", "Ring": "4", "Ringing": "5", "Up": "6"}


class Channel:
    def __init__(self, exchange: Exchange, name: str, key: str, group: str, **fields: str) -> None:
        self.exchange = exchange
        self.name, self.key, self.group = name, key, group
        self.state = "Down"
        self.number, self.caller_name = "", ""
        self.context, self.exten = "internal", "s"
        self.bridge = ""
        for field, value in fields.items():
            setattr(self, field, value)

    def headers(self, prefix: str = "") -> dict[str, str]:
        return {
            f"{prefix}Channel": self.name,
            f"{prefix}ChannelState": STATES[self.state],
            f"{prefix}CallerIDNum": self.number or "<unknown>",
            f"{prefix}CallerIDName": self.caller_name or "<unknown>",
            f"{prefix}Context": self.context,
            f"{prefix}Exten": self.exten,
            f"{prefix}Uniqueid": self.key,
            f"{prefix}Linkedid": self.group,
        }


class Exchange:
    """Each method is something that happens; `log` is what the exchange said about it."""

    def __init__(self) -> None:
        self.log: list[Message] = []
        self.now = STARTED
        self._made = 0

    # Things that happen

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def say(self, event: str, *headers: dict[str, str]) -> Message:
        self.now += 0.001
        fields = {"Event": event, "Timestamp": f"{self.now:.6f}"}
        for each in headers:
            fields.update(each)
        message = Message.of(fields.items())
        assert message is not None
        self.log.append(message)
        return message

    def new(self, endpoint: str, group: str = "", state: str = "Down", name: str = "", **fields: str) -> Channel:
        self._made += 1
        key = f"{int(STARTED)}.{self._made}"
        channel = Channel(self, name or f"PJSIP/{endpoint}-{self._made:08x}", key, group or key, **fields)
        if endpoint.startswith("10"):
            channel.number = channel.number or endpoint[:3]
        channel.state = state
        self.say("Newchannel", channel.headers())
        return channel

    def calls_in(self, line: str, number: str = "+79161234567", name: str = "Клиент") -> Channel:
        """An outside party calls one of our lines."""
        return self.new("trunk", state="Ring", number=number, caller_name=name, context="from-trunk", exten=line)

    def dials(self, endpoint: str, exten: str) -> Channel:
        """An employee dials a number."""
        return self.new(endpoint, state="Ring", exten=exten)

    def pipe(self, number: str, group: str = "", context: str = "from-internal") -> tuple[Channel, Channel]:
        """Both halves of a Local channel."""
        self._made += 1
        name = f"Local/{number}@{context}-{self._made:08x}"
        first = self.new("", group, name=f"{name};1", context=context, exten=number)
        second = self.new("", group or first.group, "Ring", name=f"{name};2", context=context, exten=number)
        return first, second

    def rings(self, dialler: Channel | None, endpoint: str, number: str = "", *, ringing: bool = True) -> Channel:
        """The exchange dials an endpoint, and it rings."""
        channel = self.new(endpoint, dialler.group if dialler else "")
        self.begins_dial(dialler, channel, f"{number}@{endpoint}" if number else endpoint)
        if ringing:
            self.state(channel, "Ringing")
        return channel

    def begins_dial(self, dialler: Channel | None, channel: Channel, string: str) -> None:
        caller = dialler.headers() if dialler else {}
        self.say("DialBegin", caller, channel.headers("Dest"), {"DialString": string})

    def state(self, channel: Channel, state: str) -> None:
        channel.state = state
        self.say("Newstate", channel.headers())

    def ends_dial(self, dialler: Channel | None, channel: Channel, status: str, **more: str) -> None:
        caller = dialler.headers() if dialler else {}
        self.say("DialEnd", caller, channel.headers("Dest"), {"DialStatus": status}, more)

    def answers(self, dialler: Channel | None, channel: Channel) -> None:
        """The channel is taken, and whoever dialled it comes up with it."""
        self.state(channel, "Up")
        self.ends_dial(dialler, channel, "ANSWER")
        if dialler is not None and dialler.state != "Up":
            self.state(dialler, "Up")

    def bridge(self, *channels: Channel) -> str:
        self._made += 1
        bridge = f"bridge-{self._made}"
        for channel in channels:
            self.enter(channel, bridge)
        return bridge

    def enter(self, channel: Channel, bridge: str) -> None:
        channel.bridge = bridge
        self.say("BridgeEnter", {"BridgeUniqueid": bridge}, channel.headers())

    def leave(self, channel: Channel) -> None:
        if channel.bridge:
            self.say("BridgeLeave", {"BridgeUniqueid": channel.bridge}, channel.headers())
            channel.bridge = ""

    def hangs_up(self, *channels: Channel, cause: str = "16") -> None:
        for channel in channels:
            self.leave(channel)
            self.say("Hangup", channel.headers(), {"Cause": cause})

    def talk(self, caller: Channel, endpoint: str, number: str = "", seconds: float = 5) -> Channel:
        """Rings, answers after two seconds, talks."""
        called = self.rings(caller, endpoint, number)
        self.wait(2)
        self.answers(caller, called)
        self.bridge(called, caller)
        self.wait(seconds)
        return called

    def sent(self, channel: Channel, exten: str, context: str = "internal") -> None:
        """A command moves the channel to another place of the dial plan."""
        channel.context, channel.exten = context, exten

    def event(self, name: str, main: Channel | None = None, /, **others: Channel | str) -> None:
        fields: dict[str, str] = {}
        for key, value in others.items():
            fields.update(value.headers(key) if isinstance(value, Channel) else {key: value})
        self.say(name, main.headers() if main else {}, fields)

    # What is made of it

    def journal(self) -> list[CallView]:
        return journal(((message, moment(message)) for message in self.log), EMPLOYEES)

    def one(self) -> CallView:
        (call,) = self.journal()
        return call


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(STARTED + seconds, UTC)


def feed(engine: Engine, messages: list[Message]) -> list[Change]:
    translator = Translator()
    changes: list[Change] = []
    for message in messages:
        for event in translator.translate(message):
            changes += engine.handle(event, moment(message))
    return changes


def ended(changes: list[Change]) -> list[CallView]:
    return [change.view for change in changes if isinstance(change, CallEnded)]


def legs(call: CallView) -> list[tuple[str | None, str | None]]:
    return [(leg.endpoint or leg.number, leg.outcome.value if leg.outcome else None) for leg in call.legs]


def transfers(call: CallView) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(each.kind, each.by, each.to, each.outcome.value if each.outcome else None) for each in call.transfers]


def summary(call: CallView) -> tuple[str, str | None, str | None, str | None]:
    return (
        call.direction.value,
        call.status.value if call.status else None,
        call.caller.endpoint or call.caller.number,
        call.callee.number,
    )
