"""`kill -9` in mid-call: whatever dies comes back by itself, no call is lost, none is there twice."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from exchange_lab.city import City
from tests.e2e.pages import PATIENCE, Panel, shown, until
from tests.e2e.program import Person, Program
from tests.e2e.tones import CALLER_TONE

pytestmark = pytest.mark.e2e

LINE = "74951230001"


@pytest.fixture
def panel(person: Callable[[str], BrowserContext]) -> Iterator[Panel]:
    """Boris's telephone, on line."""
    panel = Panel.open(person("boris"))
    panel.go_on_line()
    yield panel
    if panel.current.count():
        panel.hang_up()


def _talk(panel: Panel, city: City, number: str) -> str:
    """A caller and the operator talk; returns the city's id of the call."""
    call = city.call(number, LINE, voice=f"tone:{CALLER_TONE:g}")
    panel.wait_for_ringing()
    panel.page.bring_to_front()
    panel.page.keyboard.press("Enter")
    panel.wait_for_talk()
    return call


def _rows(admin: Person, number: str) -> list[Any]:
    rows: list[Any] = admin.get(f"/api/calls?q=%2B{number}&limit=20")["items"]
    return rows


def _ended(admin: Person, number: str) -> Any:
    def look() -> Any:
        rows = _rows(admin, number)
        assert len(rows) <= 1, f"the call is there {len(rows)} times: {shown(rows)}"
        return rows[0] if rows and not rows[0]["live"] else None

    return until(look, f"the end of the call of {number}", seconds=60)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_telephony_killed_and_the_call_goes_on(program: Program, city: City, panel: Panel, admin: Person) -> None:
    number = "79050000001"
    _talk(panel, city, number)
    killed = program.pids("telephony")
    program.kill("telephony")
    until(lambda: set(program.pids("telephony")) - set(killed), "telephony to come back")
    program.wait_for_exchange("up")
    (row,) = _rows(admin, number)
    assert row["live"], shown(row)
    hung_up = datetime.now(UTC)
    panel.hang_up()
    row = _ended(admin, number)
    assert row["status"] == "answered", shown(row)
    assert abs((_at(row["ended_at"]) - hung_up).total_seconds()) < 1.5, shown(row)
    talked = (_at(row["ended_at"]) - _at(row["answered_at"])).total_seconds()
    assert abs(row["talking_ms"] / 1000 - talked) < 1, shown(row)
    assert [one["name"] for one in row["answered_by"]] == ["Борис Ильин"]


def test_telephony_killed_and_the_call_ends_meanwhile(
    program: Program, city: City, panel: Panel, admin: Person
) -> None:
    number = "79050000002"
    call = _talk(panel, city, number)
    program.kill("telephony")
    city.hang_up(call)
    hung_up = datetime.now(UTC)
    row = _ended(admin, number)
    assert row["status"] == "answered", shown(row)
    assert abs((_at(row["ended_at"]) - hung_up).total_seconds()) < 1.5, shown(row)
    expect(panel.current).to_have_count(0, timeout=PATIENCE)


def test_a_call_that_came_and_went_while_telephony_was_dead_is_not_mixed_up(
    program: Program, city: City, panel: Panel, admin: Person
) -> None:
    """The ringing call dies with nobody watching; the next one is followed as always."""
    first, second = "79050000003", "79050000004"
    call = city.call(first, LINE, voice="silence")
    panel.wait_for_ringing()
    program.kill("telephony")
    city.hang_up(call)
    row = _ended(admin, first)
    assert row["status"] == "missed", shown(row)
    program.wait_for_exchange("up")
    _talk(panel, city, second)
    panel.hang_up()
    assert _ended(admin, second)["status"] == "answered"


def test_web_killed_and_the_panel_comes_back_to_its_call(
    program: Program, city: City, panel: Panel, admin: Person
) -> None:
    number = "79050000005"
    _talk(panel, city, number)
    killed = program.pids("web")
    program.kill("web")
    until(lambda: set(program.pids("web")) - set(killed), "web to come back")
    frequency, level = until(lambda: panel.hears(), "sound")
    assert abs(frequency - CALLER_TONE) < 15, "the talk was cut"
    assert level > -60

    def registered() -> bool:
        return bool(panel.page.evaluate("window.svyazPhone.line === 'on'"))

    until(registered, "the panel to be on line again", seconds=60)
    panel.hang_up()
    row = _ended(admin, number)
    assert row["status"] == "answered", shown(row)


def test_the_exchange_killed_and_calls_come_in_again(program: Program, city: City, panel: Panel, admin: Person) -> None:
    number, after = "79050000006", "79050000007"
    _talk(panel, city, number)
    time_of_death = datetime.now(UTC)
    program.kill_exchange()
    row = _ended(admin, number)
    assert row["status"] == "answered", shown(row)
    assert abs((_at(row["ended_at"]) - time_of_death).total_seconds()) < 30, shown(row)
    program.wait_for_exchange("up")
    until(lambda: panel.page.evaluate("window.svyazPhone.line === 'on'"), "the panel's registration", seconds=90)
    expect(panel.current).to_have_count(0, timeout=PATIENCE)
    _rings_again(panel, city, after)
    panel.hang_up()
    assert _ended(admin, after)["status"] == "answered"


def _rings_again(panel: Panel, city: City, number: str) -> None:
    # The registration that the panel believes in may have died with the exchange: it renews it by itself.
    deadline = time.monotonic() + 90
    while True:
        call = city.call(number, LINE, voice="silence")
        try:
            expect(panel.banner.get_by_test_id("accept")).to_be_visible(timeout=5000)
            break
        except AssertionError:
            city.hang_up(call)
            if time.monotonic() > deadline:
                raise
    panel.page.bring_to_front()
    panel.page.keyboard.press("Enter")
    panel.wait_for_talk()
