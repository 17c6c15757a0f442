"""The tables by which legs and calls change. A pair that is not in a table is news that comes too late: ignored.

How an unanswered leg ended
    A phone of ours that rang and then said busy (SIP 486) was declined by a person: telephones send 486 for the button
    "decline" as often as 603, and one that is really busy says so without ringing. It is `rejected`. An outside number
    that is busy is `busy` however long it rang, because networks send busy tones late.
"""

from __future__ import annotations

from enum import Enum

from .events import DialResult, HangupReason


class LegState(Enum):
    DIALLED = "dialled"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


class LegNews(Enum):
    RANG = "rang"
    ANSWERED = "answered"
    HELD = "held"
    UNHELD = "unheld"
    ENDED = "ended"


class Outcome(Enum):
    ANSWERED = "answered"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    ELSEWHERE = "elsewhere"
    FAILED = "failed"


class Status(Enum):
    ANSWERED = "answered"
    MISSED = "missed"
    BUSY = "busy"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Direction(Enum):
    INCOMING = "incoming"
    OUTGOING = "outgoing"
    INTERNAL = "internal"


class TransferOutcome(Enum):
    COMPLETED = "completed"
    RETURNED = "returned"
    FAILED = "failed"


LEG: dict[tuple[LegState, LegNews], LegState] = {
    (LegState.DIALLED, LegNews.RANG): LegState.RINGING,
    (LegState.DIALLED, LegNews.ANSWERED): LegState.TALKING,
    (LegState.RINGING, LegNews.ANSWERED): LegState.TALKING,
    (LegState.TALKING, LegNews.HELD): LegState.HELD,
    (LegState.HELD, LegNews.UNHELD): LegState.TALKING,
    (LegState.DIALLED, LegNews.ENDED): LegState.ENDED,
    (LegState.RINGING, LegNews.ENDED): LegState.ENDED,
    (LegState.TALKING, LegNews.ENDED): LegState.ENDED,
    (LegState.HELD, LegNews.ENDED): LegState.ENDED,
}

BY_DIAL: dict[DialResult, Outcome] = {
    DialResult.ANSWERED: Outcome.ANSWERED,
    DialResult.NO_ANSWER: Outcome.NO_ANSWER,
    DialResult.BUSY: Outcome.BUSY,
    DialResult.REJECTED: Outcome.REJECTED,
    DialResult.CANCELLED: Outcome.CANCELLED,
    DialResult.FAILED: Outcome.FAILED,
}

# Without a dial result only the reason of the hang-up is left to go by.
BY_HANGUP: dict[HangupReason, Outcome] = {
    HangupReason.NORMAL: Outcome.CANCELLED,
    HangupReason.BUSY: Outcome.BUSY,
    HangupReason.NO_ANSWER: Outcome.NO_ANSWER,
    HangupReason.REJECTED: Outcome.REJECTED,
    HangupReason.ELSEWHERE: Outcome.ELSEWHERE,
    HangupReason.FAILED: Outcome.FAILED,
}

# What the hang-up knows better than the dial result: exchanges report a declined call as failed, and do not say of a
# cancelled one whether somebody else had answered.
CORRECTED: dict[tuple[Outcome, HangupReason], Outcome] = {
    (Outcome.FAILED, HangupReason.REJECTED): Outcome.REJECTED,
    (Outcome.NO_ANSWER, HangupReason.REJECTED): Outcome.REJECTED,
    (Outcome.FAILED, HangupReason.BUSY): Outcome.BUSY,
    (Outcome.FAILED, HangupReason.NO_ANSWER): Outcome.NO_ANSWER,
    (Outcome.CANCELLED, HangupReason.ELSEWHERE): Outcome.ELSEWHERE,
}


def outcome_of(result: DialResult | None, reason: HangupReason, *, rang: bool, employee: bool) -> Outcome:
    """How a leg that nobody answered ended."""
    outcome = BY_HANGUP[reason] if result is None else BY_DIAL[result]
    outcome = CORRECTED.get((outcome, reason), outcome)
    if outcome is Outcome.ANSWERED:  # the dial said so, the channel never came up
        outcome = Outcome.FAILED
    if outcome is Outcome.BUSY and rang and employee:
        return Outcome.REJECTED
    return outcome


# An unanswered call that we made, by how the ringing of the other side ended; the first that applies.
UNANSWERED_OUT: tuple[tuple[Outcome, Status], ...] = (
    (Outcome.CANCELLED, Status.CANCELLED),
    (Outcome.NO_ANSWER, Status.MISSED),
    (Outcome.REJECTED, Status.REJECTED),
    (Outcome.BUSY, Status.BUSY),
    (Outcome.ELSEWHERE, Status.MISSED),
    (Outcome.FAILED, Status.FAILED),
    (Outcome.ANSWERED, Status.CANCELLED),
)
