"""The WebSocket `/ws/stream`: everything a person's rights let them hear, numbered, resumable."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http.request import validate_host

from svyaz.realtime import ports
from svyaz.realtime.hub import BEAT, Hub, Signal, Subscriber, the_hub
from svyaz.realtime.services import session_topic

log = logging.getLogger(__name__)

NOT_SIGNED_IN = 4401
FOREIGN_ORIGIN = 4403
TOO_SLOW = 4408
RESTART = 1012
CHECK_SESSION_EVERY = 60.0


class StreamConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels publishes no types
    """One browser's stream.

    `?after=n` asks for what came after event n. The first frame says whether that was possible (`resumed`); if not, the
    browser starts from `/api/start` again. Close codes: 4401 not signed in (any more), 4403 foreign origin, 4408 the
    browser was too slow to take what happened (it should reconnect with its last event), 1012 the numbering began anew.
    """

    async def connect(self) -> None:
        """Accept in any case: a browser learns the close code only of an accepted socket."""
        self._pump: asyncio.Task[None] | None = None
        self._subscriber: Subscriber | None = None
        await self.accept()
        if not same_origin(self.scope):
            await self.close(FOREIGN_ORIGIN)
            return
        topics = await self._topics()
        if not topics:
            await self.close(NOT_SIGNED_IN)
            return
        self._pump = asyncio.create_task(self._run(the_hub(), Subscriber(topics)))

    async def disconnect(self, code: int) -> None:
        """Leave the hub whichever side ended it."""
        if self._pump is not None:
            self._pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pump

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Browsers have nothing to say here."""

    async def _run(self, hub: Hub, subscriber: Subscriber) -> None:
        try:
            told = await hub.join(subscriber)
            await self._greet(hub, subscriber, told)
            await self._send_all(hub, subscriber)
        except _Ended as ended:
            await self.close(ended.code)
        except OSError:
            # The browser is gone; `disconnect` comes next.
            log.debug("a browser left in the middle of a frame")
        finally:
            await hub.leave(subscriber)

    async def _greet(self, hub: Hub, subscriber: Subscriber, told: int) -> None:
        """Say where the stream stands, then what was missed. What happens meanwhile waits in the subscriber's queue."""
        after = self._after()
        # What this browser read in its snapshot may be newer than what this process has told anybody.
        subscriber.after = max(told, after or 0)
        missed = None if after is None else await hub.missed(subscriber.topics, after, told)
        if missed is None:
            subscriber.after = told
        event = told if missed is None or after is None else max(after, told)
        await self._frame(json.dumps({"kind": "hello", "event": event, "resumed": missed is not None}))
        for frame in missed or ():
            await self._frame(frame.text)

    async def _send_all(self, hub: Hub, subscriber: Subscriber) -> None:
        checked = time.monotonic()
        while True:
            entry = await subscriber.take()
            if isinstance(entry, str):
                await self._frame(entry)
                continue
            signal, text = entry
            if signal is Signal.TOO_SLOW:
                raise _Ended(TOO_SLOW)
            if signal is Signal.RESTART:
                raise _Ended(RESTART)
            if signal is Signal.RIGHTS:
                # First the new topics, then the word: the snapshot the browser now fetches is continued without a gap.
                topics = await self._topics() if await self._still_signed_in() else frozenset()
                hub.retopic(subscriber, topics)
                await self._frame(text)
                if not topics:
                    raise _Ended(NOT_SIGNED_IN)
                continue
            await self._frame(text)
            if time.monotonic() - checked >= CHECK_SESSION_EVERY and text == BEAT:
                checked = time.monotonic()
                if not await self._still_signed_in():
                    raise _Ended(NOT_SIGNED_IN)

    async def _frame(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})

    def _after(self) -> int | None:
        values = parse_qs(self.scope.get("query_string", b"").decode("latin-1")).get("after", [])
        return (
            int(values[0]) if values and values[0].isascii() and values[0].isdigit() and len(values[0]) < 19 else None
        )

    async def _topics(self) -> frozenset[str]:
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            return frozenset()
        topics: frozenset[str] = await database_sync_to_async(ports.topics_for)(user)
        return topics | {session_topic(self.scope["session"].session_key or "")} if topics else topics

    async def _still_signed_in(self) -> bool:
        """Read the session anew: it may have ended, or the password changed. An absent database proves nothing."""
        store = import_module(settings.SESSION_ENGINE).SessionStore
        try:
            user = await get_user({**self.scope, "session": store(self.scope["session"].session_key)})
        except (OperationalError, InterfaceError):
            return True
        return bool(user.is_authenticated)


class _Ended(Exception):
    def __init__(self, code: int) -> None:
        self.code = code


def same_origin(scope: dict[str, Any]) -> bool:
    """That the page which opened the socket is ours: Origin names the host asked for, or a trusted one.

    Browsers always send Origin with WebSockets and no page can forge it; programs without one bring no cookie of a
    victim either.
    """
    headers = {name.lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
    origin, host = headers.get(b"origin"), headers.get(b"host", "")
    if origin is None:
        return True
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    parts = urlsplit(origin)
    hostname = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    allowed = settings.ALLOWED_HOSTS or (["localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else [])
    return parts.netloc == host and validate_host(hostname, allowed)
