"""Recorded logs of a real exchange, through translator and engine into the journal: as `svyaz replay` has them."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from svyaz.calls.engine import Directory, Engine
from svyaz.calls.engine.changes import CallEnded, CallsMerged, Change
from svyaz.calls.engine.views import CallView
from svyaz.calls.models import Call
from svyaz.calls.queries.cards import iso
from svyaz.calls.services.directory import FirmDirectory
from svyaz.calls.services.exchanges import the_exchange
from svyaz.calls.services.record import Batch, record
from svyaz.connectors.asterisk.translate import Translator, moment
from svyaz.kit.clock import now
from svyaz.protocols.ami import Decoder
from tests.integration.people import hired

TRACES = Path(__file__).parents[2] / "traces"
pytestmark = pytest.mark.django_db


def play(log: Path, *, step: int) -> None:
    """Write the log's calls to the journal, a batch every `step` messages."""
    exchange, firm = the_exchange(), FirmDirectory()
    engine, translator, decoder = Engine(Directory(firm.is_employee)), Translator(), Decoder()
    firm.refresh(force=True)
    held: list[Change] = []
    text = "\r\n".join(line for line in log.read_text().splitlines() if not line.startswith("#"))
    messages = decoder.feed(text.encode() + b"\r\n\r\n")
    for count, message in enumerate(messages, 1):
        for event in translator.translate(message):
            held += engine.handle(event, moment(message))
        if count % step == 0:
            write(held, engine, exchange.id, firm)
            held = []
    write([*held, *engine.finish()], engine, exchange.id, firm)


def write(changes: list[Change], engine: Engine, exchange_id, firm: FirmDirectory) -> None:  # type: ignore[no-untyped-def]
    views: dict[str, CallView] = {change.call: change.view for change in changes if isinstance(change, CallEnded)}
    merges = [(change.call, change.gone) for change in changes if isinstance(change, CallsMerged)]
    gone = {pair[1] for pair in merges}
    for change in changes:
        if change.call not in views and change.call not in gone:
            views[change.call] = engine.view(change.call)
    if views or merges:
        record(exchange_id, Batch(list(views.values()), merges), firm, at=now())


@pytest.mark.parametrize("step", [1, 25])
@pytest.mark.parametrize("log", sorted(TRACES.glob("*.log")), ids=lambda log: log.stem)
def test_the_journal_agrees_with_the_replay(log: Path, step: int) -> None:
    for extension in ("101", "102", "103", "111"):
        hired(f"e{extension}", extension=extension, password=None)
    play(log, step=step)
    expected = json.loads(log.with_suffix(".expected.json").read_text())
    rows = list(Call.objects.filter(merged_into=None).order_by("began_at", "id"))
    assert {row.exchange_call for row in rows} == {call["id"] for call in expected}
    by_id = {row.exchange_call: row for row in rows}
    for call in expected:
        row = by_id[call["id"]]
        assert (row.direction, row.status) == (call["direction"], call["status"])
        assert row.answered_by == call["answered_by"]
        for name in ("began_at", "answered_at", "ended_at"):
            if call[name]:
                assert abs((getattr(row, name) - datetime.fromisoformat(call[name])).total_seconds()) < 0.002, name
        assert row.live == (call["ended_at"] is None)
        legs = {(leg.endpoint, leg.outcome) for leg in row.legs.all()}
        assert {(leg["endpoint"] or "", leg["outcome"] or "") for leg in call["legs"]} <= legs
        assert [(one["kind"], one["by"], one["to"], one["outcome"]) for one in row.transfers] == [
            (one["kind"], one["by"], one["to"], one["outcome"]) for one in call["transfers"]
        ]
        assert [entry["kind"] for entry in row.chronology] == [entry["kind"] for entry in call["chronology"]]
        assert iso(row.began_at)
