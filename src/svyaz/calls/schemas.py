"""Shapes of the API of calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from svyaz.crm.schemas import Match
from svyaz.staff.schemas import PersonRef

Direction = Literal["incoming", "outgoing", "internal"]
State = Literal["ringing", "talking", "held", "ended"]
Status = Literal["answered", "missed", "busy", "rejected", "cancelled", "failed"]


class LineOut(Schema):
    """A line of the firm."""

    id: UUID
    number: str
    shown: str
    name: str


class NumberOut(Schema):
    """A number as it is and as people read it."""

    e164: str | None
    shown: str


class LastTalk(Schema):
    """When and with whom this client was last talked to."""

    at: datetime
    text: str


class LegOut(Schema):
    """One telephone in a call."""

    id: UUID
    employee: PersonRef | None
    endpoint: str
    number: str
    state: State
    outcome: str | None
    began_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None


class RecordingOut(Schema):
    """One recorded span; `flags`: silent_left, silent_right, gap, cut."""

    id: UUID
    state: Literal["recording", "processing", "ready", "failed", "missing"]
    began_at: datetime
    duration_ms: int
    flags: list[str]
    url: str
    peaks_url: str


class PushedCall(Schema):
    """A call as pushed events tell it: all of its card but the recordings, which not everybody who sees it may hear."""

    id: UUID
    exchange_call: str
    direction: Direction
    live: bool
    state: State
    status: Status | None
    number: NumberOut | None
    caller_name: str
    line: LineOut | None
    who: Match | None
    matches: list[Match]
    who_picked: bool
    last_talk: LastTalk | None
    region: str | None
    legs: list[LegOut]
    employees: list[PersonRef]
    answered_by: list[PersonRef]
    began_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    waiting_ms: int
    talking_ms: int
    comment: str
    first_contact: bool
    lost: bool
    unreached: bool
    missed_seen: bool
    end_unknown: bool
    merged_into: UUID | None
    version: int


class CallCard(PushedCall):
    """A call as lists and banners show it, with the recordings the reader may hear."""

    recordings: list[RecordingOut]


class ChronologyEntry(Schema, extra="allow"):
    """What happened in a call, with `text` in the language of the reader."""

    at: datetime | None
    kind: str
    text: str


class TransferOut(Schema):
    """One transfer: blind or consult, by whom, to whom, how it ended."""

    kind: str
    by: str | None
    to: str | None
    outcome: str | None
    at: datetime | None


class CallDetails(CallCard):
    """A call with all that happened in it."""

    chronology: list[ChronologyEntry]
    transfers: list[TransferOut]


class CallPage(Schema):
    """A page of the journal, newest first; `next` is the cursor of the next page."""

    items: list[CallCard]
    next: str | None


class Dial(Schema):
    """Whom to call: a number in any spelling or an extension, or a number kept in the base."""

    number: str | None = Field(None, max_length=64)
    phone_id: UUID | None = None
    from_panel: bool = False


class PhoneTaken(Schema):
    """Which window goes on line: an id it made for itself."""

    window: UUID


class Dialled(Schema):
    """The command that was given. via panel: the browser that asked (from_panel) or the panel told so dials itself."""

    command_id: UUID
    via: Literal["panel", "desk"]
    number: str
    shown: str


class CommandGiven(Schema):
    """A command on its way to the exchange."""

    command_id: UUID


class WhoChoice(Schema):
    """The match a person picks for a call; exactly one of the three."""

    client_id: UUID | None = None
    person_id: UUID | None = None
    lead_id: UUID | None = None


class CommentIn(Schema):
    """The comment of a call."""

    comment: str = Field(max_length=5000)


class SeenCount(Schema):
    """How many missed calls were marked as seen."""

    seen: int


class Peaks(Schema):
    """The waveform: at most 800 points of 0…1 a side; left the employee, right the other side."""

    duration_ms: int
    left: list[float]
    right: list[float]


class PhoneAccount(Schema):
    """What a browser needs to be the employee's telephone."""

    extension: str
    endpoint: str
    uri: str
    login: str
    password: str
    ws: str
    ice_servers: list[dict[str, Any]]
    record_header: str


class SimulatedNumber(Schema):
    """An outside number of the simulated city."""

    number: str
    shown: str
    title: str
    behaviour: Literal["answer", "busy", "no_answer", "reject"]


class SimulatedCall(Schema):
    """A call that a simulated number makes."""

    id: str
    from_: str = Field(alias="from")
    line: str
    state: str
    began_at: datetime


class SimulatorOut(Schema):
    """The simulated city."""

    numbers: list[SimulatedNumber]
    lines: list[LineOut]
    calls: list[SimulatedCall]


class SimulatedCallIn(Schema):
    """Have a number call a line. `voice`: what it says; `gives_up_after`: seconds it rings at most."""

    from_: str = Field(alias="from", max_length=20)
    line: str = Field(max_length=20)
    voice: str | None = Field(None, max_length=40)
    gives_up_after: int | None = Field(None, ge=1, le=300)


class BehaviourIn(Schema):
    """What a simulated number does when it is called."""

    behaviour: Literal["answer", "busy", "no_answer", "reject"]
