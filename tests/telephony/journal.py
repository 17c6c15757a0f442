"""The program's way from AMI to the journal, and the exchange's own records beside it."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
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
from tests.telephony import records
from tests.telephony.firm import FIRM
from tests.telephony.records import Cdr, Told
from tests.telephony.waiting import eventually

SECONDS = 10.0
EXTENSIONS = frozenset(employee.extension for employee in FIRM.employees)


def new_engine() -> Engine:
    """An engine that knows the people of the firm."""
    return Engine(Directory(lambda endpoint: endpoint.removesuffix("-web") in EXTENSIONS))


def new_id() -> str:
    """An id for a call by command."""
    return f"svyaz-{uuid.uuid4()}"


class Journal:
    """Follows the exchange with the real session, translator and engine, and keeps what they say."""

    def __init__(self, lab: Lab) -> None:
        access = lab.ports.firm_ami
        self.lab = lab
        self.session = Session(Account(access.host, access.port, access.user, access.secret))
        self.commands = Commands(self.session)
        self.engine = new_engine()
        self.cel = SqliteCel(Path(lab.ports.cel))
        self.changes: list[Change] = []
        self.messages: list[Message] = []
        self.story: list[tuple[ev.Event, datetime | None]] = []
        """All the engine was told, with the moments."""
        self._translator = Translator()
        self._tasks: list[asyncio.Task[None]] = []
        self._moved = asyncio.Condition()
        self._serial = 0

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
        self.story.clear()
        if len(self.engine):
            self.engine = new_engine()
        self._serial = self.cel.last_serial()

    def tell(self, event: ev.Event) -> None:
        """What the program does itself and the exchange does not report."""
        self._hear(event, datetime.now(UTC))

    def _hear(self, event: ev.Event, at: datetime | None) -> None:
        self.story.append((event, at))
        self.changes += self.engine.handle(event, at)

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

    async def elapsed(self, seconds: float) -> None:
        """The exchange's own clock has moved on so far: for what lasts and is heard by nobody, as ringing does."""

        async def clock() -> float:
            return float((await self.session.ask("Ping")).get("Timestamp"))

        until = await clock() + seconds

        async def reached() -> bool:
            return await clock() >= until

        await eventually(reached, f"{seconds:g} s of the exchange's clock", seconds + SECONDS)

    async def asks_for_number(self) -> None:
        """The exchange has put one side on music and listens to the keys of the other: a transfer by keys has begun."""
        await self.until(lambda: any(each.name == "MusicOnHoldStart" for each in self.messages), "music on hold")

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
            return records.is_complete(self.cel.after(self._serial), count)

        await eventually(complete, "complete CEL")
        return self.cel.after(self._serial)

    async def cdrs(self, told: list[Told], rows: list[CelRow]) -> list[Cdr]:
        """All CDRs of the calls in these CEL rows, once those of the end of each call are written."""
        linkedids = {row.linkedid for row in rows}

        async def complete() -> bool:
            found = records.read_cdrs(self.lab.ports, linkedids)
            return all(
                any(one.linkedid in each.ids and one.end >= int(each.ended_at.timestamp()) - 1 for one in found)
                for each in told
                if not each.consultation
            )

        await eventually(complete, "complete CDR")
        return records.read_cdrs(self.lab.ports, linkedids)

    async def agrees(self, *, calls: int, supervised: int = 0) -> list[CelRow]:
        """The journal has the same calls as CEL and CDR, each once, with the same times within a second.

        ``calls``: rows the journal must have. ``supervised``: Linkedids that are a supervisor's ear and no call.
        """
        views = self.ended
        assert len(views) == calls, [view.id for view in views]
        merged = {change.gone: change.call for change in self.changes if isinstance(change, CallsMerged)}
        told = [records.told(view, merged) for view in views]
        rows = await self.cel_rows(sum(not each.consultation for each in told))
        records.agree_with_cel(told, rows, supervised=supervised)
        records.agree_with_cdr(told, await self.cdrs(told, rows))
        return rows

    async def _follow(self) -> None:
        async for news in self.session.news():
            if isinstance(news, Up):
                now = await snapshot(self.session)
                self._hear(snapshot_of(now.channel_messages), datetime.now(UTC))
            elif isinstance(news, Message):
                self.messages.append(news)
                for event in self._translator.translate(news):
                    self._hear(event, moment(news))
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


def brief(calls: Iterable[CallView]) -> str:
    """For the message of a failed test."""
    lines = []
    for call in calls:
        legs = [f"{each.endpoint}:{each.state.value}{':bridged' if each.bridged else ''}" for each in parties(call)]
        lines.append(f"{call.id} {call.direction.value} {call.state} {call.status} [{', '.join(legs)}]")
    return "; ".join(lines) or "none"
