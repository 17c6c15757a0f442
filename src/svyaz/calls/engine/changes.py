"""What the engine tells: the journal, the chronology and the live state are written from these alone.

Each has `call` (the id; `Engine.view(call)` gives its full view, for an ended call `CallEnded.view` does) and `at`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .states import Outcome
from .views import CallView, TransferView


@dataclass(frozen=True, slots=True)
class CallBegan:
    call: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CallQueued:
    call: str
    at: datetime | None
    queue: str


@dataclass(frozen=True, slots=True)
class LegRang:
    call: str
    at: datetime | None
    leg: str


@dataclass(frozen=True, slots=True)
class LegAnswered:
    call: str
    at: datetime | None
    leg: str


@dataclass(frozen=True, slots=True)
class LegBridged:
    """The leg is connected with another party from now on: the moment from which it can be recorded."""

    call: str
    at: datetime | None
    leg: str
    bridge: str


@dataclass(frozen=True, slots=True)
class LegEnded:
    call: str
    at: datetime | None
    leg: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class CallAnswered:
    call: str
    at: datetime | None
    leg: str
    """Who answered."""


@dataclass(frozen=True, slots=True)
class Held:
    call: str
    at: datetime | None
    leg: str


@dataclass(frozen=True, slots=True)
class Unheld:
    call: str
    at: datetime | None
    leg: str


@dataclass(frozen=True, slots=True)
class TransferStarted:
    call: str
    at: datetime | None
    transfer: TransferView


@dataclass(frozen=True, slots=True)
class TransferEnded:
    call: str
    at: datetime | None
    transfer: TransferView


@dataclass(frozen=True, slots=True)
class CallsMerged:
    """What was the call `gone` is part of `call` now: no row of its own."""

    call: str
    at: datetime | None
    gone: str


@dataclass(frozen=True, slots=True)
class SupervisorJoined:
    call: str
    at: datetime | None
    key: str
    endpoint: str
    mode: str | None


@dataclass(frozen=True, slots=True)
class SupervisorMode:
    call: str
    at: datetime | None
    key: str
    mode: str | None


@dataclass(frozen=True, slots=True)
class SupervisorLeft:
    call: str
    at: datetime | None
    key: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    call: str
    at: datetime | None
    view: CallView


Change = (
    CallBegan
    | CallQueued
    | LegRang
    | LegAnswered
    | LegBridged
    | LegEnded
    | CallAnswered
    | Held
    | Unheld
    | TransferStarted
    | TransferEnded
    | CallsMerged
    | SupervisorJoined
    | SupervisorMode
    | SupervisorLeft
    | CallEnded
)
