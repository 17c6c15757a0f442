"""Waiting for what nobody announces: a file that is written, a process that goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

SECONDS = 10.0


async def eventually(condition: Callable[[], Awaitable[bool]], what: str, seconds: float = SECONDS) -> None:
    """Looks again and again until the condition holds; raises ``AssertionError`` when it never does."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await condition():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"waited {seconds:g} s for: {what}")
        await asyncio.sleep(0.05)
