"""SIP over WebSocket: only signed-in employees on our own pages reach the exchange, and only through the program."""

import threading
from collections.abc import Iterator
from queue import Queue

import pytest
from django.conf import settings
from django.test import Client as Browser
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from svyaz.staff.models import Employee
from tests.integration.people import hired
from tests.integration.realtime.conftest import PATIENCE, Server

pytestmark = pytest.mark.django_db(transaction=True)
SIP = Subprotocol("sip")


class Exchange:
    """Says back what it hears, in capitals; `connections` as they open, `ended` as they close."""

    def __init__(self) -> None:
        self.connections: Queue[ServerConnection] = Queue()
        self.ended: Queue[ServerConnection] = Queue()
        self._server = serve(self._answer, "127.0.0.1", 0, subprotocols=[SIP])
        self.port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _answer(self, connection: ServerConnection) -> None:
        self.connections.put(connection)
        for message in connection:
            connection.send(message.upper())
        self.ended.put(connection)

    def stop(self) -> None:
        self._server.shutdown()


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch) -> Iterator[Exchange]:
    exchange = Exchange()
    monkeypatch.setattr(settings, "EXCHANGE_FILE", None)
    monkeypatch.setitem(settings.EXCHANGE, "sip_websocket", f"ws://127.0.0.1:{exchange.port}/ws")
    yield exchange
    exchange.stop()


@pytest.fixture
def server(transactional_db: None) -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def anna(transactional_db: None) -> Employee:
    return hired()


def telephone(server: Server, employee: Employee | None, origin: str | None = "same") -> ClientConnection:
    """The panel's connection for SIP."""
    headers = {}
    if employee:
        browser = Browser()
        browser.force_login(employee)
        headers["Cookie"] = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    return connect(
        f"ws://127.0.0.1:{server.port}/ws/sip",
        subprotocols=[SIP],
        additional_headers=headers,
        origin=f"http://127.0.0.1:{server.port}" if origin == "same" else origin,  # type: ignore[arg-type]
    )


def closed_with(socket: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=PATIENCE)
    return socket.close_code


def test_frames_pass_unchanged_both_ways(server: Server, exchange: Exchange, anna: Employee) -> None:
    with telephone(server, anna) as socket:
        assert socket.subprotocol == "sip"
        socket.send("register sip:101-web\r\n\r\nтело")
        assert socket.recv(timeout=PATIENCE) == "REGISTER SIP:101-WEB\r\n\r\nТЕЛО"
    assert exchange.ended.get(timeout=PATIENCE) is exchange.connections.get(timeout=PATIENCE)


def test_strangers_and_foreign_pages_do_not_get_through(server: Server, exchange: Exchange, anna: Employee) -> None:
    for employee, origin, code in ((None, "same", 4401), (anna, "http://evil.test", 4403), (anna, None, 4403)):
        with telephone(server, employee, origin) as socket:
            assert closed_with(socket) == code
    assert exchange.connections.empty()


def test_an_exchange_that_goes_away_is_told_at_once(server: Server, exchange: Exchange, anna: Employee) -> None:
    with telephone(server, anna) as socket:
        exchange.connections.get(timeout=PATIENCE).close()
        assert closed_with(socket) == 1013


def test_an_exchange_that_is_not_there_is_told(server: Server, exchange: Exchange, anna: Employee) -> None:
    exchange.stop()
    with telephone(server, anna) as socket:
        assert closed_with(socket) == 1013
