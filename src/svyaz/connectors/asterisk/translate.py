"""From AMI messages to the engine's events: the only place that knows the exchange's names for things."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from svyaz.calls.engine import events as ev
from svyaz.calls.engine.events import ChannelState, DialResult, HangupReason, Seen
from svyaz.protocols.ami import Message

_UNKNOWN: Final = "<unknown>"
# Channels of the exchange's own making that are nobody's telephone.
_INTERNAL: Final = {
    "Announcer",
    "AsyncGoto",
    "Bridge",
    "CBAnn",
    "CBRec",
    "ConfBridge",
    "Message",
    "MulticastRTP",
    "OutgoingSpoolFailed",
    "Parked",
    "Recorder",
    "Snoop",
    "Surrogate",
    "UnicastRTP",
}

_STATES: Final = {
    "0": ChannelState.DOWN,
    "3": ChannelState.DOWN,
    "4": ChannelState.CALLING,
    "5": ChannelState.RINGING,
    "6": ChannelState.UP,
    "9": ChannelState.RINGING,
}

_DIAL_RESULTS: Final = {
    "ANSWER": DialResult.ANSWERED,
    "BUSY": DialResult.BUSY,
    "CANCEL": DialResult.CANCELLED,
    "NOANSWER": DialResult.NO_ANSWER,
    "TIMEOUT": DialResult.NO_ANSWER,
}  # CHANUNAVAIL, CONGESTION, DONTCALL, TORTURE, INVALIDARGS and what else there may be: failed

# Q.850 causes. 0 and 127 come with plain cancels.
_CAUSES: Final = {
    "": HangupReason.NORMAL,
    "0": HangupReason.NORMAL,
    "16": HangupReason.NORMAL,
    "17": HangupReason.BUSY,
    "18": HangupReason.NO_ANSWER,
    "19": HangupReason.NO_ANSWER,
    "21": HangupReason.REJECTED,
    "26": HangupReason.ELSEWHERE,
    "31": HangupReason.NORMAL,
    "127": HangupReason.NORMAL,
}


def moment(message: Message) -> datetime | None:
    """When the event happened: `Timestamp` (seconds since 1970) or `EventTV` (ISO 8601); None if it does not say."""
    stamp = message.get("Timestamp")
    if stamp:
        at = parse_moment(stamp)
        if at is not None:
            return at
    stamp = message.get("EventTV") or message.get("EventTime")
    return parse_moment(stamp) if stamp else None


def parse_moment(text: str) -> datetime | None:
    """Seconds since 1970 (milliseconds too, if it can be nothing else) or ISO 8601, UTC if it names no zone."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(text.strip().replace(" +", "+"))
        except ValueError:
            return None
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    if seconds > 1e11:
        seconds /= 1000
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


@lru_cache(maxsize=4096)
def channel_parts(channel: str) -> tuple[str, str, int]:
    """Endpoint, pair and half of a channel's name.

    `PJSIP/101-web-0000001a` → `("101-web", "", 0)`; `Local/101@internal-00000003;2` → `("", "Local/101@…", 2)`; neither
    for what is the exchange's own.
    """
    technology, slash, rest = channel.partition("/")
    if not slash or technology in _INTERNAL:
        return "", "", 0
    if technology == "Local":
        pair, semicolon, half = channel.partition(";")
        return "", pair, int(half[0]) if semicolon and half[:1] in {"1", "2"} else 1
    return rest.rpartition("-")[0] or rest, "", 0


def dialled_number(dial_string: str) -> str:
    """The number in what was given to Dial: `7495…@trunk`, `trunk/7495…`, `trunk/sip:7495…@host`, `101@internal`."""
    text = dial_string
    for technology in ("PJSIP/", "SIP/", "Local/", "IAX2/", "DAHDI/"):
        text = text.removeprefix(technology)
    if "/sip:" in text:
        text = text.partition("/sip:")[2]
    head, at, _ = text.partition("@")
    if at:
        return head
    head, slash, tail = text.partition("/")
    return tail if slash and tail[:1].isdigit() else head


class _Keys:
    """Names of the headers that tell of one channel, for one of the prefixes events use."""

    def __init__(self, prefix: str) -> None:
        self.channel = f"{prefix}Channel"
        self.state = f"{prefix}ChannelState"
        self.number = f"{prefix}CallerIDNum"
        self.name = f"{prefix}CallerIDName"
        self.context = f"{prefix}Context"
        self.exten = f"{prefix}Exten"
        self.key = f"{prefix}Uniqueid"
        self.group = f"{prefix}Linkedid"


_MAIN = _Keys("")
_DEST = _Keys("Dest")
_TRANSFERER = _Keys("Transferer")
_TRANSFEREE = _Keys("Transferee")
_ORIGINAL = _Keys("OrigTransferer")
_SECOND = _Keys("SecondTransferer")
_TARGET = _Keys("TransferTarget")
_SPYER = _Keys("Spyer")
_SPYEE = _Keys("Spyee")
_PICKUP_TARGET = _Keys("Target")
_LOCAL_ONE = _Keys("LocalOne")
_LOCAL_TWO = _Keys("LocalTwo")


def _known(value: str) -> str:
    return "" if value == _UNKNOWN else value


def _seen(message: Message, keys: _Keys = _MAIN) -> Seen | None:
    get = message.get
    key = get(keys.key)
    if not key:
        return None
    channel = get(keys.channel)
    endpoint, pair, half = channel_parts(channel)
    number, name = get(keys.number), get(keys.name)
    return Seen(
        key,
        channel,
        endpoint,
        pair,
        half,
        get(keys.group),
        _STATES.get(get(keys.state)),
        "" if number == _UNKNOWN else number,
        "" if name == _UNKNOWN else name,
        get(keys.context),
        get(keys.exten),
    )


class Translator:
    """Keeps nothing but the list of channels that is just being told."""

    def __init__(self) -> None:
        self._listing = False
        self._listed: list[Message] = []
        self._newer: set[str] = set()
        self._by_name: dict[str, Callable[[Message], ev.Event | None]] = {
            "Newchannel": self._new_channel,
            "Newstate": _changed,
            "Newexten": _new_exten,
            "DialBegin": _dial_began,
            "DialState": _dial_state,
            "DialEnd": _dial_ended,
            "BridgeEnter": _bridge_entered,
            "BridgeLeave": _bridge_left,
            "Hold": _hold,
            "Unhold": _unhold,
            "BlindTransfer": _blind_transfer,
            "AttendedTransfer": _attended_transfer,
            "QueueCallerJoin": _queue_joined,
            "QueueCallerLeave": _queue_left,
            "QueueCallerAbandon": _queue_abandoned,
            "Pickup": _picked_up,
            "Rename": _renamed,
            "ChanSpyStart": _spy_began,
            "ChanSpyStop": _spy_ended,
            "OriginateResponse": _originated,
            "Hangup": _hung_up,
            "CoreShowChannel": self._list,
            "CoreShowChannelsComplete": self._list_complete,
        }

    @property
    def names(self) -> frozenset[str]:
        """The events that matter here; all others may be filtered away at the exchange."""
        return frozenset(self._by_name)

    def translate(self, message: Message) -> list[ev.Event]:
        """The engine's events in this message: none or one."""
        handler = self._by_name.get(message.name)
        if handler is None or not message.is_event:
            if message.is_response and message.get("EventList").lower() == "start":
                self._listing, self._listed, self._newer = True, [], set()
            return []
        event = handler(message)
        return [] if event is None else [event]

    def _new_channel(self, message: Message) -> ev.Event | None:
        seen = _seen(message)
        if seen is None:
            return None
        if self._listing:
            self._newer.add(seen.key)
        return ev.ChannelBegan(seen)

    def _list(self, message: Message) -> ev.Event | None:
        self._listed.append(message)
        return None

    def _list_complete(self, message: Message) -> ev.Event | None:
        listed, newer = self._listed, frozenset(self._newer)
        self._listing, self._listed, self._newer = False, [], set()
        count = message.get("ListItems")
        if count and count != str(len(listed)):
            return None  # part of the list is missing: it must not end what it does not name
        return snapshot_of(listed, newer)


def snapshot_of(channels: Iterable[Message], newer: frozenset[str] = frozenset()) -> ev.Snapshot:
    """The snapshot in the `CoreShowChannel` events that answer one `CoreShowChannels`."""
    found: list[ev.SnapshotChannel] = []
    for message in channels:
        seen = _seen(message)
        if seen is None:
            continue
        application, data = message.get("Application"), message.get("ApplicationData")
        dialled = application in {"AppDial", "AppDial2", "AppQueue"} or "Outgoing Line" in data
        if seen.state is ChannelState.RINGING:
            dialled = True
        spying = data.partition(",")[0] if application in {"ChanSpy", "ExtenSpy"} else ""
        found.append(
            ev.SnapshotChannel(
                seen, message.get("BridgeId"), dialled and not seen.pair, _age(message.get("Duration")), spying
            )
        )
    return ev.Snapshot(tuple(found), newer)


def _age(duration: str) -> float | None:
    """`01:02:03` in seconds."""
    parts = duration.split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return None
    hours, minutes, seconds = map(int, parts)
    return float(hours * 3600 + minutes * 60 + seconds)


def spy_mode(options: str) -> str:
    """`listen`, `whisper` or `barge` by the options given to ChanSpy."""
    letters = "".join(part for part in options.replace("(", " ").split())
    if "B" in letters:
        return "barge"
    return "whisper" if "w" in letters or "W" in letters else "listen"


def _changed(message: Message) -> ev.Event | None:
    seen = _seen(message)
    return ev.ChannelChanged(seen) if seen else None


def _new_exten(message: Message) -> ev.Event | None:
    seen = _seen(message)
    if seen is None:
        return None
    if message.get("Application") in {"ChanSpy", "ExtenSpy"}:
        return ev.SpyMode(seen, spy_mode(message.get("AppData").partition(",")[2]))
    return ev.ChannelChanged(seen)


def _dial_began(message: Message) -> ev.Event | None:
    dialled = _seen(message, _DEST)
    if dialled is None:
        return None
    return ev.DialBegan(_seen(message), dialled, dialled_number(message.get("DialString")))


def _dial_state(message: Message) -> ev.Event | None:
    dialled = _seen(message, _DEST)
    if dialled is None or message.get("DialStatus") != "RINGING":
        return None
    return ev.DialRang(_seen(message), dialled)


def _dial_ended(message: Message) -> ev.Event | None:
    dialled = _seen(message, _DEST)
    if dialled is None:
        return None
    result = dial_result(message.get("DialStatus"))
    forward = message.get("Forward")
    return ev.DialEnded(_seen(message), dialled, result, dialled_number(forward) if forward else "")


def _bridge_entered(message: Message) -> ev.Event | None:
    seen, bridge = _seen(message), message.get("BridgeUniqueid")
    return ev.BridgeEntered(bridge, seen) if seen and bridge else None


def _bridge_left(message: Message) -> ev.Event | None:
    seen, bridge = _seen(message), message.get("BridgeUniqueid")
    return ev.BridgeLeft(bridge, seen) if seen and bridge else None


def _hold(message: Message) -> ev.Event | None:
    seen = _seen(message)
    return ev.HoldBegan(seen) if seen else None


def _unhold(message: Message) -> ev.Event | None:
    seen = _seen(message)
    return ev.HoldEnded(seen) if seen else None


def _blind_transfer(message: Message) -> ev.Event | None:
    transferer = _seen(message, _TRANSFERER)
    if transferer is None:
        return None
    succeeded = message.get("Result", "Success") == "Success"
    return ev.BlindTransferred(transferer, _seen(message, _TRANSFEREE), message.get("Extension"), succeeded)


def _attended_transfer(message: Message) -> ev.Event | None:
    first, second = _seen(message, _ORIGINAL), _seen(message, _SECOND)
    if first is None or second is None:
        return None
    target = _seen(message, _TARGET) or _seen(message, _LOCAL_TWO)
    succeeded = message.get("Result", "Success") == "Success" and message.get("DestType") != "Fail"
    return ev.ConsultTransferred(first, second, _seen(message, _TRANSFEREE), target, succeeded)


def _queue_joined(message: Message) -> ev.Event | None:
    seen = _seen(message)
    return ev.QueueJoined(seen, message.get("Queue")) if seen else None


def _queue_left(message: Message) -> ev.Event | None:
    seen = _seen(message)
    return ev.QueueLeft(seen, message.get("Queue")) if seen else None


def _queue_abandoned(message: Message) -> ev.Event | None:
    seen = _seen(message)
    return ev.QueueLeft(seen, message.get("Queue"), abandoned=True) if seen else None


def _picked_up(message: Message) -> ev.Event | None:
    picker, target = _seen(message), _seen(message, _PICKUP_TARGET)
    return ev.PickedUp(picker, target) if picker and target else None


def _renamed(message: Message) -> ev.Event | None:
    key, name = message.get("Uniqueid"), message.get("Newname")
    if not key or not name or "<" in name:
        return None  # names in brackets are the exchange's while it changes channels round
    endpoint, pair, half = channel_parts(name)
    return ev.Renamed(Seen(key, name, endpoint, pair, half))


def _spy_began(message: Message) -> ev.Event | None:
    spy, spied = _seen(message, _SPYER), _seen(message, _SPYEE)
    return ev.SpyBegan(spy, spied) if spy and spied else None


def _spy_ended(message: Message) -> ev.Event | None:
    spy = _seen(message, _SPYER)
    return ev.SpyEnded(spy, _seen(message, _SPYEE)) if spy else None


def _originated(message: Message) -> ev.Event | None:
    key = message.get("Uniqueid")
    if not key or key.startswith("<"):
        return None
    return ev.Originated(key, message.get("Exten"), message.get("Response") == "Success")


def _hung_up(message: Message) -> ev.Event | None:
    seen = _seen(message)
    if seen is None:
        return None
    if message.get("TechCause") == "603":
        return ev.HungUp(seen, HangupReason.REJECTED)
    return ev.HungUp(seen, hangup_reason(message.get("Cause")))


def hangup_reason(cause: str) -> HangupReason:
    """What a Q.850 cause means for a call."""
    return _CAUSES.get(cause, HangupReason.FAILED)


def dial_result(status: str) -> DialResult:
    """What a DIALSTATUS means for a call."""
    return _DIAL_RESULTS.get(status, DialResult.FAILED)
