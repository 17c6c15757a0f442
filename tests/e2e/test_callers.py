"""Callers who are not simply one client: a lead, two clients with one number, somebody new, a name without end."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from exchange_lab.city import City
from svyaz.calls.services.directory import FRESH
from tests.e2e.pages import PATIENCE, Panel, shown, until
from tests.e2e.program import Person, Program
from tests.e2e.rude import RudeCaller
from tests.e2e.tones import CALLER_TONE

pytestmark = pytest.mark.e2e

ACCOUNTS = "74951230003"
VOICE = f"tone:{CALLER_TONE:g}"


@pytest.fixture
def leads(program: Program) -> Iterator[float]:
    """The firm works with leads while the test runs; since when, by the monotonic clock."""
    program.shell("Firm.objects.update(uses_leads=True)")
    yield time.monotonic()
    program.shell("Firm.objects.update(uses_leads=False)")


def test_who_it_may_be(
    leads: float, city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    """C1, C3: a name from the network, a lead, two clients with one number, somebody new for a firm with leads."""
    operator = person("elena")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()

    # Nobody's number, with a name in Cyrillic.
    named = "+79162220011"
    call = city.call(named, ACCOUNTS, voice=VOICE, name="Щукина Ёлка Ивановна")
    panel.wait_for_ringing()
    expect(panel.banner).to_contain_text("+7 916 222-00-11")
    expect(panel.banner).to_contain_text("Щукина Ёлка Ивановна")
    city.hang_up(call)
    expect(panel.banner).to_have_count(0, timeout=PATIENCE)
    expect(panel.history.first).to_contain_text("Щукина Ёлка Ивановна")
    assert admin.ended_call(named, began)["caller_name"] == "Щукина Ёлка Ивановна"

    # A lead.
    number = "+79162220012"
    lead = admin.send("POST", "/api/leads", {"name": "Кузьма Скоробогатый", "phones": [{"number": number}]})
    city.call(number, ACCOUNTS, voice=VOICE)
    panel.wait_for_ringing()
    expect(panel.banner.get_by_test_id("incoming-title")).to_have_text("Кузьма Скоробогатый")
    expect(panel.banner.get_by_test_id("incoming-reason")).to_contain_text("омер совпал полностью")
    panel.accept()
    expect(workspace).to_have_url(re.compile(f"/leads/{lead['id']}"), timeout=PATIENCE)
    panel.hang_up()
    assert admin.ended_call(number, began)["who"]["lead"]["id"] == lead["id"]

    # Two clients with one number: the banner asks, and the answer stays with the call.
    number = "+79162220013"
    one, other = (admin.new_client(name, number) for name in ("ООО «Правая рука»", "ООО «Левая рука»"))
    city.call(number, ACCOUNTS, voice=VOICE)
    panel.wait_for_ringing()
    expect(panel.banner).to_contain_text("Подходят несколько: кто это?")
    matches = panel.banner.get_by_test_id("match")
    expect(matches).to_have_count(2)
    for match in matches.all():
        expect(match).to_contain_text("номер совпал полностью")
    chosen = other if "Правая" in panel.banner.get_by_test_id("incoming-title").inner_text() else one
    matches.filter(has_text=chosen["name"]).click()
    expect(panel.banner.get_by_test_id("incoming-title")).to_have_text(chosen["name"])
    expect(matches).to_have_count(0)
    panel.accept()
    expect(workspace).to_have_url(re.compile(f"/clients/{chosen['id']}"), timeout=PATIENCE)
    panel.hang_up()
    row = admin.ended_call(number, began)
    assert row["who"]["client"]["id"] == chosen["id"], shown(row)
    assert row["who_picked"], shown(row)
    assert len(row["matches"]) == 2, shown(row)

    # Somebody new where leads are kept: the form of a lead, and the call shows the lead made from it.
    number = "+79162220014"
    until(lambda: time.monotonic() > leads + FRESH, "the firm's settings to be read anew")
    city.call(number, ACCOUNTS, voice=VOICE)
    panel.accept()
    expect(workspace).to_have_url(re.compile(r"/leads/new\?"), timeout=PATIENCE)
    workspace.bring_to_front()
    expect(workspace.locator("input[type=tel]").first).to_have_value(re.compile("916.*222.*00.*14"))
    workspace.get_by_role("textbox", name=re.compile("^Имя|^Название|^Наименование")).first.fill("Новенький")
    workspace.get_by_role("button", name="Создать лида").click()
    expect(workspace).to_have_url(re.compile(r"/leads/[0-9a-f-]{36}"), timeout=PATIENCE)
    panel.hang_up()
    row = admin.ended_call(number, began)
    assert row["who"]["lead"]["name"] == "Новенький", shown(row)
    workspace.goto("/calls")
    expect(workspace.get_by_role("row", name=re.compile("Новенький")).first).to_be_visible(timeout=PATIENCE)


def test_names_without_end(
    program: Program, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    number, shown_as = "+79162220015", "+7 916 222-00-15"
    operator = person("elena")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()

    # Ten kilobytes over the trunk. The exchange keeps 79 bytes of them: half a letter at the end.
    with RudeCaller(program.ports(), number, ACCOUNTS, name="Ё" * 5_000) as caller:
        panel.wait_for_ringing()
        expect(panel.banner.get_by_test_id("incoming-title")).to_have_text(shown_as)
        expect(panel.banner).to_contain_text("Ё" * 39)
        expect(panel.banner).not_to_contain_text("\N{REPLACEMENT CHARACTER}")
        _everything_has_its_place(panel.page, panel.banner, highest=220)
        for button in ("accept", "decline"):
            expect(panel.banner.get_by_test_id(button)).to_be_in_viewport(ratio=1)
        panel.accept()
        caller.answered()
        _everything_has_its_place(panel.page, panel.current, highest=180)
        expect(panel.current.get_by_test_id("hang-up")).to_be_in_viewport(ratio=1)
        expect(workspace).to_have_url(re.compile(r"/clients/new\?"), timeout=PATIENCE)
        workspace.bring_to_front()
        strip = workspace.get_by_role("region", name="Текущий звонок")
        _everything_has_its_place(workspace, strip, highest=44)
        expect(strip.get_by_role("button", name="Завершить")).to_be_in_viewport(ratio=1)
        panel.hang_up()
        caller.over()
    row = admin.ended_call(number, began)
    assert (row["status"], row["caller_name"]) == ("answered", "Ё" * 39), shown(row)

    # Other exchanges cut less, the journal at 200 letters: long words for the width, many for the height.
    program.shell(f"Call.objects.filter(id='{row['id']}').update(caller_name=' '.join(['Ж' * 66] * 3))")
    panel.page.reload()
    expect(panel.history.first).to_contain_text("Ж" * 66)
    _everything_has_its_place(panel.page, panel.history.first, highest=60)
    workspace.bring_to_front()
    workspace.goto("/calls")
    rows = workspace.get_by_role("row")
    this = rows.filter(has_text=shown_as).first
    expect(this).to_contain_text("Ж" * 66)
    _everything_has_its_place(workspace, this, highest=_height(rows.nth(3)))
    this.click()
    expect(workspace.get_by_text("Ход звонка")).to_be_visible()
    _everything_has_its_place(workspace, workspace.get_by_role("main"), highest=900)


def _height(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["height"]


def _everything_has_its_place(page: Page, place: Locator, *, highest: float) -> None:
    """Nothing is wider than the window, and this place is no higher than it may be."""
    expect(place).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    assert place.evaluate("one => one.scrollWidth <= one.clientWidth + 1"), "something sticks out"
    assert _height(place) <= highest
