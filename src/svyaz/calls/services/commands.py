"""Commands to the exchange: written first, done once by the telephony process, the outcome written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from svyaz.calls import texts
from svyaz.calls.models import Call, Command, Exchange
from svyaz.realtime.services import publish
from svyaz.staff import queries as staff
from svyaz.staff.models import Employee

CHANNEL = "svyaz_commands"


def give(
    exchange: Exchange,
    kind: Command.Kind,
    *,
    by: Employee | None,
    params: Mapping[str, Any],
    expires_at: datetime,
    call: Call | None = None,
) -> Command:
    """Write the intent and wake the telephony process. Call inside the transaction of the request."""
    command = Command.objects.create(
        exchange=exchange, kind=kind, by=by, call=call, params=dict(params), expires_at=expires_at
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(exchange.id)])
    return command


def take(exchange_id: UUID, *, at: datetime) -> list[Command]:
    """Commands to do now, in order, marked as sent: whoever takes one does it, and nobody does it again.

    A process that dies after this leaves `sent`; `settle_orphans` closes it, and it is not repeated, because nobody
    knows whether the exchange has heard it.
    """
    expire(exchange_id, at=at)
    with transaction.atomic():
        queued = Command.objects.select_for_update(skip_locked=True).filter(
            exchange=exchange_id, state=Command.State.QUEUED
        )
        taken = list(queued)
        for command in taken:
            command.state, command.sent_at = Command.State.SENT, at
            command.save(update_fields=["state", "sent_at"])
    return taken


def expire(exchange_id: UUID, *, at: datetime) -> None:
    """Commands nobody could carry out in time are over: a call minutes later would only surprise."""
    with transaction.atomic():
        late = Command.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            exchange=exchange_id, state=Command.State.QUEUED, expires_at__lte=at
        )
        for command in late:
            _close(command, Command.State.EXPIRED, "expired", at)


def finish(command_id: UUID, *, done: bool, outcome: str, at: datetime) -> None:
    """Write what came of a command and tell who gave it when it failed. A command that has an outcome keeps it."""
    with transaction.atomic():
        command = Command.objects.select_for_update().filter(pk=command_id, state=Command.State.SENT).first()
        if command is None:
            return
        _close(command, Command.State.DONE if done else Command.State.FAILED, outcome, at)


def _close(command: Command, state: Command.State, outcome: str, at: datetime) -> None:
    command.state, command.outcome, command.finished_at = state, outcome[:255], at
    command.save(update_fields=["state", "outcome", "finished_at"])
    if state != Command.State.DONE and command.by:
        text = texts.COMMAND_FAILED.into(command.by.language)
        publish([staff.employee_topic(command.by.id)], "notice", {"level": "error", "text": text})


def settle_orphans(exchange_id: UUID, *, at: datetime) -> None:
    """Commands that a dead process had taken: their outcome is not known and they are not done again."""
    Command.objects.filter(exchange=exchange_id, state=Command.State.SENT).update(
        state=Command.State.FAILED, outcome="interrupted", finished_at=at
    )
