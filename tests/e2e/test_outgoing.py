"""Calls out: from the search, the history, the dialpad and the cards; what the other side does is seen."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from exchange_lab.city import City
from tests.e2e.pages import PATIENCE, Caller, Panel, new_context, shown, sign_in_here, until
from tests.e2e.program import Person, Program
from tests.e2e.tones import CALLER_TONE

pytestmark = pytest.mark.e2e

VOICE = f"tone:{CALLER_TONE:g}"


@pytest.fixture(scope="session")
def clients(admin: Person) -> list[Any]:
    """Companies with a number and a contact person with a number, all of them nobody else's."""
    found: list[Any] = []
    for row in admin.get("/api/clients?limit=100")["items"]:
        card = admin.get(f"/api/clients/{row['id']}")
        phones = card["phones"][:1] + [phone for one in card["persons"][:1] for phone in one["phones"][:1]]
        if len(phones) == 2 and card["kind"] == "company" and all(_is_ones_own(admin, phone) for phone in phones):
            found.append(card)
        if len(found) == 4:
            return found
    raise AssertionError("too few clients with numbers of their own among the first hundred")


def _is_ones_own(admin: Person, phone: Any) -> bool:
    return bool(phone["e164"]) and len(admin.get(f"/api/who?number=%2B{phone['e164'][1:]}")["matches"]) == 1


def _status_in_journal(workspace: Page, name: str) -> str:
    """The outcome in the journal's first row of somebody, as it is on the screen."""
    workspace.bring_to_front()
    workspace.goto("/calls")
    workspace.get_by_role("searchbox", name="Имя или номер").fill(name)
    row = workspace.get_by_role("row", name=re.compile(re.escape(name))).first
    expect(row).to_be_visible(timeout=PATIENCE)
    return row.inner_text()


def test_found_by_a_part_of_a_name_or_number_and_called(
    program: Program,
    city: City,
    person: Callable[[str], BrowserContext],
    admin: Person,
    clients: list[Any],
    began: datetime,
) -> None:
    """O6, O7, O9, and every way the other side may take it."""
    client, other, third, fourth = clients
    number = client["phones"][0]["e164"]
    contact = other["persons"][0]
    busy, given_up = contact["phones"][0]["e164"], third["phones"][0]["e164"]
    rejecting = "+79035550011"
    city.set_behaviour(number, "answer", voice=VOICE)
    city.set_behaviour(busy, "busy")
    city.set_behaviour(given_up, "no_answer")
    city.set_behaviour(rejecting, "reject")
    silent = fourth["phones"][0]["e164"]
    city.set_behaviour(silent, "no_answer")

    # Boris calls somebody who never answers; that takes a minute, in which Anna does all the rest.
    patient = Panel.open(person("boris"))
    patient.go_on_line()
    patient.find(fourth["name"][5:-1])
    patient.options.filter(has_text=fourth["name"]).first.locator(".handset").click()
    expect(patient.current).to_contain_text(fourth["name"])

    operator = person("anna")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()

    # By a piece from the middle of the name.
    panel.find(client["name"][5:-1])
    option = panel.options.filter(has_text=client["name"]).first
    expect(option.locator(".handset")).to_be_visible()
    option.locator(".handset").dblclick()
    expect(panel.current).to_contain_text("Звоним…")
    expect(panel.current).to_contain_text(client["name"])
    panel.wait_to_hear_the_caller()
    expect(workspace).to_have_url(re.compile(f"/clients/{client['id']}"), timeout=PATIENCE)
    expect(panel.current).to_have_attribute("data-state", "talking")
    panel.hang_up()
    row = admin.ended_call(number, began)
    assert (row["direction"], row["status"]) == ("outgoing", "answered"), shown(row)
    assert "Дозвонились" in _status_in_journal(workspace, client["name"])

    # The same again from the history; the other side hangs up.
    panel.page.bring_to_front()
    again = panel.history.filter(has_text=client["name"]).first
    expect(again).to_contain_text("Дозвонились")
    again.get_by_test_id("call-back").click()
    panel.wait_to_hear_the_caller()
    Caller.of(city, number).hang_up()
    expect(panel.current).to_have_count(0, timeout=PATIENCE)

    # By a contact person's name; busy.
    panel.find(contact["name"].split()[0])
    panel.options.filter(has_text=contact["phones"][0]["shown"]).first.click()
    expect(panel.toasts).to_contain_text("занято")
    expect(panel.current).to_have_count(0)
    expect(panel.history.first).to_contain_text("Занято")
    row = admin.ended_call(busy, began)
    assert row["status"] == "busy", shown(row)
    assert row["who"]["person"]["id"] == contact["id"], shown(row)
    assert "Занято" in _status_in_journal(workspace, other["name"])

    # By a piece of a number; we give up.
    panel.find(given_up[4:])
    panel.options.filter(has_text=third["name"]).first.click()
    expect(panel.current).to_contain_text(third["name"])
    until(lambda: [one for one in city.calls() if one.number == given_up[1:]], "the other side to ring")
    panel.hang_up()
    row = admin.ended_call(given_up, began)
    assert row["status"] == "cancelled", shown(row)
    assert row["who"]["client"]["id"] == third["id"], shown(row)
    expect(panel.history.first).to_contain_text("Отменён")
    assert "Отменён" in _status_in_journal(workspace, third["name"])

    # A whole number that is nobody's, typed into the search; the other side rejects.
    panel.find("8 903 555 00 11")
    panel.options.filter(has_text="Позвонить +7 903 555-00-11").click()
    expect(panel.toasts.last).to_contain_text("отклонён")
    row = admin.ended_call(rejecting, began)
    assert row["status"] == "rejected", shown(row)

    expect(patient.toasts).to_contain_text("не отвечает", timeout=70_000)
    row = admin.ended_call(silent, began)
    assert row["status"] == "missed", shown(row)
    # An operator sees only their own calls: this one is Boris's.
    assert "Нет ответа" in _status_in_journal(patient.page.context.pages[0], fourth["name"])


def test_a_pasted_number_rings_in_whatever_spelling(
    city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    """O8, O9 and C3: a number that is nobody's, and the form of a new client with it."""
    operator = person("anna")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()
    city.set_behaviour("74957654321", "answer", voice=VOICE)

    for written in ("+7(495)7654321", "tel:+7-495-765-43-21", "4957654321", "84957654321"):
        expect(panel.paste_number(written)).to_have_value("+7 495 765-43-21")
    # The extension stays in sight: it is said to whoever answers, and is not dialled.
    expect(panel.paste_number("8 (495) 765-43-21 доб. 12")).to_have_value("+7 495 765-43-21 доб. 12")
    panel.page.keyboard.press("Enter")
    panel.wait_to_hear_the_caller()
    expect(workspace).to_have_url(re.compile(r"/clients/new\?"), timeout=PATIENCE)
    expect(workspace.locator("input[type=tel]").first).to_have_value(re.compile("495.*765.*43.*21"))
    panel.hang_up()
    row = admin.ended_call("+74957654321", began)
    assert (row["direction"], row["status"], row["who"]) == ("outgoing", "answered", None), shown(row)


def test_what_cannot_be_called_is_said_and_not_called(
    city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    panel = Panel.open(person("darya"))
    panel.go_on_line()

    panel.find("абвгд")
    expect(panel.page.get_by_text("Никого не нашли")).to_be_visible()
    expect(panel.options).to_have_count(0)
    panel.page.keyboard.press("Enter")
    panel.page.keyboard.press("Escape")

    panel.tab("Набор")
    panel.page.get_by_test_id("dial-number").fill("абв")
    expect(panel.page.get_by_test_id("dial-call")).to_be_disabled()

    for written, word in (
        ("199", "Такого внутреннего номера нет"),
        ("103", "Это ваш собственный номер"),
        ("+44 20 7946 0958", "Звонить за границу вам не разрешено"),
        ("12345678", "Это не похоже на номер"),
        ("8 495 12", "Городской номер наберите целиком"),
    ):
        panel.page.get_by_test_id("dial-number").fill(written)
        panel.page.get_by_test_id("dial-call").dblclick()
        expect(panel.toasts.filter(has_text=word)).to_have_count(1)
        expect(panel.current).to_have_count(0)
        panel.toasts.get_by_role("button", name="Закрыть").click()
        expect(panel.toasts).to_have_count(0)
    assert [row for row in admin.calls_since(began) if "Дарья" in shown(row["employees"])] == []


def test_cards_call_through_the_panel(
    city: City, person: Callable[[str], BrowserContext], admin: Person, clients: list[Any], began: datetime
) -> None:
    """O1, O3: the command bar, a number's menu, a lead; the card comes back when the other side answers."""
    operator = person("boris")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()
    client = clients[0]
    main, persons = client["phones"][0], client["persons"][0]["phones"][0]
    for phone in (main, persons):
        city.set_behaviour(phone["e164"], "answer", rings=1.0, voice=VOICE)

    workspace.bring_to_front()
    workspace.goto(f"/clients/{client['id']}?tab=main")
    workspace.get_by_role("button", name="Позвонить", exact=True).click()
    item = workspace.get_by_role("menuitem", name=re.compile(re.escape(persons["shown"])))
    expect(item).to_contain_text(client["persons"][0]["name"])
    item.click()
    panel.wait_to_hear_the_caller()
    expect(panel.current).to_contain_text(client["name"])
    expect(panel.current).to_contain_text(client["persons"][0]["name"])
    panel.hang_up()
    assert admin.ended_call(persons["e164"], began)["who"]["person"]["id"] == client["persons"][0]["id"]

    workspace.bring_to_front()
    workspace.goto(f"/clients/{client['id']}?tab=phones")
    workspace.get_by_role("button", name=f"Действия с номером {main['shown']}").first.click()
    workspace.get_by_role("menuitem", name="Позвонить").click()
    expect(panel.current).to_be_visible(timeout=PATIENCE)
    # Somewhere else meanwhile: the answer brings the card back.
    workspace.get_by_role("navigation").first.get_by_role("link", name="Звонки").click()
    expect(workspace).to_have_url(re.compile("/calls"))
    expect(workspace).to_have_url(re.compile(f"/clients/{client['id']}"), timeout=PATIENCE)
    panel.hang_up()
    assert admin.ended_call(main["e164"], began)["status"] == "answered"

    lead = _lead_with_a_number_of_its_own(admin)
    phone = lead["phones"][0]
    city.set_behaviour(phone["e164"], "answer", rings=1.0, voice=VOICE)
    workspace.bring_to_front()
    workspace.goto(f"/leads/{lead['id']}")
    workspace.get_by_role("button", name=f"Действия с номером {phone['shown']}").first.click()
    workspace.get_by_role("menuitem", name="Позвонить").click()
    expect(panel.current).to_contain_text(lead["name"], timeout=PATIENCE)
    workspace.get_by_role("navigation").first.get_by_role("link", name="Звонки").click()
    expect(workspace).to_have_url(re.compile(f"/leads/{lead['id']}"), timeout=PATIENCE)
    panel.hang_up()
    assert admin.ended_call(phone["e164"], began)["who"]["lead"]["id"] == lead["id"]


def test_the_panel_alone_offers_the_card(
    browser: Browser,
    program: Program,
    city: City,
    admin: Person,
    clients: list[Any],
    began: datetime,
) -> None:
    """O10: signed in at the panel, no workspace anywhere."""
    client = clients[1]
    number = client["phones"][0]["e164"]
    context = new_context(browser, program)
    try:
        panel = Panel.open(context)
        sign_in_here(panel.page, "elena", program.password("elena"))
        panel.go_on_line()
        city.call(number, "74951230003", voice=VOICE)
        panel.accept()
        expect(panel.current).to_contain_text(client["name"])
        offer = panel.page.get_by_test_id("card-offer")
        expect(offer).to_contain_text("Открыть карточку")
        with context.expect_page() as opened:
            offer.get_by_role("button", name="Открыть карточку").click()
        expect(opened.value).to_have_url(re.compile(f"/clients/{client['id']}"), timeout=PATIENCE)
        expect(opened.value.get_by_role("heading", name=client["name"]).first).to_be_visible()
        panel.wait_to_hear_the_caller()
        panel.hang_up()
        # Closed and opened again, it is still signed in.
        panel.page.close()
        panel = Panel.open(context)
        expect(panel.page.get_by_test_id("state-menu")).to_be_visible()
    finally:
        context.close()
    assert admin.ended_call(number, began)["status"] == "answered"


def _lead_with_a_number_of_its_own(admin: Person) -> Any:
    for row in admin.get("/api/leads?limit=50")["items"]:
        card = admin.get(f"/api/leads/{row['id']}")
        if card["phones"] and _is_ones_own(admin, card["phones"][0]):
            return card
    raise AssertionError("no lead with a number of its own among the first fifty")
