"""Calls handed over without a word, in every way an exchange knows: one call in the journal, the transfer in it."""

from __future__ import annotations

from svyaz.calls.engine import CallView, Direction, LegState, Status, TransferOutcome
from svyaz.calls.engine import events as ev
from tests.telephony.firm import BOOKS
from tests.telephony.journal import Journal, leg, outcomes
from tests.telephony.phones import PhoneCall
from tests.telephony.scenes import CLIENT, LASTS, Phones, client_talks, transfers

BLIND = ("blind", "105", "102", TransferOutcome.COMPLETED)


async def taken(journal: Journal, phones: Phones, call: str, operator: PhoneCall) -> CallView:
    """102 lets it ring for a while, answers, and talks with the client, who hangs up."""
    second = await phones["102"].incoming()
    await operator.ended()
    # While it rings the client is up and talks with nobody: CDR counts it, the journal must not.
    await journal.elapsed(LASTS)
    await second.answer()
    await journal.talking("102", "city")
    await second.hears(LASTS)
    journal.lab.city.hang_up(call)
    return await journal.one()


async def test_own_redirect_while_it_rings(journal: Journal, phones: Phones) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS)
    first = await phones["105"].incoming()
    live = await journal.call(
        lambda each: any(one.endpoint == "105" and one.state is LegState.RINGING for one in each.legs)
    )
    client, ringing = leg(live, "city"), leg(live, "105")
    journal.tell(ev.OwnTransfer("blind", client.key, ringing.key, "102"))
    await journal.commands.redirect(client.channel, "102")
    view = await taken(journal, phones, call, first)
    assert (view.direction, view.status, view.answered_by) == (Direction.INCOMING, Status.ANSWERED, ("102",))
    assert transfers(view) == [BLIND]
    await journal.agrees(calls=1)


async def test_own_redirect_of_a_call_that_is_answered(journal: Journal, phones: Phones) -> None:
    call, operator, live = await client_talks(journal, phones)
    client = leg(live, "city")
    journal.tell(ev.OwnTransfer("blind", client.key, leg(live, "105").key, "102"))
    await journal.commands.redirect(client.channel, "102")
    view = await taken(journal, phones, call, operator)
    assert view.answered_by == ("105", "102")
    assert transfers(view) == [BLIND]
    await journal.agrees(calls=1)


async def test_blind_by_command(journal: Journal, phones: Phones) -> None:
    call, operator, live = await client_talks(journal, phones)
    await journal.commands.blind_transfer(leg(live, "105").channel, "102")
    view = await taken(journal, phones, call, operator)
    assert view.answered_by == ("105", "102")
    assert transfers(view) == [BLIND]
    await journal.agrees(calls=1)


async def test_blind_that_nobody_takes(journal: Journal, phones: Phones) -> None:
    _, operator, live = await client_talks(journal, phones)
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
    """SIP REFER."""
    call, operator, _ = await client_talks(journal, phones)
    await operator.refer("102")
    second = await phones["102"].incoming()
    await second.answer()
    await journal.talking("102", "city")
    await operator.ended()
    await second.hears(LASTS)
    journal.lab.city.hang_up(call)
    view = await journal.one()
    assert view.answered_by == ("105", "102")
    assert transfers(view) == [BLIND]
    await journal.agrees(calls=1)


async def test_blind_by_keys(journal: Journal, phones: Phones) -> None:
    """The exchange's own feature: ## and the number."""
    call, operator, _ = await client_talks(journal, phones)
    await operator.press("##")
    await journal.asks_for_number()
    await operator.press("102")
    view = await taken(journal, phones, call, operator)
    assert view.answered_by == ("105", "102")
    assert transfers(view) == [BLIND]
    await journal.agrees(calls=1)


async def test_outgoing_call_handed_over(journal: Journal, phones: Phones) -> None:
    journal.lab.city.set_behaviour("79030000001", "answer", rings=0.3)
    own = await phones["105"].call("79030000001")
    await own.answered()
    live = await journal.talking("105", "city")
    await own.hears(LASTS)
    await journal.commands.blind_transfer(leg(live, "105").channel, "102")
    second = await phones["102"].incoming()
    await own.ended()
    await second.answer()
    await journal.talking("102", "city")
    await second.hears(LASTS)
    await second.hang_up()
    view = await journal.one()
    assert (view.direction, view.status, view.callee.number) == (Direction.OUTGOING, Status.ANSWERED, "79030000001")
    assert transfers(view) == [BLIND]
    await journal.agrees(calls=1)
