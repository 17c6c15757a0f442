"""The pictures of docs/guide: a walk through what the guide tells. Only where SVYAZ_SCREENSHOTS names a folder."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from exchange_lab.city import City
from tests.e2e.pages import PATIENCE, Panel, Simulator, new_context, until
from tests.e2e.pictures import with_palette
from tests.e2e.program import Person, Program

FOLDER = os.environ.get("SVYAZ_SCREENSHOTS", "")
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(not FOLDER, reason="SVYAZ_SCREENSHOTS names no folder")]

SALES = "Отдел продаж"
KNOWN, STRANGER = "+74951234567", "+79995550142"
LIMIT = 150_000  # bytes of one picture: the guide must open quickly, and the repository stay small
_DARK = "document.documentElement.dataset.theme = 'dark'"
_LIGHT = "document.documentElement.dataset.theme = 'light'"


def shot(page: Page, name: str) -> None:
    """A picture of the page, everything on it drawn and at rest."""
    page.bring_to_front()
    page.mouse.move(0, 0)
    page.evaluate("document.fonts.ready")
    picture = with_palette(page.screenshot(animations="disabled", caret="hide", scale="css"))
    assert len(picture) <= LIMIT, f"{name} has {len(picture)} bytes"
    (Path(FOLDER) / f"{name}.png").write_bytes(picture)


def test_the_way_in(browser: Browser, program: Program, person: Callable[[str], BrowserContext], quiet: None) -> None:
    Path(FOLDER).mkdir(parents=True, exist_ok=True)
    context = new_context(browser, program)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Логин").fill("anna")
    shot(page, "sign-in")
    context.close()

    operator = person("anna")
    workspace = operator.pages[0]
    expect(workspace.locator("article").first).to_be_visible()
    shot(workspace, "workspace")
    panel = Panel.open(operator)
    expect(panel.history.first).to_be_visible()
    shot(panel.page, "panel-off-line")
    panel.go_on_line()
    panel.page.get_by_test_id("state-menu").click()
    expect(panel.page.get_by_role("menuitem", name="Обед")).to_be_visible()
    shot(panel.page, "panel-on-line")
    panel.page.keyboard.press("Escape")
    panel.page.get_by_test_id("devices").click()
    # The tests switch off what would eat their tones.
    for name in ("Подавлять шум", "Подавлять эхо", "Выравнивать громкость"):
        panel.page.get_by_label(name).check()
    shot(panel.page, "devices")
    panel.page.keyboard.press("Escape")
    second = Panel.open(operator)
    expect(second.page.get_by_text("Телефон держит другое окно")).to_be_visible()
    expect(second.history.first).to_be_visible()
    shot(second.page, "second-window")


def test_a_call_comes_in(city: City, person: Callable[[str], BrowserContext], admin: Person) -> None:
    operator = person("anna")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()
    office = person("admin").pages[0]
    simulator = Simulator(office)
    simulator.call(KNOWN, SALES, voice="Русская речь")
    panel.wait_for_ringing()
    expect(office.get_by_role("button", name="Положить трубку")).to_be_visible()
    expect(panel.banner).to_contain_text("0:02")
    shot(office, "simulator")
    shot(panel.page, "banner")

    panel.press("Enter")
    panel.wait_for_talk()
    expect(workspace).to_have_url(re.compile(r"/clients/"), timeout=PATIENCE)
    expect(workspace.locator("article").first).to_be_visible()
    expect(panel.current.get_by_test_id("timer")).to_have_text("00:03", timeout=PATIENCE)
    shot(workspace, "card")
    shot(panel.page, "talk")
    panel.page.evaluate(_DARK)
    shot(panel.page, "talk-dark")
    panel.page.evaluate(_LIGHT)
    # Long enough for a waveform that looks like a talk.
    expect(panel.current.get_by_test_id("timer")).to_have_text(re.compile(r"00:1[5-9]"), timeout=PATIENCE)
    panel.hang_up()

    simulator.call(STRANGER, SALES, voice="Русская речь")
    panel.wait_for_ringing()
    shot(panel.page, "banner-unknown")
    panel.press("Enter")
    panel.wait_for_talk()
    expect(workspace).to_have_url(re.compile(r"/new\?"), timeout=PATIENCE)
    workspace.bring_to_front()
    workspace.get_by_label("Наименование").first.fill("ООО «Новый знакомый»")
    expect(panel.current.get_by_test_id("timer")).to_have_text("00:04", timeout=PATIENCE)
    shot(workspace, "new-client")
    workspace.get_by_role("button", name=re.compile("^Создать")).click()
    expect(workspace).to_have_url(re.compile(r"/clients/[0-9a-f-]{36}"), timeout=PATIENCE)
    panel.hang_up()

    _journal(workspace, admin)


def _journal(workspace: Page, admin: Person) -> None:
    (call, *_) = admin.get(f"/api/calls?q=%2B{KNOWN[1:]}&limit=1")["items"]
    until(lambda: admin.get(f"/api/calls/{call['id']}")["recordings"][0]["state"] == "ready", "the recording", 60)
    workspace.goto("/calls")
    row = workspace.get_by_role("row", name=re.compile("ТехноСтрой")).first
    row.click()
    expect(workspace.locator(".player").first).to_be_visible(timeout=PATIENCE)
    workspace.get_by_label("Комментарий").last.fill("Ждёт счёт на второй этап")
    workspace.get_by_role("button", name="Сохранить").click()
    player = workspace.locator(".player").first
    player.get_by_role("button", name="Слушать").click()
    expect(player).to_contain_text(re.compile(r"0:0[3-9] / "), timeout=PATIENCE)
    player.get_by_role("button", name="Пауза").click()
    shot(workspace, "journal")
    workspace.get_by_role("button", name="Пропущенные").click()
    workspace.evaluate(_DARK)
    expect(workspace.get_by_role("row").nth(2)).to_be_visible()
    shot(workspace, "journal-missed-dark")
    workspace.evaluate(_LIGHT)


def test_calling_out(city: City, person: Callable[[str], BrowserContext], admin: Person) -> None:
    operator = person("anna")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()
    (client, *_) = admin.get(f"/api/who?number=%2B{KNOWN[1:]}")["matches"]
    workspace.goto(f"/clients/{client['client']['id']}")
    workspace.get_by_role("tab", name="Адреса и телефоны").click()
    workspace.get_by_role("button", name=re.compile("^Позвонить")).first.click()
    expect(workspace.get_by_role("menu")).to_be_visible()
    shot(workspace, "call-client")
    workspace.keyboard.press("Escape")

    panel.find("техно")
    expect(panel.options.first).to_be_visible()
    shot(panel.page, "search")
    panel.page.keyboard.press("Escape")
    panel.page.keyboard.press("Escape")
    panel.paste_number("8 (495) 123-45-67")
    shot(panel.page, "dial")
