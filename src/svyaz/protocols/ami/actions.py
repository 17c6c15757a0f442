"""From actions to bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .errors import ForbiddenCharacterError

Fields = Mapping[str, str | int | bool | Iterable[str]] | Iterable[tuple[str, str | int | bool]]
"""Headers of an action. In a mapping a value may be several strings: the header is then repeated (`Variable`)."""

_FORBIDDEN = ("\r", "\n", "\0")


def encode_action(name: str, fields: Fields = (), action_id: str = "") -> bytes:
    """The bytes of one action, `ActionID` included if given.

    Raises `ForbiddenCharacterError` if any key or value holds CR, LF or NUL, or is no encodable text: whatever a person
    typed must not be able to end a line and begin a header of its own.
    """
    lines = [_line("Action", name)]
    if action_id:
        lines.append(_line("ActionID", action_id))
    pairs: Iterable[tuple[str, str | int | bool | Iterable[str]]]
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    for key, value in pairs:
        if isinstance(value, bool):
            lines.append(_line(key, "true" if value else "false"))
        elif isinstance(value, str | int):
            lines.append(_line(key, str(value)))
        else:
            lines.extend(_line(key, each) for each in value)
    return b"".join(lines) + b"\r\n"


def _line(key: str, value: str) -> bytes:
    for text in (key, value):
        for character in _FORBIDDEN:
            if character in text:
                raise ForbiddenCharacterError(f"{character!r} may not be sent in {key[:40]!r}")
    if not key.strip() or ":" in key:
        raise ForbiddenCharacterError(f"{key[:40]!r} is no name of a header")
    try:
        return f"{key}: {value}\r\n".encode()
    except UnicodeEncodeError as error:
        raise ForbiddenCharacterError(f"the value of {key[:40]!r} is no text: {error.reason}") from error
