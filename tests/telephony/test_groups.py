"""Calls to more than one telephone, or to another than the one dialled: one call in the journal, whoever takes it."""

from __future__ import annotations

from svyaz.calls.engine import Direction, Status
from tests.telephony.firm import BOOKS, FREE, SALES, SERVICE
from tests.telephony.journal import Journal, leg, new_id, outcomes
from tests.telephony.scenes import CLIENT, LASTS, Phones

# Ring groups


async def test_ring_group_is_one_call_answered_by_one(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, SALES, talks_for=2)
    first, second = await phones["101"].incoming(), await phones["102"].incoming()
    await second.answer()
    await first.ended()
    view = await journal.one()
    assert view.answered_by == ("102",)
    assert outcomes(view) == {"101": "elsewhere", "102": "answered"}
    await journal.agrees(calls=1)


async def test_ring_group_that_nobody_answers_is_one_missed_call(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, SALES)
    await phones["101"].incoming()
    await phones["102"].incoming()
    view = await journal.one()
    assert view.status is Status.MISSED
    assert outcomes(view) == {"101": "no-answer", "102": "no-answer"}
    await journal.agrees(calls=1)


async def test_ring_group_in_which_everybody_declines(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, SALES)
    for extension in ("101", "102"):
        await (await phones[extension].incoming()).reject()
    view = await journal.one()
    assert view.status is Status.REJECTED
    assert outcomes(view) == {"101": "rejected", "102": "rejected"}
    await journal.agrees(calls=1)


async def test_ring_group_through_local_channels_is_folded(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, FREE)
    first, third = await phones["101"].incoming(), await phones["103"].incoming()
    await first.answer()
    await third.ended()
    await journal.talking("101", "city")
    await first.hears(LASTS)
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert (view.status, view.answered_by, view.line) == (Status.ANSWERED, ("101",), FREE)
    assert outcomes(view) == {"101": "answered", "103": "elsewhere"}
    await journal.agrees(calls=1)


async def test_ring_group_through_local_channels_that_nobody_answers(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, FREE)
    await phones["101"].incoming()
    await phones["103"].incoming()
    view = await journal.one()
    assert (view.status, view.answered_by, view.line) == (Status.MISSED, (), FREE)
    assert outcomes(view) == {"101": "no-answer", "103": "no-answer"}
    await journal.agrees(calls=1)


# Queues


async def test_queue_answered(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, SERVICE, talks_for=4)
    await phones["102"].incoming()
    third = await phones["103"].incoming()
    live = await journal.call()
    # The exchange has taken the call off the line to play music; nobody has answered it.
    assert live.answered_at is None
    assert third.headers["X-Svyaz-Call"] == live.id
    await third.answer()
    view = await journal.one()
    assert (view.status, view.answered_by, view.line) == (Status.ANSWERED, ("103",), SERVICE)
    assert outcomes(view)["103"] == "answered"
    assert any(entry.kind == "queued" and entry.details["queue"] == "service" for entry in view.chronology)
    await journal.agrees(calls=1)


async def test_queue_abandoned(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, SERVICE)
    await phones["102"].incoming()
    await phones["103"].incoming()
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert (view.status, view.answered_by) == (Status.MISSED, ())
    await journal.agrees(calls=1)


async def test_queue_in_which_nobody_is_in_time(journal: Journal, phones: Phones) -> None:
    """Each telephone is tried more than once: still one call, and one that was missed."""
    journal.lab.city.call(CLIENT, SERVICE)
    for extension in ("102", "103", "102", "103"):
        await phones[extension].incoming()
    view = await journal.one()
    assert (view.status, view.answered_by, view.talking) == (Status.MISSED, (), 0)
    assert view.ended_at is not None
    assert view.began_at is not None
    assert (view.ended_at - view.began_at).total_seconds() > 7
    await journal.agrees(calls=1)


# Pick-up


async def test_pick_up_by_code(journal: Journal, phones: Phones) -> None:
    await _picked_up(journal, phones, "*8105")


async def test_pick_up_of_whatever_rings_in_the_group(journal: Journal, phones: Phones) -> None:
    await _picked_up(journal, phones, "*8")


async def _picked_up(journal: Journal, phones: Phones, code: str) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS)
    ringing = await phones["105"].incoming()
    picker = await phones["101"].call(code)
    await picker.answered()
    await ringing.ended()
    await journal.talking("101", "city")
    await picker.hears(LASTS)
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert (view.status, view.answered_by) == (Status.ANSWERED, ("101",))
    assert outcomes(view)["105"] == "elsewhere"
    await journal.agrees(calls=1)


async def test_pick_up_by_command(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS)
    ringing = await phones["105"].incoming()
    live = await journal.call(lambda each: bool(each.legs))
    await journal.commands.pick_up("102", leg(live, "105").channel, call_id=new_id())
    picker = await phones["102"].incoming()
    await picker.answered()
    await ringing.ended()
    await journal.talking("102", "city")
    await picker.hears(LASTS)
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert (view.status, view.answered_by) == (Status.ANSWERED, ("102",))
    await journal.agrees(calls=1)


# Call forwarding


async def test_forwarded_to_an_outside_number(journal: Journal, phones: Phones) -> None:
    city = journal.lab.city
    city.set_behaviour("79030000006", "answer", rings=0.5)
    await journal.commands.forward("105", "79030000006")
    try:
        call = city.call(CLIENT, BOOKS, talks_for=2.5)
        await journal.call(lambda live: live.state == "talking")
        view = await journal.one()
    finally:
        await journal.commands.forward("105", None)
    assert call
    assert (view.direction, view.status, view.line) == (Direction.INCOMING, Status.ANSWERED, BOOKS)
    assert view.answered_by == ("79030000006",)
    await journal.agrees(calls=1)


async def test_forwarded_to_a_colleague(journal: Journal, phones: Phones) -> None:
    await journal.commands.forward("105", "103")
    try:
        call = journal.lab.city.call(CLIENT, BOOKS)
        ringing = await phones["103"].incoming()
    finally:
        await journal.commands.forward("105", None)
    await ringing.answer()
    await journal.talking("103", "city")
    await ringing.hears(LASTS)
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert (view.direction, view.status, view.line) == (Direction.INCOMING, Status.ANSWERED, BOOKS)
    assert view.answered_by == ("103",)
    await journal.agrees(calls=1)


async def test_forwarded_by_the_telephone_itself(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS)
    await (await phones["105"].incoming()).forward("103")
    ringing = await phones["103"].incoming()
    await ringing.answer()
    await journal.talking("103", "city")
    await ringing.hears(LASTS)
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert (view.status, view.answered_by) == (Status.ANSWERED, ("103",))
    assert any(entry.kind == "forwarded" for entry in view.chronology)
    await journal.agrees(calls=1)
