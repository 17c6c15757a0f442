"""A real web server in a thread of its own, and browsers' WebSockets to it."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from django.test import Client as Browser
from websockets.sync.client import ClientConnection, connect

from svyaz.staff.models import Employee

PATIENCE = 10.0


class Stream:
    """The stream of one browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def next(self) -> Any:
        """The next frame that is not a beat."""
        while True:
            frame = json.loads(self.socket.recv(timeout=PATIENCE))
            if frame["kind"] != "beat":
                return frame

    def until(self, kind: str) -> Any:
        """The next frame of that kind."""
        while (frame := self.next())["kind"] != kind:
            pass
        return frame


class Server:
    """The program's ASGI application behind uvicorn on a free port."""

    def __init__(self) -> None:
        from svyaz.project.asgi import application

        config = uvicorn.Config(
            application,
            host="127.0.0.1",
            port=0,
            log_level="warning",
            lifespan="off",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._started = threading.Event()

    async def _serve(self) -> None:
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup()
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        self._started.set()
        await self._server.main_loop()
        await self._server.shutdown()

    def start(self) -> None:
        self._thread.start()
        assert self._started.wait(PATIENCE)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    @contextmanager
    def stream(
        self,
        employee: Employee | None,
        after: int | None = None,
        origin: str | None = "same",
        session: str | None = None,
    ) -> Iterator[Stream]:
        """Open the stream as that employee's browser would: one of its own, or the one with that session."""
        headers = {}
        if session is not None:
            headers["Cookie"] = f"svyaz_session={session}"
        elif employee is not None:
            browser = Browser()
            browser.force_login(employee)
            headers["Cookie"] = f"svyaz_session={browser.cookies['svyaz_session'].value}"
        address = f"127.0.0.1:{self.port}"
        query = "" if after is None else f"?after={after}"
        given: Any = f"http://{address}" if origin == "same" else origin
        with connect(
            f"ws://{address}/ws/stream{query}", origin=given, additional_headers=headers, proxy=None
        ) as socket:
            yield Stream(socket)


@pytest.fixture
def server(transactional_db: None) -> Iterator[Server]:
    running = Server()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def in_threads() -> Callable[..., None]:
    """Run functions at the same time, each on a database connection of its own."""

    def run(*functions: Callable[[], None]) -> None:
        from django.db import connection

        failures: list[BaseException] = []

        def guarded(function: Callable[[], None]) -> None:
            try:
                function()
            except BaseException as error:
                failures.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=guarded, args=[function]) for function in functions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE * 3)
        assert not failures, failures

    return run
