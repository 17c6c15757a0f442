"""The program under test as a person starts it: `svyaz run --demo`, with a folder and a port of its own."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

from exchange_lab.ami import Ami
from exchange_lab.city import City
from exchange_lab.lab import Ports

READY_WITHIN = 180  # seconds; the first start of a machine unpacks an exchange


class Program:
    """One running program. `lines` is all it printed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.lines: list[str] = []
        self._printed = threading.Condition()
        self._process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; `wait_until_ready` waits."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "svyaz.project.cli", "run", "--demo"],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _environment(self) -> dict[str, str]:
        environment = {
            **os.environ,
            "SVYAZ_HOME": str(self.home),
            "SVYAZ_POSTGRES_THROWAWAY": "1",
            "SVYAZ_PORT": str(self.port),
        }
        environment.pop("DATABASE_URL", None)
        return environment

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._printed:
                self.lines.append(line.rstrip())
                self._printed.notify_all()

    def wait_until_ready(self) -> None:
        """Until the sign-ins are printed and the exchange is connected."""
        self._wait_for_line(re.compile(r"Связь: http"))
        self.wait_for_exchange("up")

    def wait_for_exchange(self, state: str, seconds: float = 60) -> None:
        """Until the program itself says that the exchange is in this state."""
        person = self.person("admin")
        deadline = time.monotonic() + seconds
        while (seen := person.get("/api/start")["exchange"]["state"]) != state:
            if time.monotonic() > deadline:
                raise AssertionError(f"the exchange is {seen}, not {state}:\n" + self.tail())
            time.sleep(0.1)

    def _wait_for_line(self, wanted: re.Pattern[str]) -> None:
        deadline = time.monotonic() + READY_WITHIN
        with self._printed:
            while not any(wanted.search(line) for line in self.lines):
                assert self._process is not None
                if self._process.poll() is not None:
                    raise AssertionError("the program ended:\n" + self.tail())
                if not self._printed.wait(timeout=0.5) and time.monotonic() > deadline:
                    raise AssertionError(f"nothing like {wanted.pattern} was printed:\n" + self.tail())

    def tail(self) -> str:
        """The last it printed."""
        return "\n".join(self.lines[-40:])

    def stop(self) -> None:
        """As Ctrl-C does; whatever it started must be gone then."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    def pids(self, name: str) -> list[int]:
        """Process ids of one of its processes: telephony, web, jobs, or exchange (the firm's Asterisk)."""
        assert self._process is not None
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
                environment = (folder / "environ").read_bytes()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if f"SVYAZ_HOME={self.home}".encode() not in environment:
                continue
            if "svyaz.project.cli" in words and name in words:
                found.append(int(folder.name))
        return found

    def kill(self, name: str) -> None:
        """`kill -9` of one of its processes."""
        pids = self.pids(name)
        assert pids, f"no process {name}"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def kill_exchange(self) -> None:
        """`kill -9` of the firm's Asterisk; the city lives on."""
        wanted = str(self.home / "exchange" / "firm")
        pids = [
            int(folder.name)
            for folder in Path("/proc").iterdir()
            if folder.name.isdigit() and wanted in _command_line(folder) and "asterisk" in _command_line(folder)
        ]
        assert pids, "the firm's Asterisk does not run"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def kill_database(self) -> None:
        """`kill -9` of the private PostgreSQL, until its successor is there."""
        file = self.home / "postgres" / "server.pid"
        killed = file.read_text()
        os.kill(int(killed), signal.SIGKILL)
        deadline = time.monotonic() + 60
        while file.read_text() in {killed, ""}:
            assert time.monotonic() < deadline, "PostgreSQL is not started again:\n" + self.tail()
            time.sleep(0.05)

    def wait_for_database(self, seconds: float = 60) -> None:
        """Until the program reads from it again."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.person("admin")
            except HTTPError as error:
                if error.code != 503 or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    @contextlib.contextmanager
    def database_away(self) -> Iterator[None]:
        """Inside, PostgreSQL is dead and cannot come back: the folder of its data is away, as with a lost disk."""
        data = self.home / "postgres" / "data"
        away = data.rename(data.with_name("away"))
        os.kill(int((self.home / "postgres" / "server.pid").read_text()), signal.SIGKILL)
        try:
            yield
        finally:
            away.rename(data)

    def shell(self, code: str) -> str:
        """What an administrator does at the console: `svyaz manage shell`; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "svyaz.project.cli", "manage", "shell", "-v", "0", "-c", code],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ports(self) -> Ports:
        """Where its exchange and the city listen."""
        return Ports.read(self.home / "exchange" / "ports.json")

    def city(self) -> City:
        """The simulated world outside."""
        ports = self.ports()
        return City(ports.city_ami, Path(ports.heard))

    @contextlib.contextmanager
    def keys_at_the_city(self) -> Iterator[Callable[[], str]]:
        """Inside, the given function says which keys the outside numbers have heard so far."""
        access = self.ports().city_ami
        log = self.home / "keys"
        with Ami(access.host, access.port, access.user, access.secret) as ami:
            ami.command(f"logger add channel {log} dtmf")
            try:
                yield lambda: "".join(re.findall(r"DTMF end '(.)' received", log.read_text())) if log.exists() else ""
            finally:
                ami.command(f"logger remove channel {log}")
        log.unlink(missing_ok=True)

    def password(self, login: str) -> str:
        """As it was printed at the start."""
        for line in self.lines:
            words = line.split()
            if len(words) >= 3 and words[0] == login:
                return words[1]
        raise AssertionError(f"no sign-in of {login} was printed:\n" + self.tail())

    def person(self, login: str) -> "Person":
        """Somebody signed in over the API."""
        return Person(self.address, login, self.password(login))


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Person:
    """An employee's session over the HTTP API."""

    def __init__(self, address: str, login: str, password: str) -> None:
        self.address = address
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))
        self._opener.open(address + "/", timeout=20).read()
        self.me = self.send("POST", "/api/session", {"login": login, "password": password})

    def get(self, path: str) -> Any:
        """GET, parsed."""
        return self.send("GET", path)

    def ended_call(self, number: str, since: datetime) -> Any:
        """The journal's row of the one call with this number that began since then, once it is over."""
        query = urlencode({"q": number, "from": since.isoformat(), "limit": 20})
        deadline = time.monotonic() + 60
        while True:
            rows = self.get(f"/api/calls?{query}")["items"]
            assert len(rows) <= 1, f"the call of {number} is there {len(rows)} times"
            if rows and not rows[0]["live"]:
                return rows[0]
            if time.monotonic() > deadline:
                raise AssertionError(f"no call of {number} that is over: {rows}; there are {self.calls_since(since)}")
            time.sleep(0.1)

    def calls_since(self, since: datetime, query: str = "") -> list[Any]:
        """What the journal has since then, newest first."""
        rows: list[Any] = self.get(f"/api/calls?{urlencode({'q': query, 'from': since.isoformat()})}")["items"]
        return rows

    def new_client(self, name: str, number: str) -> Any:
        """Put a company with one number into the base."""
        return self.send("POST", "/api/clients", {"name": name, "kind": "company", "phones": [{"number": number}]})

    def bytes(self, path: str) -> bytes:
        """GET, as it is."""
        with self._opener.open(self.address + path, timeout=20) as response:
            return bytes(response.read())

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Any request with a JSON body; raises HTTPError for 4xx and 5xx."""
        request = urllib.request.Request(self.address + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        for cookie in self._cookies:
            if cookie.name == "csrftoken" and cookie.value:
                request.add_header("X-CSRFToken", cookie.value)
        request.add_header("Referer", self.address + "/")
        with self._opener.open(request, timeout=20) as response:
            answer = response.read()
        return json.loads(answer) if answer else None
