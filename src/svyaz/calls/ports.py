"""What the telephone needs from the outside. No Django, no asyncio, no sockets here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Behaviour = Literal["answer", "busy", "no_answer", "reject"]


class SimulatorUnavailable(Exception):
    """The simulated city does not answer, or refuses; the text says why, for a person."""


@dataclass(frozen=True)
class SimulatedNumber:
    """An outside number of the city (digits with plus) and what it does when it is called."""

    number: str
    behaviour: Behaviour


@dataclass(frozen=True)
class SimulatedCall:
    """A call a simulated number makes or answers."""

    id: str
    number: str
    line: str
    state: Literal["ringing", "talking"]
    began_at: datetime


class Simulator(Protocol):
    """A city of simulated callers beside the exchange. Every method may raise SimulatorUnavailable."""

    def behaviours(self) -> dict[str, Behaviour]:
        """What was set, by number (digits only); every other number answers."""

    def calls(self) -> Sequence[SimulatedCall]:
        """Calls that are up."""

    def call(self, number: str, line: str, *, voice: str | None, gives_up_after: int | None, name: str) -> str:
        """Have a number call a line; returns the id of the call."""

    def hang_up(self, call: str) -> None:
        """The simulated caller hangs up."""

    def set_behaviour(self, number: str, behaviour: Behaviour) -> None:
        """What the number does when the firm calls it."""
