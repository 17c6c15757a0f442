"""The Asterisk Manager Interface on the wire, sans-IO: bytes in, messages out, and the other way round.

Whoever owns the socket feeds what it read to a `Decoder` and writes what `encode_action` returns; nothing here waits,
connects or looks at a clock.
"""

from .actions import Fields, encode_action
from .decoder import Decoder
from .errors import AmiError, ForbiddenCharacterError, ProtocolError
from .lists import EventList, says_empty
from .message import Kind, Message

__all__ = [
    "AmiError",
    "Decoder",
    "EventList",
    "Fields",
    "ForbiddenCharacterError",
    "Kind",
    "Message",
    "ProtocolError",
    "encode_action",
    "says_empty",
]
