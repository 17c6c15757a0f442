"""Simulated callers over the laboratory's second exchange."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from svyaz.calls.ports import Behaviour, SimulatedCall, SimulatorUnavailable

if TYPE_CHECKING:
    from exchange_lab.city import City

# What the simulator's page offers → what the city calls it; None: a voice that belongs to the number.
_VOICES = {"ru": None, "tone": "tone:440"}

P = ParamSpec("P")
R = TypeVar("R")


class LabSimulator:
    """The city of the laboratory whose `ports.json` is given; the file is read at every use, the city may restart."""

    def __init__(self, ports: Path) -> None:
        self._ports = ports

    def behaviours(self) -> dict[str, Behaviour]:
        return cast("dict[str, Behaviour]", _told(self._city().behaviours))

    def calls(self) -> Sequence[SimulatedCall]:
        return [
            SimulatedCall(
                id=call.id,
                number=call.number,
                line=call.line,
                state=call.state,
                began_at=datetime.fromtimestamp(call.began_at, UTC),
            )
            for call in _told(self._city().calls)
        ]

    def call(self, number: str, line: str, *, voice: str | None, gives_up_after: int | None, name: str) -> str:
        voice = _VOICES.get(voice, voice) if voice else None
        return _told(self._city().call, number, line, voice, gives_up_after, name=name)

    def hang_up(self, call: str) -> None:
        _told(self._city().hang_up, call)

    def set_behaviour(self, number: str, behaviour: Behaviour) -> None:
        _told(self._city().set_behaviour, number, behaviour)

    def _city(self) -> City:
        # Imported when used: a production installation has no laboratory.
        from exchange_lab.city import City
        from exchange_lab.errors import LabError
        from exchange_lab.lab import Ports

        try:
            ports = Ports.read(self._ports)
        except LabError as error:
            raise SimulatorUnavailable(str(error)) from error
        return City(ports.city_ami, Path(ports.heard))


def _told(action: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    from exchange_lab.errors import LabError

    try:
        return action(*args, **kwargs)
    except LabError as error:
        raise SimulatorUnavailable(str(error)) from error
