"""Each plain way a call can go, on the real exchange: the journal says what happened, the exchange's records agree."""

from __future__ import annotations

import asyncio
import uuid

from exchange_lab.ami import Ami
from svyaz.calls.engine import Direction, Status
from svyaz.calls.engine import events as ev
from tests.telephony.firm import BOOKS, FREE, SALES, SERVICE
from tests.telephony.journal import Journal, another, leg, outcomes
from tests.telephony.phones import Phone

CLIENT = "79161234567"
Phones = dict[str, Phone]


def new_id() -> str:
    return f"svyaz-{uuid.uuid4()}"


async def test_incoming_answered(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, BOOKS, "tone:1200", name="Щукин Ёж", talks_for=2.5)
    ringing = await phones["105"].incoming()
    live = await journal.call()
    assert live.state == "ringing"
    assert ringing.headers["X-Svyaz-Call"] == live.id
    await ringing.answer()
    await journal.talking("105", "city")
    view = await journal.one()
    assert 2 < view.talking < 3
    assert (view.direction, view.status, view.line) == (Direction.INCOMING, Status.ANSWERED, BOOKS)
    assert (view.caller.number, view.caller.name) == (f"+{CLIENT}", "Щукин Ёж")
    assert view.answered_by == ("105",)
    assert outcomes(view) == {"105": "answered"}
    await journal.agrees(calls=1)
    await journal.agrees_with_cdr(view)


async def test_caller_gives_up(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, BOOKS, gives_up_after=1)
    ringing = await phones["105"].incoming()
    await ringing.ended()
    view = await journal.one()
    assert (view.direction, view.status, view.answered_at) == (Direction.INCOMING, Status.MISSED, None)
    assert outcomes(view) == {"105": "cancelled"}
    assert view.talking == 0
    await journal.agrees(calls=1)
    await journal.agrees_with_cdr(view)


async def test_busy(journal: Journal, phones: Phones) -> None:
    await phones["105"].refuse_all(486)
    try:
        journal.lab.city.call(CLIENT, BOOKS)
        view = await journal.one()
    finally:
        await phones["105"].refuse_all(0)
    assert view.status is Status.BUSY
    assert outcomes(view) == {"105": "busy"}
    await journal.agrees(calls=1)


async def test_rejected(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, BOOKS)
    await (await phones["105"].incoming()).reject()
    view = await journal.one()
    assert view.status is Status.REJECTED
    assert outcomes(view) == {"105": "rejected"}
    await journal.agrees(calls=1)


async def test_ring_group_is_one_call_answered_by_one(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, SALES, talks_for=2)
    first, second = await phones["101"].incoming(), await phones["102"].incoming()
    await second.answer()
    await first.ended()
    view = await journal.one()
    assert view.answered_by == ("102",)
    assert outcomes(view) == {"101": "elsewhere", "102": "answered"}
    await journal.agrees(calls=1)
    await journal.agrees_with_cdr(view)


async def test_ring_group_that_nobody_answers_is_one_missed_call(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, SALES)
    await phones["101"].incoming()
    await phones["102"].incoming()
    view = await journal.one()
    assert view.status is Status.MISSED
    assert outcomes(view) == {"101": "no-answer", "102": "no-answer"}
    await journal.agrees(calls=1)


async def test_queue_answered(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, SERVICE, talks_for=2.5)
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


async def test_local_channels_are_folded(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, FREE)
    first, third = await phones["101"].incoming(), await phones["103"].incoming()
    await first.answer()
    await third.ended()
    await journal.talking("101", "city")
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert (view.status, view.answered_by, view.line) == (Status.ANSWERED, ("101",), FREE)
    assert outcomes(view) == {"101": "answered", "103": "elsewhere"}
    await journal.agrees(calls=1)


async def test_internal_answered_and_cancelled(journal: Journal, phones: Phones) -> None:
    calling, other = await phones["101"].call("102"), await phones["103"].call("105")
    ringing, never = await phones["102"].incoming(), await phones["105"].incoming()
    await ringing.answer()
    await journal.talking("101", "102")
    await other.hang_up()
    await never.ended()
    await calling.hang_up()
    views = {view.caller.number: view for view in await journal.over(2)}
    answered, cancelled = views["101"], views["103"]
    assert (answered.direction, answered.status, answered.answered_by) == (
        Direction.INTERNAL,
        Status.ANSWERED,
        ("102",),
    )
    assert (cancelled.direction, cancelled.status) == (Direction.INTERNAL, Status.CANCELLED)
    await journal.agrees(calls=2)
    await journal.agrees_with_cdr(answered)


async def test_outgoing_in_five_ways_at_once(journal: Journal, phones: Phones) -> None:
    city = journal.lab.city
    city.set_behaviour("79030000001", "answer", rings=0.5)
    city.set_behaviour("79030000002", "busy")
    city.set_behaviour("79030000003", "no_answer")
    city.set_behaviour("79030000004", "reject")
    answered = await phones["101"].call("89030000001")
    busy = await phones["102"].call("+79030000002")
    unanswered = await phones["103"].call("79030000003")
    rejected = await phones["105"].call("79030000004")
    await answered.answered()
    await busy.ended()
    await rejected.ended()
    await unanswered.hang_up()
    await journal.talking("101", "city")
    await answered.hang_up()
    views = {view.caller.number or view.caller.endpoint: view for view in await journal.over(4)}
    by_endpoint = {view.caller.endpoint: view for view in views.values()}
    assert {endpoint: view.status for endpoint, view in by_endpoint.items()} == {
        "101": Status.ANSWERED,
        "102": Status.BUSY,
        "103": Status.CANCELLED,
        "105": Status.REJECTED,
    }
    assert all(view.direction is Direction.OUTGOING for view in views.values())
    assert by_endpoint["101"].callee.number == "79030000001"  # as it was sent to the city
    await journal.agrees(calls=4)
    await journal.agrees_with_cdr(by_endpoint["101"])


async def test_no_telephone_may_call_abroad_without_the_right(journal: Journal, phones: Phones) -> None:
    refused = await phones["101"].call("+4930123456")
    await refused.ended()
    assert refused.status == 404
    allowed = await phones["102"].call("+4930123456")
    await allowed.answered()
    await journal.talking("102", "city")
    await allowed.hang_up()
    await journal.over(1)


async def test_click_to_call(journal: Journal, phones: Phones) -> None:
    journal.lab.city.set_behaviour("79030000005", "answer", rings=0.5)
    identity = new_id()
    journal.tell(ev.OwnCall(identity, "79030000005"))
    await journal.commands.originate("101", "79030000005", call_id=identity, caller_name="ООО «Ромашка»")
    own = await phones["101"].incoming()
    assert own.headers["X-Svyaz-Call"] == identity
    await own.answered()
    await journal.talking("101", "city")
    await own.hang_up()
    view = await journal.one()
    assert view.id == identity
    assert (view.direction, view.status) == (Direction.OUTGOING, Status.ANSWERED)
    assert (view.caller.endpoint, view.callee.number) == ("101", "79030000005")
    await journal.agrees(calls=1)


async def test_click_to_call_that_the_operator_declines(journal: Journal, phones: Phones) -> None:
    identity = new_id()
    journal.tell(ev.OwnCall(identity, "79030000005"))
    await journal.commands.originate("101", "79030000005", call_id=identity, auto_answer=False)
    await (await phones["101"].incoming()).reject()
    view = await journal.one()
    assert (view.id, view.direction, view.status) == (identity, Direction.OUTGOING, Status.CANCELLED)
    assert view.callee.number == "79030000005"
    await journal.agrees(calls=1)


async def test_hold_and_unhold(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS)
    operator = await phones["105"].incoming()
    await operator.answer()
    await journal.talking("105", "city")
    await operator.hold()
    await journal.call(lambda live: live.state == "held")
    await operator.unhold()
    await journal.call(lambda live: live.state == "talking")
    journal.lab.city.hang_up(call)
    view = await journal.one()
    kinds = [entry.kind for entry in view.chronology]
    assert kinds.index("held") < kinds.index("unheld")
    await journal.agrees(calls=1)
    await journal.agrees_with_cdr(view)


async def test_pick_up_by_code(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS)
    ringing = await phones["105"].incoming()
    picker = await phones["101"].call("*8105")
    await picker.answered()
    await ringing.ended()
    await journal.talking("101", "city")
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
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert (view.status, view.answered_by) == (Status.ANSWERED, ("102",))
    await journal.agrees(calls=1)


async def test_forwarded_to_a_colleague_and_to_an_outside_number(journal: Journal, phones: Phones) -> None:
    journal.lab.city.set_behaviour("79030000006", "answer", rings=0.5)
    try:
        await journal.commands.forward("105", "79030000006")
        call = journal.lab.city.call(CLIENT, BOOKS)
        await journal.call(lambda live: live.state == "talking")
        journal.lab.city.hang_up(call)
        view = await journal.one()
        assert (view.direction, view.status, view.line) == (Direction.INCOMING, Status.ANSWERED, BOOKS)
        assert view.answered_by == ("79030000006",)
        await journal.agrees(calls=1)
    finally:
        await journal.commands.forward("105", None)


async def test_forwarded_by_the_telephone_itself(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS)
    await (await phones["105"].incoming()).forward("103")
    ringing = await phones["103"].incoming()
    await ringing.answer()
    await journal.talking("103", "city")
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert (view.status, view.answered_by) == (Status.ANSWERED, ("103",))
    await journal.agrees(calls=1)


async def test_supervisor_is_not_a_party(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS, "tone:1200")
    operator = await phones["105"].incoming()
    await operator.answer()
    live = await journal.talking("105", "city")
    identity = new_id()
    journal.tell(ev.OwnSupervision(identity))
    await journal.commands.supervise("104", leg(live, "105").channel, call_id=identity)
    supervisor = await phones["104"].incoming()
    await supervisor.answered()
    await journal.call(lambda each: len(each.supervisors) == 1)
    await supervisor.hang_up()
    await journal.call(lambda each: len(each.supervisors) == 0)
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert view.answered_by == ("105",)
    assert outcomes(view) == {"105": "answered"}
    await journal.agrees(calls=1, supervised=1)


async def test_calls_that_are_up_when_we_connect(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS)
    operator = await phones["105"].incoming()
    await operator.answer()
    await journal.talking("105", "city")
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
        assert abs((seen.began_at - early.began_at).total_seconds()) < 1.5
        await ringing.answer()
        await late.talking("101", "102")
        await asyncio.gather(internal.hang_up(), asyncio.to_thread(journal.lab.city.hang_up, call))
        views = await late.over(2)
        assert {view.status for view in views} == {Status.ANSWERED}
        assert {view.id for view in views} == {view.id for view in await journal.over(2)}
        assert len(late.engine) == 0
    await journal.agrees(calls=2)


async def test_connection_lost_in_the_middle_of_a_call(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, BOOKS, talks_for=3)
    operator = await phones["105"].incoming()
    await operator.answer()
    live = await journal.talking("105", "city")
    access = journal.lab.ports.firm_lab_ami
    with Ami(access.host, access.port, access.user, access.secret) as ami:
        connected = [line.split() for line in ami.command("manager show connected")]
        for words in connected:
            if words[:1] == ["svyaz"]:
                ami.command(f"manager kick session {words[4]}")
    await journal.until(lambda: not journal.session.is_up, "the connection to be lost")
    await journal.until(lambda: journal.session.is_up, "the connection to be back")
    view = await journal.one()
    assert view.id == live.id
    assert not view.seen_from_middle
    assert 2.5 < view.talking < 3.5
    await journal.agrees(calls=1)
    await journal.agrees_with_cdr(view)
