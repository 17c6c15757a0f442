"""What can be wrong with AMI traffic."""

from __future__ import annotations


class AmiError(ValueError):
    """The parent of everything this package raises."""


class ProtocolError(AmiError):
    """What arrived is not AMI, or passes the limits. `line` is its line (from 1) since the decoder began."""

    def __init__(self, what: str, *, line: int) -> None:
        super().__init__(f"line {line}: {what}")
        self.what = what
        self.line = line


class ForbiddenCharacterError(AmiError):
    """A key or value to be sent holds a character that would end the line and smuggle in another header."""
