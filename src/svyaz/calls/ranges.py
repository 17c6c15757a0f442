"""Answering with a part of a file, so that a player can jump (RFC 9110, ranges of one part)."""

from __future__ import annotations

import re

from django.core.files import File
from django.http import HttpResponse

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def ranged(file: File[bytes], header: str | None, content_type: str) -> HttpResponse:
    """The file, or the part the `Range` header asks for (206), or 416 when there is no such part.

    A header we do not understand is passed over, as the standard wants. Recordings are small (an hour: 15 MB), so a
    part is read whole.
    """
    size = file.size
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or not (found[1] or found[2]):
        response = HttpResponse(file.read(), content_type=content_type)
    else:
        start, stop = _span(found[1], found[2], size)
        if start >= stop:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
            return response
        file.seek(start)
        response = HttpResponse(file.read(stop - start), status=206, content_type=content_type)
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    return response


def begins(header: str | None) -> bool:
    """Whether a request reads from the beginning: what counts as one listening, however often the player asks."""
    found = _RANGE.fullmatch(header.strip()) if header else None
    return found is None or found[1] == "0" or not (found[1] or found[2])


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:  # the last n bytes
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size
