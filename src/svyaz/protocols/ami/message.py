"""One AMI message: an event, the response to an action, or (in a log of both directions) an action."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum

# One header a line. The blank after the colon is optional because some log writers strip the ends of lines.
_HEADERS = re.compile(r"^([^:\n]+): ?(.*)$", re.MULTILINE)


class Kind(Enum):
    EVENT = "event"
    RESPONSE = "response"
    ACTION = "action"


class Message:
    """Headers in the order they came, repeated ones kept, keys found whatever their case.

    The headers are parsed when first asked for: on a busy exchange most events are looked at by name and dropped.
    """

    __slots__ = ("_folded", "_headers", "_source", "kind", "name")

    def __init__(self, kind: Kind, name: str, source: str | list[tuple[str, str]]) -> None:
        self.kind = kind
        self.name = name
        """The event's name, the response's word (`Success`, `Error`, …) or the action's name."""
        self._source = source
        self._headers: dict[str, str] | None = None
        self._folded: dict[str, str] | None = None

    @classmethod
    def of(cls, headers: Iterable[tuple[str, str]]) -> Message | None:
        """The message made of these headers; None if they are neither event nor response nor action.

        `OriginateResponse` is an event that also has a `Response` header, hence the order in which they are tried.
        """
        pairs = list(headers)
        named: dict[str, str] = {}
        for key, value in pairs:
            named.setdefault(key.lower(), value)
        for kind in Kind:
            if kind.value in named:
                return cls(kind, named[kind.value].strip(), pairs)
        return None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """All headers as `(key, value)`."""
        if isinstance(self._source, str):
            self._source = parse_headers(self._source)
        return self._source

    @property
    def headers(self) -> dict[str, str]:
        """Headers by the key as it was written; of a repeated one, the first."""
        found = self._headers
        if found is None:
            found = self._headers = self._parse()
        return found

    def _parse(self) -> dict[str, str]:
        text = self._source
        if isinstance(text, str):
            # Nearly every message: one header a line, none repeated. Several times faster than a regular expression.
            found: dict[str, str] = {}
            lines = text.split("\n")
            colon = ""
            for line in lines:
                key, colon, found[key] = line.partition(": ")
                if not colon:
                    break
            if colon and len(found) == len(lines):
                return found
        return dict(reversed(self.pairs))

    def get(self, key: str, default: str = "") -> str:
        """The first value of this header, `default` if there is none."""
        headers = self._headers
        if headers is None:
            headers = self.headers
        value = headers.get(key)
        if value is not None:
            return value
        folded = self._folded
        if folded is None:
            folded = self._folded = {key.lower(): value for key, value in headers.items()}
        return folded.get(key.lower(), default)

    def getall(self, key: str) -> list[str]:
        """Every value of a header that may be repeated (`Output`, `Variable`, `ChanVariable`), in order."""
        wanted = key.lower()
        return [value for name, value in self.pairs if name.lower() == wanted]

    def __contains__(self, key: str) -> bool:
        return self.get(key, "\0") != "\0"

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.kind is other.kind and self.pairs == other.pairs

    def __hash__(self) -> int:
        return hash((self.kind, self.name))

    def __repr__(self) -> str:
        return f"<{self.kind.value} {self.name} {self.pairs!r}>"

    @property
    def is_event(self) -> bool:
        return self.kind is Kind.EVENT

    @property
    def is_response(self) -> bool:
        return self.kind is Kind.RESPONSE

    @property
    def event(self) -> str | None:
        """The event's name, None if this is no event."""
        return self.name if self.kind is Kind.EVENT else None

    @property
    def response(self) -> str | None:
        """`Success`, `Error`, `Goodbye` …; None if this is no response to an action."""
        return self.name if self.kind is Kind.RESPONSE else None

    @property
    def success(self) -> bool:
        """A response that is not an error."""
        return self.kind is Kind.RESPONSE and self.name.lower() in {"success", "follows", "goodbye", "pong"}

    @property
    def action_id(self) -> str | None:
        """The ActionID of the action this message belongs to."""
        return self.get("ActionID") or None

    @property
    def text(self) -> str:
        """What the exchange says in words: the `Message` header of a response."""
        return self.get("Message")

    @property
    def output(self) -> list[str]:
        """The lines a `Command` printed."""
        return self.getall("Output")


def parse_headers(text: str) -> list[tuple[str, str]]:
    """The headers of one message, lines ended by LF.

    A line without a colon goes on with the value before it: a raw line feed inside a value, or the output of
    `Command` as exchanges before version 14 wrote it.
    """
    pairs: list[tuple[str, str]] = _HEADERS.findall(text)
    if len(pairs) == text.count("\n") + 1:
        return pairs
    pairs = []
    for line in text.split("\n"):
        match = _HEADERS.match(line)
        if match:
            pairs.append((match[1], match[2]))
        elif pairs:
            key, value = pairs[-1]
            pairs[-1] = (key, f"{value}\n{line}")
        elif line.strip():
            pairs.append((line, ""))
    return pairs
