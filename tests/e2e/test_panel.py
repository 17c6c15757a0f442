"""The telephone itself: two calls at once, hold, microphone, keys, decline, two windows, a ring group."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import BrowserContext, expect

from exchange_lab.city import City
from tests.e2e.pages import PATIENCE, Caller, Panel, shown, until
from tests.e2e.program import Person, Program
from tests.e2e.tones import CALLER_TONE

pytestmark = pytest.mark.e2e

ACCOUNTS, SALES = "74951230003", "74951230001"  # Elena alone; Anna, Boris and Darya together
VOICE = f"tone:{CALLER_TONE:g}"


def test_a_second_call_hold_microphone_and_keys(
    program: Program, city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    first_number, second_number = "79161110001", "79161110002"
    panel = Panel.open(person("elena"))
    panel.go_on_line()
    first = Caller(city, city.call(first_number, ACCOUNTS, voice=VOICE))
    panel.accept()
    panel.wait_to_hear_the_caller()
    first.wait_to_hear_the_operator()

    # The microphone: off, the caller hears nothing at all; on, the operator is back.
    panel.press("F4")
    expect(panel.current.get_by_test_id("mute")).to_have_attribute("aria-pressed", "true")
    expect(panel.current.get_by_test_id("mute")).to_contain_text("Выключен")
    first.wait_for_silence()
    panel.press("F4")
    first.wait_to_hear_the_operator()

    # Keys, typed and clicked, are heard as keys.
    with program.keys_at_the_city() as keys:
        panel.current.get_by_test_id("keys").click()
        panel.page.keyboard.press("5")
        panel.page.get_by_test_id("key-#").click()
        panel.page.get_by_test_id("key-0").click()
        until(lambda: keys() == "5#0", f"the city to hear 5#0, not {keys()!r}")
    panel.current.get_by_test_id("keys").click()

    # Another call beside the talk: a banner, no change to the talk until it is accepted.
    second = Caller(city, city.call(second_number, ACCOUNTS, voice=VOICE))
    panel.wait_for_ringing()
    expect(panel.banner).to_contain_text("+7 916 111-00-02")
    expect(panel.current).to_contain_text("+7 916 111-00-01")
    panel.press("Enter")
    expect(panel.current).to_contain_text("+7 916 111-00-02", timeout=PATIENCE)
    expect(panel.other).to_contain_text("+7 916 111-00-01")
    expect(panel.other).to_have_attribute("data-state", "held")
    second.wait_to_hear_the_operator()
    first.wait_not_to_hear_the_operator()

    # Over to the first and back by the button.
    panel.other.get_by_role("button", name="Переключиться").click()
    expect(panel.current).to_contain_text("+7 916 111-00-01")
    first.wait_to_hear_the_operator()
    second.wait_not_to_hear_the_operator()

    # The first hangs up: the second is still there, on hold, and comes back with F6.
    first.hang_up()
    expect(panel.other).to_have_count(0, timeout=PATIENCE)
    expect(panel.current).to_contain_text("+7 916 111-00-02")
    expect(panel.current).to_have_attribute("data-state", "held")
    expect(panel.current).to_contain_text("На удержании")
    panel.press("F6")
    expect(panel.current).to_have_attribute("data-state", "talking")
    second.wait_to_hear_the_operator()
    panel.wait_to_hear_the_caller()
    panel.hang_up()
    for number in (first_number, second_number):
        row = admin.ended_call(f"+{number}", began)
        assert row["status"] == "answered", shown(row)
        assert [one["name"] for one in row["answered_by"]] == ["Елена Носова"]
    until(lambda: not city.calls(), "both callers to be gone")


def test_declined_by_the_only_one_it_rings(
    city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    panel = Panel.open(person("elena"))
    panel.go_on_line()
    city.call("79161110003", ACCOUNTS, voice=VOICE)
    panel.wait_for_ringing()
    panel.press("Escape")
    expect(panel.banner).to_have_count(0)
    row = admin.ended_call("+79161110003", began)
    assert row["status"] == "rejected", shown(row)
    assert not city.calls()
    expect(panel.history.first).to_contain_text("Отклонён")
    expect(panel.page.get_by_test_id("state-menu")).to_contain_text("На линии")


def test_a_ring_group_one_declines_one_answers(
    city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    boris, darya, anna = (Panel.open(person(login)) for login in ("boris", "darya", "anna"))
    for panel in (boris, darya, anna):
        panel.go_on_line()
    city.call("79161110004", SALES, voice=VOICE)
    for panel in (boris, darya, anna):
        panel.wait_for_ringing()
    missed_before = anna.missed.inner_text() if anna.missed.count() else ""

    # Boris declines: for the others it goes on.
    boris.press("Escape")
    expect(boris.banner).to_have_count(0)
    expect(darya.banner).to_be_visible()
    darya.accept()
    # Anna did nothing: her banner goes, and nothing of it says that she missed a call.
    expect(anna.banner).to_have_count(0, timeout=PATIENCE)
    darya.wait_to_hear_the_caller()
    expect(anna.current).to_have_count(0)
    darya.hang_up()
    row = admin.ended_call("+79161110004", began)
    assert row["status"] == "answered", shown(row)
    assert [one["name"] for one in row["answered_by"]] == ["Дарья Ким"]
    outcomes = {leg["employee"]["name"]: leg["outcome"] for leg in row["legs"] if leg["employee"]}
    assert outcomes == {"Дарья Ким": "answered", "Борис Ильин": "rejected", "Анна Смирнова": "elsewhere"}, shown(row)
    for panel in (anna, boris):
        newest = panel.history.filter(has_text="+7 916 111-00-04").first
        expect(newest).to_contain_text("Принят: Дарья Ким")
        expect(newest).not_to_contain_text("Пропущен")
    assert (anna.missed.inner_text() if anna.missed.count() else "") == missed_before
    expect(darya.history.first).to_contain_text("Принят")

    # The next one nobody takes: missed, once, by each.
    call = city.call("79161110005", SALES, voice=VOICE)
    anna.wait_for_ringing()
    city.hang_up(call)
    expect(anna.banner).to_have_count(0, timeout=PATIENCE)
    row = admin.ended_call("+79161110005", began)
    assert row["status"] == "missed", shown(row)
    for panel in (anna, boris, darya):
        expect(panel.history.filter(has_text="+7 916 111-00-05")).to_contain_text("Пропущен")
    expect(anna.missed).not_to_have_text(missed_before or "0")


def test_two_windows_are_one_telephone(
    city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    """The second window drives the first; when the first is closed in mid-talk, the talk goes on in the second."""
    number = "79161110006"
    operator = person("elena")
    first = Panel.open(operator)
    first.go_on_line()
    second = Panel.open(operator)
    expect(second.page.get_by_text("Телефон держит другое окно")).to_be_visible()
    expect(second.page.get_by_test_id("state-menu")).to_contain_text("На линии")

    caller = Caller(city, city.call(number, ACCOUNTS, voice=VOICE))
    first.wait_for_ringing()
    second.wait_for_ringing()
    second.banner.get_by_test_id("accept").click()
    for panel in (first, second):
        panel.wait_for_talk()
        expect(panel.banner).to_have_count(0)
    first.wait_to_hear_the_caller()
    second.press("F6")
    for panel in (first, second):
        expect(panel.current).to_have_attribute("data-state", "held")
    caller.wait_not_to_hear_the_operator()
    second.press("F6")
    caller.wait_to_hear_the_operator()

    first.page.close()
    second.wait_to_hear_the_caller()
    expect(second.page.get_by_text("Телефон держит другое окно")).to_have_count(0)
    expect(second.page.get_by_test_id("state-menu")).to_contain_text("На линии")
    caller.wait_to_hear_the_operator()
    second.hang_up()
    row = admin.ended_call(f"+{number}", began)
    assert row["status"] == "answered", shown(row)

    # And the next call rings here.
    city.call("79161110007", ACCOUNTS, voice=VOICE)
    second.accept()
    second.hang_up()
    assert admin.ended_call("+79161110007", began)["status"] == "answered"


def test_a_window_reloaded_while_it_calls_out_leaves_nothing_ringing(
    city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    panel = Panel.open(person("elena"))
    panel.go_on_line()
    city.set_behaviour("79161110008", "no_answer")
    panel.find("+79161110008")
    panel.options.first.click()
    until(city.calls, "the other side to ring")
    panel.page.reload()
    until(lambda: not city.calls(), "the other side to stop ringing", seconds=10)
    assert admin.ended_call("+79161110008", began)["status"] == "cancelled"
    expect(panel.page.get_by_test_id("state-menu")).to_contain_text(re.compile("На линии"), timeout=PATIENCE)
    expect(panel.current).to_have_count(0)
