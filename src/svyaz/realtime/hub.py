"""One listener per web process: reads the outbox once and fans out to every socket that may hear it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import psycopg
from django.db import connections
from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from svyaz.realtime.services import CHANNEL

log = logging.getLogger(__name__)

BATCH = 500
BEAT_EVERY = 15.0
# A socket this far behind is not going to catch up; it resumes from its last event when it can.
MOST_WAITING = 1000
# Events older than what a sleeper asks for may be this many; more is cheaper as a snapshot.
MOST_REPLAYED = 2000
_POLL_EVERY = 5.0
_LONGEST_PAUSE = 2.0

_NEWER = "SELECT id, topics, kind, data::text FROM realtime_event WHERE id > %s ORDER BY id LIMIT %s"
_MISSED = (
    "SELECT id, topics, kind, data::text FROM realtime_event"
    " WHERE id > %s AND id <= %s AND topics && %s::text[] ORDER BY id LIMIT %s"
)
_ENDS = "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM realtime_event"
# Kinds after which the hearer's topics must be worked out anew.
RIGHTS_CHANGED = frozenset({"rights", "signed_out"})


class Signal(Enum):
    """What a subscriber's queue may hold beside frames."""

    RIGHTS = auto()
    CHECK_SESSION = auto()
    TOO_SLOW = auto()
    RESTART = auto()


Entry = str | tuple[Signal, str]
BEAT = '{"kind":"beat"}'


@dataclass(frozen=True, slots=True)
class Frame:
    """One event, serialised once for all."""

    id: int
    topics: tuple[str, ...]
    kind: str
    text: str


def frame_of(row: tuple[int, list[str], str, str]) -> Frame:
    """The frame of a row; the payload stays the text the database gave."""
    number, topics, kind, data = row
    return Frame(number, tuple(topics), kind, f'{{"event":{number},"kind":"{kind}","data":{data}}}')


class Subscriber:
    """A socket as the hub sees it: what it hears, and what waits to be sent to it."""

    __slots__ = ("_arrived", "after", "topics", "waiting")

    def __init__(self, topics: frozenset[str]) -> None:
        self.topics = topics
        # Events up to this one the browser has already.
        self.after = 0
        self.waiting: deque[Entry] = deque()
        self._arrived = asyncio.Event()

    def put(self, entry: Entry) -> None:
        """Queue an entry. When too many wait, all are dropped for the one signal that ends the socket."""
        if len(self.waiting) >= MOST_WAITING:
            self.waiting.clear()
            entry = (Signal.TOO_SLOW, "")
        self.waiting.append(entry)
        self._arrived.set()

    async def take(self) -> Entry:
        """The next entry."""
        while not self.waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self.waiting.popleft()


class Hub:
    """Runs while anybody listens. All methods belong to one event loop."""

    def __init__(self) -> None:
        self.last = 0
        self._hearers: dict[str, set[Subscriber]] = defaultdict(set)
        self._subscribers: set[Subscriber] = set()
        self._ready = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, subscriber: Subscriber) -> int:
        """Begin to hear; returns the number up to which everything was told before. Waits for the database."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]
        self._subscribers.add(subscriber)
        try:
            await self._ready.wait()
        except asyncio.CancelledError:
            await self.leave(subscriber)
            raise
        self._hear(subscriber)
        return self.last

    async def leave(self, subscriber: Subscriber) -> None:
        """Hear no more. The last to leave stops the listener."""
        self._subscribers.discard(subscriber)
        self._unhear(subscriber)
        if not self._subscribers and self._tasks:
            tasks, self._tasks = self._tasks, []
            self._ready.clear()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def retopic(self, subscriber: Subscriber, topics: frozenset[str]) -> None:
        """Let the subscriber hear these topics from now on."""
        self._unhear(subscriber)
        subscriber.topics = topics
        if subscriber in self._subscribers:
            self._hear(subscriber)

    async def missed(self, topics: frozenset[str], after: int, until: int) -> list[Frame] | None:
        """What a sleeper missed, or None when that is no longer known or too much."""
        async with await connect() as connection:
            cursor = await connection.execute(_ENDS)
            oldest, newest = await cursor.fetchone() or (0, 0)
            # A number above ours is of another life of this database. Below the oldest there may have been more.
            if after > newest or after < oldest - 1:
                return None
            cursor = await connection.execute(_MISSED, [after, until, sorted(topics), MOST_REPLAYED + 1])
            frames = [frame_of(row) for row in await cursor.fetchall()]
        return frames if len(frames) <= MOST_REPLAYED else None

    def _hear(self, subscriber: Subscriber) -> None:
        for topic in subscriber.topics:
            self._hearers[topic].add(subscriber)

    def _unhear(self, subscriber: Subscriber) -> None:
        for topic in subscriber.topics:
            hearers = self._hearers.get(topic)
            if hearers is not None:
                hearers.discard(subscriber)
                if not hearers:
                    del self._hearers[topic]

    def _fan_out(self, frame: Frame) -> None:
        hearers: Iterable[Subscriber]
        if len(frame.topics) == 1:
            hearers = self._hearers.get(frame.topics[0], ())
        else:
            hearers = set().union(*(self._hearers.get(topic, ()) for topic in frame.topics))
        entry: Entry = (Signal.RIGHTS, frame.text) if frame.kind in RIGHTS_CHANGED else frame.text
        for subscriber in tuple(hearers):
            if frame.id > subscriber.after:
                subscriber.put(entry)

    async def _listen(self) -> None:
        """Listen for ever; the database may go away and come back meanwhile."""
        pause = 0.1
        while True:
            try:
                async with await connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await self._catch_up(connection)
                    self._ready.set()
                    pause = 0.1
                    while True:
                        await self._wait_for_news(connection)
                        await self._read(connection)
            except psycopg.OperationalError as error:
                log.warning("events: the database went away (%s)", str(error).strip().splitlines()[:1])
                # Jitter: all web processes lost it at the same moment.
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _catch_up(self, connection: AsyncConnection[Any]) -> None:
        cursor = await connection.execute(_ENDS)
        _, newest = await cursor.fetchone() or (0, 0)
        if not self._ready.is_set():
            self.last = newest
        elif newest < self.last:
            # Restored from a backup: our numbers mean nothing any more.
            self.last = newest
            for subscriber in self._subscribers:
                subscriber.put((Signal.RESTART, ""))
        else:
            await self._read(connection)

    async def _wait_for_news(self, connection: AsyncConnection[Any]) -> None:
        """Return when there may be rows we have not read, at the latest after a few seconds (the link may be dead)."""
        async with contextlib.aclosing(connection.notifies(timeout=_POLL_EVERY)) as notifications:
            async for notification in notifications:
                if int(notification.payload) > self.last:
                    return

    async def _read(self, connection: AsyncConnection[Any]) -> None:
        while True:
            cursor = await connection.execute(_NEWER, [self.last, BATCH], prepare=True)
            rows = await cursor.fetchall()
            for row in rows:
                self.last = row[0]
                self._fan_out(frame_of(row))
            if len(rows) < BATCH:
                return

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY)
            for subscriber in tuple(self._subscribers):
                subscriber.put((Signal.CHECK_SESSION, BEAT))


async def connect() -> AsyncConnection[Any]:
    """An autocommit connection of our own to Django's database."""
    parameters = dict(connections["default"].get_connection_params())
    for ours in ("cursor_factory", "context", "prepare_threshold", "row_factory"):
        parameters.pop(ours, None)
    # A server that vanished without a word is noticed by the kernel within half a minute.
    kept_alive = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    return await AsyncConnection.connect(
        **{**kept_alive, "connect_timeout": 5, **parameters}, autocommit=True, row_factory=tuple_row
    )


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def the_hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    for other in [each for each in _hubs if each.is_closed()]:
        del _hubs[other]
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
