"""Reads what the exchange wrote down about channels (CEL): for calls that ended while we were not looking.

The sqlite file loses no row while we or PostgreSQL are away; the table in PostgreSQL may.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

LOCKED_SECONDS = 2.0
MOST_ROWS = 5000
# sqlite takes at most so many values in one statement on the oldest version we meet.
MOST_VALUES = 500


@dataclass(frozen=True)
class CelRow:
    """One row. `serial` grows by one with each; `at` is UTC; `extra` what Asterisk adds, e.g. `hangupcause`."""

    serial: int
    type: str
    at: datetime
    channel: str
    uniqueid: str
    linkedid: str
    number: str
    name: str
    context: str
    exten: str
    application: str
    application_data: str
    peer: str
    extra: dict[str, Any]


class CelUnavailable(Exception):
    """The records cannot be read now; the text says why. Try again later."""


class SqliteCel:
    """The exchange's own file. Each call opens it for reading only, and waits at most 2 s for a writer."""

    def __init__(self, path: Path, *, table: str = "cel") -> None:
        if not table.isidentifier():
            raise ValueError(f"{table!r} is no table name")
        self._path = path
        self._columns = (
            "AcctId, eventtype, eventtime, channame, uniqueid, linkedid, cidnum, cidname, context, exten, appname, "
            f"appdata, peer, extra from {table}"
        )

    def of_calls(self, linkedids: Iterable[str]) -> list[CelRow]:
        """All rows of these Linkedids, in the order written. Raises `CelUnavailable`."""
        wanted = list(dict.fromkeys(linkedids))
        rows: list[CelRow] = []
        for start in range(0, len(wanted), MOST_VALUES):
            part = wanted[start : start + MOST_VALUES]
            rows += self._rows(f"where linkedid in ({','.join('?' * len(part))}) order by AcctId", part)
        return sorted(rows, key=lambda row: row.serial)

    def after(self, serial: int, *, most: int = MOST_ROWS) -> list[CelRow]:
        """The rows written after the one with this serial number, oldest first, at most `most`. Raises as above."""
        return self._rows("where AcctId > ? order by AcctId limit ?", (serial, most))

    def last_serial(self) -> int:
        """The serial number of the newest row, 0 when there is none."""
        return next((row.serial for row in self._rows("order by AcctId desc limit 1", ())), 0)

    def _rows(self, condition: str, values: Sequence[str | int]) -> list[CelRow]:
        if not self._path.exists():
            return []  # nothing has been written yet
        try:
            address = f"{self._path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, timeout=LOCKED_SECONDS)) as connection:
                found = connection.execute(f"select {self._columns} {condition}", values).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise CelUnavailable(f"{self._path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise CelUnavailable(f"{self._path}: {error}") from error
        return [_row(each) for each in found]


class PostgresCel:
    """The exchange's table in PostgreSQL (`cel_pgsql`): every row has come that the database was there for."""

    def __init__(self, address: str, *, table: str = "exchange_cel") -> None:
        self._address = address
        self._select = sql.SQL(
            "select id, eventtype, eventtime, channame, uniqueid, linkedid, cid_num, cid_name, context, exten, "
            "appname, appdata, peer, extra from {}"
        ).format(sql.Identifier(table))

    def of_calls(self, linkedids: Iterable[str]) -> list[CelRow]:
        """All rows of these Linkedids, in the order written. Raises `CelUnavailable`."""
        return self._rows(sql.SQL(" where linkedid = any(%s) order by id"), [list(linkedids)])

    def after(self, serial: int, *, most: int = MOST_ROWS) -> list[CelRow]:
        """The rows written after the one with this serial number. Raises as above."""
        return self._rows(sql.SQL(" where id > %s order by id limit %s"), [serial, most])

    def _rows(self, condition: sql.SQL, values: Sequence[object]) -> list[CelRow]:
        try:
            with psycopg.connect(self._address, connect_timeout=5) as connection:
                found = connection.execute(self._select + condition, values).fetchall()
        except psycopg.Error as error:
            raise CelUnavailable(f"CEL in PostgreSQL: {error}") from error
        return [_row(each) for each in found]


def _row(values: Sequence[Any]) -> CelRow:
    texts = [str(each or "") for each in values]
    kind, channel, uniqueid, linkedid, number, name, context, exten, application, data, peer = (texts[1], *texts[3:13])
    return CelRow(
        serial=int(values[0]),
        type=kind,
        at=_moment(values[2]),
        channel=channel,
        uniqueid=uniqueid,
        linkedid=linkedid,
        number=number,
        name=name,
        context=context,
        exten=exten,
        application=application,
        application_data=data,
        peer=peer,
        extra=extra_of(values[13]),
    )


def _moment(value: Any) -> datetime:
    """Seconds since 1970 as our configuration has it written, or Asterisk's own local time."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except ValueError:
        return datetime.fromisoformat(str(value)).astimezone(UTC)


def extra_of(text: Any) -> dict[str, Any]:
    """What a row holds besides its columns; `{"text": …}` if that is no JSON object."""
    try:
        value = json.loads(text) if text else {}
    except json.JSONDecodeError:
        return {"text": str(text)}
    return value if isinstance(value, dict) else {"text": str(text)}
