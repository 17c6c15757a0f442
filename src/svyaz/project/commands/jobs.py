"""Do the jobs that wait in the database: recordings, pruning, later transcription and exchange with 1C."""

import argparse

NEEDS_DATABASE = True


def configure(parser: argparse.ArgumentParser) -> None:
    """How much at once."""
    parser.add_argument("--concurrency", type=int, default=2, help="jobs at a time")
    parser.add_argument("--queue", action="append", help="only this queue (repeatable); default: all")


def run(args: argparse.Namespace) -> int:
    """Work until told to stop (SIGINT, SIGTERM); jobs that run are finished first."""
    import asyncio

    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.utils import connector_params

    from svyaz.calls.tasks import rescue_stalled_jobs  # noqa: F401 - registers the periodic tasks

    parameters = {name: value for name, value in connector_params().items() if name != "pool"}

    async def work() -> None:
        # The connector's pool replaces connections that died with the server, so that an outage ends by itself.
        connector = PsycopgConnector(kwargs=parameters, min_size=1, max_size=4)
        with app.replace_connector(connector) as worker_app:
            async with worker_app.open_async():
                await worker_app.run_worker_async(
                    queues=args.queue,
                    concurrency=args.concurrency,
                    shutdown_graceful_timeout=10,
                    delete_jobs="successful",
                )

    asyncio.run(work())
    return 0
