"""The database goes away under a running web process and comes back."""

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from svyaz.project.postgres import Postgres
from tests.integration.realtime.conftest import PATIENCE, Stream

PASSWORD = "правильная лошадь батарея"


class Program:
    """A web process of its own with a database of its own, and one signed-in browser."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Postgres(folder / "postgres")
        self.cluster.start()
        self.environment = {**os.environ, "DATABASE_URL": self.cluster.url(), "SVYAZ_HOME": str(folder / "home")}
        self.run("migrate")
        self.run("createadmin", "boss", "--first-name", "Сергей", "--extension", "101", words=PASSWORD)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "svyaz.project.cli", "web", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def run(self, *arguments: str, words: str = "") -> None:
        command = [sys.executable, "-m", "svyaz.project.cli", *arguments]
        subprocess.run(
            command, env=self.environment, input=words, text=True, check=True, capture_output=True, timeout=120
        )

    def cookie(self, name: str) -> str:
        return next((str(cookie.value) for cookie in self.cookies if cookie.name == name), "")

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.cookie("csrftoken")}
        address = f"http://127.0.0.1:{self.port}/api{path}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(address, data=data, headers=headers, method=method)
        try:
            with self.opener.open(request, timeout=60) as response:
                return response.status, json.loads(response.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def wait_until_up(self) -> None:
        for _ in range(600):
            assert self.process.poll() is None
            try:
                self.call("GET", "/session")
            except urllib.error.URLError:
                # The port opens some time after the process starts; there is nothing to wait on but the port.
                with socket.socket() as pause:
                    pause.settimeout(0.1)
                    pause.connect_ex(("127.0.0.1", self.port))
                    select_pause()
            else:
                return
        raise AssertionError("the web process did not come up")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.cluster.stop()


def select_pause() -> None:
    """A tenth of a second between two looks at a port."""
    import select

    select.select([], [], [], 0.1)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    running = Program(tmp_path)
    try:
        running.wait_until_up()
        yield running
    finally:
        running.stop()


def test_browsers_stay_connected_and_hear_on_when_the_database_is_back(program: Program) -> None:
    assert program.call("POST", "/session", {"login": "boss", "password": PASSWORD})[0] == 200
    origin: Any = f"http://127.0.0.1:{program.port}"
    headers = {"Cookie": f"svyaz_session={program.cookie('svyaz_session')}"}
    address = f"ws://127.0.0.1:{program.port}/ws/stream"
    with connect(address, origin=origin, additional_headers=headers, proxy=None) as socket_:
        stream = Stream(socket_)
        stream.next()
        assert program.call("PUT", "/presence", {"state": "away", "text": "до"})[0] == 200
        before = stream.until("employee")
        assert before["data"]["away_text"] == "до"

        program.cluster.stop()
        status, answer = program.call("GET", "/clients")
        assert (status, answer["code"]) == (503, "database_away")
        assert "подключится к ней сама" in answer["message"]

        program.cluster.start()
        status, answer = program.call("PUT", "/presence", {"state": "away", "text": "после"})
        assert status == 200, answer
        after = stream.until("employee")
        assert after["data"]["away_text"] == "после"
        assert after["event"] > before["event"]
    assert PATIENCE > 2  # the listener tries again at least every two seconds
