"""Commands to an exchange: a row first, then done once, then its outcome."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from svyaz.kit.ids import uuid7


class Command(models.Model):
    """What an employee wants an exchange to do: the audit trail, and the protection against doing it twice."""

    class Kind(models.TextChoices):
        ORIGINATE = "originate"
        HANGUP = "hangup"

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        DONE = "done"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    exchange = models.ForeignKey("calls.Exchange", models.CASCADE, related_name="commands")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    by = models.ForeignKey("staff.Employee", models.SET_NULL, null=True, related_name="+")
    call = models.ForeignKey("calls.Call", models.SET_NULL, null=True, blank=True, related_name="commands")
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    outcome = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        indexes: ClassVar = [
            models.Index(fields=["exchange", "id"], condition=models.Q(state="queued"), name="command_queued")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
