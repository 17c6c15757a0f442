"""Calls that ended while we were not looking: closed with what the exchange wrote down (CEL)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from svyaz.calls.engine import Directory, Engine
from svyaz.calls.engine.changes import CallEnded, Change
from svyaz.calls.engine.views import CallView, LegView
from svyaz.calls.place import exchange_place
from svyaz.calls.services import closing
from svyaz.calls.services.directory import FirmDirectory
from svyaz.connectors.asterisk.cel import CelRow, CelUnavailable, SqliteCel
from svyaz.connectors.asterisk.translate_cel import translate_cel
from svyaz.kit.clock import now
from svyaz.project.telephony.writer import Writer

log = logging.getLogger(__name__)

# How often the calls of a record are followed to others they were joined with.
ROUNDS = 4


class Catcher:
    """Reads the exchange's records of what nobody followed."""

    def __init__(self, exchange_id: UUID, writer: Writer, firm: FirmDirectory) -> None:
        self._exchange_id = exchange_id
        self._writer = writer
        self._firm = firm
        self._latest: int | None = None
        self._noted: int | None = None

    async def note(self) -> None:
        """Everything the exchange had written down at the last note was followed live."""
        path = _path()
        if path is None:
            return
        try:
            serial = await asyncio.to_thread(SqliteCel(path).last_serial)
        except CelUnavailable as error:
            log.info("the exchange's records cannot be read: %s", error)
            return
        # What was written down just now may still be on its way to the journal; what was a note ago is in it.
        followed, self._latest = self._latest, serial
        if followed is not None and followed != self._noted:
            await self._writer.surely(closing.note_serial, self._exchange_id, followed)
            self._noted = followed

    async def missed(self, live: Iterable[CallView]) -> list[CallView]:
        """Views of whole calls that were made and ended while nobody followed, and are in no journal."""
        path = _path()
        serial = await self._writer.surely(closing.noted_serial, self._exchange_id)
        if path is None or serial is None:
            return []
        up = {leg.key for view in live for leg in closing.legs_of(view)}
        try:
            found = await asyncio.to_thread(self._since, path, serial)
        except CelUnavailable as error:
            log.warning("the exchange's records cannot be read: %s", error)
            return []
        keys = {view.id: {leg.key for leg in closing.legs_of(view)} for view in found}
        known = await self._writer.surely(closing.known_calls, self._exchange_id, keys)
        return [view for view in found if view.id not in known and not keys[view.id] & up]

    async def ended(
        self, unseen: Mapping[str, CallView], live: Iterable[CallView], *, lost_at: datetime | None
    ) -> list[CallView]:
        """Views of calls that ended unseen: those the engine missed the end of, and those the journal has as live.

        An exchange that was killed wrote no end down: calls of the engine then ended when the connection was lost
        (`lost_at`). A call of which nothing else is known is closed in the journal with an honest mark, and is not
        returned.
        """
        up = {view.id for view in live}
        keys = {leg.key for view in live for leg in closing.legs_of(view)}
        open_calls = await self._writer.surely(closing.open_calls, self._exchange_id)
        wanted: dict[str, set[str]] = {identity: set() for identity in unseen}
        for identity, legs in open_calls.items():
            if identity not in up and not (legs & keys):
                wanted[identity] = set(legs)
        if not wanted:
            return []
        found = await asyncio.to_thread(self._from_records, wanted)
        views = []
        for identity in wanted:
            if identity in found:
                views.append(found[identity])
            elif identity in unseen:
                views.append(_ended_at(unseen[identity], lost_at))
            else:
                log.warning("call %s ended while nobody was watching, and CEL does not know how", identity)
                await self._writer.surely(closing.close_unknown, self._exchange_id, identity, at=now())
        return views

    def _from_records(self, wanted: Mapping[str, set[str]]) -> dict[str, CallView]:
        path = _path()
        if path is None:
            return {}
        try:
            rows = _rows(path, set(wanted).union(*wanted.values()))
        except CelUnavailable as error:
            log.warning("the exchange's records cannot be read: %s", error)
            return {}
        return {view.id: view for view in self._played(rows) if view.id in wanted}

    def _since(self, path: Path, serial: int) -> list[CallView]:
        cel = SqliteCel(path)
        ids: set[str] = set()
        while rows := cel.after(serial):
            ids |= {row.linkedid for row in rows}
            serial = rows[-1].serial
        return self._played(_rows(path, ids)) if ids else []

    def _played(self, rows: Iterable[CelRow]) -> list[CallView]:
        """The calls that end in these rows."""
        engine = Engine(Directory(self._firm.is_employee))
        changes: list[Change] = []
        for event, at in translate_cel(rows):
            changes += engine.handle(event, at)
        changes += engine.finish()
        return [change.view for change in changes if isinstance(change, CallEnded)]


def _path() -> Path | None:
    try:
        return exchange_place().cel
    except FileNotFoundError:
        return None


def _ended_at(view: CallView, moment: datetime | None) -> CallView:
    """The view of a call whose end was only noticed later, with the end moved to `moment`."""
    noticed = view.ended_at
    if moment is None or noticed is None or moment >= noticed:
        return view

    def moved(at: datetime | None) -> datetime | None:
        return moment if at == noticed else at

    def leg(one: LegView) -> LegView:
        return replace(one, ended_at=moved(one.ended_at))

    return replace(
        view,
        ended_at=moment,
        caller_leg=leg(view.caller_leg) if view.caller_leg else None,
        legs=tuple(map(leg, view.legs)),
        spans=tuple(replace(span, ended_at=moved(span.ended_at)) for span in view.spans),
        chronology=tuple(replace(entry, at=moved(entry.at)) for entry in view.chronology),
    )


def _rows(path: Path, ids: set[str]) -> list[CelRow]:
    """All rows of these calls and of those they were joined with. A Linkedid is the Uniqueid of a channel."""
    cel = SqliteCel(path)
    rows = cel.of_calls(ids)
    for _ in range(ROUNDS):
        more = {row.uniqueid for row in rows} | {row.linkedid for row in rows}
        if more <= ids:
            break
        ids = ids | more
        rows = cel.of_calls(ids)
    return rows
