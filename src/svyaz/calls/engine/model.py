"""What the engine remembers of the calls that are up. Nothing here outlives its call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .events import ChannelState, DialResult, Seen
from .states import LEG, LegNews, LegState, Outcome, TransferOutcome
from .views import Entry, LegView, Span, SupervisorView, TransferView

_NO_PLACE = {"", "s", "h", "i", "t"}


def dialable(exten: str) -> bool:
    """Whether this is a number somebody could have dialled, not a label of the dial plan."""
    return exten not in _NO_PLACE and (exten[0] in "+*#" or exten[0].isdigit())


@dataclass(slots=True, eq=False)
class Leg:
    """A party's part in a call."""

    key: str
    channel: str
    endpoint: str
    employee: bool
    number: str
    name: str
    rung: bool
    began_at: datetime | None
    state: LegState = LegState.DIALLED
    outcome: Outcome | None = None
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    bridged: bool = False
    talked: bool = False
    began_n: int = 0
    answered_n: int = 0
    """Which event of the engine's life it began and answered with: an order that needs no clock."""

    def hears(self, news: LegNews) -> bool:
        """Take the news if the table has it for this state; False if it is out of date."""
        state = LEG.get((self.state, news))
        if state is None:
            return False
        self.state = state
        return True

    @property
    def live(self) -> bool:
        return self.state is not LegState.ENDED

    @property
    def shown(self) -> str:
        """How lists call it: an employee by endpoint, an outside party by number."""
        if self.employee:
            return self.endpoint
        return self.number or self.endpoint

    def view(self) -> LegView:
        return LegView(
            key=self.key,
            channel=self.channel,
            endpoint=self.endpoint or None,
            is_employee=self.employee,
            number=self.number or None,
            name=self.name or None,
            rung=self.rung,
            state=self.state,
            outcome=self.outcome,
            began_at=self.began_at,
            rang_at=self.rang_at,
            answered_at=self.answered_at,
            ended_at=self.ended_at,
            held=self.state is LegState.HELD,
            bridged=self.bridged,
        )


@dataclass(slots=True, eq=False)
class Transfer:
    kind: str
    by: str
    to: str
    at: datetime | None
    transferee: str
    """Key of the channel that is handed over."""
    consultation: Call | None = None
    outcome: TransferOutcome | None = None
    ended_at: datetime | None = None

    def view(self) -> TransferView:
        consultation = self.consultation.id if self.consultation and self.outcome is None else None
        return TransferView(
            self.kind, self.by or None, self.to or None, self.outcome, self.at, self.ended_at, consultation
        )


@dataclass(slots=True, eq=False)
class Supervisor:
    channel: Channel
    spied: str
    mode: str
    joined_at: datetime | None
    left_at: datetime | None = None
    """Set when listening stopped, perhaps only to go on in another mode."""

    def view(self) -> SupervisorView:
        ear = self.channel
        return SupervisorView(ear.key, ear.endpoint or None, ear.name, self.spied, self.mode or None, self.joined_at)


@dataclass(slots=True, eq=False)
class Call:
    id: str
    order: int
    began_at: datetime | None
    groups: set[str] = field(default_factory=set)
    caller: Leg | None = None
    legs: list[Leg] = field(default_factory=list)
    """Everybody but a caller who dialled."""
    live: dict[str, Channel] = field(default_factory=dict)
    """Channels of its parties that are up."""
    by_command: bool = False
    """The exchange rang the calling side first."""
    dialled: str = ""
    asker: Channel | None = None
    """The channel whose dial plan goes to the number called."""
    answered_at: datetime | None = None
    answered: bool = False
    answered_by: list[str] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    talking: bool = False
    queued: bool = False
    calling_keys: set[str] = field(default_factory=set)
    """Channels of the calling side that the exchange rang."""
    was_up: bool = False
    """The caller was connected with something, if only a menu."""
    supervisors: dict[str, Supervisor] = field(default_factory=dict)
    parent: Call | None = None
    consultant: Channel | None = None
    """The employee's channel, lent by the parent call, that consults here."""
    ended_at: datetime | None = None
    over: bool = False
    from_middle: bool = False

    def note(self, at: datetime | None, kind: str, **details: str | None) -> None:
        self.entries.append(Entry(at, kind, details))

    def pending(self, kind: str | None = None) -> list[Transfer]:
        return [each for each in self.transfers if each.outcome is None and kind in (None, each.kind)]


@dataclass(slots=True, eq=False)
class Channel:
    key: str
    name: str
    endpoint: str
    pair: str
    half: int
    group: str
    began_at: datetime | None
    state: ChannelState = ChannelState.DOWN
    number: str = ""
    caller_name: str = ""
    context: str = ""
    exten: str = ""
    first_exten: str = ""
    rung_number: str = ""
    """The number by which it was dialled."""
    dialler: Channel | None = None
    by_command: bool = False
    was_dialled: bool = False
    rang_at: datetime | None = None
    up_at: datetime | None = None
    result: DialResult | None = None
    forwarded: bool = False
    """The telephone sent the call to somewhere else."""
    bridge: str = ""
    bridge_at: datetime | None = None
    hold_at: datetime | None = None
    dial_place: tuple[str, str] = ("", "")
    bridge_place: tuple[str, str] = ("", "")
    moved: bool = False
    """Something from outside sent it to another place of the dial plan."""
    moved_at: datetime | None = None
    moved_from: str = ""
    """Endpoint of the one employee it was with (talking or ringing) at that moment."""
    moved_to: str = ""
    leg: Leg | None = None
    call: Call | None = None
    consults: Call | None = None
    """The consultation it holds beside its own call."""
    spies_on: Call | None = None
    aside: bool = False
    """No party of any call: a supervisor's ear, or a channel whose part in a call is over."""
    next_mode: str = ""
    from_middle: bool = False
    reached: bool = False
    """Of half a pair: a party was dialled through it."""

    @property
    def is_party(self) -> bool:
        return not self.pair

    @property
    def place(self) -> tuple[str, str]:
        return (self.context, self.exten)

    def learn(self, seen: Seen) -> None:
        """Take over what an event tells; what it does not tell stays."""
        if seen.channel:
            self.name = seen.channel
        if seen.group:
            self.group = seen.group
        if seen.context:
            self.context = seen.context
            self.exten = seen.exten
            if not self.first_exten and dialable(seen.exten):
                self.first_exten = seen.exten
            call = self.call
            if call is not None and not call.dialled and call.asker is self and dialable(seen.exten):
                self._tell_number(call, seen.exten)
        if seen.number and not self.number:
            self.number = seen.number
        if seen.name and not self.caller_name:
            self.caller_name = seen.name

    def _tell_number(self, call: Call, exten: str) -> None:
        # A channel rung by command comes to the number only once it is up; before, a pair says whom it rings itself.
        if not call.by_command or (self.state is ChannelState.UP and (not self.pair or exten != self.first_exten)):
            call.dialled = exten
