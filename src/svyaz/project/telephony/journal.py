"""The pump from the engine to the journal: newest views, in batches, nothing lost while the database is away."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from uuid import UUID

from svyaz.calls.engine.changes import CallAnswered, CallEnded, CallsMerged, Change, LegRang
from svyaz.calls.engine.views import CallView
from svyaz.calls.models import Call
from svyaz.calls.services.directory import FirmDirectory
from svyaz.calls.services.known import Memory
from svyaz.calls.services.record import Batch, record
from svyaz.kit.clock import now
from svyaz.project.telephony.writer import AWAY, FIRST_PAUSE, LONGEST_PAUSE, Writer

log = logging.getLogger(__name__)

# Calls that may wait for the database, some 5 kB each. What is more, the exchange's own records have.
MOST_WAITING = 50_000
# Somebody waits for these: a telephone rings, a card opens.
URGENT = (LegRang, CallAnswered)
# Seconds that other news may wait for more to come: a hang-up alone is several events, and each batch has its price,
# which ringing calls would have to wait for.
GATHERED_FOR = 0.025


class Journal:
    """Takes changes in the event loop; one batch at a time is written by the writer's thread.

    While a batch is written, more piles up: of every call only its newest view is kept, so under load batches grow and
    the work does not. What nobody waits for is gathered for a moment.
    """

    def __init__(
        self,
        exchange_id: UUID,
        writer: Writer,
        directory: FirmDirectory,
        view: Callable[[str], CallView],
        on_written: Callable[[dict[str, Call]], None],
    ) -> None:
        self._exchange_id = exchange_id
        self._writer = writer
        self._directory = directory
        self._view = view
        self._on_written = on_written
        self._memory = Memory()
        self._live: set[str] = set()
        self._ended: dict[str, CallView] = {}
        self._merges: list[tuple[str, str]] = []
        self._news = asyncio.Event()
        self._urgent = asyncio.Event()
        self._writing = False
        # Who waits for what is being written, and for what is written next.
        self._for_this: list[asyncio.Future[None]] = []
        self._for_next: list[asyncio.Future[None]] = []

    def take(self, changes: Iterable[Change]) -> None:
        """Remember what changed."""
        for change in changes:
            if isinstance(change, CallEnded):
                self._live.discard(change.call)
                self._ended[change.call] = change.view
            elif change.call not in self._ended:
                self._live.add(change.call)
            if isinstance(change, CallsMerged):
                self._merges.append((change.call, change.gone))
                self._live.discard(change.gone)
            if isinstance(change, URGENT):
                self._urgent.set()
        self._wake()

    def take_views(self, views: Iterable[CallView]) -> None:
        """Remember whole views that come from elsewhere than the running engine."""
        for view in views:
            self._ended[view.id] = view
        self._wake()

    async def written(self) -> None:
        """Wait until everything taken so far is in the database."""
        if not self._writing and not self._news.is_set():
            return
        waiter = asyncio.get_running_loop().create_future()
        (self._for_next if self._news.is_set() else self._for_this).append(waiter)
        await waiter

    async def run(self) -> None:
        """Write until cancelled."""
        pause = FIRST_PAUSE
        while True:
            await self._news.wait()
            await self._gather()
            self._for_this, self._for_next = self._for_next, []
            batch = self._batch()
            self._writing = True
            try:
                await self._write(batch)
            except AWAY:
                self._put_back(batch)
                self._for_next = [*self._for_this, *self._for_next]
                self._urgent.set()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            finally:
                self._writing = False
            pause = FIRST_PAUSE
            for waiter in self._for_this:
                if not waiter.done():
                    waiter.set_result(None)

    async def _gather(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHERED_FOR):
                await self._urgent.wait()
        self._urgent.clear()

    def _wake(self) -> None:
        if self._live or self._ended or self._merges:
            self._news.set()

    def _batch(self) -> Batch:
        views = [*self._ended.values()]
        for call in self._live:
            try:
                views.append(self._view(call))
            except KeyError:
                continue  # it went up in another, which is in the batch
        batch = Batch(sorted(views, key=lambda view: view.id), tuple(self._merges))
        self._live, self._ended, self._merges = set(), {}, []
        self._news.clear()
        return batch

    def _put_back(self, batch: Batch) -> None:
        for view in batch.views:
            if view.ended:
                self._ended.setdefault(view.id, view)
            elif view.id not in self._ended:
                self._live.add(view.id)
        self._merges = [*batch.merges, *self._merges]
        self._news.set()
        while len(self._ended) > MOST_WAITING:
            dropped = next(iter(self._ended))
            log.error("call %s is not in the journal: too many wait for the database", dropped)
            del self._ended[dropped]

    async def _write(self, batch: Batch) -> None:
        try:
            self._on_written(await self._record(batch))
        except AWAY:
            raise
        except Exception:
            # Whatever is wrong with one call must not keep the others out of the journal.
            log.exception("a batch of %d calls was refused; writing them one by one", len(batch.views))
            await self._one_by_one(batch)

    async def _one_by_one(self, batch: Batch) -> None:
        for view in batch.views:
            merges = tuple(pair for pair in batch.merges if view.id in pair)
            try:
                self._on_written(await self._record(Batch([view], merges)))
            except AWAY:
                raise
            except Exception:
                log.exception("call %s cannot be written", view.id)

    async def _record(self, batch: Batch) -> dict[str, Call]:
        return await self._writer.once(record, self._exchange_id, batch, self._directory, at=now(), memory=self._memory)
