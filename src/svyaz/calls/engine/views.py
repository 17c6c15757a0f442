"""A call as others see it: immutable, complete, in the words of the journal.

Who is `from` and `to`
    incoming: `caller` is the outside party; `callee` the employee who answered first, else the only one who was rung,
    else just the number dialled. `line` is the number of ours that was dialled.
    outgoing: `caller` is our employee, `callee` the outside number as it was sent to the line (without a prefix).
    internal: `caller` the employee who dialled, `callee` as for incoming.

Status
    answered: somebody on the called side talked with the caller (a menu, a queue or a voice mail box is nobody).
    incoming, unanswered: `busy` or `rejected` if that is how every phone that was tried ended, else `missed`.
    outgoing and internal, unanswered: `cancelled` if the caller gave up (or, in a call by command, did not take the own
    phone), `missed` if there was no answer in time, `busy`, `rejected`, or `failed` if it could not be put through.

Legs are the parties that were rung, in order; the party that dialled is `caller` only. In a call by command the
operator's phone is rung first and so is a leg too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .states import Direction, LegState, Outcome, Status, TransferOutcome


@dataclass(frozen=True, slots=True)
class Party:
    """`number` as the exchange has it, `endpoint` None when only a number is known."""

    number: str | None
    endpoint: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class LegView:
    key: str
    """Unique id of its channel."""
    channel: str
    """Name of its channel now, by which commands address it."""
    endpoint: str | None
    is_employee: bool
    number: str | None
    name: str | None
    rung: bool
    """The exchange rang it (as against: it dialled)."""
    state: LegState
    outcome: Outcome | None
    began_at: datetime | None
    rang_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    held: bool
    """It put the other side on hold."""
    bridged: bool
    """It is connected with another party of this call now."""


@dataclass(frozen=True, slots=True)
class TransferView:
    kind: str
    """`blind` or `consult`."""
    by: str | None
    """Endpoint (or number) of who transferred; None if the exchange does not let it be known."""
    to: str | None
    outcome: TransferOutcome | None
    """None while it is under way."""
    at: datetime | None
    ended_at: datetime | None
    consultation: str | None
    """Id of the call in which the consultation goes on, until they are joined."""


@dataclass(frozen=True, slots=True)
class Span:
    """Two parties of the call were connected from `began_at` to `ended_at` (None: still)."""

    began_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the chronology. `details` by kind: `endpoint`, `number`, `outcome`, `queue`, `mode`, `to`, …"""

    at: datetime | None
    kind: str
    details: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SupervisorView:
    key: str
    endpoint: str | None
    channel: str
    spied: str
    """Key of the channel listened to."""
    mode: str | None
    joined_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallView:
    id: str
    """The exchange's id of the call: its Linkedid at the beginning."""
    direction: Direction
    caller: Party
    callee: Party
    line: str | None
    state: str
    """`ringing`, `talking`, `held`, `ended`."""
    status: Status | None
    """None while it is not answered and not ended."""
    began_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    answered_by: tuple[str, ...]
    """Endpoints of employees and numbers of others who talked on the called side, in order."""
    caller_leg: LegView | None
    """Who dialled (in a call by command: whose phone was rung first)."""
    legs: tuple[LegView, ...]
    transfers: tuple[TransferView, ...]
    spans: tuple[Span, ...]
    supervisors: tuple[SupervisorView, ...]
    chronology: tuple[Entry, ...]
    seen_from_middle: bool
    """It was up already when we connected: its beginning is not known exactly."""
    consultation_of: str | None
    """Id of the client's call, while an employee consults a colleague about it in this one."""

    @property
    def ended(self) -> bool:
        return self.state == "ended"

    @property
    def waiting(self) -> float | None:
        """Seconds from the beginning to the answer, or to the end if nobody answered; None if times are unknown."""
        until = self.answered_at or self.ended_at
        return (until - self.began_at).total_seconds() if until and self.began_at else None

    @property
    def talking(self) -> float:
        """Seconds in which two parties were connected, up to the end of the last finished span."""
        return sum(
            (span.ended_at - span.began_at).total_seconds() for span in self.spans if span.began_at and span.ended_at
        )
