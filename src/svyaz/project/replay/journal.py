"""The journal of a log, as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from svyaz.calls.engine import CallBegan, CallEnded, CallsMerged, CallView, Change, Directory, Engine, LegView, Party
from svyaz.connectors.asterisk.translate import Translator
from svyaz.protocols.ami import Message


def journal(messages: Iterable[tuple[Message, datetime | None]], directory: Directory) -> list[CallView]:
    """Every call of the log in order of beginning; one that is still up at its end is as it stands then."""
    engine = Engine(directory)
    translator = Translator()
    began: dict[str, int] = {}
    ended: dict[str, CallView] = {}

    def take(changes: list[Change]) -> None:
        for change in changes:
            if isinstance(change, CallBegan):
                began.setdefault(change.call, len(began))
            elif isinstance(change, CallEnded):
                ended[change.call] = change.view
            elif isinstance(change, CallsMerged):
                began.pop(change.gone, None)

    for message, at in messages:
        for event in translator.translate(message):
            take(engine.handle(event, at))
    take(engine.finish())
    views = {**ended, **{view.id: view for view in engine.views()}}
    return [views[call] for call in sorted(began, key=began.__getitem__) if call in views]


def call_json(view: CallView) -> dict[str, Any]:
    """One line of `svyaz replay`."""
    return {
        "id": view.id,
        "direction": view.direction.value,
        "from": _party(view.caller),
        "to": _party(view.callee),
        "line": view.line,
        "status": view.status.value if view.status else None,
        "began_at": _time(view.began_at),
        "answered_at": _time(view.answered_at),
        "ended_at": _time(view.ended_at),
        "answered_by": list(view.answered_by),
        "legs": [_leg(leg) for leg in view.legs],
        "transfers": [
            {
                "kind": transfer.kind,
                "by": transfer.by,
                "to": transfer.to,
                "outcome": transfer.outcome.value if transfer.outcome else None,
                "at": _time(transfer.at),
                "ended_at": _time(transfer.ended_at),
            }
            for transfer in view.transfers
        ],
        "chronology": [
            {"at": _time(entry.at), "kind": entry.kind, **{key: value for key, value in entry.details.items() if value}}
            for entry in view.chronology
        ],
    }


def _party(party: Party) -> dict[str, str | None]:
    return {"number": party.number, "endpoint": party.endpoint, "name": party.name}


def _leg(leg: LegView) -> dict[str, str | None]:
    return {
        "endpoint": leg.endpoint,
        "number": leg.number,
        "outcome": leg.outcome.value if leg.outcome else None,
        "began_at": _time(leg.began_at),
        "answered_at": _time(leg.answered_at),
        "ended_at": _time(leg.ended_at),
    }


def _time(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
