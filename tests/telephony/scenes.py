"""What many tests begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from svyaz.calls.engine import CallView, TransferOutcome
from svyaz.connectors.asterisk import presence
from tests.telephony.firm import BOOKS
from tests.telephony.journal import Journal
from tests.telephony.phones import Phone, PhoneCall

CLIENT = "79161234567"
LASTS = 1.5
"""Seconds of every part of a call that a record might count wrongly: more than the one by which records may differ."""

Phones = dict[str, Phone]


async def client_talks(
    journal: Journal, phones: Phones, extension: str = "105", line: str = BOOKS
) -> tuple[str, PhoneCall, CallView]:
    """A client talks with an employee. Returns the city's id of the call, the telephone's call, the journal's call."""
    call = journal.lab.city.call(CLIENT, line)
    operator = await phones[extension].incoming()
    await operator.answer()
    live = await journal.talking(extension, "city")
    await operator.hears(LASTS)
    return call, operator, live


def transfers(view: CallView) -> list[tuple[str, str | None, str | None, TransferOutcome | None]]:
    return [(each.kind, each.by, each.to, each.outcome) for each in view.transfers]


@asynccontextmanager
async def off_line(journal: Journal, phone: Phone) -> AsyncIterator[None]:
    """The exchange knows that the telephone is gone; at the end it is back."""
    await phone.sign_off()
    await journal.until(
        lambda: (phone.name, False) in map(presence.registration, journal.messages), f"{phone.name} to be gone"
    )
    try:
        yield
    finally:
        await phone.sign_on()
