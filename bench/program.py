"""The program under measurement: its processes on a database of the bench's own, in a folder that goes away."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from svyaz.staff.models import Employee


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database() -> Iterator[None]:
    """A fresh PostgreSQL with durable commits, migrated, and Django set up on it. Once in a process."""
    home = Path(tempfile.mkdtemp(prefix="svyaz-bench-"))
    os.environ["SVYAZ_HOME"] = str(home)
    os.environ.pop("DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "svyaz.project.settings"
    from svyaz.project.postgres import own_cluster

    cluster = own_cluster()
    cluster.start()
    try:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        yield
    finally:
        from django.db import connections

        connections.close_all()
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def process(*words: str, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """One process of the program; its output goes to a file whose end is shown when it died early."""
    log = Path(os.environ["SVYAZ_HOME"]) / f"{words[0]}.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "svyaz.project.cli", *words],
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
        try:
            yield child
            if child.poll() is not None:
                raise RuntimeError(f"{words[0]} ended early:\n{log.read_text()[-3000:]}")
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def wait_for_port(port: int, seconds: float = 30) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")


def signed_in(employee: "Employee") -> str:
    """A session of that employee; returns the cookie's value."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(employee.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = employee.get_session_auth_hash()
    session.create()
    return str(session.session_key)
