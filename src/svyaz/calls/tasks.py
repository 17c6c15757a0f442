"""Jobs of the telephone, done by `svyaz jobs`."""

from __future__ import annotations

from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from svyaz.calls.errors import NotComplete
from svyaz.kit.clock import now


@app.task(
    queue="recordings",
    name="calls.make_recording",
    # 40 × 2 s: longer than RECORDING_PATIENCE, after which whatever is there is taken as it is.
    retry=RetryStrategy(max_attempts=40, wait=2, retry_exceptions=[NotComplete, OSError]),
)
def make_recording(recording_id: str) -> None:
    """Turn the two sides of a recording into one stereo file; tried again while the exchange still writes."""
    from svyaz.calls.services.recordings import make

    make(UUID(recording_id), at=now())


@app.periodic(cron="*/5 * * * *")
@app.task(queue="upkeep", name="calls.close_forgotten_recordings", queueing_lock="calls.close_forgotten_recordings")
def close_forgotten_recordings(timestamp: int) -> None:
    """Recordings of calls that ended while nobody was watching go their way as well."""
    from svyaz.calls.services.recordings import close_forgotten

    close_forgotten(at=now())


@app.periodic(cron="*/10 * * * *")
@app.task(queue="upkeep", name="realtime.prune", queueing_lock="realtime.prune")
def prune_events(timestamp: int) -> None:
    """Old pushed events: a browser that slept longer than we keep them gets a snapshot."""
    from svyaz.realtime.services import prune

    prune()


@app.periodic(cron="* * * * *")
@app.task(queue="upkeep", name="jobs.rescue_stalled", queueing_lock="jobs.rescue_stalled", pass_context=True)
async def rescue_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Jobs whose worker died are done again by another."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)
