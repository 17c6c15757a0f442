"""Does what employees ordered: takes command rows, does each once, writes what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from svyaz.calls.engine.changes import Change
from svyaz.calls.engine.events import Event, OwnCall
from svyaz.calls.models import Command
from svyaz.calls.services import commands as rows
from svyaz.calls.services.commands import Failure
from svyaz.connectors.asterisk.commands import Commands
from svyaz.connectors.asterisk.errors import ExchangeError, OutcomeUnknown, Refused
from svyaz.kit.clock import now
from svyaz.project.telephony.dialling import Dialling
from svyaz.project.telephony.writer import FIRST_PAUSE, LONGEST_PAUSE, Writer
from svyaz.protocols.ami import Message

log = logging.getLogger(__name__)

# A look at the table without being told, should a notification ever get lost.
LOOK_EVERY = 5.0


class Orders:
    """Listens for commands of one exchange and carries them out in order."""

    def __init__(
        self,
        exchange_id: UUID,
        commands: Commands,
        writer: Writer,
        tell_engine: Callable[[Event], list[Change]],
        ready: Callable[[], bool],
    ) -> None:
        self._exchange_id = exchange_id
        self._commands = commands
        self._writer = writer
        self._tell_engine = tell_engine
        self._ready = ready
        self._news = asyncio.Event()
        self._dialling = Dialling()

    def take(self, message: Message) -> None:
        """Look at an event of the exchange."""
        self._dialling.take(message)
        if self._dialling.has_failed:
            self.wake()

    def learn(self, changes: Iterable[Change]) -> None:
        """Look at what the engine made of the events."""
        self._dialling.learn(changes)
        if self._dialling.has_failed:
            self.wake()

    def connection_lost(self) -> None:
        """What the exchange has not reported by now, it never will."""
        self._dialling.forget_all()

    def wake(self) -> None:
        """There may be something to do."""
        self._news.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._news.wait()
            except TimeoutError:
                pass
            self._news.clear()
            for command_id, failure in self._dialling.failed():
                await self._fail(command_id, failure)
            if not self._ready():
                await self._writer.surely(rows.expire, self._exchange_id, at=now())
            else:
                for command in await self._writer.surely(rows.take, self._exchange_id, at=now()):
                    await self._do(command)

    async def listen(self) -> None:
        """Wake at every notification, until cancelled; connects again by itself."""
        pause = FIRST_PAUSE
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**connection_parameters(), autocommit=True) as own:
                    await own.execute(f"LISTEN {rows.CHANNEL}")
                    pause = FIRST_PAUSE
                    self.wake()  # what came while nobody listened
                    async for _ in own.notifies():
                        self.wake()
            except psycopg.OperationalError as error:
                log.info("not listening for commands: %s", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _do(self, command: Command) -> None:
        try:
            await self._carry_out(command, command.params)
        except OutcomeUnknown as error:
            await self._fail(command.id, Failure.UNKNOWN, str(error))
        except ExchangeError as error:
            # A channel to be hung up that is not there any more: the other side was quicker.
            over = isinstance(error, Refused) and command.kind == Command.Kind.HANGUP
            await self._fail(command.id, Failure.CALL_OVER if over else Failure.REFUSED, str(error))
        except (KeyError, TypeError, ValueError) as error:
            await self._fail(command.id, Failure.BAD, repr(error))
        else:
            await self._writer.surely(rows.accept, command.id, at=now())

    async def _fail(self, command_id: UUID, failure: Failure, details: str = "") -> None:
        log.warning("command %s: %s %s", command_id, failure, details)
        await self._writer.surely(rows.fail, command_id, failure, details=details, at=now())

    async def _carry_out(self, command: Command, params: dict[str, Any]) -> None:
        if command.kind == Command.Kind.HANGUP:
            await self._commands.hang_up(params["channel"])
            return
        key = f"svyaz-{command.id.hex}"
        self._tell_engine(OwnCall(key=key, number=params["number"]))
        self._dialling.expect(key, command.id)
        try:
            await self._commands.originate(
                params["extension"],
                params["number"],
                call_id=key,
                abroad=bool(params.get("abroad")),
            )
        except OutcomeUnknown:
            raise  # it may have been heard: then the report is still to come
        except ExchangeError:
            self._dialling.forget(key)
            raise


def connection_parameters() -> dict[str, Any]:
    """How to reach the database, for a connection outside Django."""
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}
