"""Click-to-calls the exchange has accepted, until it is known what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from svyaz.calls.engine.changes import CallEnded, CallsMerged, Change
from svyaz.calls.engine.views import CallView
from svyaz.calls.services.commands import Failure
from svyaz.connectors.asterisk.commands import Originated, began_to_ring, originated
from svyaz.protocols.ami import Message


@dataclass(slots=True)
class _Call:
    command: UUID
    rings: bool = False


class Dialling:
    """Of an accepted command to call, the exchange reports by an event whether the caller's own telephone answered.

    That the number cannot be dialled it does not report at all: the call then ends with nobody rung but the caller.
    """

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}
        self._failed: list[tuple[UUID, Failure]] = []

    def expect(self, key: str, command: UUID) -> None:
        """The call `key` is about to be ordered; say so first, for the event may overtake the answer."""
        self._calls[key] = _Call(command)

    def forget(self, key: str) -> None:
        """It came to nothing at once."""
        self._calls.pop(key, None)

    def forget_all(self) -> None:
        """The connection was lost, and with it the reports. What was accepted stays so."""
        self._calls.clear()

    def take(self, message: Message) -> None:
        """Look at an event of the exchange."""
        rings = began_to_ring(message)
        if rings is not None and rings in self._calls:
            self._calls[rings].rings = True
        report = originated(message)
        if report is None or report[0] not in self._calls:
            return
        key, became = report
        if became is Originated.ANSWERED:
            return
        call = self._calls.pop(key)
        if became is Originated.RANG_OUT:
            self._failed.append((call.command, Failure.PHONE_SILENT))
        else:
            self._failed.append((call.command, Failure.PHONE_DECLINED if call.rings else Failure.PHONE_OFF))

    def learn(self, changes: Iterable[Change]) -> None:
        """Look at what the engine made of the events."""
        for change in changes:
            if isinstance(change, CallsMerged):
                self._calls.pop(change.gone, None)
            # A telephone that did not answer is reported on by the exchange, which knows why.
            if isinstance(change, CallEnded) and change.call in self._calls and _picked_up(change.view):
                call = self._calls.pop(change.call)
                if _nobody_else_rung(change.view):
                    self._failed.append((call.command, Failure.NUMBER_REFUSED))

    def failed(self) -> list[tuple[UUID, Failure]]:
        """What has failed since this was asked last."""
        failed, self._failed = self._failed, []
        return failed

    @property
    def has_failed(self) -> bool:
        return bool(self._failed)


def _picked_up(view: CallView) -> bool:
    return view.caller_leg is not None and view.caller_leg.answered_at is not None


def _nobody_else_rung(view: CallView) -> bool:
    own = view.caller_leg.key if view.caller_leg is not None else ""
    return not view.answered_by and all(leg.key == own for leg in view.legs)
