"""What the engine is told, in our own words: no exchange's names, no clock.

`None` for a moment means that the source gave no time. Every event repeats what is known of its channels (`Seen`), so
that one which is missing can be made up for by the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ChannelState(Enum):
    """How far a channel has come. The values are the order in which a channel goes through them."""

    DOWN = 0
    CALLING = 1
    """It called the exchange: somebody dials."""
    RINGING = 2
    """The exchange called it, and it rings."""
    UP = 3


class DialResult(Enum):
    """How the exchange's attempt to reach a channel ended."""

    ANSWERED = "answered"
    NO_ANSWER = "no answer"
    BUSY = "busy"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"


class HangupReason(Enum):
    """Why a channel went."""

    NORMAL = "normal"
    BUSY = "busy"
    NO_ANSWER = "no answer"
    REJECTED = "rejected"
    ELSEWHERE = "elsewhere"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Seen:
    """What an event tells of a channel. Empty strings and None: not told."""

    key: str
    """Unique for ever, the same through renames."""
    channel: str = ""
    """Its name at the exchange now, by which commands address it."""
    endpoint: str = ""
    """Whose it is; empty for plumbing (half of a pair)."""
    pair: str = ""
    """Two halves of one pipe inside the exchange have this in common; empty for a real party."""
    half: int = 0
    """1: the half that is dialled, or runs the plan; 2: the half that dials on."""
    group: str = ""
    """Channels of one call have this in common, until calls merge."""
    state: ChannelState | None = None
    number: str = ""
    name: str = ""
    context: str = ""
    exten: str = ""


@dataclass(frozen=True, slots=True)
class ChannelBegan:
    seen: Seen


@dataclass(frozen=True, slots=True)
class ChannelChanged:
    """A new state, or anything else that is news of one channel."""

    seen: Seen


@dataclass(frozen=True, slots=True)
class DialBegan:
    """`dialler` is None when a command made the exchange dial (click-to-call: the operator's leg)."""

    dialler: Seen | None
    dialled: Seen
    number: str = ""


@dataclass(frozen=True, slots=True)
class DialRang:
    dialler: Seen | None
    dialled: Seen


@dataclass(frozen=True, slots=True)
class DialEnded:
    dialler: Seen | None
    dialled: Seen
    result: DialResult
    forwarded_to: str = ""
    """Where the telephone sent the call instead (call forwarding)."""


@dataclass(frozen=True, slots=True)
class BridgeEntered:
    bridge: str
    seen: Seen


@dataclass(frozen=True, slots=True)
class BridgeLeft:
    bridge: str
    seen: Seen


@dataclass(frozen=True, slots=True)
class HoldBegan:
    seen: Seen


@dataclass(frozen=True, slots=True)
class HoldEnded:
    seen: Seen


@dataclass(frozen=True, slots=True)
class BlindTransferred:
    """The exchange carried out a blind transfer of `transferee` to the number `to`."""

    transferer: Seen
    transferee: Seen | None
    to: str
    succeeded: bool = True


@dataclass(frozen=True, slots=True)
class ConsultTransferred:
    """The exchange joined the transferee of the first call with whom the transferer consulted in the second."""

    first: Seen
    second: Seen
    transferee: Seen | None
    target: Seen | None
    succeeded: bool = True


@dataclass(frozen=True, slots=True)
class QueueJoined:
    seen: Seen
    queue: str


@dataclass(frozen=True, slots=True)
class QueueLeft:
    seen: Seen
    queue: str
    abandoned: bool = False


@dataclass(frozen=True, slots=True)
class PickedUp:
    """`picker` takes the call that rings at `target`; from now on the two channels stand in each other's place."""

    picker: Seen
    target: Seen


@dataclass(frozen=True, slots=True)
class Renamed:
    """`seen.channel` is the new name; the key stays."""

    seen: Seen


@dataclass(frozen=True, slots=True)
class SpyBegan:
    spy: Seen
    spied: Seen
    mode: str = ""
    """`listen`, `whisper`, `barge`; empty when unknown."""


@dataclass(frozen=True, slots=True)
class SpyEnded:
    spy: Seen
    spied: Seen | None


@dataclass(frozen=True, slots=True)
class SpyMode:
    """What the supervisor's channel is about to do; the next `SpyBegan` of it is in this mode."""

    seen: Seen
    mode: str


@dataclass(frozen=True, slots=True)
class Originated:
    """The outcome of a command to call: the channel `key` was rung (or not) to be connected with `number`."""

    key: str
    number: str
    succeeded: bool


@dataclass(frozen=True, slots=True)
class HungUp:
    seen: Seen
    reason: HangupReason = HangupReason.NORMAL


@dataclass(frozen=True, slots=True)
class SnapshotChannel:
    seen: Seen
    bridge: str = ""
    dialled: bool = False
    """The exchange called it (as against: it called the exchange)."""
    age: float | None = None
    """Seconds since it began."""
    spying: str = ""
    """The name of the channel it listens to."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All channels that are up. What the engine knows and is not here has ended unnoticed."""

    channels: tuple[SnapshotChannel, ...]
    newer: frozenset[str] = frozenset()
    """Keys of channels that began while the list was being told: not being listed says nothing of them."""


@dataclass(frozen=True, slots=True)
class OwnTransfer:
    """A transfer by our own command, of which the exchange tells nothing: `kind` is `blind` or `consult`."""

    kind: str
    transferee: str
    by: str
    """Key of the transferring employee's channel; of a ringing call, the channel that rang. May be empty."""
    to: str


@dataclass(frozen=True, slots=True)
class OwnSupervision:
    """The channel `key`, called by our command, is a supervisor's ear from its beginning, not a call."""

    key: str


@dataclass(frozen=True, slots=True)
class OwnCall:
    """The channel `key`, about to be rung by our command, shall be connected with `number`."""

    key: str
    number: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened; time has passed."""


Event = (
    ChannelBegan
    | ChannelChanged
    | DialBegan
    | DialRang
    | DialEnded
    | BridgeEntered
    | BridgeLeft
    | HoldBegan
    | HoldEnded
    | BlindTransferred
    | ConsultTransferred
    | QueueJoined
    | QueueLeft
    | PickedUp
    | Renamed
    | SpyBegan
    | SpyEnded
    | SpyMode
    | Originated
    | HungUp
    | Snapshot
    | OwnTransfer
    | OwnSupervision
    | OwnCall
    | Tick
)
