"""Giving recordings out: the right checked, the audit written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from svyaz.calls import queries, texts
from svyaz.calls.models import Recording
from svyaz.kit.errors import Conflict, NotFound
from svyaz.staff.models import Employee
from svyaz.staff.services import write_audit


def listen(actor: Employee, recording_id: UUID, *, download: bool, audited: bool, address: str | None) -> Recording:
    """The recording, ready to be played. Raises NotFound, Conflict (`not_ready`) while it is being made."""
    recording = _ready(actor, recording_id)
    if audited:
        write_audit(
            actor,
            "download_recording" if download else "listen_recording",
            subject_kind="call",
            subject_id=recording.call_id,
            details={"recording": str(recording.id)},
            address=address,
        )
    return recording


def peaks(actor: Employee, recording_id: UUID) -> dict[str, Any]:
    """The waveform of a recording. Raises as `listen`."""
    recording = _ready(actor, recording_id)
    return {"duration_ms": recording.duration_ms, **(recording.peaks or {"left": [], "right": []})}


def _ready(actor: Employee, recording_id: UUID) -> Recording:
    recording = queries.recording(actor, recording_id)
    if recording.state in (Recording.State.RECORDING, Recording.State.PROCESSING):
        raise Conflict(texts.NOT_READY, code="not_ready")
    if not recording.file:
        raise NotFound(texts.NO_RECORDING)
    return recording
