"""Recordings of conversations."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from svyaz.kit.ids import uuid7


def recording_path(recording: Recording, filename: str) -> str:
    """Folder by day, so that no folder grows without end: recordings/2026/11/24/<id>.opus."""
    return f"recordings/{recording.began_at:%Y/%m/%d}/{filename}"


class Recording(models.Model):
    """One recorded span of a call on one leg.

    The exchange writes two files `<stem>-in.wav` (what the employee said) and `<stem>-out.wav` (what they heard); a job
    makes one stereo Opus file of them: left the employee, right the other side.
    """

    class State(models.TextChoices):
        RECORDING = "recording"
        PROCESSING = "processing"
        READY = "ready"
        FAILED = "failed"
        MISSING = "missing"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call = models.ForeignKey("calls.Call", models.CASCADE, related_name="recordings")
    leg = models.ForeignKey("calls.CallLeg", models.SET_NULL, null=True, blank=True, related_name="+")
    stem = models.CharField(
        max_length=200, unique=True, help_text="name of the files at the exchange, no side, no suffix"
    )
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECORDING)
    flags = models.JSONField(default=list, blank=True, help_text="silent_left, silent_right, gap, late")
    file = models.FileField(upload_to=recording_path, blank=True, max_length=255)
    peaks = models.JSONField(null=True, blank=True, help_text="{left: [0…1], right: [0…1]}, at most 800 points a side")
    reason = models.TextField(blank=True, help_text="why it failed, for the administrator")

    class Meta:
        ordering = ("call", "began_at", "id")
        indexes: ClassVar = [
            models.Index(fields=["began_at"], condition=models.Q(state="recording"), name="recording_open")
        ]

    def __str__(self) -> str:
        return self.stem
