"""From two files at the exchange to one recording a person can play."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.core.files import File
from django.db import transaction

from svyaz.calls.errors import NotAudio, NotComplete
from svyaz.calls.models import Call, CallLeg, Recording
from svyaz.calls.place import exchange_place
from svyaz.calls.services.push import push_call
from svyaz.kit.sql import carry_out

if TYPE_CHECKING:
    from procrastinate.types import JSONValue

    from svyaz.calls.audio import Wave

log = logging.getLogger(__name__)

# After this time the exchange will not finish the file any more (it was killed): what is there is taken.
RECORDING_PATIENCE = timedelta(seconds=45)
# Talk before the start of the recording is lost by design (the recorder needs an answered call for ≥ 0.3 s).
GAP_ALLOWED = timedelta(seconds=2)


class Beginning(NamedTuple):
    """A leg that is recorded from now on, into files of this stem."""

    leg: str
    stem: str
    at: datetime


class Ending(NamedTuple):
    """The recording of this stem is over."""

    stem: str
    at: datetime


def begin(exchange_id: UUID, beginnings: Iterable[Beginning]) -> None:
    """Legs are being recorded. Safe to repeat; a leg that the journal does not know is logged and left out."""
    beginnings = list(beginnings)
    with transaction.atomic():
        found = CallLeg.objects.filter(key__in=[one.leg for one in beginnings], call__exchange=exchange_id)
        # Of keys that came twice in the life of an exchange, the newest.
        legs = {key: (pk, call) for key, pk, call in found.order_by("call__began_at").values_list("key", "id", "call")}
        for one in beginnings:
            if one.leg not in legs:
                log.warning("recording %s: no leg %s in the journal", one.stem, one.leg)
        known = [one for one in beginnings if one.leg in legs]
        Recording.objects.bulk_create(
            (
                Recording(stem=one.stem, call_id=legs[one.leg][1], leg_id=legs[one.leg][0], began_at=one.at)
                for one in known
            ),
            ignore_conflicts=True,
        )
        # Neither a new version nor a push: no screen shows it yet, and calls that ring are waiting their turn.
        calls = {legs[one.leg][1] for one in known}
        Call.objects.filter(pk__in=calls, has_recording=False).update(has_recording=True)


def running(exchange_id: UUID) -> dict[str, tuple[str, str]]:
    """Recordings that are going on: `{leg key: (stem, channel)}`."""
    found = Recording.objects.filter(state=Recording.State.RECORDING, call__exchange=exchange_id, leg__isnull=False)
    return {one.leg.key: (one.stem, one.leg.channel) for one in found.select_related("leg") if one.leg}


def finish(endings: Iterable[Ending]) -> None:
    """Recordings are over; safe to repeat. The job pushes the call once there is something to hear."""
    at = {one.stem: one.at for one in endings}
    with transaction.atomic():
        going_on = Recording.objects.filter(stem__in=at, state=Recording.State.RECORDING)
        _finish({recording: at[recording.stem] for recording in going_on.select_for_update(of=("self",))})


def _finish(at: Mapping[Recording, datetime]) -> None:
    """The recorded spans are over: have jobs make the files. Call inside a transaction."""
    from svyaz.calls.tasks import make_recording

    carry_out(
        (_FINISH, [ended, max(0, int((ended - recording.began_at).total_seconds() * 1000)), recording.pk])
        for recording, ended in at.items()
    )
    # A second for the exchange to close its files; the job tries again anyway.
    later = make_recording.configure(schedule_in={"seconds": 1})
    which: list[dict[str, JSONValue]] = [{"recording_id": str(recording.id)} for recording in at]
    if which:
        later.batch_defer(*which)


_FINISH = "UPDATE calls_recording SET state = 'processing', ended_at = %s, duration_ms = %s WHERE id = %s"


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
    with transaction.atomic():
        _finish({recording: recording.call.ended_at or at for recording in forgotten})


def file_of(recording: Recording) -> Path | None:
    """The local path of the file, when the storage has one."""
    try:
        return Path(recording.file.path)
    except NotImplementedError:
        return None
