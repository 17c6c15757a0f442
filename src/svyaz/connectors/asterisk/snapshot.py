"""What is up at the exchange right now, read in some ten questions that take 0.2 s together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from svyaz.protocols.ami import Message

from .session import Session

SECONDS = 15.0


@dataclass(frozen=True)
class ChannelNow:
    """A channel that is up. `state` is Asterisk's: 0 down, 4 ring (calling), 5 ringing, 6 up. `seconds` since it began.

    `exten` is where it is in the dialplan now, not what was dialled. `bridge` is the bridge's id or "".
    """

    name: str
    uniqueid: str
    linkedid: str
    state: int
    caller_number: str
    caller_name: str
    connected_number: str
    connected_name: str
    context: str
    exten: str
    application: str
    application_data: str
    seconds: int
    bridge: str

    @property
    def endpoint(self) -> str:
        return endpoint_of(self.name)


@dataclass(frozen=True)
class BridgeNow:
    """A bridge and the names and uniqueids of the channels in it."""

    id: str
    type: str
    technology: str
    channels: tuple[str, ...]
    uniqueids: tuple[str, ...]


@dataclass(frozen=True)
class ExtensionNow:
    """The state of a hint. `status` is Asterisk's number: see `presence`."""

    exten: str
    context: str
    status: int


@dataclass(frozen=True)
class ContactNow:
    """Where a telephone is registered. `status` is `Reachable`, `Unreachable`, `NonQualified`, `Unknown` …"""

    endpoint: str
    uri: str
    status: str


@dataclass(frozen=True)
class QueueNow:
    """A queue: the interfaces of its members (`PJSIP/101`) and the channels of who waits, in order."""

    name: str
    members: tuple[str, ...]
    waiting: tuple[str, ...]


@dataclass(frozen=True)
class ExchangeNow:
    """Everything. `devices` and `endpoints` give a state by name, e.g. `PJSIP/101` → `INUSE` and `101` → `In use`.

    `channel_messages` are the exchange's own words about the channels.
    """

    channels: tuple[ChannelNow, ...]
    bridges: tuple[BridgeNow, ...]
    devices: dict[str, str]
    extensions: tuple[ExtensionNow, ...]
    contacts: tuple[ContactNow, ...]
    endpoints: dict[str, str]
    queues: tuple[QueueNow, ...]
    channel_messages: tuple[Message, ...]

    @property
    def registered(self) -> frozenset[str]:
        """Endpoints at which a telephone is registered and not known to be unreachable."""
        return frozenset(
            each.endpoint for each in self.contacts if each.status.lower() not in {"unreachable", "removed"}
        )


def endpoint_of(channel: str) -> str:
    """`PJSIP/101-web-0000001a` → `101-web`."""
    return channel.partition("/")[2].rpartition("-")[0]


async def snapshot(session: Session) -> ExchangeNow:
    """Read all that is up. Raises as `Session.ask`.

    Events that come meanwhile wait in `Session.news`: take the snapshot in first, them after it, and expect some to say
    what the snapshot says already.
    """
    names = ("CoreShowChannels", "BridgeList", "DeviceStateList", "ExtensionStateList", "PJSIPShowContacts")
    # Sent together: the exchange answers one after the other, without a way there and back between them.
    asked = [session.listed(name, seconds=SECONDS) for name in (*names, "PJSIPShowEndpoints", "QueueStatus")]
    channels, bridges, devices, extensions, contacts, endpoints, queues = await asyncio.gather(*asked)
    return ExchangeNow(
        channels=tuple(_channel(each) for each in channels),
        bridges=tuple(_bridges(bridges, channels)),
        devices={each.get("Device"): each.get("State") for each in devices},
        extensions=tuple(_extension(each) for each in extensions if each.get("Exten")),
        contacts=tuple(_contact(each) for each in contacts if each.name == "ContactList"),
        endpoints={each.get("ObjectName"): each.get("DeviceState") for each in endpoints if each.get("ObjectName")},
        queues=tuple(_queues(queues)),
        channel_messages=tuple(channels),
    )


def _bridges(listed: Iterable[Message], channels: Iterable[Message]) -> list[BridgeNow]:
    """Who is in which bridge follows from the channels: asking for each bridge would find some of them gone."""
    inside: dict[str, list[Message]] = {}
    for channel in channels:
        if channel.get("BridgeId"):
            inside.setdefault(channel.get("BridgeId"), []).append(channel)
    found = []
    for bridge in listed:
        members = inside.get(bridge.get("BridgeUniqueid"), [])
        names = tuple(each.get("Channel") for each in members)
        uniqueids = tuple(each.get("Uniqueid") for each in members)
        identity, kind = bridge.get("BridgeUniqueid"), bridge.get("BridgeType")
        found.append(BridgeNow(identity, kind, bridge.get("BridgeTechnology"), names, uniqueids))
    return found


def _channel(message: Message) -> ChannelNow:
    get = message.get
    return ChannelNow(
        name=get("Channel"),
        uniqueid=get("Uniqueid"),
        linkedid=get("Linkedid"),
        state=_int(get("ChannelState")),
        caller_number=_known(get("CallerIDNum")),
        caller_name=_known(get("CallerIDName")),
        connected_number=_known(get("ConnectedLineNum")),
        connected_name=_known(get("ConnectedLineName")),
        context=get("Context"),
        exten=get("Exten"),
        application=get("Application"),
        application_data=get("ApplicationData"),
        seconds=_seconds(get("Duration")),
        bridge=get("BridgeId"),
    )


def _extension(message: Message) -> ExtensionNow:
    return ExtensionNow(message.get("Exten"), message.get("Context"), _int(message.get("Status")))


def _contact(message: Message) -> ContactNow:
    # An AOR has its endpoint's name unless somebody chose otherwise; newer exchanges name the endpoint too.
    endpoint = message.get("Endpoint") or message.get("Aor") or message.get("ObjectName").partition(";")[0]
    return ContactNow(endpoint, message.get("Uri"), message.get("Status"))


def _queues(messages: Iterable[Message]) -> list[QueueNow]:
    members: dict[str, list[str]] = {}
    waiting: dict[str, list[tuple[int, str]]] = {}
    for message in messages:
        name = message.get("Queue")
        if message.name == "QueueParams":
            members.setdefault(name, [])
        elif message.name == "QueueMember":
            members.setdefault(name, []).append(message.get("Location"))
        elif message.name == "QueueEntry":
            waiting.setdefault(name, []).append((_int(message.get("Position")), message.get("Channel")))
    return [
        QueueNow(name, tuple(inside), tuple(channel for _, channel in sorted(waiting.get(name, []))))
        for name, inside in members.items()
    ]


def _known(text: str) -> str:
    return "" if text == "<unknown>" else text


def _int(text: str) -> int:
    return int(text) if text.lstrip("-").isdigit() else 0


def _seconds(text: str) -> int:
    """`00:01:05` → 65."""
    total = 0
    for part in text.split(":"):
        total = total * 60 + _int(part)
    return total
