"""Starts and ends the recording of conversations with the outside, on the employee's leg."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from svyaz.calls.engine.changes import Change, LegBridged, LegEnded
from svyaz.calls.engine.states import Direction
from svyaz.calls.engine.views import CallView, LegView
from svyaz.calls.services import recordings
from svyaz.connectors.asterisk.commands import Commands
from svyaz.connectors.asterisk.errors import ExchangeError
from svyaz.kit.clock import now
from svyaz.kit.ids import uuid7
from svyaz.project.telephony.journal import Journal
from svyaz.project.telephony.writer import Together, Writer

log = logging.getLogger(__name__)

# A recorder started at the very moment of the answer may stay deaf on one side for the whole call.
AFTER_ANSWER = 0.35


@dataclass
class _Running:
    stem: str
    channel: str
    mixmonitor: str | None = None


class Recorder:
    """One recording a leg at a time; a leg that enters another bridge begins a new one."""

    def __init__(
        self,
        exchange_id: UUID,
        commands: Commands,
        writer: Writer,
        journal: Journal,
        view: Callable[[str], CallView],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._exchange_id = exchange_id
        self._commands = commands
        self._writer = writer
        self._begun = Together(writer, functools.partial(recordings.begin, exchange_id))
        self._ended = Together(writer, recordings.finish)
        self._journal = journal
        self._view = view
        self._spawn = spawn
        self._running: dict[str, _Running] = {}
        self._waiting: set[str] = set()

    def take(self, changes: Iterable[Change], at: datetime | None) -> None:
        """Look for legs that began or ended a conversation."""
        for change in changes:
            if isinstance(change, LegBridged):
                self._end(change.leg, stop=True)
                leg = self._recordable(change.call, change.leg)
                if leg is not None and change.leg not in self._waiting:
                    self._waiting.add(change.leg)
                    self._spawn(self._begin(change.call, leg, change.at))
            elif isinstance(change, LegEnded):
                self._end(change.leg, stop=False)

    async def adopt(self, views: Callable[[], Iterable[CallView]]) -> None:
        """After a restart: go on with recordings whose leg is up, close the others, begin what is not recorded."""
        known = await self._writer.surely(recordings.running, self._exchange_id)
        # Legs that are up now: some may have gone while the database was asked.
        live = {leg.key: (view.id, leg) for view in views() for leg in _legs(view) if leg.ended_at is None}
        for key, (stem, channel) in known.items():
            if key in live:
                self._running.setdefault(key, _Running(stem, channel))
            else:
                self._running.pop(key, None)
                await self._ended.write(recordings.Ending(stem, now()))
        for key, (call, leg) in live.items():
            if key not in self._running and key not in self._waiting and self._recordable(call, key):
                self._waiting.add(key)
                self._spawn(self._begin(call, leg, None))

    async def _begin(self, call: str, leg: LegView, bridged_at: datetime | None) -> None:
        try:
            since = (bridged_at - leg.answered_at).total_seconds() if bridged_at and leg.answered_at else 0.0
            await asyncio.sleep(max(0.0, AFTER_ANSWER - since))
            current = self._recordable(call, leg.key)
            if current is None:
                return
            began = now()
            stem = f"{began:%Y%m%d-%H%M%S}-{uuid7().hex}"
            running = self._running[leg.key] = _Running(stem, current.channel)
        finally:
            self._waiting.discard(leg.key)
        try:
            running.mixmonitor = await self._commands.start_recording(current.channel, stem)
        except ExchangeError as error:
            log.warning("call %s is not recorded on %s: %s", call, current.channel, error)
            self._running.pop(leg.key, None)
            return
        await self._journal.written()
        await self._begun.write(recordings.Beginning(leg.key, stem, began))
        if self._running.get(leg.key) is not running:
            # It ended before its row was there.
            await self._ended.write(recordings.Ending(stem, now()))

    def _end(self, key: str, *, stop: bool) -> None:
        running = self._running.pop(key, None)
        if running is not None:
            self._spawn(self._finish(running, stop=stop))

    async def _finish(self, running: _Running, *, stop: bool) -> None:
        ended = now()
        if stop:
            try:
                await self._commands.stop_recording(running.channel, running.mixmonitor)
            except ExchangeError as error:
                log.info("the recording %s was not stopped: %s", running.stem, error)
        await self._journal.written()
        await self._ended.write(recordings.Ending(running.stem, ended))

    def _recordable(self, call: str, key: str) -> LegView | None:
        """The leg, if it is an employee's, connected, in a conversation with the outside."""
        try:
            view = self._view(call)
        except KeyError:
            return None
        if view.direction is Direction.INTERNAL:
            return None
        return next((leg for leg in _legs(view) if leg.key == key and leg.is_employee and leg.bridged), None)


def _legs(view: CallView) -> list[LegView]:
    return [view.caller_leg, *view.legs] if view.caller_leg else list(view.legs)
