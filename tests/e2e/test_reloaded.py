"""A panel reloaded in mid-call: the talk goes on in the new page, and it is still one call."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from exchange_lab.city import City
from tests.e2e.pages import Panel, until
from tests.e2e.program import Program
from tests.e2e.tones import CALLER_TONE

pytestmark = pytest.mark.e2e

STRANGER = "79991230077"


def test_a_reload_in_mid_call_does_not_lose_it(
    program: Program, city: City, person: Callable[[str], BrowserContext]
) -> None:
    panel = Panel.open(person("anna"))
    panel.go_on_line()
    city.call(STRANGER, "74951230001", voice=f"tone:{CALLER_TONE:g}")
    panel.wait_for_ringing()
    panel.page.bring_to_front()
    panel.page.keyboard.press("Enter")
    panel.wait_for_talk()
    until(lambda: abs(panel.hears()[0] - CALLER_TONE) < 30, "the client is heard")

    panel.page.reload()
    panel.wait_for_talk()
    until(lambda: abs(panel.hears()[0] - CALLER_TONE) < 30, "the client is heard again")
    admin = program.person("admin")
    (row,) = admin.get(f"/api/calls?q=%2B{STRANGER}")["items"]
    assert row["live"]
    panel.hang_up()

    def ended() -> object:
        (call,) = admin.get(f"/api/calls?q=%2B{STRANGER}")["items"]
        return call if not call["live"] else None

    until(ended, "the call ended")
    details = admin.get(f"/api/calls/{row['id']}")
    assert details["status"] == "answered"
    assert details["transfers"] == []
