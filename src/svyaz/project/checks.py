"""What `svyaz doctor` looks at. Each check says what was found, or what is wrong and what to do."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from svyaz.calls.place import ExchangePlace, exchange_place
from svyaz.connectors.asterisk.connection import Account
from svyaz.connectors.asterisk.session import Down, Session, Up

ANSWERS_WITHIN = 10.0  # seconds for the exchange's manager


@dataclass(frozen=True)
class Check:
    """`problem` is empty when all is well."""

    name: str
    found: str = ""
    problem: str = ""


def all_checks() -> Iterator[Check]:
    """One after the other; a check that needs what an earlier one missed is left out."""
    yield _database()
    yield _letters()
    yield _migrations()
    yield _pages()
    try:
        place = exchange_place()
    except FileNotFoundError as error:
        yield Check("exchange", problem=f"{error.filename} is missing: the demonstration has not started yet")
        return
    if not place.user:
        yield Check("exchange", problem="no account is set: SVYAZ_AMI_HOST, _PORT, _USER and _SECRET")
        return
    yield asyncio.run(_exchange(place))
    yield _folder("recordings", place.recordings, "SVYAZ_RECORDINGS_DIR", "recordings cannot be fetched")
    yield _folder("CEL", place.cel, "SVYAZ_CEL", "calls that end while the program is down keep an unknown end")


def _database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        number = int(cursor.fetchone()[0])
    if number < 150000:
        return Check("database", problem=f"PostgreSQL {number // 10000} is too old: 15 or newer is needed")
    return Check("database", f"PostgreSQL {number // 10000}")


def _letters() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        if not cursor.fetchone()[0]:
            return Check("search", problem="pg_trgm is missing: run «svyaz migrate» as the database's owner")
        cursor.execute("SELECT coalesce(array_length(show_trgm('яяя'), 1), 0), lower('Я') = 'я'")
        trigrams, folds = cursor.fetchone()
    if not trigrams or not folds:
        return Check(
            "search",
            problem="this database does not know Cyrillic letters: search by name would be slow or blind. Make a new "
            "database with LC_CTYPE C.UTF-8 or ru_RU.UTF-8 and restore a dump into it",
        )
    return Check("search", "Cyrillic is known")


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return Check("migrations", problem=f"{len(waiting)} are not applied: run «svyaz migrate»")
    return Check("migrations", "all applied")


def _pages() -> Check:
    for name in ("index.html", "panel.html"):
        if not (Path(settings.WEB_BUILD) / name).exists():
            return Check("pages", problem=f"{name} is missing in {settings.WEB_BUILD}: run «make web»")
    return Check("pages", "built")


async def _exchange(place: ExchangePlace) -> Check:
    session = Session(Account(place.host, place.port, place.user, place.secret))
    task = asyncio.create_task(session.run())
    where = f"{place.host}:{place.port}"
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            async for news in session.news():
                if isinstance(news, Up):
                    return Check("exchange", f"{where} accepts the account {place.user}")
                if isinstance(news, Down):
                    return Check("exchange", problem=f"{where}: {news.reason.text('en')} {news.details}".strip())
    except TimeoutError:
        pass
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return Check("exchange", problem=f"{where} did not answer within {ANSWERS_WITHIN:g} s")


def _folder(name: str, path: Path | None, setting: str, otherwise: str) -> Check:
    if path is None:
        return Check(name, problem=f"{setting} is not set: {otherwise}")
    if not path.exists():
        return Check(name, problem=f"{path} does not exist here: mount it, or correct {setting}")
    if not os.access(path, os.R_OK):
        return Check(name, problem=f"{path} may not be read by this user: {otherwise}")
    return Check(name, str(path))
