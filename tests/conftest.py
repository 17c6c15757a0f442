"""Fixtures for every kind of test: a real PostgreSQL of the run's own."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from svyaz.project.postgres import Postgres, own_cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The run's own PostgreSQL server, stopped at the end."""
    cluster = own_cluster()
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres: Postgres) -> None:
    """pytest-django asks for this before it creates the test database: the server must run by then."""


@pytest.fixture
def database_url(postgres: Postgres, db: None) -> str:
    """The address of the test database, for other processes of the program (use with `transactional_db`)."""
    from django.db import connection

    return postgres.url(quote(str(connection.settings_dict["NAME"])))
