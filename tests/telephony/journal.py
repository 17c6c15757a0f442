"""The program's way from AMI to the journal, and the exchange's own records beside it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from exchange_lab.lab import Lab
from svyaz.calls.engine import CallEnded, CallsMerged, CallView, Change, Directory, Engine, LegView
from svyaz.calls.engine import events as ev
from svyaz.connectors.asterisk.cel import CelRow, SqliteCel
from svyaz.connectors.asterisk.commands import Commands
from svyaz.connectors.asterisk.connection import Account
from svyaz.connectors.asterisk.errors import ExchangeError
from svyaz.connectors.asterisk.session import Session, Up
from svyaz.connectors.asterisk.snapshot import snapshot
from svyaz.connectors.asterisk.translate import Translator, moment, snapshot_of
from svyaz.protocols.ami import Message
from tests.telephony.firm import FIRM
from tests.telephony.waiting import eventually

SECONDS = 10.0
EXTENSIONS = frozenset(employee.extension for employee in FIRM.employees)


@dataclass(frozen=True)
class Cdr:
    """One of the exchange's call detail records: of a pair of channels, not of a call. Times in whole seconds."""

    channel: str
    other: str
    src: str
    dst: str
    duration: int
    billsec: int
    disposition: str
    linkedid: str


class Journal:
    """Follows the exchange with the real session, translator and engine, and keeps what they say."""

    def __init__(self, lab: Lab) -> None:
        access = lab.ports.firm_ami
        self.lab = lab
        self.session = Session(Account(access.host, access.port, access.user, access.secret))
        self.commands = Commands(self.session)
        self.engine = self._new_engine()
        self.cel = SqliteCel(Path(lab.ports.cel))
        self.changes: list[Change] = []
        self.messages: list[Message] = []
        self._translator = Translator()
        self._tasks: list[asyncio.Task[None]] = []
        self._moved = asyncio.Condition()
        self._serial = 0

    @staticmethod
    def _new_engine() -> Engine:
        return Engine(Directory(lambda endpoint: endpoint.removesuffix("-web") in EXTENSIONS))

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self.session.run()), asyncio.create_task(self._follow())]
        await self.until(lambda: self.session.is_up, "session up")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def begin(self) -> None:
        """Forget what was; from here on it counts."""
        self.changes.clear()
        self.messages.clear()
        if len(self.engine):
            self.engine = self._new_engine()
        self._serial = self.cel.last_serial()

    def tell(self, event: ev.Event) -> None:
        """What the program does itself and the exchange does not report."""
        self.changes += self.engine.handle(event, datetime.now(UTC))

    # What is known

    @property
    def ended(self) -> list[CallView]:
        return [change.view for change in self.changes if isinstance(change, CallEnded)]

    @property
    def live(self) -> list[CallView]:
        return self.engine.views()

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(condition)
        except TimeoutError as error:
            raise AssertionError(f"waited {seconds:g} s for: {what}; live: {brief(self.live)}") from error

    async def call(self, condition: Callable[[CallView], bool] = lambda call: True) -> CallView:
        """The one live call that fits, as soon as there is one."""
        await self.until(lambda: any(condition(call) for call in self.live), "a live call")
        (found,) = [call for call in self.live if condition(call)]
        return found

    async def over(self, count: int = 1) -> list[CallView]:
        """The calls that ended since the test began, as soon as there are so many and none is up."""
        await self.until(lambda: len(self.ended) >= count and not self.live, f"{count} ended calls")
        return self.ended

    async def one(self) -> CallView:
        (call,) = await self.over()
        return call

    async def talking(self, *endpoints: str) -> CallView:
        """The live call in which all these endpoints are connected."""

        def fits(call: CallView) -> bool:
            return set(endpoints) <= {leg.endpoint for leg in parties(call) if leg.bridged}

        return await self.call(fits)

    async def quiet(self) -> None:
        """No channel is up, and the engine remembers nothing."""
        await eventually(self._nothing_up, "no channel up")
        await self.until(lambda: len(self.engine) == 0, "nothing remembered", 3)

    async def silence(self) -> None:
        """Whatever a failed test left behind is ended, so that the next one begins in quiet."""
        for channel in await self.session.listed("CoreShowChannels"):
            with contextlib.suppress(ExchangeError):
                await self.commands.hang_up(channel.get("Channel"))
        await eventually(self._nothing_up, "no channel up")

    async def _nothing_up(self) -> bool:
        return not await self.session.listed("CoreShowChannels")

    def raw(self) -> str:
        """The events since the test began, as they came."""
        texts = ("".join(f"{key}: {value}\n" for key, value in message) for message in self.messages)
        return "\n".join(texts)

    # The exchange's own records

    async def cel_rows(self, count: int = 1) -> list[CelRow]:
        """All CEL rows since the test began, once so many calls (Linkedids) are complete in it."""

        async def complete() -> bool:
            rows = self.cel.after(self._serial)
            begun = {row.linkedid for row in rows if row.type == "CHAN_START" and row.uniqueid == row.linkedid}
            over = {row.linkedid for row in rows if row.type == "LINKEDID_END"}
            channels = {row.uniqueid for row in rows if row.type == "CHAN_START"}
            gone = {row.uniqueid for row in rows if row.type == "CHAN_END"}
            return len(over) >= count and begun <= over and channels <= gone

        await eventually(complete, "complete CEL")
        return self.cel.after(self._serial)

    def cdrs(self, linkedids: Iterable[str]) -> list[Cdr]:
        wanted = list(linkedids)
        marks = ",".join("?" * len(wanted))
        columns = "channel, dstchannel, src, dst, duration, billsec, disposition, linkedid"
        with closing(sqlite3.connect(f"file:{self.lab.ports.cdr}?mode=ro", uri=True)) as connection:
            rows = connection.execute(f"select {columns} from cdr where linkedid in ({marks})", wanted)
            return [
                Cdr(str(a), str(b), str(c), str(d), int(e), int(f), str(g), str(h)) for a, b, c, d, e, f, g, h in rows
            ]

    async def agrees(self, *, calls: int, supervised: int = 0) -> list[CelRow]:
        """The journal has the same calls as CEL, each once, with the same times within a second.

        ``calls``: rows the journal must have. ``supervised``: Linkedids that are a supervisor's ear and no call.
        """
        views = self.ended
        assert len(views) == calls, [view.id for view in views]
        assert len({view.id for view in views}) == calls, "a call is in the journal twice"
        merged = {change.gone: change.call for change in self.changes if isinstance(change, CallsMerged)}
        rows = await self.cel_rows(sum(view.consultation_of is None for view in views))
        groups = {row.uniqueid: row.linkedid for row in rows if row.type == "CHAN_START"}
        begun = set(groups.values())
        told = {view.id for view in views} | set(merged)
        # The exchange has no Linkedid for a consultation by command: it is one call to it. Its id is a channel's.
        assert told <= begun | set(groups), (told, begun)
        assert len(begun - told) == supervised, (begun, told)
        for view in (each for each in views if each.consultation_of is None):
            mine = {view.id} | {gone for gone in merged if _root(merged, gone) == view.id}
            channels = {uniqueid for uniqueid, linkedid in groups.items() if linkedid in mine}
            ours = [row for row in rows if row.uniqueid in channels]
            starts = [row.at for row in ours if row.type == "CHAN_START" and groups[row.uniqueid] == view.id]
            ends = [row.at for row in ours if row.type == "CHAN_END"]
            assert view.began_at is not None
            assert view.ended_at is not None
            assert abs((view.began_at - min(starts)).total_seconds()) < 1, (view.began_at, min(starts))
            assert abs((view.ended_at - max(ends)).total_seconds()) < 1, (view.ended_at, max(ends))
            assert abs(view.talking - talked(ours)) < 1, (view.talking, talked(ours), view.spans)
        return rows

    async def agrees_with_cdr(self, view: CallView) -> None:
        """For calls of two parties, which is all that one CDR can tell."""

        async def written() -> bool:
            return bool(self.cdrs([view.id]))

        await eventually(written, "a CDR")
        records = self.cdrs([view.id])
        assert view.began_at is not None
        assert view.ended_at is not None
        answered = [each for each in records if each.disposition == "ANSWERED" and each.other]
        assert abs(sum(each.billsec for each in answered) - view.talking) <= 1.2, (records, view.talking)
        total = (view.ended_at - view.began_at).total_seconds()
        assert abs(max(each.duration for each in records) - total) <= 1.2, (records, total)

    async def _follow(self) -> None:
        async for news in self.session.news():
            if isinstance(news, Up):
                now = await snapshot(self.session)
                self.changes += self.engine.handle(snapshot_of(now.channel_messages), datetime.now(UTC))
            elif isinstance(news, Message):
                self.messages.append(news)
                for event in self._translator.translate(news):
                    self.changes += self.engine.handle(event, moment(news))
            async with self._moved:
                self._moved.notify_all()


@asynccontextmanager
async def another(lab: Lab) -> AsyncIterator[Journal]:
    """A second program that connects only now."""
    async with Journal(lab) as journal:
        yield journal


def parties(call: CallView) -> list[LegView]:
    """All legs, the caller's too."""
    caller = [call.caller_leg] if call.caller_leg is not None else []
    return [*caller, *(leg for leg in call.legs if call.caller_leg is None or leg.key != call.caller_leg.key)]


def leg(call: CallView, endpoint: str) -> LegView:
    """The last leg of this endpoint."""
    return [each for each in parties(call) if each.endpoint == endpoint][-1]


def outcomes(call: CallView) -> dict[str, str | None]:
    """Outcome by endpoint (or number) of all that were rung."""
    return {each.endpoint or str(each.number): each.outcome and each.outcome.value for each in call.legs if each.rung}


def talked(rows: Iterable[CelRow]) -> float:
    """Seconds in which any two of these channels were in one bridge, by CEL."""
    inside: dict[str, set[str]] = {}
    began: datetime | None = None
    total = 0.0
    for row in sorted(rows, key=lambda each: (each.at, each.serial)):
        bridge = str(row.extra.get("bridge_id", ""))
        if row.type == "BRIDGE_ENTER":
            inside.setdefault(bridge, set()).add(row.uniqueid)
        elif row.type == "BRIDGE_EXIT":
            inside.get(bridge, set()).discard(row.uniqueid)
        else:
            continue
        talking = any(len(members) > 1 for members in inside.values())
        if talking and began is None:
            began = row.at
        elif not talking and began is not None:
            total += (row.at - began).total_seconds()
            began = None
    return total


def _root(merged: dict[str, str], call: str) -> str:
    while call in merged:
        call = merged[call]
    return call


def brief(calls: Iterable[CallView]) -> str:
    """For the message of a failed test."""
    lines = []
    for call in calls:
        legs = [f"{each.endpoint}:{each.state.value}{':bridged' if each.bridged else ''}" for each in parties(call)]
        lines.append(f"{call.id} {call.direction.value} {call.state} {call.status} [{', '.join(legs)}]")
    return "; ".join(lines) or "none"
