"""The program's own PostgreSQL: create, start, find, stop."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from svyaz.project.postgres import Postgres, PostgresFailed


def test_a_cluster_is_made_started_found_and_stopped(tmp_path: Path) -> None:
    cluster = Postgres(tmp_path / "pg")
    assert not cluster.is_running()
    cluster.start()
    try:
        assert cluster.is_running()
        with psycopg.connect(cluster.url()) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            folded = connection.execute("SELECT lower('ПРИВЕТ, Ёж')").fetchone()
            trigrams = connection.execute("SELECT array_length(show_trgm('Вектор'), 1)").fetchone()
            stems = connection.execute("SELECT to_tsvector('russian', 'звонки клиентам')::text").fetchone()
        assert folded == ("привет, ёж",)
        assert trigrams == (7,), "Cyrillic letters are no letters to pg_trgm: search by name would read every row"
        assert stems == ("'звонк':1 'клиент':2",)
        cluster.start()  # a second start finds it running
    finally:
        cluster.stop()
    assert not cluster.is_running()


def test_a_server_that_died_is_started_again_and_never_over_data_that_are_away(tmp_path: Path) -> None:
    cluster = Postgres(tmp_path / "pg")
    cluster.start()
    try:
        away = cluster.data.rename(tmp_path / "away")
        pid = cluster.server_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(PostgresFailed, match="is gone: is its disk there"):
            cluster.start_again()
        assert not cluster.data.exists()
        away.rename(cluster.data)
        cluster.start_again()
        assert cluster.is_running()
    finally:
        cluster.stop()


def test_a_cluster_in_a_very_deep_folder_still_gets_a_socket(tmp_path: Path) -> None:
    cluster = Postgres(tmp_path / ("deep" * 20) / "pg")
    cluster.folder.mkdir(parents=True)
    cluster.start()
    try:
        with psycopg.connect(cluster.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        cluster.stop()


def test_missing_binaries_are_told_in_words(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "svyaz.project.cli", "migrate"],
        env={"SVYAZ_HOME": str(tmp_path), "SVYAZ_POSTGRES_BIN": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "initdb is missing" in done.stderr
    assert "DATABASE_URL" in done.stderr
