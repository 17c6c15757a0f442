"""From the exchange's records of channels (CEL) to the engine's events, for calls that ended while we did not listen.

CEL tells less than the manager: nothing of ringing, of the results of dialling, of who dialled whom. All rows are at
hand though, so what is said later may be used for what happened before: the application a channel is in shows whether
the exchange called it, and what it dials.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from svyaz.calls.engine import events as ev
from svyaz.calls.engine.events import ChannelState, DialResult, HangupReason, Seen
from svyaz.protocols.ami import Message

from .cel import CelRow, extra_of
from .translate import channel_parts, dial_result, dialled_number, hangup_reason, moment, spy_mode

_CALLED = {"AppDial", "AppDial2", "AppQueue"}
_SPYING = {"ChanSpy", "ExtenSpy"}
# A telephone that is busy says so at once; one that takes longer rang, and a person declined.
_RINGS_AFTER = timedelta(milliseconds=300)


def translate_cel(rows: Iterable[CelRow]) -> Iterator[tuple[ev.Event, datetime]]:
    """The events of all rows, which must be whole calls in the order written, each with its moment."""
    return _Story(list(rows)).tell()


def row_of(message: Message, serial: int = 0) -> CelRow:
    """The row in an AMI event `CEL`, whose own time knows no parts of a second."""
    get = message.get
    at = moment(message) or datetime.fromisoformat(get("EventTime")).replace(tzinfo=UTC)
    return CelRow(
        serial,
        get("EventName"),
        at,
        get("Channel"),
        get("UniqueID"),
        get("LinkedID"),
        get("CallerIDnum"),
        get("CallerIDname"),
        get("Context"),
        get("Exten"),
        get("Application"),
        get("AppData"),
        get("Peer"),
        extra_of(get("Extra")),
    )


@dataclass(slots=True)
class _Life:
    """What all rows of one channel tell together."""

    key: str
    group: str
    started: int
    endpoint: str
    pair: str
    called: bool = False
    by_command: bool = False
    dials: list[CelRow] = field(default_factory=list)
    """Rows in which it is dialling."""
    queues: bool = False
    answered: bool = False
    ended: int = 1 << 60
    dial_status: str = ""
    dialler: _Life | None = None
    began_at: datetime | None = None


class _Story:
    def __init__(self, rows: list[CelRow]) -> None:
        self._rows = rows
        self._lives: dict[str, _Life] = {}
        self._names: dict[str, str] = {}
        self._spies: set[str] = set()
        for index, row in enumerate(rows):
            self._read(index, row)
        for life in self._lives.values():
            if life.called and not life.by_command:
                life.dialler = self._who_dialled(life)

    def _read(self, index: int, row: CelRow) -> None:
        life = self._lives.get(row.uniqueid)
        if life is None:
            endpoint, pair, _ = channel_parts(row.channel)
            life = _Life(row.uniqueid, row.linkedid, index, endpoint, pair, began_at=row.at)
            self._lives[row.uniqueid] = life
            self._names[row.channel] = row.uniqueid
        life.called = life.called or row.application in _CALLED
        life.by_command = life.by_command or row.application == "AppDial2"
        if row.application == "Dial":
            life.dials.append(row)
        life.queues = life.queues or row.application == "Queue"
        life.answered = life.answered or row.type == "ANSWER"
        if row.type in ("HANGUP", "CHAN_END"):
            life.ended = min(life.ended, index)
            life.dial_status = str(row.extra.get("dialstatus") or life.dial_status)

    def _who_dialled(self, life: _Life) -> _Life | None:
        """Whoever was there when it began and dials (now or in a later row) what it is; a queue dials anybody."""
        mates = [
            other
            for other in self._lives.values()
            if other is not life and other.group == life.group and other.started < life.started < other.ended
        ]
        for other in reversed(mates):
            if any(_targets(row.application_data, life) for row in other.dials):
                return other
        return next((other for other in mates if other.queues), None)

    def tell(self) -> Iterator[tuple[ev.Event, datetime]]:
        for index, row in enumerate(self._rows):
            for event in self._events(index, row):
                yield event, row.at

    def _events(self, index: int, row: CelRow) -> Iterator[ev.Event]:
        life = self._lives[row.uniqueid]
        seen = _seen(row)
        if row.application in _SPYING and row.uniqueid not in self._spies and row.type != "CHAN_START":
            spied = self._names.get(row.application_data.partition(",")[0])
            if spied is not None:
                self._spies.add(row.uniqueid)
                mode = spy_mode(row.application_data.partition(",")[2])
                yield ev.SpyBegan(seen, Seen(spied, self._rows[self._lives[spied].started].channel), mode)
        if row.type == "CHAN_START":
            yield from self._began(life, seen)
        elif row.type == "APP_START":
            yield ev.ChannelChanged(seen)
            if row.application == "Queue":
                yield ev.QueueJoined(seen, row.application_data.partition(",")[0])
        elif row.type == "ANSWER":
            yield ev.ChannelChanged(_seen(row, ChannelState.UP))
            if life.called:
                yield ev.DialEnded(None, seen, DialResult.ANSWERED)
        elif row.type == "BRIDGE_ENTER":
            yield ev.BridgeEntered(str(row.extra.get("bridge_id", "")), seen)
        elif row.type == "BRIDGE_EXIT":
            yield ev.BridgeLeft(str(row.extra.get("bridge_id", "")), seen)
        elif row.type in ("HANGUP", "CHAN_END"):
            yield from self._ended(index, life, row, seen)
        else:
            yield from self._moved(row, seen)

    def _began(self, life: _Life, seen: Seen) -> Iterator[ev.Event]:
        if not life.called and not life.pair:
            yield ev.ChannelBegan(_with(seen, ChannelState.CALLING))
            return
        yield ev.ChannelBegan(seen)
        if life.dialler is not None:
            row = next((row for row in life.dialler.dials if _targets(row.application_data, life)), None)
            number = _number_for(row.application_data, life) if row is not None else life.endpoint
            yield ev.DialBegan(Seen(life.dialler.key), seen, number)
        elif life.by_command:
            yield ev.DialBegan(None, seen)

    def _ended(self, index: int, life: _Life, row: CelRow, seen: Seen) -> Iterator[ev.Event]:
        if row.type == "CHAN_END" and index != life.ended:
            yield ev.HungUp(seen)  # known already, unless the row of the hang-up is missing
            return
        reason = hangup_reason(str(row.extra.get("hangupcause", "")))
        if life.called and not life.answered and not life.pair:
            rang_long = life.began_at is not None and row.at - life.began_at >= _RINGS_AFTER
            if rang_long:
                yield ev.DialRang(None, seen)
            if reason is HangupReason.NORMAL:
                yield ev.DialEnded(None, seen, self._result(index, life))
        yield ev.HungUp(seen, reason)

    def _result(self, index: int, life: _Life) -> DialResult:
        """How the dialling of a telephone ended that was simply hung up on."""
        dialler = life.dialler
        if dialler is None or dialler.ended <= index + 1:
            return DialResult.CANCELLED
        if dialler.queues:
            return DialResult.NO_ANSWER  # the queue goes on without it
        if dialler.dial_status == "NOANSWER":
            return dial_result(dialler.dial_status)
        return DialResult.CANCELLED

    def _moved(self, row: CelRow, seen: Seen) -> Iterator[ev.Event]:
        def named(prefix: str) -> Seen | None:
            key = str(row.extra.get(f"{prefix}_uniqueid", ""))
            return Seen(key, str(row.extra.get(f"{prefix}_name", ""))) if key in self._lives else None

        if row.type == "BLINDTRANSFER":
            yield ev.BlindTransferred(seen, named("transferee_channel"), str(row.extra.get("extension", "")))
        elif row.type == "ATTENDEDTRANSFER":
            second = named("channel2") or seen
            target = named("transfer_target_channel")
            yield ev.ConsultTransferred(seen, second, named("transferee_channel"), target)
        elif row.type == "PICKUP":
            key = str(row.extra.get("pickup_channel_uniqueid", ""))
            if key in self._lives:
                picker = self._rows[self._lives[key].started]
                yield ev.PickedUp(_seen(picker), seen)
        elif row.type == "FORWARD":
            yield ev.DialEnded(None, seen, DialResult.CANCELLED, dialled_number(str(row.extra.get("forward", ""))))


def _seen(row: CelRow, state: ChannelState | None = None) -> Seen:
    endpoint, pair, half = channel_parts(row.channel)
    return Seen(
        row.uniqueid,
        row.channel,
        endpoint,
        pair,
        half,
        row.linkedid,
        state,
        row.number,
        row.name,
        row.context,
        row.exten,
    )


def _with(seen: Seen, state: ChannelState) -> Seen:
    return Seen(
        seen.key,
        seen.channel,
        seen.endpoint,
        seen.pair,
        seen.half,
        seen.group,
        state,
        seen.number,
        seen.name,
        seen.context,
        seen.exten,
    )


def _each_target(data: str) -> Iterator[str]:
    """`PJSIP/101&PJSIP/7495…@trunk,30,tT`: what was dialled, one by one."""
    yield from data.partition(",")[0].split("&")


def _reaches(target: str, life: _Life) -> bool:
    technology, _, rest = target.partition("/")
    if technology == "Local":
        return life.pair.startswith(f"{target.partition('/n')[0]}-")
    before, at, after = rest.partition("@")
    endpoint = after.partition("/")[0] if at else before.partition("/")[0]
    return not life.pair and endpoint == life.endpoint


def _targets(data: str, life: _Life) -> bool:
    return any(_reaches(target, life) for target in _each_target(data))


def _number_for(data: str, life: _Life) -> str:
    return next((dialled_number(target) for target in _each_target(data) if _reaches(target, life)), "")
