"""Threads that write to the database for the asyncio side, one after the other and as Django expects it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from psycopg_pool import PoolTimeout

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
TOGETHER_WITHIN = 0.1
# The database is away (not: it says no). Pools say so in their own words.
AWAY = (OperationalError, InterfaceError, PoolTimeout)


class Writer:
    """One thread with one connection: what is given to it happens in order."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._away = False

    async def once(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run in the thread. Raises what it raises; one of AWAY when the database is not there."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: self._run(function, *args, **kwargs))

    async def surely(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run in the thread, again and again while the database is away. The function must be safe to repeat."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await self.once(function, *args, **kwargs)
            except AWAY:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def close(self) -> None:
        """Finish what runs, close the connection."""
        self._thread.submit(connection.close)
        self._thread.shutdown(wait=True)

    def _run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        # The connection is kept for good. It is not asked whether it still lives before each use, as Django would do: a
        # ringing call would wait for the answer, and what fails because of a dead one is given again.
        try:
            result = function(*args, **kwargs)
        except AWAY as error:
            if not self._away:
                log.warning("%s: the database is away: %s", self._name, error)
            self._away = True
            _drop_connection()
            raise
        except DatabaseError:
            _drop_connection()
            raise
        if self._away:
            log.info("%s: the database is back", self._name)
            self._away = False
        return result


class Together(Generic[T]):
    """What many tasks want written, written in one go every now and then: each write has its price."""

    def __init__(self, writer: Writer, function: Callable[[Sequence[T]], None]) -> None:
        """`function` takes everything that was gathered; it must be safe to repeat."""
        self._writer = writer
        self._function = function
        self._gathered: list[T] = []
        self._next: asyncio.Task[None] | None = None

    async def write(self, one: T) -> None:
        """Return once it is written, however long the database is away."""
        self._gathered.append(one)
        if self._next is None:
            self._next = asyncio.create_task(self._write())
        # Whoever is cancelled meanwhile must not take the others' along.
        await asyncio.shield(self._next)

    async def _write(self) -> None:
        await asyncio.sleep(TOGETHER_WITHIN)
        gathered, self._gathered, self._next = self._gathered, [], None
        await self._writer.surely(self._function, gathered)


def _drop_connection() -> None:
    # A connection an error has spoilt is thrown away; closing what is broken may complain, which is no news.
    try:
        connection.close()
    except DatabaseError as error:
        log.debug("closing a broken connection: %s", error)
