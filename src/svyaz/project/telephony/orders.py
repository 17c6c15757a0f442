"""Does what employees ordered: takes command rows, does each once, writes what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from svyaz.calls.engine.changes import Change
from svyaz.calls.engine.events import Event, OwnCall
from svyaz.calls.models import Command
from svyaz.calls.services import commands as rows
from svyaz.connectors.asterisk.commands import Commands
from svyaz.connectors.asterisk.errors import ExchangeError, OutcomeUnknown
from svyaz.kit.clock import now
from svyaz.project.telephony.writer import FIRST_PAUSE, LONGEST_PAUSE, Writer

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
            done, outcome = False, f"unknown: {error}"
        except ExchangeError as error:
            done, outcome = False, str(error)
        except (KeyError, TypeError, ValueError) as error:
            done, outcome = False, f"bad command: {error!r}"
        else:
            done, outcome = True, "accepted"
        if not done:
            log.warning("command %s %s: %s", command.kind, command.id, outcome)
        await self._writer.surely(rows.finish, command.id, done=done, outcome=outcome, at=now())

    async def _carry_out(self, command: Command, params: dict[str, Any]) -> None:
        if command.kind == Command.Kind.HANGUP:
            await self._commands.hang_up(params["channel"])
            return
        key = f"svyaz-{command.id.hex}"
        self._tell_engine(OwnCall(key=key, number=params["number"]))
        await self._commands.originate(
            params["extension"],
            params["number"],
            call_id=key,
            abroad=bool(params.get("abroad")),
        )


def connection_parameters() -> dict[str, Any]:
    """How to reach the database, for a connection outside Django."""
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}
