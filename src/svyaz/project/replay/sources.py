"""Logs of AMI events in the shapes people keep them in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO, Final

from svyaz.connectors.asterisk.translate import moment, parse_moment
from svyaz.protocols.ami import Decoder, Message, ProtocolError

_CHUNK: Final = 64 * 1024
_KINDS: Final = {"event", "response", "action"}
# What a program that collects events calls the moment it received one, for logs whose events carry none themselves.
_RECEIVED: Final = ("timestamp", "time", "@timestamp", "received_at", "ts", "date", "at", "datetime", "created_at")
_DEEP: Final = 3


class GarbageError(ValueError):
    """The log is not what it should be; the text says where."""


def read_log(stream: BinaryIO) -> Iterator[tuple[Message, datetime | None]]:
    """The messages of a log with the moment of each (None if the log does not say).

    Told apart by how it begins: `[` a JSON array of events, `{` JSON objects one after the other (mostly one a line),
    anything else raw AMI, with or without comment lines (`#`), banner, responses and actions. Raises `GarbageError`.
    """
    head = stream.read(_CHUNK)
    begin = head.removeprefix(b"\xef\xbb\xbf")
    stripped = begin.lstrip()
    if stripped[:1] in (b"[", b"{"):
        yield from _read_json(begin + stream.read())
    else:
        yield from _read_raw(begin, stream)


def _read_raw(head: bytes, stream: BinaryIO) -> Iterator[tuple[Message, datetime | None]]:
    decoder = Decoder(log=True)
    found = False
    passed = 0
    chunk = head
    try:
        while chunk:
            binary = chunk.find(b"\0")
            if binary >= 0:
                raise GarbageError(f"byte {passed + binary}: this is not text")
            for message in decoder.feed(chunk):
                found = True
                yield message, moment(message)
            passed += len(chunk)
            chunk = stream.read(_CHUNK)
        for message in decoder.finish():
            found = True
            yield message, moment(message)
    except ProtocolError as error:
        raise GarbageError(f"line {error.line}: {error.what}") from error
    if head.strip() and not found and decoder.banner is None and not _only_comments(head):
        raise GarbageError("line 1: there is no AMI message in this log")


def _only_comments(head: bytes) -> bool:
    return all(not line.strip() or line.startswith(b"#") for line in head.splitlines())


def _read_json(data: bytes) -> Iterator[tuple[Message, datetime | None]]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GarbageError(f"line {line}, byte {error.start}: this is not UTF-8") from error
    decoder = json.JSONDecoder()
    at = 0
    while True:
        at = _skip_blank(text, at)
        if at >= len(text):
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise GarbageError(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
        except RecursionError as error:
            raise GarbageError(f"line {_line(text, at)}: nested too deeply") from error
        if isinstance(value, list):
            for number, item in enumerate(value, 1):
                yield _event_of(item, f"line {_line(text, at)}, item {number}")
        else:
            for item in _wrapped(value):
                yield _event_of(item, f"line {_line(text, at)}")
        at = end


def _wrapped(value: Any) -> list[Any]:
    """The events in an object that is not one itself but holds a list of them (`{"events": […]}`)."""
    if isinstance(value, dict) and _find(value, _DEEP) is None:
        for each in value.values():
            if isinstance(each, list) and each and all(isinstance(item, dict) for item in each):
                return each
    return [value]


def _skip_blank(text: str, at: int) -> int:
    # A comma between objects is forgiven: arrays are cut to pieces that way.
    while at < len(text) and (text[at].isspace() or text[at] in ",\x1e\ufeff"):
        at += 1
    return at


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _event_of(item: Any, where: str) -> tuple[Message, datetime | None]:
    if not isinstance(item, dict):
        raise GarbageError(f"{where}: not an event but {_shown(item)}")
    found = _find(item, _DEEP)
    if found is None:
        raise GarbageError(f"{where}: an object without Event or Response")
    message = Message.of(_headers(found))
    if message is None:
        raise GarbageError(f"{where}: an object without Event or Response")
    return message, moment(message) or _received(found) or _received(item)


def _find(item: dict[str, Any], deep: int) -> dict[str, Any] | None:
    """The object that holds the headers: this one, or one inside it."""
    if any(key.lower() in _KINDS and isinstance(value, str) for key, value in item.items()):
        inside = [value for value in item.values() if isinstance(value, dict)]
        # `{"event": "Hangup", "data": {"Uniqueid": …}}`: the name outside, the headers inside.
        if len(inside) == 1 and "uniqueid" not in {key.lower() for key in item} and _find(inside[0], 1) is None:
            return {**inside[0], **{key: value for key, value in item.items() if not isinstance(value, dict)}}
        return item
    if deep > 0:
        for value in item.values():
            if isinstance(value, dict) and (found := _find(value, deep - 1)) is not None:
                return found
    return None


def _headers(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in found.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, bool):
                yield key, "true" if each else "false"
            elif isinstance(each, str | int | float):
                yield key, str(each)


def _received(item: dict[str, Any]) -> datetime | None:
    lowered = {key.lower(): value for key, value in item.items()}
    for name in _RECEIVED:
        value = lowered.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            at = parse_moment(str(value))
            if at is not None:
                return at
    return None


def _shown(item: Any) -> str:
    text = json.dumps(item, ensure_ascii=False)
    return text if len(text) <= 40 else text[:40] + "…"
