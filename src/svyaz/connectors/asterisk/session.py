"""The lasting session with one exchange: connects, logs in, tells what comes, and connects again whatever happens."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from svyaz.protocols.ami import Fields, Message

from .connection import Account, Connection, Timeouts
from .errors import Broken, NotConnected, Reason

logger = logging.getLogger(__name__)

MOST_WAITING = 200_000
"""Events that may wait for whoever reads `news`; beyond that the connection is dropped and the state read anew."""


@dataclass(frozen=True)
class Up:
    """Logged in, and the exchange has booted: take a snapshot now. `number` counts connections from 1."""

    number: int


@dataclass(frozen=True)
class Down:
    """Not connected. `reason.text(language)` is for people, `details` for the log. Trying goes on by itself."""

    reason: Reason
    details: str = ""


@dataclass(frozen=True)
class Connecting:
    """A try begins. `attempt` counts from 1 since the session was last up."""

    attempt: int


State = Up | Down | Connecting
News = Message | State


class Session:
    """`account` is asked at every try, since a restarted exchange may be elsewhere; it may raise `OSError`.

    `run` does everything and ends only when cancelled. `news` gives events and changes of state in the order they came:
    after `Up` come only events of that connection, and after `Down` none of it. Nothing is ever sent twice.
    """

    def __init__(self, account: Account | Callable[[], Account], *, timeouts: Timeouts | None = None) -> None:
        self._account = account if callable(account) else lambda: account
        self._timeouts = timeouts or Timeouts()
        self._connection: Connection | None = None
        self._news: asyncio.Queue[News] = asyncio.Queue()
        self._state: State = Down(Reason.STOPPED)
        self._ups = 0
        self._flooded = asyncio.Event()

    @property
    def state(self) -> State:
        return self._state

    @property
    def is_up(self) -> bool:
        return isinstance(self._state, Up)

    async def news(self) -> AsyncIterator[News]:
        """Events and changes of state in order, without end. For one reader."""
        while True:
            yield await self._news.get()

    async def next_news(self) -> News:
        return await self._news.get()

    async def ask(
        self, name: str, fields: Fields = (), *, seconds: float | None = None, action_id: str = ""
    ) -> Message:
        """Send an action once, return its response. `action_id`: see `Connection.ask`.

        Raises `NotConnected` and `Refused` (nothing was done), `OutcomeUnknown` (it may have been), and
        `ForbiddenCharacterError` for CR, LF or NUL in a value.
        """
        answer = await self._up().ask(name, fields, seconds or self._timeouts.answer, action_id=action_id)
        assert answer.response is not None
        return answer.response

    async def listed(self, name: str, fields: Fields = (), *, seconds: float | None = None) -> list[Message]:
        """Send an action that is answered by a list; return the list. Raises as `ask`."""
        answer = await self._up().ask(name, fields, seconds or self._timeouts.answer, listing=True)
        return answer.items

    async def run(self) -> None:
        """Keep the session up until cancelled."""
        attempt = 0
        loop = asyncio.get_running_loop()
        try:
            while True:
                attempt += 1
                self._set(Connecting(attempt))
                began = loop.time()
                ups = self._ups
                try:
                    await self._once()
                except Broken as error:
                    self._set(Down(error.reason, error.details))
                if self._ups > ups and loop.time() - began > self._timeouts.settled:
                    attempt = 0
                await asyncio.sleep(self._pause(attempt))
        finally:
            self._set(Down(Reason.STOPPED))

    async def _once(self) -> None:
        """One connection from beginning to end. Always ends with `Broken` or cancellation."""
        self._flooded.clear()
        try:
            account = self._account()
        except OSError as error:
            raise Broken(Reason.REFUSED, str(error)) from error
        connection = Connection(account, self._timeouts, self._event)
        try:
            await connection.open()
            reading = asyncio.create_task(connection.read())
            living = asyncio.create_task(self._live(connection))
            flooding = asyncio.create_task(self._flooded.wait())
            tasks: list[asyncio.Task[object]] = [reading, living, flooding]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                if reading.done():
                    # The last thing it said may be the reason: let whoever waits for that answer see it.
                    connection.close()
                    await asyncio.wait([living], timeout=0.1)
            finally:
                for task in tasks:
                    task.cancel()
                connection.close()
                await asyncio.gather(*tasks, return_exceptions=True)
            if flooding.done() and not flooding.cancelled():
                raise Broken(Reason.FLOODED)
            _say_why(reading, living)
        finally:
            self._connection = None
            connection.close()

    async def _live(self, connection: Connection) -> None:
        await connection.log_in()
        self._connection = connection
        self._ups += 1
        self._set(Up(self._ups))
        await connection.watch()

    def _up(self) -> Connection:
        if self._connection is None:
            reason = self._state.reason.text("en") if isinstance(self._state, Down) else "connecting"
            raise NotConnected(f"the exchange is not connected: {reason}")
        return self._connection

    def _event(self, message: Message) -> None:
        if self._connection is None:
            return  # before the log-in is over nothing is known to us that an event could change
        if self._news.qsize() > MOST_WAITING:
            self._flooded.set()
            return
        self._news.put_nowait(message)

    def _set(self, state: State) -> None:
        if isinstance(state, Down):
            self._connection = None
            if state != self._state:
                logger.warning("exchange: %s %s", state.reason.text("en"), state.details)
        self._state = state
        self._news.put_nowait(state)

    def _pause(self, attempt: int) -> float:
        timeouts = self._timeouts
        longest = min(timeouts.longest_pause, timeouts.first_pause * 2.0 ** min(attempt, 16))
        # Jitter, so that several programs do not knock at a restarted exchange at once.
        return longest * (0.5 + random.random() / 2)  # noqa: S311 - no secret


def _say_why(reading: asyncio.Task[None], living: asyncio.Task[None]) -> None:
    """Raise the `Broken` that tells most: the reader knows how a connection ended, the log-in why it was refused."""
    errors = [task.exception() for task in (reading, living) if task.done() and not task.cancelled()]
    known = [error for error in errors if isinstance(error, Broken)]
    for error in errors:
        if error is not None and not isinstance(error, Broken):
            raise error
    raise next((error for error in known if error.reason is Reason.WRONG_PASSWORD), known[0])
