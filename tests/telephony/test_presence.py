"""Who is online, rings, talks, is gone: from the exchange's hints and registrations."""

from __future__ import annotations

from collections.abc import Callable

from svyaz.connectors.asterisk import presence
from svyaz.connectors.asterisk.snapshot import snapshot
from tests.telephony.firm import BOOKS
from tests.telephony.journal import Journal
from tests.telephony.phones import Phone


def said(journal: Journal, extension: str) -> Callable[[], list[str]]:
    def states() -> list[str]:
        found = (presence.from_event(message) for message in journal.messages)
        return [each[1] for each in found if each is not None and each[0] == extension]

    return states


async def test_online_ringing_busy_online(journal: Journal, phones: dict[str, Phone]) -> None:
    now = await snapshot(journal.session)
    states = {each.exten: presence.of_status(each.status) for each in now.extensions}
    assert states["105"] == "online"
    assert presence.of_devices(now.devices, "105") == "online"
    assert "105" in now.registered
    assert "105-web" not in now.registered
    call = journal.lab.city.call("79161234567", BOOKS)
    operator = await phones["105"].incoming()
    states_of_105 = said(journal, "105")
    await journal.until(lambda: "ringing" in states_of_105(), "105 ringing")
    await operator.answer()
    await journal.until(lambda: states_of_105()[-1:] == ["busy"], "105 busy")
    busy = await snapshot(journal.session)
    assert {each.exten: presence.of_status(each.status) for each in busy.extensions}["105"] == "busy"
    journal.lab.city.hang_up(call)
    await journal.one()
    await journal.until(lambda: states_of_105()[-1:] == ["online"], "105 online")


async def test_telephone_goes_and_comes(journal: Journal, phones: dict[str, Phone]) -> None:
    phone = phones["104"]

    def registrations() -> list[tuple[str, bool]]:
        found = (presence.registration(message) for message in journal.messages)
        return [each for each in found if each is not None]

    await phone.sign_off()
    await journal.until(lambda: ("104", False) in registrations(), "104 gone")
    await journal.until(lambda: said(journal, "104")()[-1:] == ["offline"], "104 offline")
    await phone.sign_on()
    await journal.until(lambda: ("104", True) in registrations(), "104 back")
    await journal.until(lambda: said(journal, "104")()[-1:] == ["online"], "104 online")
