"""Each plain way a call can go, on the real exchange: the journal says what happened, the exchange's records agree."""

from __future__ import annotations

from svyaz.calls.engine import Direction, Status
from svyaz.calls.engine import events as ev
from svyaz.connectors.asterisk.commands import Originated, originated
from tests.telephony.firm import BOOKS
from tests.telephony.journal import Journal, new_id, outcomes
from tests.telephony.scenes import CLIENT, LASTS, Phones, client_talks, off_line


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


async def test_caller_gives_up(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, BOOKS, gives_up_after=LASTS)
    ringing = await phones["105"].incoming()
    await ringing.ended()
    view = await journal.one()
    assert (view.direction, view.status, view.answered_at) == (Direction.INCOMING, Status.MISSED, None)
    assert outcomes(view) == {"105": "cancelled"}
    assert view.talking == 0
    await journal.agrees(calls=1)


async def test_nobody_answers(journal: Journal, phones: Phones) -> None:
    journal.lab.city.call(CLIENT, BOOKS)
    await phones["105"].incoming()
    view = await journal.one()
    assert (view.direction, view.status, view.answered_by) == (Direction.INCOMING, Status.MISSED, ())
    assert outcomes(view) == {"105": "no-answer"}
    await journal.agrees(calls=1)


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


async def test_internal_answered_and_cancelled(journal: Journal, phones: Phones) -> None:
    calling, other = await phones["101"].call("102"), await phones["103"].call("105")
    ringing, never = await phones["102"].incoming(), await phones["105"].incoming()
    await ringing.answer()
    await journal.talking("101", "102")
    await ringing.hears(LASTS)
    await other.hang_up()
    await never.ended()
    await calling.hang_up()
    views = {view.caller.number: view for view in await journal.over(2)}
    answered, cancelled = views["101"], views["103"]
    assert (answered.direction, answered.status) == (Direction.INTERNAL, Status.ANSWERED)
    assert answered.answered_by == ("102",)
    assert (cancelled.direction, cancelled.status) == (Direction.INTERNAL, Status.CANCELLED)
    await journal.agrees(calls=2)


async def test_internal_that_nobody_takes(journal: Journal, phones: Phones) -> None:
    await phones["104"].refuse_all(486)
    try:
        async with off_line(journal, phones["105"]):
            declined = await phones["101"].call("102")
            await (await phones["102"].incoming()).reject()  # before it has rung for as long as it may
            busy, nobody = await phones["102"].call("104"), await phones["103"].call("105")
            for call in (declined, busy, nobody):
                await call.ended()
            unanswered = await phones["101"].call("103")
            await phones["103"].incoming()
            await unanswered.ended()
            views = await journal.over(4)
    finally:
        await phones["104"].refuse_all(0)
    assert all(view.direction is Direction.INTERNAL for view in views)
    assert {view.callee.number: view.status for view in views} == {
        "102": Status.REJECTED,
        "103": Status.MISSED,
        "104": Status.BUSY,
        "105": Status.FAILED,
    }
    await journal.agrees(calls=4)


async def test_outgoing_in_five_ways(journal: Journal, phones: Phones) -> None:
    city = journal.lab.city
    city.set_behaviour("79030000001", "answer", rings=0.5)
    city.set_behaviour("79030000002", "busy")
    city.set_behaviour("79030000003", "no_answer")
    city.set_behaviour("79030000004", "reject")
    answered = await phones["101"].call("89030000001")
    busy = await phones["102"].call("+79030000002")
    cancelled = await phones["103"].call("79030000003")
    rejected = await phones["105"].call("79030000004")
    await answered.answered()
    await answered.hears(LASTS)
    await busy.ended()
    await rejected.ended()
    await cancelled.hang_up()
    await journal.talking("101", "city")
    await answered.hang_up()
    unanswered = await phones["104"].call("79030000003")
    await unanswered.ended()
    views = {view.caller.endpoint: view for view in await journal.over(5)}
    assert {endpoint: view.status for endpoint, view in views.items()} == {
        "101": Status.ANSWERED,
        "102": Status.BUSY,
        "103": Status.CANCELLED,
        "104": Status.MISSED,
        "105": Status.REJECTED,
    }
    assert all(view.direction is Direction.OUTGOING for view in views.values())
    assert views["101"].callee.number == "79030000001"  # as it was sent to the city
    await journal.agrees(calls=5)


async def test_no_telephone_may_call_abroad_without_the_right(journal: Journal, phones: Phones) -> None:
    refused = await phones["101"].call("+4930123456")
    await refused.ended()
    assert refused.status == 404
    allowed = await phones["102"].call("+4930123456")
    await allowed.answered()
    await journal.talking("102", "city")
    await allowed.hears(LASTS)
    await allowed.hang_up()
    await journal.over(1)
    await journal.agrees(calls=1)


async def test_click_to_call(journal: Journal, phones: Phones) -> None:
    journal.lab.city.set_behaviour("79030000005", "answer", rings=LASTS)
    identity = new_id()
    journal.tell(ev.OwnCall(identity, "79030000005"))
    await journal.commands.originate("101", "79030000005", call_id=identity, caller_name="ООО «Ромашка»")
    own = await phones["101"].incoming()
    assert own.headers["X-Svyaz-Call"] == identity
    await own.answered()
    await journal.talking("101", "city")
    await own.hears(LASTS)
    await own.hang_up()
    view = await journal.one()
    assert view.id == identity
    assert (view.direction, view.status) == (Direction.OUTGOING, Status.ANSWERED)
    assert (view.caller.endpoint, view.callee.number) == ("101", "79030000005")
    assert LASTS - 0.5 < view.talking < LASTS + 0.5
    await journal.agrees(calls=1)


async def test_click_to_call_of_somebody_busy_and_of_somebody_who_does_not_answer(
    journal: Journal, phones: Phones
) -> None:
    journal.lab.city.set_behaviour("79030000002", "busy")
    journal.lab.city.set_behaviour("79030000003", "no_answer")
    for extension, number in (("101", "79030000002"), ("102", "79030000003")):
        identity = new_id()
        journal.tell(ev.OwnCall(identity, number))
        await journal.commands.originate(extension, number, call_id=identity)
        await (await phones[extension].incoming()).answered()
    views = {view.caller.endpoint: view for view in await journal.over(2)}
    assert {endpoint: view.status for endpoint, view in views.items()} == {"101": Status.BUSY, "102": Status.MISSED}
    assert all(view.direction is Direction.OUTGOING and not view.talking for view in views.values())
    await journal.agrees(calls=2)


async def test_click_to_call_that_the_operator_declines(journal: Journal, phones: Phones) -> None:
    identity = new_id()
    journal.tell(ev.OwnCall(identity, "79030000005"))
    await journal.commands.originate("101", "79030000005", call_id=identity, auto_answer=False)
    await (await phones["101"].incoming()).reject()
    view = await journal.one()
    assert (view.id, view.direction, view.status) == (identity, Direction.OUTGOING, Status.CANCELLED)
    assert view.callee.number == "79030000005"
    await journal.agrees(calls=1)


async def test_click_to_call_whose_fate_the_exchange_reports(journal: Journal, phones: Phones) -> None:
    async def order(extension: str, ring_seconds: float) -> Originated:
        identity = new_id()
        journal.tell(ev.OwnCall(identity, "79030000005"))
        await journal.commands.originate(
            extension, "79030000005", call_id=identity, auto_answer=False, ring_seconds=ring_seconds
        )

        def reports() -> list[Originated]:
            found = (originated(message) for message in journal.messages)
            return [each[1] for each in found if each is not None and each[0] == identity]

        await journal.until(lambda: len(reports()) == 1, "the report on the call")
        return reports()[0]

    async with off_line(journal, phones["104"]):
        # There is no channel and therefore no call, and the report is all that is ever said of it.
        assert await order("104", 4) is Originated.FAILED
    assert await order("101", LASTS) is Originated.RANG_OUT
    view = await journal.one()
    assert (view.caller.endpoint, view.status) == ("101", Status.CANCELLED)
    await journal.agrees(calls=1)


async def test_hold_and_unhold(journal: Journal, phones: Phones) -> None:
    call, operator, _ = await client_talks(journal, phones)
    await operator.hold()
    await journal.call(lambda live: live.state == "held")
    await operator.unhold()
    await journal.call(lambda live: live.state == "talking")
    await operator.hears(LASTS)
    journal.lab.city.hang_up(call)
    view = await journal.one()
    kinds = [entry.kind for entry in view.chronology]
    assert kinds.index("held") < kinds.index("unheld")
    await journal.agrees(calls=1)
