"""A panel reloaded in mid-call: the talk goes on in the new page, and it is still one call."""

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import BrowserContext

from exchange_lab.city import City
from tests.e2e.pages import Panel, shown, until
from tests.e2e.program import Person, Program
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

    # More than once: how far the exchange is with the old page's going is different each time.
    for _ in range(4):
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


def test_whose_panel_stays_away_does_not_wait_for_ever(
    city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    """Music, then the employee's telephones; when none of them comes on line, the call ends."""
    number = "79991230078"
    panel = Panel.open(person("anna"))
    panel.go_on_line()
    city.call(number, "74951230001", voice=f"tone:{CALLER_TONE:g}")
    panel.accept()
    panel.wait_to_hear_the_caller()
    panel.page.close()
    row = admin.ended_call(f"+{number}", began)
    assert row["status"] == "answered", shown(row)
    waited = (datetime.fromisoformat(row["ended_at"]) - datetime.fromisoformat(row["answered_at"])).total_seconds()
    # Twenty seconds of music, then thirty in which a telephone may come on line and ring.
    assert 20 < waited < 60, shown(row)
