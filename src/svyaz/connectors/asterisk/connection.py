"""One connection to AMI from its beginning to its end; `session` makes one after another."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from svyaz.protocols.ami import Decoder, EventList, Fields, Message, ProtocolError, encode_action

from .errors import Broken, NotConnected, OutcomeUnknown, Reason, Refused

logger = logging.getLogger(__name__)

NOISE = (
    *("VarSet", "Newexten", "TestEvent", "RTCPSent", "RTCPReceived", "DTMFBegin", "DTMFEnd", "ChallengeSent"),
    *("SuccessfulAuth", "RequestBadFormat", "ChannelTalkingStart", "ChannelTalkingStop"),
)
"""Events we have no use for: together some two thirds of all."""


@dataclass(frozen=True)
class Account:
    """Where the exchange's manager interface is, and who we are there."""

    host: str
    port: int
    user: str
    secret: str


@dataclass(frozen=True)
class Timeouts:
    """All in seconds. After `quiet` without a byte a Ping is sent, and `answer` later the line is taken for dead."""

    connect: float = 5.0
    log_in: float = 10.0  # a refusal is held back by a second
    answer: float = 5.0
    boot: float = 60.0
    quiet: float = 10.0
    first_pause: float = 0.25
    longest_pause: float = 5.0
    settled: float = 10.0


class Connection:
    """Actions get their answers by ActionID; everything else goes to `on_event` in the order it came."""

    def __init__(self, account: Account, timeouts: Timeouts, on_event: Callable[[Message], None]) -> None:
        self._account = account
        self._timeouts = timeouts
        self._on_event = on_event
        self._decoder = Decoder()
        self._pending: dict[str, tuple[EventList, asyncio.Future[EventList]]] = {}
        self._number = 0
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._booted = asyncio.Event()
        self._shutting_down = False
        self._closed = False
        self._last_byte = 0.0

    async def open(self) -> None:
        """Connect. Raises `Broken`."""
        account = self._account
        try:
            async with asyncio.timeout(self._timeouts.connect):
                self._reader, self._writer = await asyncio.open_connection(account.host, account.port)
        except ConnectionRefusedError as error:
            raise Broken(Reason.REFUSED, str(error)) from error
        except (OSError, TimeoutError) as error:
            raise Broken(Reason.UNREACHABLE, str(error) or "time-out") from error
        self._last_byte = asyncio.get_running_loop().time()

    async def read(self) -> None:
        """Read until the connection ends, which is always a `Broken`."""
        assert self._reader is not None
        loop = asyncio.get_running_loop()
        while True:
            try:
                data = await self._reader.read(65536)
            except OSError as error:
                raise Broken(Reason.CLOSED, str(error)) from error
            if not data:
                raise Broken(Reason.SHUT_DOWN if self._shutting_down else Reason.CLOSED)
            self._last_byte = loop.time()
            try:
                messages = self._decoder.feed(data)
            except ProtocolError as error:
                raise Broken(Reason.NOT_AMI, str(error)) from error
            for message in messages:
                self._take(message)

    async def log_in(self) -> None:
        """Log in, filter the noise out, wait until the exchange has booted. Raises `Broken`."""
        account, timeouts = self._account, self._timeouts
        try:
            challenge = await self.ask("Challenge", {"AuthType": "MD5"}, timeouts.log_in)
            key = (challenge.response.get("Challenge") if challenge.response else "") + account.secret
            # The exchange's own way of not sending the password itself.
            digest = hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()
            await self.ask("Login", {"AuthType": "MD5", "Username": account.user, "Key": digest}, timeouts.log_in)
        except Refused as error:
            raise Broken(Reason.WRONG_PASSWORD, str(error)) from error
        except OutcomeUnknown as error:
            said = "" if self._decoder.banner else "no greeting of AMI"
            raise Broken(Reason.SILENT if self._decoder.banner else Reason.NOT_AMI, said) from error
        try:
            await self.ask("Filter", {"Operation": "Add", "Filter": f"!^Event: ({'|'.join(NOISE)})"}, timeouts.log_in)
        except Refused as error:
            logger.warning("the exchange sends us every event, none is filtered out: %s", error)
        except OutcomeUnknown as error:
            raise Broken(Reason.SILENT, "no answer to Filter") from error
        try:
            async with asyncio.timeout(timeouts.boot):
                await self._booted.wait()
        except TimeoutError as error:
            raise Broken(Reason.NOT_BOOTED) from error

    async def watch(self) -> None:
        """Ping when nothing has come for long; a line on which nothing comes even then is dead: `Broken`."""
        loop = asyncio.get_running_loop()
        while True:
            quiet = loop.time() - self._last_byte
            if quiet < self._timeouts.quiet:
                await asyncio.sleep(self._timeouts.quiet - quiet)
                continue
            try:
                await self.ask("Ping", {}, self._timeouts.answer)
            except OutcomeUnknown as error:
                if loop.time() - self._last_byte > self._timeouts.answer:
                    raise Broken(Reason.SILENT, "no answer to Ping") from error
            except Refused:
                # An answer of any kind shows that it lives.
                continue

    async def ask(
        self, name: str, fields: Fields, seconds: float, *, listing: bool = False, action_id: str = ""
    ) -> EventList:
        """Send an action once and wait for its answer, the whole list if it is one.

        `action_id`, never used before, comes back in what the exchange says of the action later.

        Raises `Refused`, `NotConnected` (nothing was sent), `OutcomeUnknown` (sent, no answer within `seconds` or
        before the connection ended) and `ForbiddenCharacterError` (CR, LF or NUL in a value; nothing was sent).
        """
        writer = self._writer
        if writer is None or self._closed or writer.is_closing():
            raise NotConnected("the exchange is not connected")
        self._number += 1
        action_id = action_id or f"svyaz-{self._number}"
        data = encode_action(name, fields, action_id)
        future: asyncio.Future[EventList] = asyncio.get_running_loop().create_future()
        self._pending[action_id] = (EventList(action_id), future)
        try:
            writer.write(data)
            async with asyncio.timeout(seconds):
                answer = await future
        except TimeoutError as error:
            raise OutcomeUnknown(f"{name}: no answer in {seconds:g} s") from error
        finally:
            self._pending.pop(action_id, None)
        # "No contacts found" answers a list with nothing; "No such channel" refuses what was asked.
        if answer.response is not None and (answer.failed if listing else not answer.response.success):
            raise Refused(f"{name}: {answer.response.text}")
        return answer

    def close(self) -> None:
        """End the connection; whoever still waits for an answer learns that it is not coming."""
        self._closed = True
        for _, future in self._pending.values():
            if not future.done():
                future.set_exception(OutcomeUnknown("the connection ended before the answer"))
        self._pending.clear()
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.transport.abort()

    def _take(self, message: Message) -> None:
        action_id = message.action_id
        waiting = self._pending.get(action_id) if action_id else None
        if waiting is not None:
            answer, future = waiting
            if answer.take(message):
                if answer.done and not future.done():
                    future.set_result(answer)
                return
        if not message.is_event:
            return
        if message.name == "FullyBooted":
            self._booted.set()
        elif message.name == "Shutdown":
            self._shutting_down = True
        self._on_event(message)
