"""What `svyaz run` does, step by step: database, migrations, demonstration, processes, the word that it is ready."""

import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from svyaz.project import paths
from svyaz.project.postgres import KEPT, Postgres, PostgresFailed, own_cluster
from svyaz.project.supervisor import FIRST_PAUSE, Supervisor, Worker

NO_EXCHANGE = """\
There is no Asterisk for this machine: {reason}
Everything else runs. To join an exchange of yours, stop the program, set
  SVYAZ_AMI_HOST, SVYAZ_AMI_PORT, SVYAZ_AMI_USER, SVYAZ_AMI_SECRET
  SVYAZ_SIP_WEBSOCKET (ws://…/ws), SVYAZ_RECORDINGS_DIR, SVYAZ_CEL
and start again; docs/operations.md says what the exchange's manager account needs."""


def start_all(*, host: str, port: int, demo: bool) -> int:
    """Run everything until SIGINT or SIGTERM. Returns the exit code."""
    _refuse_taken_port(host, port)
    cluster = None if os.environ.get("DATABASE_URL") else own_cluster()
    if cluster:
        cluster.start()
        os.environ[KEPT] = "1"
    try:
        return _with_database(cluster, host=host, port=port, demo=demo)
    finally:
        if cluster:
            cluster.stop()


def _with_database(cluster: Postgres | None, *, host: str, port: int, demo: bool) -> int:
    if demo:
        os.environ.setdefault("SVYAZ_DEMO", "1")
        os.environ.setdefault("SVYAZ_SIMULATOR", "1")
    exchange_folder = paths.home() / "exchange"
    bring_exchange = demo and "SVYAZ_AMI_HOST" not in os.environ
    if bring_exchange:
        os.environ["SVYAZ_EXCHANGE_FILE"] = str(exchange_folder / "ports.json")
    _set_up()
    sign_ins: list[tuple[str, str, str]] = []
    if demo:
        from svyaz.project.demo import create_demo_firm

        sign_ins = create_demo_firm()
    workers = []
    if bring_exchange and _unpack_exchange():
        workers.append(_exchange(exchange_folder))
    command = [sys.executable, "-m", "svyaz.project.cli"]
    workers += [
        Worker("telephony", [*command, "telephony"]),
        Worker("jobs", [*command, "jobs"]),
        Worker("web", [*command, "web", "--host", host, "--port", str(port)]),
    ]
    watchers: list[Callable[[], None]] = [_Greeting(host, port, sign_ins)]
    if cluster:
        watchers.append(_Keeper(cluster))
    return Supervisor(workers, watchers=watchers).run()


def _refuse_taken_port(host: str, port: int) -> None:
    with contextlib.closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SystemExit(
                f"svyaz: cannot listen on {host}:{port}: {error.strerror}. Is Svyaz running already? "
                f"Another port: svyaz run --port {port + 1} (or SVYAZ_PORT={port + 1} make run)"
            ) from error


def _set_up() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def _unpack_exchange() -> bool:
    from exchange_lab.errors import NoExchangeHere
    from exchange_lab.unpack import ensure_unpacked

    try:
        ensure_unpacked()
    except NoExchangeHere as error:
        print(NO_EXCHANGE.format(reason=error.why), file=sys.stderr)
        return False
    return True


def _exchange(folder: Path) -> Worker:
    firm = folder / "firm.json"

    def write_firm() -> None:
        from svyaz.calls.services import exchange_configuration

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(firm, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            json.dump(exchange_configuration(), file, ensure_ascii=False, indent=1)

    return Worker(
        "exchange",
        [sys.executable, "-m", "exchange_lab", "run", "--directory", str(folder), "--firm", str(firm)],
        prepare=write_firm,
    )


class _Keeper:
    """Brings the private PostgreSQL back when it died, however long that takes."""

    longest_pause = 5.0  # seconds; a try costs little, and everybody waits

    def __init__(self, cluster: Postgres) -> None:
        self.cluster = cluster
        self.due = 0.0
        self.pause = FIRST_PAUSE

    def __call__(self) -> None:
        if self.cluster.server_pid() is not None or time.monotonic() < self.due:
            return
        if not self.due:
            print("postgres  | ended unexpectedly and is started again", flush=True)
        try:
            self.cluster.start_again()
            self.due, self.pause = 0.0, FIRST_PAUSE
        except PostgresFailed as error:
            print(f"postgres  | {error}; tried again in {self.pause:g} s", flush=True)
            self.due = time.monotonic() + self.pause
            self.pause = min(self.pause * 2, self.longest_pause)


class _Greeting:
    """Says once where the program is and how to sign in, as soon as the web server answers."""

    def __init__(self, host: str, port: int, sign_ins: list[tuple[str, str, str]]) -> None:
        self.host = host
        self.port = port
        self.sign_ins = sign_ins
        self.said = False

    def __call__(self) -> None:
        if self.said:
            return
        with contextlib.closing(socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)) as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((self.host, self.port)) != 0:
                return
        self.said = True
        shown = "127.0.0.1" if self.host in {"0.0.0.0", ""} else self.host  # noqa: S104 - compared, not bound
        lines = ["", f"  Связь: http://{shown}:{self.port}/    телефон: http://{shown}:{self.port}/panel", ""]
        if self.sign_ins:
            width = max(len(login) for login, _, _ in self.sign_ins)
            lines += [f"  {login.ljust(width)}  {password}   {who}" for login, password, who in self.sign_ins]
            lines.append("")
        print("\n".join(lines), flush=True)
