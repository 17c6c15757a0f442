"""Commands to the exchange: written first, done once by the telephony process, the outcome written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from svyaz.calls import texts
from svyaz.calls.models import Call, Command, Exchange
from svyaz.kit.texts import Text
from svyaz.realtime.services import publish
from svyaz.staff import queries as staff
from svyaz.staff.models import Employee

CHANNEL = "svyaz_commands"


class Failure(StrEnum):
    """Why nothing came of a command."""

    EXPIRED = "expired"
    REFUSED = "refused"
    """By the exchange, which said why."""
    UNKNOWN = "unknown"
    """It was sent, and no answer came."""
    BAD = "bad command"
    CALL_OVER = "call over"
    PHONE_OFF = "phone off"
    """The exchange could not even ring the telephone of who wants to call."""
    PHONE_DECLINED = "phone declined"
    PHONE_SILENT = "phone silent"
    NUMBER_REFUSED = "number refused"
    """The telephone was picked up, and the exchange's dial plan has nothing for the number."""


TEXTS: dict[Failure, Text] = {
    Failure.EXPIRED: texts.COMMAND_EXPIRED,
    Failure.REFUSED: texts.COMMAND_REFUSED,
    Failure.UNKNOWN: texts.COMMAND_UNKNOWN,
    Failure.BAD: texts.COMMAND_FAILED,
    Failure.CALL_OVER: texts.CALL_OVER,
    Failure.PHONE_OFF: texts.OWN_PHONE_OFF,
    Failure.PHONE_DECLINED: texts.OWN_PHONE_DECLINED,
    Failure.PHONE_SILENT: texts.OWN_PHONE_SILENT,
    Failure.NUMBER_REFUSED: texts.NUMBER_REFUSED,
}
# What a person did without anything being wrong.
OWN_DOING = {Failure.CALL_OVER, Failure.PHONE_DECLINED, Failure.PHONE_SILENT}


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
            _close(command, Command.State.EXPIRED, Failure.EXPIRED, at)
            _tell(command, Failure.EXPIRED)


def accept(command_id: UUID, *, at: datetime) -> None:
    """The exchange took the command. What becomes of it may still be bad news: `fail`."""
    with transaction.atomic():
        command = Command.objects.select_for_update().filter(pk=command_id, state=Command.State.SENT).first()
        if command is not None:
            _close(command, Command.State.DONE, "accepted", at)


def fail(command_id: UUID, failure: Failure, *, details: str = "", at: datetime) -> None:
    """Nothing came of a command, though the exchange may have accepted it: write why, tell who gave it. Once only."""
    with transaction.atomic():
        open_states = (Command.State.SENT, Command.State.DONE)
        command = Command.objects.select_for_update(of=("self",)).filter(pk=command_id, state__in=open_states).first()
        if command is None:
            return
        _close(command, Command.State.FAILED, f"{failure}: {details}" if details else failure, at)
        _tell(command, failure, details)


def _close(command: Command, state: Command.State, outcome: str, at: datetime) -> None:
    command.state, command.outcome, command.finished_at = state, outcome[:255], at
    command.save(update_fields=["state", "outcome", "finished_at"])


def _tell(command: Command, failure: Failure, details: str = "") -> None:
    if command.by is None:
        return
    number = str(command.params.get("shown") or command.params.get("number") or "")
    text = TEXTS[failure].format(said=details, number=number).into(command.by.language)
    level = "info" if failure in OWN_DOING else "error"
    publish([staff.employee_topic(command.by.id)], "notice", {"level": level, "text": text})


def settle_orphans(exchange_id: UUID, *, at: datetime) -> None:
    """Commands that a dead process had taken: their outcome is not known and they are not done again."""
    Command.objects.filter(exchange=exchange_id, state=Command.State.SENT).update(
        state=Command.State.FAILED, outcome="interrupted", finished_at=at
    )
