"""What must hold however badly the news arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svyaz.calls.engine import CallEnded, CallView, Change, Engine, LegEnded, LegState
from svyaz.calls.engine.events import Event, Snapshot, SnapshotChannel
from svyaz.connectors.asterisk.translate import Translator, moment
from svyaz.project.replay import read_log
from svyaz.protocols.ami import Decoder, Message
from tests.unit.engine.exchange import EMPLOYEES, Exchange, ended, feed
from tests.unit.engine.test_traces import DIRECTORY, STILL_UP, TRACES

LOGS = sorted(TRACES.glob("*.log"))
Told = list[tuple[Event, datetime | None]]


def told(log: Path) -> Told:
    translator = Translator()
    with log.open("rb") as stream:
        return [(event, at) for message, at in read_log(stream) for event in translator.translate(message)]


STORIES = {log.stem: told(log) for log in LOGS}
WHOLE = sorted(name for name in STORIES if name.split("_")[0] not in STILL_UP)


def run(story: Told) -> tuple[Engine, list[Change]]:
    engine = Engine(DIRECTORY)
    changes = [change for event, at in story for change in engine.handle(event, at)]
    return engine, changes + engine.finish()


def views(engine: Engine, changes: list[Change]) -> list[CallView]:
    return ended(changes) + engine.views()


def essence(call: CallView) -> tuple[object, ...]:
    """What the journal says, without the order in which it came to know it."""
    return (
        call.id,
        call.direction,
        call.status,
        call.caller,
        call.callee,
        call.line,
        call.began_at,
        call.answered_at,
        call.ended_at,
        call.answered_by,
        [(leg.endpoint, leg.number, leg.outcome) for leg in call.legs],
        [(each.kind, each.by, each.to, each.outcome) for each in call.transfers],
    )


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_replay_in_any_chunking_gives_the_same_journal(data: st.DataObject) -> None:
    log = data.draw(st.sampled_from(LOGS))
    raw = log.read_bytes()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=30)))
    decoder = Decoder(log=True)
    messages: list[Message] = []
    for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        messages += decoder.feed(raw[start:end])
    engine = Engine(DIRECTORY)
    changes = feed(engine, messages + decoder.finish()) + engine.finish()
    assert views(engine, changes) == views(*run(STORIES[log.stem]))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_events_told_twice_or_again_much_later_change_nothing(data: st.DataObject) -> None:
    story = STORIES[data.draw(st.sampled_from(sorted(STORIES)))]
    again = list(story)
    for index in sorted(data.draw(st.sets(st.integers(0, len(story) - 1), max_size=12)), reverse=True):
        again.insert(data.draw(st.integers(index + 1, len(again))), story[index])
    assert [essence(call) for call in views(*run(again))] == [essence(call) for call in views(*run(story))]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_is_missing_no_call_ends_twice_and_a_snapshot_ends_the_rest(data: st.DataObject) -> None:
    story = STORIES[data.draw(st.sampled_from(sorted(STORIES)))]
    lost = data.draw(st.sets(st.integers(0, len(story) - 1), max_size=len(story)))
    engine, changes = run([each for index, each in enumerate(story) if index not in lost])
    last = next((at for _, at in reversed(story) if at is not None), None)
    changes += engine.handle(Snapshot(()), last)
    changes += engine.finish()
    ids = [call.id for call in ended(changes)]
    assert len(ids) == len(set(ids))
    assert engine.views() == []
    assert len(engine) == 0
    for call in ended(changes):
        assert all(leg.state is LegState.ENDED and leg.outcome is not None for leg in call.legs)
        assert call.status is not None


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_events_in_a_wrong_order_break_nothing(data: st.DataObject) -> None:
    story = list(STORIES[data.draw(st.sampled_from(sorted(STORIES)))])
    for _ in range(data.draw(st.integers(0, 10))):
        index = data.draw(st.integers(0, len(story) - 1))
        story.insert(min(len(story), index + data.draw(st.integers(1, 6))), story.pop(index))
    engine, changes = run(story)
    changes += engine.handle(Snapshot(()), None)
    changes += engine.finish()
    ids = [call.id for call in ended(changes)]
    assert len(ids) == len(set(ids))
    assert len(engine) == 0


@pytest.mark.parametrize("name", WHOLE)
def test_every_leg_ends_once_and_nothing_is_remembered(name: str) -> None:
    engine, changes = run(STORIES[name])
    assert len(engine) == 0
    for call in ended(changes):
        assert all(leg.ended_at is not None and leg.outcome is not None for leg in call.legs)
    legs = [(change.call, change.leg) for change in changes if isinstance(change, LegEnded)]
    assert len(legs) == len(set(legs))
    after = [change for event, at in STORIES[name] for change in engine.handle(event, at)]
    assert [change for change in after if isinstance(change, CallEnded)] == []
    assert len(engine) == 0


def test_memory_does_not_grow_with_calls() -> None:
    engine = Engine(EMPLOYEES)
    exchange = Exchange()
    for _ in range(1500):
        client = exchange.calls_in("74951230001")
        operator = exchange.talk(client, "101")
        exchange.hangs_up(client, operator)
        assert len(ended(feed(engine, exchange.log))) == 1
        exchange.log.clear()
    assert len(engine) == 0
    assert len(engine._core.net._gone) <= 1024


def test_a_late_bridge_after_the_hangup_does_not_open_the_call_again() -> None:
    exchange = Exchange()
    client = exchange.calls_in("74951230001")
    operator = exchange.talk(client, "101")
    exchange.hangs_up(client, operator)
    exchange.enter(operator, "late")
    exchange.state(client, "Up")
    exchange.begins_dial(client, operator, "101")
    (call,) = exchange.journal()
    assert call.ended


def test_a_hangup_that_never_came_is_made_up_for_by_the_next_snapshot() -> None:
    exchange = Exchange()
    client = exchange.calls_in("74951230001")
    operator = exchange.talk(client, "101")
    engine = Engine(EMPLOYEES)
    feed(engine, exchange.log)
    exchange.log.clear()
    other = exchange.calls_in("74951230002", "+79990000000")
    changes = feed(engine, exchange.log)
    listed = exchange.log[0]
    seen = Translator().translate(listed)[0].seen  # type: ignore[union-attr]
    changes = engine.handle(Snapshot((SnapshotChannel(seen),)), moment(listed))
    (call,) = ended(changes)
    assert call.id == client.key
    assert [view.id for view in engine.views()] == [other.key]
    assert all(leg.outcome is not None for leg in call.legs)
    exchange.log.clear()
    exchange.hangs_up(operator)
    assert feed(engine, exchange.log) == []


def test_a_snapshot_agrees_with_what_was_followed() -> None:
    """What is known of a live call from a snapshot alone is what is known from having followed it."""
    exchange = Exchange()
    client = exchange.calls_in("74951230001")
    operator = exchange.talk(client, "101")
    followed = Engine(EMPLOYEES)
    feed(followed, exchange.log)
    listed = []
    for channel, application in ((client, "Dial"), (operator, "AppDial")):
        fields = {"Event": "CoreShowChannel", **channel.headers(), "BridgeId": channel.bridge, "Duration": "00:00:07"}
        message = Message.of({**fields, "Application": application}.items())
        assert message is not None
        listed.append(message)
    complete = Message.of({"Event": "CoreShowChannelsComplete", "ListItems": "2"}.items())
    assert complete is not None
    fresh = Engine(EMPLOYEES)
    translator = Translator()
    for message in [*listed, complete]:
        for event in translator.translate(message):
            fresh.handle(event, moment(exchange.log[-1]))
    (one,), (other,) = followed.views(), fresh.views()
    assert other.seen_from_middle
    for field in ("id", "direction", "caller", "callee", "line", "state", "status", "answered_by"):
        assert getattr(one, field) == getattr(other, field)
    assert replace(one.legs[0], began_at=None, rang_at=None, answered_at=None) == replace(
        other.legs[0], began_at=None, rang_at=None, answered_at=None
    )
