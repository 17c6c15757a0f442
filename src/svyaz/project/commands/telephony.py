"""Follow the telephone exchange: calls, recordings, commands to it."""

import argparse

NEEDS_DATABASE = True


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(args: argparse.Namespace) -> int:
    """Work until told to stop (SIGINT, SIGTERM). Several may run: one leads, the others stand by."""
    import asyncio
    import contextlib
    import signal
    import sys

    from svyaz.project.telephony.runner import lead_or_stand_by

    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await lead_or_stand_by()

    # The loop and the writing threads hand over to each other for every piece of news: Python's 5 ms of patience before
    # a busy thread gives way would be a large part of the way from the exchange to the screen.
    sys.setswitchinterval(0.0005)
    asyncio.run(work())
    return 0
