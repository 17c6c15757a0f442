"""Exchanges we are connected to and the lines (outside numbers) they serve."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from svyaz.kit.ids import uuid7


class Exchange(models.Model):
    """One connected exchange and the lease of the process that leads it.

    `state` is what people see; `leader` and `lease_until` belong to the telephony process alone.
    """

    class State(models.TextChoices):
        STARTING = "starting"
        UP = "up"
        DOWN = "down"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100, unique=True)
    address = models.CharField(max_length=255, blank=True, help_text="host:port of AMI; empty: the one of the settings")
    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTING)
    since = models.DateTimeField(auto_now_add=True)
    reason = models.TextField(blank=True)
    cel_serial = models.BigIntegerField(null=True, blank=True, help_text="number of the last record followed live")
    leader = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    def state_at(self, at: datetime) -> str:
        """The state people are told: an exchange that nobody follows any more is down, whatever was written last."""
        followed = self.lease_until is not None and self.lease_until > at
        return self.State.DOWN if self.state == self.State.UP and not followed else self.state


class CallGroup(models.Model):
    """A ring group or a queue of the exchange: an internal number behind which a group of employees answers."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=6, unique=True, help_text="internal number, as 600")
    name = models.CharField(max_length=100)
    queue = models.CharField(max_length=32, blank=True, help_text="name of the queue at the exchange; empty: all ring")
    group = models.ForeignKey("staff.Group", models.CASCADE, related_name="+", help_text="who answers")
    ring_seconds = models.PositiveSmallIntegerField(default=30)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class Line(models.Model):
    """An outside number of the firm (DID) with the name and the acquisition channel people know it by."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20, unique=True, help_text="E.164, as +74951230001")
    name = models.CharField(max_length=100)
    channel = models.CharField(max_length=100, blank=True, help_text="acquisition channel")
    route = models.CharField(
        max_length=6, blank=True, help_text="where it leads: an extension or the number of a CallGroup"
    )

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
