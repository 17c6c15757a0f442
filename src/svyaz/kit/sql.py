"""Plain SQL for the few places where a person waits for it while a telephone rings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connection
from psycopg import Cursor

Statement = tuple[str, Sequence[Any]]
"""SQL with placeholders, and their values."""


def ask(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of one prepared query. Raises django.db.Error."""
    with _cursor(together=False) as cursor:
        return list(cursor.execute(statement, values, prepare=True).fetchall())


def ask_first(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """`ask` for the first query of a transaction, whose beginning goes along with it."""
    with _cursor(together=True) as cursor:
        return list(cursor.execute(statement, values, prepare=True).fetchall())


def carry_out(statements: Iterable[Statement]) -> None:
    """Prepared statements in their order, all in one way to the database and back. Raises django.db.Error."""
    with _cursor(together=True) as cursor:
        for statement, values in statements:
            cursor.execute(statement, values, prepare=True)


@contextmanager
def _cursor(*, together: bool) -> Iterator[Cursor[tuple[Any, ...]]]:
    """A cursor of psycopg itself, which prepares: planning often takes ten times as long as carrying out.

    Not where a pooler stands between (Django's own flag for that): it would hand the next query to a server that has
    never heard of the statement.
    """
    connection.ensure_connection()
    raw = connection.connection
    threshold = raw.prepare_threshold
    if not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        raw.prepare_threshold = 0  # Django's None forbids even what is asked for
    try:
        with connection.wrap_database_errors, raw.pipeline() if together else nullcontext(), Cursor(raw) as cursor:
            yield cursor
    finally:
        raw.prepare_threshold = threshold
