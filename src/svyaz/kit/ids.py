"""UUIDv7: primary keys that sort by the time of their making."""

import os
import time
import uuid
from threading import Lock

_lock = Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of Unix milliseconds, 12 bits of finer time, 62 random bits.

    Within one process the ids strictly ascend, so rows made in one transaction keep their order.
    """
    global _last
    with _lock:
        # 60 bits: milliseconds and 4096ths of a millisecond. Ahead of the clock by at most what was made in a burst.
        moment = time.time_ns() * 4096 // 1_000_000
        _last = moment if moment > _last else _last + 1
        moment = _last
    milliseconds, fine = divmod(moment, 4096)
    random_bits = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | fine << 64 | 0b10 << 62 | random_bits
    return uuid.UUID(int=value)
