"""What goes wrong in an ordinary week: the database dies, a right goes, a session ends, a client is deleted meanwhile.

And callers who are not simply one client: a lead, two clients with one number, somebody new where leads are kept.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from exchange_lab.city import City
from tests.e2e.pages import PATIENCE, Caller, Panel, shown, sign_in_here
from tests.e2e.program import Person, Program
from tests.e2e.tones import CALLER_TONE

pytestmark = pytest.mark.e2e

SALES, SERVICE, ACCOUNTS = "74951230001", "74951230002", "74951230003"
VOICE = f"tone:{CALLER_TONE:g}"


@pytest.fixture
def began() -> datetime:
    """When the test began: the demonstration has a past of its own."""
    return datetime.now(UTC)


def _seconds(later: str, earlier: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def _client(admin: Person, name: str, number: str) -> Any:
    return admin.send("POST", "/api/clients", {"name": name, "kind": "company", "phones": [{"number": number}]})


def test_the_database_killed_in_mid_talk(
    program: Program, city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    first, second, third = "+79162220001", "+79162220002", "+79162220003"
    operator = person("elena")
    panel = Panel.open(operator)
    panel.go_on_line()

    # The talk outlives the database and is in the journal with all its length.
    caller = Caller(city, city.call(first, ACCOUNTS, voice=VOICE))
    panel.accept()
    panel.wait_to_hear_the_caller()
    program.kill_database()
    panel.wait_to_hear_the_caller()
    caller.wait_to_hear_the_operator()
    panel.hang_up()
    row = admin.ended_call(first, began)
    assert row["status"] == "answered", shown(row)
    assert abs(row["talking_ms"] / 1000 - _seconds(row["ended_at"], row["answered_at"])) < 1, shown(row)
    assert [one["name"] for one in row["answered_by"]] == ["Елена Носова"]

    # The caller hangs up at the very moment.
    caller = Caller(city, city.call(second, ACCOUNTS, voice=VOICE))
    panel.accept()
    hung_up = datetime.now(UTC)
    caller.hang_up()
    program.kill_database()
    row = admin.ended_call(second, began)
    assert row["status"] == "answered", shown(row)
    assert abs(_seconds(row["ended_at"], hung_up.isoformat())) < 2, shown(row)
    expect(panel.current).to_have_count(0, timeout=PATIENCE)

    # Nobody had to do anything: the next call has its banner, and the workspace its card.
    city.call(third, ACCOUNTS, voice=VOICE)
    panel.wait_for_ringing()
    expect(panel.banner).to_contain_text("+7 916 222-00-03", timeout=PATIENCE)
    panel.accept()
    expect(operator.pages[0]).to_have_url(re.compile(r"/clients/new\?"), timeout=PATIENCE)
    panel.hang_up()
    assert admin.ended_call(third, began)["status"] == "answered"


def test_sessions_ended_in_mid_talk(
    program: Program, city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    number = "+79162220004"
    city.set_behaviour(number, "answer", voice=VOICE)
    operator = person("mikhail")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()
    panel.find(number)
    panel.options.first.click()
    panel.wait_to_hear_the_caller()
    program.shell(
        "from django.contrib.sessions.models import Session\n"
        "for one in Session.objects.all():\n"
        "    if one.get_decoded().get('_auth_user_id') == str(Employee.objects.get(login='mikhail').pk): one.delete()"
    )
    # The next thing asked of the server says so; the talk itself goes on to its end.
    panel.find("Ромашка")
    expect(panel.page.get_by_text("Сеанс завершён. Закончите разговор и войдите снова.")).to_be_visible()
    panel.page.screenshot(path="/tmp/shots-g/session-ended.png")
    panel.wait_to_hear_the_caller()
    panel.hang_up()
    expect(panel.page.get_by_text("Сеанс завершён. Войдите снова")).to_be_visible()
    panel.page.screenshot(path="/tmp/shots-g/session-sign-in.png")
    assert admin.ended_call(number, began)["status"] == "answered"
    workspace.bring_to_front()
    workspace.get_by_role("navigation").first.get_by_role("link", name="Клиенты").click()
    expect(workspace.get_by_label("Логин")).to_be_visible(timeout=PATIENCE)
    workspace.screenshot(path="/tmp/shots-g/session-workspace.png")

    panel.page.bring_to_front()
    sign_in_here(panel.page, "mikhail", program.password("mikhail"))
    panel.go_on_line()


@pytest.fixture
def petr_comes_back(program: Program) -> Iterator[None]:
    """Whatever a test did to him."""
    yield
    program.shell(
        "from svyaz.staff.services import ensure_devices\n"
        "petr = Employee.objects.get(login='petr')\n"
        f"petr.is_active = True; petr.set_password({program.password('petr')!r}); petr.save(); ensure_devices(petr)"
    )


@pytest.mark.usefixtures("petr_comes_back")
def test_dismissed_while_it_rings(
    program: Program, city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    number = "+79162220005"
    petr, mikhail = Panel.open(person("petr")), Panel.open(person("mikhail"))
    petr.go_on_line()
    city.call(number, SERVICE, voice=VOICE)
    petr.wait_for_ringing()
    program.shell(
        "from svyaz.staff.services import dismiss\n"
        "dismiss(Employee.objects.get(login='petr'), by=Employee.objects.get(login='admin'))"
    )
    expect(petr.page.get_by_text("Сеанс завершён. Войдите снова")).to_be_visible(timeout=PATIENCE)
    expect(petr.banner).to_have_count(0)
    sign_in_here(petr.page, "petr", program.password("petr"))
    expect(petr.page.get_by_role("alert")).to_contain_text("Логин или пароль не подходят")
    petr.page.screenshot(path="/tmp/shots-g/dismissed.png")

    # The caller is not lost: a colleague comes on line and takes the call.
    mikhail.go_on_line()
    mikhail.accept()
    mikhail.wait_to_hear_the_caller()
    mikhail.hang_up()
    row = admin.ended_call(number, began)
    assert [one["name"] for one in row["answered_by"]] == ["Михаил Орлов"], shown(row)


@pytest.fixture
def darya_gets_all_rights_back(program: Program) -> Iterator[None]:
    """Whatever was taken away."""
    yield
    _grant(program, "")


def _grant(program: Program, *taken: str) -> None:
    """Take rights away from Darya; every other right is as her role has it."""
    program.shell(
        "from svyaz.staff.models import Right\n"
        "from svyaz.staff.services import give_right, withdraw_grant\n"
        "by = Employee.objects.get(login='admin'); darya = Employee.objects.get(login='darya')\n"
        "for right in (Right.MAKE_CALLS, Right.EDIT_CRM):\n"
        f"    if right in {taken!r}: give_right(right, 'none', to=darya, by=by)\n"
        "    else: withdraw_grant(right, of=darya, by=by)"
    )


@pytest.mark.usefixtures("darya_gets_all_rights_back")
def test_rights_taken_away_while_at_work(
    program: Program, city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    number = "+79162220006"
    city.set_behaviour(number, "answer", voice=VOICE)
    operator = person("darya")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()
    workspace.bring_to_front()
    workspace.goto("/clients/new")
    workspace.get_by_label("Наименование").first.fill("ООО «Без права»")
    _grant(program, "make_calls", "edit_crm")

    workspace.get_by_role("button", name=re.compile("^Создать")).click()
    expect(workspace.locator(".toast")).to_contain_text("Нет права «Изменять клиентов и лиды»")
    # What was typed is still there.
    expect(workspace.get_by_label("Наименование").first).to_have_value("ООО «Без права»")
    workspace.screenshot(path="/tmp/shots-g/no-right.png")

    panel.find(number)
    panel.options.first.click()
    expect(panel.toasts).to_contain_text("Нет права «Звонить»")
    expect(panel.current).to_have_count(0)
    assert admin.calls_since(began, number) == []

    # Given back, it works without a reload.
    _grant(program)
    workspace.bring_to_front()
    workspace.get_by_role("button", name=re.compile("^Создать")).click()
    expect(workspace).to_have_url(re.compile(r"/clients/[0-9a-f-]{36}"), timeout=PATIENCE)
    panel.find(number)
    panel.options.first.click()
    panel.wait_to_hear_the_caller()
    panel.hang_up()
    assert admin.ended_call(number, began)["status"] == "answered"


def test_a_client_deleted_while_they_call(
    city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    number, again = "+79162220007", "+79162220008"
    operator = person("elena")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()

    # While it rings: the banner goes over to the bare number, and the form of a new client opens.
    client = _client(admin, "ООО «Исчезающее»", number)
    city.call(number, ACCOUNTS, voice=VOICE)
    panel.wait_for_ringing()
    expect(panel.banner).to_contain_text("ООО «Исчезающее»")
    admin.send("DELETE", f"/api/clients/{client['id']}")
    expect(panel.banner.get_by_test_id("incoming-title")).to_have_text("+7 916 222-00-07")
    expect(panel.banner).to_contain_text("Этого номера ещё нет в базе")
    panel.accept()
    expect(workspace).to_have_url(re.compile(r"/clients/new\?"), timeout=PATIENCE)
    panel.hang_up()
    assert admin.ended_call(number, began)["status"] == "answered"

    # While they talk: the open card says so and offers the way back; the call itself stays.
    client = _client(admin, "ООО «Ненадолго»", again)
    city.call(again, ACCOUNTS, voice=VOICE)
    panel.accept()
    expect(workspace).to_have_url(re.compile(f"/clients/{client['id']}"), timeout=PATIENCE)
    expect(workspace.get_by_role("heading", name="ООО «Ненадолго»")).to_be_visible()
    admin.send("DELETE", f"/api/clients/{client['id']}")
    expect(workspace.get_by_text("Клиент удалён. Его звонки остались в журнале.")).to_be_visible()
    workspace.screenshot(path="/tmp/shots-g/deleted.png")
    panel.wait_to_hear_the_caller()
    workspace.get_by_role("button", name="Вернуть").click()
    expect(workspace.get_by_text("Клиент удалён. Его звонки остались в журнале.")).to_have_count(0)
    panel.hang_up()
    row = admin.ended_call(again, began)
    assert row["status"] == "answered", shown(row)
    assert row["who"]["client"]["id"] == client["id"], shown(row)


def test_who_it_may_be(
    program: Program, city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
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
    panel.page.screenshot(path="/tmp/shots-g/cyrillic.png")
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
    panel.page.screenshot(path="/tmp/shots-g/lead.png")
    panel.accept()
    expect(workspace).to_have_url(re.compile(f"/leads/{lead['id']}"), timeout=PATIENCE)
    panel.hang_up()
    assert admin.ended_call(number, began)["who"]["lead"]["id"] == lead["id"]

    # Two clients with one number: the banner asks, and the answer stays with the call.
    number = "+79162220013"
    one, other = (_client(admin, name, number) for name in ("ООО «Правая рука»", "ООО «Левая рука»"))
    city.call(number, ACCOUNTS, voice=VOICE)
    panel.wait_for_ringing()
    expect(panel.banner).to_contain_text("Подходят несколько: кто это?")
    matches = panel.banner.get_by_test_id("match")
    expect(matches).to_have_count(2)
    for match in matches.all():
        expect(match).to_contain_text("номер совпал полностью")
    panel.page.screenshot(path="/tmp/shots-g/several.png")
    chosen = other if "Правая" in panel.banner.get_by_test_id("incoming-title").inner_text() else one
    matches.filter(has_text=chosen["name"]).click()
    expect(panel.banner.get_by_test_id("incoming-title")).to_have_text(chosen["name"])
    expect(matches).to_have_count(0)
    panel.page.screenshot(path="/tmp/shots-g/several-picked.png")
    panel.accept()
    expect(workspace).to_have_url(re.compile(f"/clients/{chosen['id']}"), timeout=PATIENCE)
    panel.hang_up()
    row = admin.ended_call(number, began)
    assert row["who"]["client"]["id"] == chosen["id"], shown(row)
    assert row["who_picked"], shown(row)
    assert len(row["matches"]) == 2, shown(row)

    # Somebody new where leads are kept: the form of a lead, and the call shows the lead made from it.
    number = "+79162220014"
    program.shell("Firm.objects.update(uses_leads=True)")
    try:
        _new_lead(city, panel, workspace, number)
    finally:
        program.shell("Firm.objects.update(uses_leads=False)")
    row = admin.ended_call(number, began)
    assert row["who"]["lead"]["name"] == "Новенький", shown(row)
    workspace.goto("/calls")
    expect(workspace.get_by_role("row", name=re.compile("Новенький")).first).to_be_visible(timeout=PATIENCE)


def _new_lead(city: City, panel: Panel, workspace: Any, number: str) -> None:
    city.call(number, ACCOUNTS, voice=VOICE)
    panel.accept()
    expect(workspace).to_have_url(re.compile(r"/leads/new\?"), timeout=PATIENCE)
    workspace.bring_to_front()
    expect(workspace.locator("input[type=tel]").first).to_have_value(re.compile("916.*222.*00.*14"))
    workspace.screenshot(path="/tmp/shots-g/new-lead.png")
    workspace.get_by_role("textbox", name=re.compile("^Имя|^Название|^Наименование")).first.fill("Новенький")
    workspace.get_by_role("button", name="Создать лида").click()
    expect(workspace).to_have_url(re.compile(r"/leads/[0-9a-f-]{36}"), timeout=PATIENCE)
    panel.hang_up()
