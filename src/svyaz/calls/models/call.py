"""The journal: one row per call, its legs and the employees who took part."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from svyaz.calls.models.visibility import CallQuerySet
from svyaz.kit.ids import uuid7


class Call(models.Model):
    """A call of the firm, live or over.

    Names and the match are kept on the row as they were shown: the journal lists millions of calls without a join,
    and a client deleted in the middle of a call takes nothing away from it. `search` holds what the journal is searched
    by: names in lower case and the digits of the number.
    """

    class Direction(models.TextChoices):
        INCOMING = "incoming"
        OUTGOING = "outgoing"
        INTERNAL = "internal"

    class State(models.TextChoices):
        RINGING = "ringing"
        TALKING = "talking"
        HELD = "held"
        ENDED = "ended"

    class Status(models.TextChoices):
        ANSWERED = "answered"
        MISSED = "missed"
        BUSY = "busy"
        REJECTED = "rejected"
        CANCELLED = "cancelled"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    exchange = models.ForeignKey("calls.Exchange", models.PROTECT, related_name="calls")
    exchange_call = models.CharField(max_length=150, help_text="Linkedid of the call at its beginning")
    direction = models.CharField(max_length=10, choices=Direction.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ENDED)
    status = models.CharField(max_length=10, choices=Status.choices, null=True, blank=True)  # noqa: DJ001 - null: not over
    live = models.BooleanField(default=False)

    number = models.CharField(max_length=20, blank=True, help_text="the outside party, E.164; empty when unknown")
    number_shown = models.CharField(max_length=64, blank=True)
    caller_name = models.CharField(max_length=200, blank=True, help_text="as the exchange gave it, cut to 200")
    line = models.ForeignKey("calls.Line", models.SET_NULL, null=True, blank=True, related_name="calls")

    group = models.ForeignKey(
        "staff.Group",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="the ring group or queue called",
    )

    client = models.ForeignKey("crm.Client", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    person = models.ForeignKey("crm.Person", models.SET_NULL, null=True, blank=True, related_name="+")
    lead = models.ForeignKey("crm.Lead", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    who = models.JSONField(null=True, blank=True, help_text="the Match shown, null when unknown")
    matches = models.JSONField(default=list, blank=True, help_text="all matches of the number, best first")
    who_picked = models.BooleanField(default=False, help_text="a person chose among the matches: never re-evaluated")
    last_talk = models.JSONField(null=True, blank=True, help_text="{at, text} of the last talk before this call")
    region = models.CharField(max_length=100, blank=True)  # code of ISO 3166: RU-MOW, BY

    began_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    waiting_ms = models.PositiveIntegerField(default=0)
    talking_ms = models.PositiveIntegerField(default=0)
    answered_by = models.JSONField(default=list, blank=True, help_text="endpoints or numbers in order")

    first_contact = models.BooleanField(default=False)
    missed_seen = models.BooleanField(default=False)
    has_recording = models.BooleanField(default=False)
    end_unknown = models.BooleanField(default=False, help_text="ended while nobody was watching, and CEL has nothing")
    comment = models.TextField(blank=True)
    chronology = models.JSONField(default=list, blank=True)
    transfers = models.JSONField(default=list, blank=True)
    talk = models.JSONField(default=list, blank=True, help_text="spans of talk [[began, ended], …], ISO times")
    merged_into = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="+")
    search = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)

    objects = CallQuerySet["Call"].as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["exchange", "exchange_call"], name="call_once"),
            models.CheckConstraint(condition=Q(live=False) | Q(ended_at=None), name="call_live_has_no_end"),
        ]
        indexes: ClassVar = [
            # The journal, newest first, and its filters; all by the keyset (began_at, id).
            models.Index(fields=["-began_at", "-id"], name="call_journal"),
            models.Index(fields=["client", "-began_at", "-id"], condition=Q(client__isnull=False), name="call_client"),
            models.Index(fields=["lead", "-began_at", "-id"], condition=Q(lead__isnull=False), name="call_lead"),
            models.Index(fields=["number", "-began_at", "-id"], condition=~Q(number=""), name="call_number"),
            models.Index(fields=["line", "-began_at", "-id"], condition=Q(line__isnull=False), name="call_line"),
            models.Index(fields=["status", "-began_at", "-id"], name="call_status"),
            models.Index(fields=["direction", "-began_at", "-id"], name="call_direction"),
            models.Index(fields=["-began_at", "-id"], condition=Q(has_recording=True), name="call_recorded"),
            models.Index(
                fields=["-began_at", "-id"],
                condition=Q(client__isnull=True, lead__isnull=True) & ~Q(direction="internal"),
                name="call_unregistered",
            ),
            models.Index(fields=["began_at"], condition=Q(live=True), name="call_live"),
            models.Index(
                fields=["-began_at", "-id"], condition=Q(status="missed", missed_seen=False), name="call_missed_unseen"
            ),
            # fastupdate off: a flush of the pending list would stop a ringing call for tens of milliseconds.
            GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], fastupdate=False, name="call_search"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.number_shown} {self.began_at:%Y-%m-%d %H:%M}"


class CallLeg(models.Model):
    """One channel of a call: an employee's telephone or an outside party."""

    class State(models.TextChoices):
        RINGING = "ringing"
        TALKING = "talking"
        HELD = "held"
        ENDED = "ended"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call = models.ForeignKey(Call, models.CASCADE, related_name="legs", db_index=False)
    key = models.CharField(max_length=150, help_text="Uniqueid of the channel")
    position = models.PositiveSmallIntegerField(default=0)
    channel = models.CharField(max_length=150, blank=True)
    endpoint = models.CharField(max_length=80, blank=True)
    employee = models.ForeignKey(
        "staff.Employee", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    number = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    outcome = models.CharField(max_length=12, blank=True)
    began_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("call", "position", "id")
        constraints: ClassVar = [models.UniqueConstraint(fields=["call", "key"], name="leg_once")]

    def __str__(self) -> str:
        return f"{self.endpoint or self.number} {self.state}"


class CallEmployee(models.Model):
    """An employee who took part in a call; the moment of the call stands here too, for the journal of one employee."""

    pk = models.CompositePrimaryKey("call_id", "employee_id")
    call = models.ForeignKey(Call, models.CASCADE, related_name="participants", db_index=False)
    employee = models.ForeignKey("staff.Employee", models.CASCADE, related_name="+", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)
    answered = models.BooleanField(default=False)
    began_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["employee", "-began_at", "-call"], name="call_employee")]

    def __str__(self) -> str:
        return f"{self.employee_id} in {self.call_id}"
