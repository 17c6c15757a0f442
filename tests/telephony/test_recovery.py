"""What was not followed from its beginning to its end: calls already up, a lost connection, news late, twice, never."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime

from exchange_lab.ami import Ami
from svyaz.calls.engine import CallEnded, CallView, Change, Direction, Status
from svyaz.calls.engine.events import Event, Snapshot
from tests.telephony.firm import BOOKS
from tests.telephony.journal import Journal, another, leg, new_engine
from tests.telephony.scenes import CLIENT, LASTS, Phones, client_talks

Story = list[tuple[Event, datetime | None]]


async def test_calls_that_are_up_when_we_connect(journal: Journal, phones: Phones) -> None:
    call, operator, _ = await client_talks(journal, phones)
    internal = await phones["101"].call("102")
    ringing = await phones["102"].incoming()
    await journal.call(lambda live: live.direction is Direction.INTERNAL)
    async with another(journal.lab) as late:
        seen = await late.talking("105", "city")
        assert seen.seen_from_middle
        assert (seen.direction, seen.state) == (Direction.INCOMING, "talking")
        early = await journal.talking("105", "city")
        assert seen.id == early.id
        assert seen.began_at is not None
        assert early.began_at is not None
        assert abs((seen.began_at - early.began_at).total_seconds()) < 1.5  # the exchange tells whole seconds
        await ringing.answer()
        await late.talking("101", "102")
        await operator.hears(LASTS)
        await asyncio.gather(internal.hang_up(), asyncio.to_thread(journal.lab.city.hang_up, call))
        views = {view.id: view for view in await late.over(2)}
        assert {view.status for view in views.values()} == {Status.ANSWERED}
        followed = {view.id: view for view in await journal.over(2)}
        assert views.keys() == followed.keys()
        for identity, view in views.items():
            assert view.ended_at == followed[identity].ended_at
        # Rung and answered after we came: nothing of it differs from what was followed throughout.
        (one,) = (view for view in views.values() if view.direction is Direction.INTERNAL)
        assert one.answered_at is not None
        other = followed[one.id].answered_at
        assert other is not None
        assert abs((one.answered_at - other).total_seconds()) < 0.1
        assert one.talking == followed[one.id].talking
        assert len(late.engine) == 0
    await journal.agrees(calls=2)


def lose_connection(journal: Journal) -> None:
    """The exchange throws the program out, as a broken network would."""
    access = journal.lab.ports.firm_lab_ami
    with Ami(access.host, access.port, access.user, access.secret) as ami:
        connected = [line.split() for line in ami.command("manager show connected")]
        for words in connected:
            if words[:1] == ["svyaz"]:
                ami.command(f"manager kick session {words[4]}")


async def test_connection_lost_in_the_middle_of_a_call(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, BOOKS, talks_for=3)
    operator = await phones["105"].incoming()
    await operator.answer()
    live = await journal.talking("105", "city")
    lose_connection(journal)
    await journal.until(lambda: not journal.session.is_up, "the connection to be lost")
    await journal.until(lambda: journal.session.is_up, "the connection to be back")
    view = await journal.one()
    assert view.id == live.id
    assert not view.seen_from_middle
    assert 2.5 < view.talking < 3.5
    await journal.agrees(calls=1)


async def test_call_answered_while_the_connection_is_lost(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS)
    operator = await phones["105"].incoming()
    live = await journal.call()
    lose_connection(journal)
    await journal.until(lambda: not journal.session.is_up, "the connection to be lost")
    await operator.answer()
    await journal.until(lambda: journal.session.is_up, "the connection to be back")
    await journal.talking("105", "city")
    await operator.hears(LASTS)
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert (view.id, view.status, view.answered_by) == (live.id, Status.ANSWERED, ("105",))
    await journal.agrees(calls=1)


def played(story: Story) -> list[CallView]:
    """The calls that end in this story, or at the latest when a snapshot shows that nothing is up any more."""
    engine = new_engine()
    changes: list[Change] = []
    for event, at in story:
        changes += engine.handle(event, at)
    changes += engine.handle(Snapshot(()), story[-1][1])
    changes += engine.finish()
    assert len(engine) == 0
    return [change.view for change in changes if isinstance(change, CallEnded)]


def essence(view: CallView) -> tuple[object, ...]:
    legs = [(each.endpoint, each.outcome) for each in view.legs]
    times = (view.began_at, view.answered_at, view.ended_at, view.spans)
    return view.id, view.direction, view.status, view.answered_by, legs, view.transfers, times


def delayed(story: Story, places: int) -> Iterator[Story]:
    for index in range(len(story) - 1):
        late = [*story]
        late.insert(index + places, late.pop(index))
        yield late


def same_times(one: CallView, other: CallView) -> None:
    for moment, its in ((one.began_at, other.began_at), (one.ended_at, other.ended_at)):
        assert moment is not None
        assert its is not None
        assert abs((moment - its).total_seconds()) < 1


async def test_news_of_a_real_call_late_twice_or_never(journal: Journal, phones: Phones) -> None:
    """A held call, handed over. Its events as the exchange told them are told again in every bad way."""
    call, operator, live = await client_talks(journal, phones)
    await operator.hold()
    await journal.call(lambda each: each.state == "held")
    await operator.unhold()
    await journal.call(lambda each: each.state == "talking")
    await journal.commands.blind_transfer(leg(live, "105").channel, "102")
    second = await phones["102"].incoming()
    await second.answer()
    await journal.talking("102", "city")
    await second.hears(LASTS)
    journal.lab.city.hang_up(call)
    view = await journal.one()
    await journal.agrees(calls=1)
    story = list(journal.story)
    assert [essence(each) for each in played(story)] == [essence(view)]

    twice = [each for each in story for _ in range(2)]
    assert [essence(each) for each in played(twice)] == [essence(view)]
    again = story + story
    assert [essence(each) for each in played(again)] == [essence(view)]
    for late in delayed(story, 1):
        (told,) = played(late)
        assert (told.id, told.status, told.answered_by) == (view.id, view.status, view.answered_by)
        assert abs(told.talking - view.talking) < 1, late
        same_times(told, view)
    for index in range(len(story)):
        (told,) = played(story[:index] + story[index + 1 :])
        assert (told.id, told.direction, told.status) == (view.id, view.direction, view.status), story[index]
        same_times(told, view)
