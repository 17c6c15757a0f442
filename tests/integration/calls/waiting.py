"""Waiting for what other processes write, with a deadline."""

import time
from collections.abc import Callable
from typing import Any

import psycopg

from svyaz.realtime.services import CHANNEL


def eventually(address: str, condition: Callable[[], Any], what: str, seconds: float = 15.0) -> Any:
    """Wait for the condition, looking at it whenever anything is pushed to browsers. Returns its truth."""
    deadline = time.monotonic() + seconds
    with psycopg.connect(address, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        while not (found := condition()):
            assert time.monotonic() < deadline, f"waited {seconds:g} s for: {what}"
            for _ in listener.notifies(timeout=0.25, stop_after=1):
                pass
        return found
