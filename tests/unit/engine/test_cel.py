"""The journal from the exchange's records (CEL) alone agrees with the one that was followed live."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from svyaz.calls.engine import CallView, Engine
from svyaz.connectors.asterisk.translate_cel import row_of, translate_cel
from svyaz.project.replay import journal, read_log
from tests.unit.engine.exchange import ended
from tests.unit.engine.test_traces import DIRECTORY, READ, TRACES

NEAR = timedelta(seconds=1)


def from_cel(log: Path) -> list[CallView]:
    with log.open("rb") as stream:
        rows = [row_of(message) for message, _ in read_log(stream) if message.name == "CEL"]
    engine = Engine(DIRECTORY)
    changes = [change for event, at in translate_cel(rows) for change in engine.handle(event, at)]
    views = ended(changes + engine.finish()) + engine.views()
    return sorted(views, key=lambda view: view.began_at.timestamp() if view.began_at else 0)


def from_events(log: Path) -> list[CallView]:
    with log.open("rb") as stream:
        return journal(read_log(stream), DIRECTORY)


def near(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= NEAR


@pytest.mark.parametrize("name", sorted(set(READ) - {"g_recovery_snapshot"}))
def test_the_records_tell_the_same_calls(name: str) -> None:
    live, recorded = from_events(TRACES / f"{name}.log"), from_cel(TRACES / f"{name}.log")
    assert [view.id for view in recorded] == [view.id for view in live]
    for one, other in zip(recorded, live, strict=True):
        assert (one.direction, one.status, one.state) == (other.direction, other.status, other.state)
        assert one.answered_by == other.answered_by
        assert (one.caller.number, one.line) == (other.caller.number, other.line)
        # Of a call by command that the operator did not take CEL has no number.
        assert one.callee.number == (None if name.startswith("b2") else other.callee.number)
        assert near(one.began_at, other.began_at)
        assert near(one.answered_at, other.answered_at)
        assert near(one.ended_at, other.ended_at)
        assert one.talking == pytest.approx(other.talking, abs=1)
        assert [(leg.endpoint, leg.outcome) for leg in one.legs] == [(leg.endpoint, leg.outcome) for leg in other.legs]
        if name != "c_blind_ringing_redirect":  # nothing in CEL says that the client was sent elsewhere while it rang
            assert [(each.kind, each.by, each.to, each.outcome) for each in one.transfers] == [
                (each.kind, each.by, each.to, each.outcome) for each in other.transfers
            ]
