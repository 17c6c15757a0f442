"""From two files at the exchange to one recording a person can play."""

from __future__ import annotations

import logging
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.files import File
from django.db import transaction

from svyaz.calls.errors import NotAudio, NotComplete
from svyaz.calls.models import Call, CallLeg, Recording
from svyaz.calls.place import exchange_place
from svyaz.calls.services.push import push_call

if TYPE_CHECKING:
    from svyaz.calls.audio import Wave

log = logging.getLogger(__name__)

# After this time the exchange will not finish the file any more (it was killed): what is there is taken.
RECORDING_PATIENCE = timedelta(seconds=45)
# Talk before the start of the recording is lost by design (the recorder needs an answered call for ≥ 0.3 s).
GAP_ALLOWED = timedelta(seconds=2)


def finish(recording: Recording, *, at: datetime) -> None:
    """The recorded span is over: have the job make the file. Call inside a transaction."""
    from svyaz.calls.tasks import make_recording

    recording.state = Recording.State.PROCESSING
    recording.ended_at = at
    recording.duration_ms = max(0, int((at - recording.began_at).total_seconds() * 1000))
    recording.save(update_fields=["state", "ended_at", "duration_ms"])
    # A second for the exchange to close its files; the job tries again anyway.
    make_recording.configure(schedule_in={"seconds": 1}).defer(recording_id=str(recording.id))


def begin(exchange_id: UUID, leg_key: str, stem: str, *, at: datetime) -> None:
    """A leg is being recorded into files of this stem. Safe to repeat; nothing to do when the leg is not known."""
    with transaction.atomic():
        leg = CallLeg.objects.filter(key=leg_key, call__exchange=exchange_id).order_by("-call__began_at").first()
        if leg is None:
            log.warning("recording %s: no leg %s in the journal", stem, leg_key)
            return
        Recording.objects.get_or_create(stem=stem, defaults={"call_id": leg.call_id, "leg": leg, "began_at": at})
        # Neither a new version nor a push: no screen shows it yet, and calls that ring are waiting their turn.
        Call.objects.filter(pk=leg.call_id, has_recording=False).update(has_recording=True)


def running(exchange_id: UUID) -> dict[str, tuple[str, str]]:
    """Recordings that are going on: `{leg key: (stem, channel)}`."""
    found = Recording.objects.filter(state=Recording.State.RECORDING, call__exchange=exchange_id, leg__isnull=False)
    return {one.leg.key: (one.stem, one.leg.channel) for one in found.select_related("leg") if one.leg}


def finish_running(stem: str, *, at: datetime) -> None:
    """The recording of this stem is over; safe to repeat. The job pushes the call once there is something to hear."""
    with transaction.atomic():
        recording = Recording.objects.select_for_update(of=("self",)).filter(stem=stem).first()
        if recording is not None and recording.state == Recording.State.RECORDING:
            finish(recording, at=at)


def make(recording_id: UUID, *, at: datetime) -> None:
    """Make the stereo file of one recording, look for silence and gaps, push the call.

    Raises NotComplete while the exchange still writes. Safe to run again.
    """
    from svyaz.calls import audio  # libraries of sound are heavy, and only the jobs need them

    recording = Recording.objects.select_related("call").get(pk=recording_id)
    if recording.state in (Recording.State.READY, Recording.State.MISSING):
        return
    patient = recording.ended_at is None or at - recording.ended_at < RECORDING_PATIENCE
    folder = exchange_place().recordings
    if folder is None:
        _close(recording, Recording.State.MISSING, "the folder of recordings is not set (SVYAZ_RECORDINGS_DIR)")
        return
    paths = [folder / f"{recording.stem}-{side}.wav" for side in ("in", "out")]
    try:
        left, right = (audio.inspect(path) for path in paths)
        if patient and not (left.closed and right.closed):
            raise NotComplete(recording.stem)
        if not left.frames and not right.frames:
            _close(recording, Recording.State.MISSING, "both files are empty")
            return
        _mix(recording, left, right)
    except (FileNotFoundError, NotComplete) as error:
        if patient:
            raise NotComplete(str(error)) from error
        _close(recording, Recording.State.MISSING, str(error))
        return
    except NotAudio as error:
        _close(recording, Recording.State.FAILED, str(error))
        return
    for path in [*paths, folder / f"{recording.stem}.wav"]:
        path.unlink(missing_ok=True)


def _mix(recording: Recording, left: Wave, right: Wave) -> None:
    from svyaz.calls import audio

    with tempfile.TemporaryFile() as out:
        mixed = audio.merge_sides(left, right, out)
        out.seek(0)
        recording.file.save(f"{recording.id}.opus", File(out), save=False)
    flags = []
    if mixed.silent_left:
        flags.append("silent_left")
    if mixed.silent_right:
        flags.append("silent_right")
    if not (left.closed and right.closed):
        flags.append("cut")
    recording.flags = flags
    recording.duration_ms = mixed.duration_ms
    recording.peaks = {"left": mixed.left, "right": mixed.right}
    _close(recording, Recording.State.READY, "")


def _close(recording: Recording, state: Recording.State, reason: str) -> None:
    if reason:
        log.warning("recording %s: %s", recording.stem, reason)
    recording.state = state
    recording.reason = reason
    with transaction.atomic():
        # The row of the call is the lock: two recordings of one call may be finished by two workers at a time.
        call = Call.objects.select_for_update().get(pk=recording.call_id)
        recording.save(update_fields=["file", "flags", "duration_ms", "peaks", "state", "reason"])
        _flag_gaps(call)
        _push(call)


def _push(call: Call) -> None:
    call.version += 1
    call.save(update_fields=["version"])
    push_call(call)


def _flag_gaps(call: Call) -> None:
    """Once the last recording of a finished call is in, the talk that none of them covers is flagged."""
    recordings = list(call.recordings.all())
    open_states = (Recording.State.RECORDING, Recording.State.PROCESSING)
    if call.live or not recordings or any(recording.state in open_states for recording in recordings):
        return
    gap = missing_span(
        [(datetime.fromisoformat(began), datetime.fromisoformat(ended)) for began, ended in call.talk if ended],
        [
            (recording.began_at, recording.began_at + timedelta(milliseconds=recording.duration_ms))
            for recording in recordings
            if recording.state == Recording.State.READY
        ],
    )
    last = recordings[-1]
    if gap > GAP_ALLOWED and "gap" not in last.flags:
        last.flags = [*last.flags, "gap"]
        last.save(update_fields=["flags"])


def missing_span(talk: list[tuple[datetime, datetime]], recorded: list[tuple[datetime, datetime]]) -> timedelta:
    """The longest span of talk that nothing recorded covers."""
    longest = timedelta()
    for began, ended in talk:
        reached = began
        for start, stop in sorted(recorded):
            if stop <= reached or start >= ended:
                continue
            longest = max(longest, start - reached)
            reached = max(reached, stop)
        longest = max(longest, ended - reached)
    return longest


def close_forgotten(*, at: datetime) -> None:
    """Finish recordings whose call is over (the telephony process was down when it ended)."""
    forgotten = Recording.objects.filter(state=Recording.State.RECORDING, call__live=False).select_related("call")
    for recording in forgotten:
        with transaction.atomic():
            finish(recording, at=recording.call.ended_at or at)


def file_of(recording: Recording) -> Path | None:
    """The local path of the file, when the storage has one."""
    try:
        return Path(recording.file.path)
    except NotImplementedError:
        return None
