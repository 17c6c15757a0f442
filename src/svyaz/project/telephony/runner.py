"""Follows one exchange: its events to the engine, the engine's changes to the journal, and what comes with them.

One process leads an exchange (a lease row says which); others stand by. Nothing that matters lives only here: after a
crash everything is rebuilt from the exchange and the journal.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from svyaz.calls.engine import Directory, Engine
from svyaz.calls.engine.changes import CallEnded, Change
from svyaz.calls.engine.events import Event, Tick
from svyaz.calls.engine.states import LegState
from svyaz.calls.engine.views import CallView
from svyaz.calls.models import Call, Exchange
from svyaz.calls.place import exchange_place
from svyaz.calls.services import commands as command_rows
from svyaz.calls.services import exchanges
from svyaz.calls.services.directory import FirmDirectory
from svyaz.connectors.asterisk.commands import Commands
from svyaz.connectors.asterisk.connection import Account
from svyaz.connectors.asterisk.errors import ExchangeError
from svyaz.connectors.asterisk.session import Down, Session, Up
from svyaz.connectors.asterisk.snapshot import snapshot
from svyaz.connectors.asterisk.translate import Translator, moment, snapshot_of
from svyaz.kit.clock import now
from svyaz.project.telephony.catching_up import Catcher
from svyaz.project.telephony.journal import Journal
from svyaz.project.telephony.orders import Orders
from svyaz.project.telephony.recorder import Recorder
from svyaz.project.telephony.resuming import Resumer
from svyaz.project.telephony.telephones import Telephones
from svyaz.project.telephony.writer import AWAY, Writer
from svyaz.protocols.ami import Message

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
RENEW_EVERY = 2.0
TICK_EVERY = 1.0


class LostLease(Exception):
    """Another process leads this exchange now."""


class Runner:
    """One exchange, led by this process."""

    def __init__(self, exchange_id: UUID, who: str, journal_writer: Writer, other_writer: Writer) -> None:
        self._exchange_id = exchange_id
        self._who = who
        self._writer = journal_writer
        self._other = other_writer
        self._tasks: set[asyncio.Task[None]] = set()
        self._firm = FirmDirectory()
        self._engine = Engine(Directory(self._firm.is_employee))
        self._translator = Translator()
        self._session = Session(_account)
        self._commands = Commands(self._session)
        self._names: dict[str, str] = {}
        self._ready = False
        self._lost_at: datetime | None = None
        self._mended = False
        self._journal = Journal(exchange_id, journal_writer, self._firm, self._engine.view, self._written)
        self._catcher = Catcher(exchange_id, other_writer, self._firm)
        self._recorder = Recorder(
            exchange_id, self._commands, other_writer, self._journal, self._engine.view, self._spawn
        )
        self._resumer = Resumer(self._commands, self._engine.views, self._spawn)
        self._telephones = Telephones(exchange_id, other_writer, self._talking_to)
        self._orders = Orders(exchange_id, self._commands, other_writer, self._tell_engine, lambda: self._ready)

    async def run(self) -> None:
        """Follow the exchange until cancelled. Raises LostLease."""
        await self._writer.surely(self._firm.refresh, force=True)
        await self._other.surely(command_rows.settle_orphans, self._exchange_id, at=now())
        async with asyncio.TaskGroup() as group:
            for work in (
                self._session.run(),
                self._follow(),
                self._journal.run(),
                self._telephones.run(),
                self._orders.run(),
                self._orders.listen(),
                self._keep_lease(),
                self._tick(),
            ):
                group.create_task(work)

    async def _follow(self) -> None:
        async for news in self._session.news():
            if isinstance(news, Message):
                # What comes before the snapshot of this connection is in it.
                self._message(news)
            elif isinstance(news, Up):
                await self._came_up()
            elif isinstance(news, Down):
                if self._ready:
                    self._lost_at = now()
                self._ready = self._mended = False
                self._orders.connection_lost()
                await self._set_state(Exchange.State.DOWN, news.reason.text())

    def _message(self, message: Message) -> None:
        at = moment(message) or now()
        changes: list[Change] = []
        for event in self._translator.translate(message):
            changes += self._engine.handle(event, at)
        if changes:
            self._take(changes, at)
        self._telephones.take(message)
        self._resumer.take(message)
        self._orders.take(message)

    def _take(self, changes: list[Change], at: datetime | None) -> None:
        self._journal.take(changes)
        self._recorder.take(changes, at)
        self._orders.learn(changes)
        for change in changes:
            if isinstance(change, CallEnded):
                self._names.pop(change.call, None)

    def _tell_engine(self, event: Event) -> list[Change]:
        changes = self._engine.handle(event, now())
        if changes:
            self._take(changes, None)
        return changes

    async def _came_up(self) -> None:
        """A connection stands: learn what is up, close what ended unseen, go on with the rest."""
        try:
            found = await snapshot(self._session)
        except ExchangeError as error:
            log.warning("no snapshot: %s", error)
            return  # the session is going down and will come up again
        at = now()
        # Calls the engine knew and the exchange does not: how they ended stands in the exchange's own records.
        changes = self._engine.handle(snapshot_of(found.channel_messages), at)
        unseen = {change.call: change.view for change in changes if isinstance(change, CallEnded)}
        # The recorder is not told: what of this is being recorded already, it learns from the journal first.
        self._journal.take([change for change in changes if not isinstance(change, CallEnded)])
        views = self._engine.views()
        self._telephones.start_with(found)
        self._resumer.start_with((contact.endpoint, contact.uri) for contact in found.contacts)
        self._ready = True
        self._orders.wake()
        await self._set_state(Exchange.State.UP, "")
        self._spawn(self._mend(unseen, views))

    async def _mend(self, unseen: dict[str, CallView], views: list[CallView]) -> None:
        self._journal.take_views(await self._catcher.ended(unseen, views, lost_at=self._lost_at))
        self._journal.take_views(await self._catcher.missed(views))
        self._mended = True
        await self._recorder.adopt(self._engine.views)

    def _written(self, calls: dict[str, Call]) -> None:
        for identity, call in calls.items():
            if call.live:
                self._names[identity] = _name(call)
                for view in self._views(identity):
                    for leg in view.legs:
                        if leg.is_employee and leg.endpoint:
                            self._telephones.look_again(leg.endpoint.partition("-")[0])

    def _views(self, identity: str) -> list[CallView]:
        try:
            return [self._engine.view(identity)]
        except KeyError:
            return []

    def _talking_to(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for view in self._engine.views():
            legs = [view.caller_leg, *view.legs] if view.caller_leg else list(view.legs)
            for leg in legs:
                if leg.is_employee and leg.endpoint and leg.state in (LegState.TALKING, LegState.HELD):
                    found[leg.endpoint.partition("-")[0]] = self._names.get(view.id, "")
        return found

    async def _set_state(self, state: Exchange.State, reason: str) -> None:
        self._spawn(self._other.surely(exchanges.set_state, self._exchange_id, state, reason=reason, at=now()))

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            try:
                kept = await self._other.once(exchanges.lead, self._exchange_id, self._who, at=now(), lease=LEASE)
            except AWAY:
                continue  # nobody else can take it either
            if not kept:
                raise LostLease
            if self._mended and self._ready:
                await self._catcher.note()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_EVERY)
            self._tell_engine(Tick())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a task of the telephony failed", exc_info=error)


async def lead_or_stand_by() -> None:
    """Lead the exchange whenever nobody else does, until cancelled."""
    who = f"{socket.gethostname()}:{os.getpid()}"
    journal_writer, other_writer = Writer("journal"), Writer("other")
    try:
        exchange = await other_writer.surely(exchanges.the_exchange)
        while True:
            if not await other_writer.surely(exchanges.lead, exchange.id, who, at=now(), lease=LEASE):
                await asyncio.sleep(RENEW_EVERY)
                continue
            log.info("leading the exchange %s", exchange.name)
            try:
                await Runner(exchange.id, who, journal_writer, other_writer).run()
            except* LostLease:
                log.warning("another process leads the exchange %s now", exchange.name)
            finally:
                await asyncio.shield(_step_down(other_writer, exchange.id, who))
    finally:
        journal_writer.close()
        other_writer.close()


async def _step_down(writer: Writer, exchange_id: UUID, who: str) -> None:
    try:
        await writer.once(exchanges.step_down, exchange_id, who)
    except AWAY:
        log.info("the lease is not given back: the database is away")


def _account() -> Account:
    place = exchange_place()
    return Account(place.host, place.port, place.user, place.secret)


def _name(call: Call) -> str:
    parts = [call.who.get(kind) for kind in ("person", "client", "lead")] if call.who else []
    return next((part["name"] for part in parts if part), call.caller_name or call.number_shown)
