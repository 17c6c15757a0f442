"""Transfers in every way an exchange knows: the journal has one call with the transfer in it."""

from __future__ import annotations

import asyncio

from svyaz.calls.engine import CallView, Direction, LegState, Status, TransferOutcome
from svyaz.calls.engine import events as ev
from tests.telephony.firm import BOOKS
from tests.telephony.journal import Journal, leg, outcomes
from tests.telephony.phones import Phone, PhoneCall

CLIENT = "79161234567"
TALKS = 2.5  # seconds after which the client hangs up: long enough to compare durations
Phones = dict[str, Phone]


async def talk(journal: Journal, phones: Phones) -> tuple[str, PhoneCall, CallView]:
    """A client talks with 105. Returns the city's id of the call, the telephone's call, the journal's call."""
    call = journal.lab.city.call(CLIENT, BOOKS, talks_for=TALKS)
    operator = await phones["105"].incoming()
    await operator.answer()
    return call, operator, await journal.talking("105", "city")


def transfers(view: CallView) -> list[tuple[str, str | None, str | None, TransferOutcome | None]]:
    return [(each.kind, each.by, each.to, each.outcome) for each in view.transfers]


async def test_own_redirect_while_it_rings(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS)
    first = await phones["105"].incoming()
    live = await journal.call(
        lambda each: any(one.endpoint == "105" and one.state is LegState.RINGING for one in each.legs)
    )
    client, ringing = leg(live, "city"), leg(live, "105")
    journal.tell(ev.OwnTransfer("blind", client.key, ringing.key, "102"))
    await journal.commands.redirect(client.channel, "102")
    second = await phones["102"].incoming()
    await first.ended()
    await second.answer()
    await journal.talking("102", "city")
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert (view.direction, view.status, view.answered_by) == (Direction.INCOMING, Status.ANSWERED, ("102",))
    assert transfers(view) == [("blind", "105", "102", TransferOutcome.COMPLETED)]
    await journal.agrees(calls=1)


async def test_own_redirect_of_a_call_that_is_answered(journal: Journal, phones: Phones) -> None:
    _, operator, live = await talk(journal, phones)
    client = leg(live, "city")
    journal.tell(ev.OwnTransfer("blind", client.key, leg(live, "105").key, "102"))
    await journal.commands.redirect(client.channel, "102")
    second = await phones["102"].incoming()
    await operator.ended()
    await second.answer()
    await journal.talking("102", "city")
    view = await journal.one()
    assert view.answered_by == ("105", "102")
    assert transfers(view) == [("blind", "105", "102", TransferOutcome.COMPLETED)]
    await journal.agrees(calls=1)


async def test_blind_by_command(journal: Journal, phones: Phones) -> None:
    _, operator, live = await talk(journal, phones)
    await journal.commands.blind_transfer(leg(live, "105").channel, "102")
    second = await phones["102"].incoming()
    await operator.ended()
    await second.answer()
    await journal.talking("102", "city")
    view = await journal.one()
    assert view.answered_by == ("105", "102")
    assert transfers(view) == [("blind", "105", "102", TransferOutcome.COMPLETED)]
    await journal.agrees(calls=1)


async def test_blind_that_nobody_takes(journal: Journal, phones: Phones) -> None:
    _, operator, live = await talk(journal, phones)
    await journal.commands.blind_transfer(leg(live, "105").channel, "102")
    second = await phones["102"].incoming()
    await operator.ended()
    await second.reject()
    view = await journal.one()
    assert view.answered_by == ("105",)
    assert transfers(view) == [("blind", "105", "102", TransferOutcome.FAILED)]
    assert outcomes(view)["102"] == "rejected"
    await journal.agrees(calls=1)


async def test_blind_by_the_telephone(journal: Journal, phones: Phones) -> None:
    _, operator, _ = await talk(journal, phones)
    await operator.refer("102")
    second = await phones["102"].incoming()
    await second.answer()
    await journal.talking("102", "city")
    await operator.ended()
    view = await journal.one()
    assert view.answered_by == ("105", "102")
    assert transfers(view) == [("blind", "105", "102", TransferOutcome.COMPLETED)]
    await journal.agrees(calls=1)


async def test_consult_by_the_telephone(journal: Journal, phones: Phones) -> None:
    _, operator, _ = await talk(journal, phones)
    await operator.hold()
    asking = await phones["105"].call("102")
    second = await phones["102"].incoming()
    await second.answer()
    await journal.talking("105", "102")
    await operator.refer_attended(asking)
    await journal.talking("102", "city")
    await operator.ended()
    await asking.ended()
    (view,) = await journal.over(1)
    assert view.answered_by == ("105", "102")
    assert transfers(view) == [("consult", "105", "102", TransferOutcome.COMPLETED)]
    await journal.agrees(calls=1)


async def consult(journal: Journal, phones: Phones, live: CallView) -> PhoneCall:
    """105 asks 102 while the client hears music, by our own command."""
    client, operator = leg(live, "city"), leg(live, "105")
    journal.tell(ev.OwnTransfer("consult", client.key, operator.key, "102"))
    await journal.commands.consult(operator.channel, client.channel, "102")
    colleague = await phones["102"].incoming()
    await colleague.answer()
    await journal.talking("105", "102")
    return colleague


async def test_own_consult_completed(journal: Journal, phones: Phones) -> None:
    _, operator, live = await talk(journal, phones)
    await consult(journal, phones, live)
    asked = await journal.talking("105", "102")
    await journal.commands.bridge(leg(live, "city").channel, leg(asked, "102").channel)
    await journal.talking("102", "city")
    await operator.ended()
    (view,) = await journal.over(1)
    assert view.answered_by == ("105", "102")
    assert transfers(view) == [("consult", "105", "102", TransferOutcome.COMPLETED)]
    await journal.agrees(calls=1)


async def test_own_consult_from_which_the_operator_returns(journal: Journal, phones: Phones) -> None:
    call, _, live = await talk(journal, phones)
    colleague = await consult(journal, phones, live)
    await journal.commands.bridge(leg(live, "city").channel, leg(live, "105").channel)
    await journal.talking("105", "city")
    await colleague.ended()
    journal.lab.city.hang_up(call)
    views = {view.direction: view for view in await journal.over(2)}
    incoming, internal = views[Direction.INCOMING], views[Direction.INTERNAL]
    assert incoming.answered_by == ("105",)
    assert transfers(incoming) == [("consult", "105", "102", TransferOutcome.RETURNED)]
    assert internal.consultation_of == incoming.id
    assert internal.answered_by == ("102",)
    await journal.agrees(calls=2)


async def test_own_consult_with_the_parties_swapped(journal: Journal, phones: Phones) -> None:
    call, operator, live = await talk(journal, phones)
    await consult(journal, phones, live)
    asked = await journal.talking("105", "102")
    client, own, colleague = leg(live, "city").channel, leg(live, "105").channel, leg(asked, "102").channel
    # The colleague goes to music, the operator back to the client, and then the two are joined after all.
    await journal.commands.redirect_both(own, "s", colleague, "s", context="svyaz-hold", other_context="svyaz-hold")
    await journal.commands.bridge(client, own)
    await journal.talking("105", "city")
    await journal.commands.bridge(client, colleague)
    await journal.talking("102", "city")
    await operator.hang_up()
    journal.lab.city.hang_up(call)
    (view,) = await journal.over(1)
    assert view.answered_by == ("105", "102")
    assert [each.kind for each in view.transfers] == ["consult"]
    assert view.transfers[0].outcome is TransferOutcome.COMPLETED
    await journal.agrees(calls=1)


async def test_consult_by_keys(journal: Journal, phones: Phones) -> None:
    """The exchange's own feature: *2, the number, and the operator hangs up to join."""
    call, operator, _ = await talk(journal, phones)
    await operator.press("*2")
    await asyncio.sleep(1.5)  # the exchange asks for the number in words, and takes keys from then on
    await operator.press("102")
    second = await phones["102"].incoming()
    await second.answer()
    await journal.talking("105", "102")
    await operator.hang_up()
    await journal.talking("102", "city")
    journal.lab.city.hang_up(call)
    (view,) = await journal.over(1)
    assert "102" in view.answered_by
    assert [(each.kind, each.by, each.outcome) for each in view.transfers] == [
        ("consult", "105", TransferOutcome.COMPLETED)
    ]
