"""A small blocking AMI client: log in, send an action, read its answer.  No events."""

import socket
import time
from collections.abc import Mapping
from itertools import count
from types import TracebackType
from typing import Self

from exchange_lab.errors import LabError
from svyaz.protocols.ami import Decoder, EventList, Message, encode_action


class AmiRefused(LabError):
    """The exchange refused an action, or the connection ended; the text is what it said."""


class Ami:
    """``seconds`` is the time any one answer may take.  Raises ``OSError`` or ``AmiRefused``."""

    def __init__(self, host: str, port: int, user: str, secret: str, *, seconds: float = 5.0) -> None:
        self._seconds = seconds
        self._ids = count(1)
        self._decoder = Decoder()
        self._waiting: list[Message] = []
        self._socket = socket.create_connection((host, port), timeout=seconds)
        try:
            self.action("Login", {"Username": user, "Secret": secret})
            self._booted = any(message.name == "FullyBooted" for message in self._waiting)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def action(self, name: str, values: Mapping[str, str | int | bool | list[str]] | None = None) -> Message:
        """Sends an action and returns its response."""
        response = self._ask(name, values or {}).response
        # "No such channel" is a refusal, although a list might say as much of being empty.
        if response is None or not response.success:
            raise AmiRefused(f"{name}: {response.text if response else 'no answer'}")
        return response

    def listed(self, name: str, values: Mapping[str, str | int | bool | list[str]] | None = None) -> list[Message]:
        """Sends an action that is answered by a list, and returns the list."""
        return self._ask(name, values or {}).items

    def command(self, line: str) -> list[str]:
        """Runs a line of the exchange's console and returns what it printed."""
        return self.action("Command", {"Command": line}).output

    def wait_booted(self) -> None:
        deadline = time.monotonic() + self._seconds
        while not self._booted:
            self._booted = any(message.name == "FullyBooted" for message in self._read(deadline))

    def _ask(self, name: str, values: Mapping[str, str | int | bool | list[str]]) -> EventList:
        answer = EventList(f"lab-{next(self._ids)}")
        self._socket.settimeout(self._seconds)
        self._socket.sendall(encode_action(name, values, answer.action_id))
        deadline = time.monotonic() + self._seconds
        while not answer.done:
            for message in self._read(deadline):
                if not answer.take(message):
                    self._waiting.append(message)
        del self._waiting[:-20]
        if answer.failed and answer.response is not None:
            raise AmiRefused(f"{name}: {answer.response.text}")
        return answer

    def _read(self, deadline: float) -> list[Message]:
        self._socket.settimeout(max(0.001, deadline - time.monotonic()))
        data = self._socket.recv(65536)
        if not data:
            raise AmiRefused("the exchange closed the connection")
        return self._decoder.feed(data)
