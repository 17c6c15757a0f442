"""SIP over WebSocket between a signed-in employee's browser and the exchange.

The exchange's own WebSocket listens on loopback only: this is the one way to it. The browser proves who it is by its
session before the first byte of SIP goes through, and SIP passwords are random and never typed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from svyaz.calls.place import exchange_place
from svyaz.staff.models import Employee

log = logging.getLogger(__name__)

SIP = "sip"
MAX_MESSAGE = 65_536
NOT_SIGNED_IN = 4401
FOREIGN_ORIGIN = 4403
EXCHANGE_AWAY = 1013  # "try again later"
CHECK_EVERY = 30.0  # seconds between looks whether the employee is still signed in
CONNECT_WITHIN = 5.0


class SipProxy(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels publishes no types
    """One browser, one connection to the exchange; text and binary frames pass unchanged both ways."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._exchange: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def connect(self) -> None:
        if not _same_origin(self.scope):
            await self._refuse(FOREIGN_ORIGIN)
            return
        if not await _signed_in(self.scope):
            await self._refuse(NOT_SIGNED_IN)
            return
        try:
            address = exchange_place().sip_websocket
            self._exchange = await connect(
                address,
                subprotocols=[Subprotocol(SIP)],
                open_timeout=CONNECT_WITHIN,
                # Asterisk answers no WebSocket pings of ours in time when it is busy; SIP has its own heartbeat.
                ping_interval=None,
                max_size=MAX_MESSAGE,
                compression=None,
                proxy=None,
            )
        except (OSError, InvalidHandshake, TimeoutError, ValueError) as error:
            log.warning("the exchange's SIP WebSocket does not answer: %s", error)
            await self._refuse(EXCHANGE_AWAY)
            return
        await self.accept(SIP if SIP in self.scope.get("subprotocols", ()) else None)
        self._tasks = [asyncio.create_task(self._from_exchange()), asyncio.create_task(self._watch())]

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        data = text_data if text_data is not None else bytes_data
        if data is None or self._exchange is None:
            return
        if len(data) > MAX_MESSAGE:
            await self.close(1009)
            return
        # A closed exchange is noticed and told by _from_exchange.
        with contextlib.suppress(ConnectionClosed):
            await self._exchange.send(data)

    async def disconnect(self, code: int) -> None:
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        if self._exchange is not None:
            # The exchange forgets the contact at once: nobody rings a panel that is gone.
            await self._exchange.close()

    async def _from_exchange(self) -> None:
        assert self._exchange is not None
        with contextlib.suppress(ConnectionClosed):
            async for message in self._exchange:
                if isinstance(message, str):
                    await self.send(text_data=message)
                else:
                    await self.send(bytes_data=message)
        await self.close(EXCHANGE_AWAY)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY)
            if not await _signed_in(self.scope):
                await self.close(NOT_SIGNED_IN)
                return

    async def _refuse(self, code: int) -> None:
        # Only an accepted connection can be told a code the browser sees.
        await self.accept(SIP if SIP in self.scope.get("subprotocols", ()) else None)
        await self.close(code)


def _same_origin(scope: dict[str, Any]) -> bool:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")


@database_sync_to_async  # type: ignore[untyped-decorator]
def _signed_in(scope: dict[str, Any]) -> bool:
    user, session = scope.get("user"), scope.get("session")
    if not isinstance(user, Employee) or session is None or not session.exists(session.session_key):
        return False
    return Employee.objects.filter(pk=user.pk, is_active=True, password=user.password).exists()
