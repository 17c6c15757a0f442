"""Keyset paging: a page continues after the last row seen, at the same cost however deep it is."""

import base64
import binascii
import json
from typing import Any

from svyaz.kit.errors import Invalid
from svyaz.kit.texts import Text

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


def cursor_of(*key: object) -> str:
    """An opaque cursor holding the sort key of the last row (JSON values; others by `str`)."""
    raw = json.dumps(key, default=str, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(cursor: str | None, length: int) -> list[Any] | None:
    """The key of `cursor_of`, or None without a cursor. Raises Invalid for anything not made by `cursor_of`."""
    if not cursor:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise bad_cursor() from error
    if not isinstance(key, list) or len(key) != length:
        raise bad_cursor()
    return key


def bad_cursor() -> Invalid:
    """The error for a cursor that is not ours, or of another list."""
    text = Text("Страница не найдена. Откройте список сначала.", "No such page. Open the list from its beginning.")
    return Invalid(text, fields={"cursor": [text]})


def page_size(limit: int | None) -> int:
    return max(1, min(limit or DEFAULT_LIMIT, MAX_LIMIT))
