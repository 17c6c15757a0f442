"""Transfers with a consultation: joined, it is part of the client's call; not joined, an internal call of its own."""

from __future__ import annotations

from svyaz.calls.engine import CallsMerged, CallView, Direction, Status, TransferOutcome
from svyaz.calls.engine import events as ev
from tests.telephony.journal import Journal, leg
from tests.telephony.phones import PhoneCall
from tests.telephony.scenes import LASTS, Phones, client_talks, transfers

CONSULTED = ("consult", "105", "102", TransferOutcome.COMPLETED)


async def order(journal: Journal, live: CallView) -> None:
    """105 calls 102 while the client hears music, by our own command."""
    client, operator = leg(live, "city"), leg(live, "105")
    journal.tell(ev.OwnTransfer("consult", client.key, operator.key, "102"))
    await journal.commands.consult(operator.channel, client.channel, "102")


async def consult(journal: Journal, phones: Phones, live: CallView) -> PhoneCall:
    """The same, and 102 answers; they talk for a while."""
    await order(journal, live)
    colleague = await phones["102"].incoming()
    await colleague.answer()
    await journal.talking("105", "102")
    await colleague.hears(LASTS)
    return colleague


async def test_consult_by_the_telephone(journal: Journal, phones: Phones) -> None:
    """A second line of the telephone, then SIP REFER with Replaces: two Linkedids become one."""
    call, operator, _ = await client_talks(journal, phones)
    await operator.hold()
    asking = await phones["105"].call("102")
    second = await phones["102"].incoming()
    await second.answer()
    asked = await journal.talking("105", "102")
    await second.hears(LASTS)
    await operator.refer_attended(asking)
    await journal.talking("102", "city")
    await operator.ended()
    await asking.ended()
    await second.hears(LASTS)
    journal.lab.city.hang_up(call)
    (view,) = await journal.over(1)
    assert view.answered_by == ("105", "102")
    assert transfers(view) == [CONSULTED]
    assert [each.gone for each in journal.changes if isinstance(each, CallsMerged)] == [asked.id]
    rows = await journal.agrees(calls=1)
    assert {row.linkedid for row in rows if row.type == "CHAN_START"} == {view.id, asked.id}


async def test_own_consult_completed(journal: Journal, phones: Phones) -> None:
    call, operator, live = await client_talks(journal, phones)
    colleague = await consult(journal, phones, live)
    asked = await journal.talking("105", "102")
    await journal.commands.bridge(leg(live, "city").channel, leg(asked, "102").channel)
    await journal.talking("102", "city")
    await operator.ended()
    await colleague.hears(LASTS)
    journal.lab.city.hang_up(call)
    (view,) = await journal.over(1)
    assert view.answered_by == ("105", "102")
    assert transfers(view) == [CONSULTED]
    await journal.agrees(calls=1)


async def test_own_consult_from_which_the_operator_returns(journal: Journal, phones: Phones) -> None:
    call, operator, live = await client_talks(journal, phones)
    colleague = await consult(journal, phones, live)
    await journal.commands.bridge(leg(live, "city").channel, leg(live, "105").channel)
    await journal.talking("105", "city")
    await colleague.ended()
    await operator.hears(LASTS)
    journal.lab.city.hang_up(call)
    views = {view.direction: view for view in await journal.over(2)}
    incoming, internal = views[Direction.INCOMING], views[Direction.INTERNAL]
    assert incoming.answered_by == ("105",)
    assert transfers(incoming) == [("consult", "105", "102", TransferOutcome.RETURNED)]
    assert internal.consultation_of == incoming.id
    assert internal.answered_by == ("102",)
    assert internal.chronology[0].kind == "began"
    assert internal.chronology[0].details["endpoint"] == "105"
    await journal.agrees(calls=2)


async def test_own_consult_that_the_colleague_declines(journal: Journal, phones: Phones) -> None:
    call, operator, live = await client_talks(journal, phones)
    await order(journal, live)
    await (await phones["102"].incoming()).reject()
    # The operator's channel has nothing more to do in the dial plan and ends: the client is fetched by a colleague.
    await operator.ended()
    await journal.commands.redirect(leg(live, "city").channel, "103")
    third = await phones["103"].incoming()
    await third.answer()
    await journal.talking("103", "city")
    await third.hears(LASTS)
    journal.lab.city.hang_up(call)
    views = {view.direction: view for view in await journal.over(2)}
    incoming, internal = views[Direction.INCOMING], views[Direction.INTERNAL]
    assert incoming.answered_by == ("105", "103")
    assert transfers(incoming)[0] == ("consult", "105", "102", TransferOutcome.FAILED)
    assert (internal.status, internal.answered_by) == (Status.REJECTED, ())
    await journal.agrees(calls=2)


async def test_own_consult_in_which_the_client_gives_up(journal: Journal, phones: Phones) -> None:
    call, _, live = await client_talks(journal, phones)
    colleague = await consult(journal, phones, live)
    journal.lab.city.hang_up(call)
    # Nobody is left who would have to be gone back to, and what the two say to one another is an internal call.
    await journal.until(lambda: len(journal.ended) == 1, "the end of the client's call")
    await colleague.hears(LASTS)
    await colleague.hang_up()
    views = {view.direction: view for view in await journal.over(2)}
    incoming, internal = views[Direction.INCOMING], views[Direction.INTERNAL]
    assert incoming.answered_by == ("105",)
    assert transfers(incoming) == [("consult", "105", "102", TransferOutcome.FAILED)]
    assert internal.answered_by == ("102",)
    await journal.agrees(calls=2)


async def test_own_consult_with_the_parties_swapped(journal: Journal, phones: Phones) -> None:
    call, operator, live = await client_talks(journal, phones)
    second = await consult(journal, phones, live)
    asked = await journal.talking("105", "102")
    client, own, colleague = leg(live, "city").channel, leg(live, "105").channel, leg(asked, "102").channel
    # The colleague goes to music, the operator back to the client, and then the two are joined after all.
    await journal.commands.redirect_both(own, "s", colleague, "s", context="svyaz-hold", other_context="svyaz-hold")
    await journal.commands.bridge(client, own)
    await journal.talking("105", "city")
    await operator.hears(LASTS)
    await journal.commands.bridge(client, colleague)
    await journal.talking("102", "city")
    await second.hears(LASTS)
    await operator.hang_up()
    journal.lab.city.hang_up(call)
    (view,) = await journal.over(1)
    assert view.answered_by == ("105", "102")
    assert [each.kind for each in view.transfers] == ["consult"]
    assert view.transfers[0].outcome is TransferOutcome.COMPLETED
    await journal.agrees(calls=1)


async def test_consult_by_keys(journal: Journal, phones: Phones) -> None:
    """The exchange's own feature: *2, the number, and the operator hangs up to join."""
    call, operator, _ = await client_talks(journal, phones)
    await operator.press("*2")
    await journal.asks_for_number()
    await operator.press("102")
    second = await phones["102"].incoming()
    await second.answer()
    await journal.talking("105", "102")
    await second.hears(LASTS)
    await operator.hang_up()
    await journal.talking("102", "city")
    await second.hears(LASTS)
    journal.lab.city.hang_up(call)
    (view,) = await journal.over(1)
    assert "102" in view.answered_by
    assert [(each.kind, each.by, each.outcome) for each in view.transfers] == [
        ("consult", "105", TransferOutcome.COMPLETED)
    ]
    await journal.agrees(calls=1)
