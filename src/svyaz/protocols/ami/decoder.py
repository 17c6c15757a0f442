"""From bytes to messages."""

from __future__ import annotations

import re
from typing import Final

from .errors import ProtocolError
from .message import Kind, Message, parse_headers

BANNER: Final = "Asterisk Call Manager/"
MAX_LINE: Final = 256 * 1024
MAX_MESSAGE: Final = 1024 * 1024

_COMMENT = re.compile(r"^#.*(?:\n|\Z)", re.MULTILINE)
_HEADER = re.compile(r"[A-Za-z][\w()/.-]*:")
_FIRST = {"event": Kind.EVENT, "response": Kind.RESPONSE, "action": Kind.ACTION}


class Decoder:
    """Cuts a stream of bytes into messages, however it was cut into chunks on the way.

    Text is decoded a whole message at a time, so that a letter of several bytes may lie across two chunks; bytes that
    are no UTF-8 become U+FFFD. Lines may end in CRLF or LF. `log=True` also takes what people add to the traffic they
    save: lines that begin with `#` are left out.

    Raises `ProtocolError` for what is not AMI and for a line or message beyond `max_line`, `max_message` (bytes);
    after that the decoder is of no more use.
    """

    def __init__(self, *, log: bool = False, max_line: int = MAX_LINE, max_message: int = MAX_MESSAGE) -> None:
        self.banner: str | None = None
        """The version the exchange greeted with (`11.0.0`), None until its line has come."""
        self._log = log
        self._max_line = max_line
        self._max_message = max_message
        self._buffer = bytearray()
        self._searched = 0  # no end of a message before this place in the buffer
        self._held_cr = False
        self._lines = 0  # lines that have left the buffer
        self._first_line_seen = False

    def feed(self, data: bytes) -> list[Message]:
        """Take the next bytes, return the messages that are complete with them."""
        if self._held_cr:
            data = b"\r" + data
            self._held_cr = False
        if data.endswith(b"\r"):
            # The other half of CRLF may be in the next chunk.
            self._held_cr = True
            data = data[:-1]
        self._buffer += data.replace(b"\r\n", b"\n")
        return self._cut()

    def finish(self) -> list[Message]:
        """The stream has ended: a last message whose blank line is missing is taken as complete."""
        if self._held_cr:
            self._held_cr = False
            self._buffer += b"\n"
        if not self._buffer:
            return []
        self._buffer += b"\n\n"
        return self._cut()

    def _cut(self) -> list[Message]:
        buffer = self._buffer
        if not self._first_line_seen:
            self._look_at_first_line()
        end = buffer.rfind(b"\n\n", self._searched)
        messages: list[Message] = []
        if end >= 0:
            block = bytes(buffer[:end])
            text = block.decode("utf-8", "replace")
            long = end > self._max_line
            at = 0
            # Lines that are comments, in a log, make every part worth a second look.
            plain = not long and not (self._log and "\n#" in text)
            for part in text.split("\n\n"):
                if plain and part[:7] == "Event: " and "\n" in part:  # nearly always
                    messages.append(Message(Kind.EVENT, part[7 : part.find("\n")], part))
                elif part:
                    if long:
                        self._check_limits(part, text, at)
                    message = self._parse(part, text, at)
                    if message is not None:
                        messages.append(message)
                at += len(part) + 2
            del buffer[: end + 2]
            self._lines += block.count(b"\n") + 2
            self._searched = 0
        self._check_unfinished()
        return messages

    def _parse(self, part: str, text: str, at: int) -> Message | None:
        body = part.strip("\n")
        if self._log:
            body = _COMMENT.sub("", body).strip("\n")
        while body.startswith(BANNER):
            # The one line that no blank line follows.
            line, _, body = body.partition("\n")
            self.banner = line[len(BANNER) :].strip()
            body = body.strip("\n")
        if not body.strip():
            return None
        first, _, _ = body.partition("\n")
        key, colon, name = first.partition(":")
        kind = _FIRST.get(key.strip().lower())
        if colon and kind is not None:
            return Message(kind, name.strip(), body)
        # Another header may stand first in traffic that went through other programs.
        message = Message.of(parse_headers(body))
        if message is not None and _HEADER.match(first):
            return message
        if self._log and at == 0 and self._lines == 0 and all(map(_HEADER.match, body.split("\n"))):
            return None  # the log begins in the middle of a message
        raise ProtocolError(f"this is not AMI: {_shown(first)}", line=self._line_of(text, at, first))

    def _look_at_first_line(self) -> None:
        """Nonsense from the start is said at once, not when a blank line comes by, which may be never."""
        end = self._buffer.find(b"\n")
        if end < 0:
            return
        self._first_line_seen = True
        line = bytes(self._buffer[:end]).decode("utf-8", "replace")
        if line.startswith(BANNER):
            self.banner = line[len(BANNER) :].strip()
            del self._buffer[: end + 1]
            self._lines += 1
        elif line.strip() and ":" not in line and not (self._log and line.startswith("#")):
            raise ProtocolError(f"this is not AMI: {_shown(line)}", line=1)

    def _check_unfinished(self) -> None:
        """Limits for what has no end yet; remember how far the end was looked for."""
        size = len(self._buffer)
        if size > self._max_message:
            raise ProtocolError(f"a message of more than {self._max_message} bytes", line=self._lines + 1)
        if size > self._max_line and size - 1 - self._buffer.rfind(b"\n") > self._max_line:
            line = self._lines + 1 + self._buffer.count(b"\n")
            raise ProtocolError(f"a line of more than {self._max_line} bytes", line=line)
        self._searched = max(0, size - 1)

    def _check_limits(self, part: str, text: str, at: int) -> None:
        if len(part) > self._max_message:
            raise ProtocolError(f"a message of more than {self._max_message} bytes", line=self._line_of(text, at, ""))
        if len(part) > self._max_line:
            longest = max(part.split("\n"), key=len)
            if len(longest) > self._max_line:
                where = self._line_of(text, at, longest)
                raise ProtocolError(f"a line of more than {self._max_line} bytes", line=where)

    def _line_of(self, text: str, at: int, wanted: str) -> int:
        return self._lines + 1 + text.count("\n", 0, max(at, text.find(wanted, at)))


def _shown(line: str) -> str:
    return repr(line if len(line) <= 60 else line[:60] + "…")
