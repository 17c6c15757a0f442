"""What goes wrong in an ordinary week: the database dies, a right goes, a session ends, a client is deleted."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import pytest
from playwright.sync_api import BrowserContext, expect

from exchange_lab.city import City
from tests.e2e.pages import PATIENCE, Caller, Panel, shown, sign_in_here, until
from tests.e2e.program import Person, Program
from tests.e2e.tones import CALLER_TONE

pytestmark = pytest.mark.e2e

SALES, SERVICE, ACCOUNTS = "74951230001", "74951230002", "74951230003"
VOICE = f"tone:{CALLER_TONE:g}"


def _seconds(later: str, earlier: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


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
    program.wait_for_database()
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
    program.wait_for_database()
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


def test_the_database_away_for_twenty_seconds(
    program: Program, city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    """Calls go on, and all of them are in the journal afterwards, each once, with the lengths they had."""
    before, during, beside, after = (f"+7916222003{number}" for number in range(4))
    operator = person("elena")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()
    city.call(before, ACCOUNTS, voice=VOICE)
    panel.accept()
    panel.wait_to_hear_the_caller()
    expect(workspace).to_have_url(re.compile(r"/clients/new\?"), timeout=PATIENCE)
    ringing = city.call(beside, ACCOUNTS, voice=VOICE)
    expect(panel.banner).to_contain_text("Этого номера ещё нет в базе", timeout=PATIENCE)
    missed = [beside]
    with program.database_away():
        gone = time.monotonic()
        panel.wait_to_hear_the_caller()
        city.hang_up(ringing)
        expect(panel.banner).to_have_count(0, timeout=PATIENCE)
        panel.hang_up()
        first_ended = datetime.now(UTC)
        workspace.bring_to_front()
        # The telephone knows that it is over; the server cannot tell.
        expect(workspace.get_by_role("region", name="Текущий звонок")).to_have_count(0)
        workspace.get_by_role("navigation").first.get_by_role("link", name="Лиды").click()
        words = workspace.get_by_text("База данных не отвечает. Программа подключится к ней сама")
        expect(words).to_be_visible(timeout=PATIENCE)

        # One comes and goes whole: the telephone needs no database.
        caller = Caller(city, city.call(during, ACCOUNTS, voice=VOICE))
        panel.wait_for_ringing()
        expect(panel.banner).to_contain_text("+7 916 222-00-31")
        panel.accept()
        answered = datetime.now(UTC)
        caller.wait_to_hear_the_operator()
        caller.hang_up()
        hung_up = datetime.now(UTC)
        expect(panel.current).to_have_count(0, timeout=PATIENCE)

        # Others give up, until it was away for long enough.
        while time.monotonic() - gone < 20:
            missed.append(f"+791622204{len(missed):02d}")
            city.call(missed[-1], ACCOUNTS, voice=VOICE, gives_up_after=2.0)
            panel.wait_for_ringing()
            expect(panel.banner).to_have_count(0, timeout=PATIENCE)
    program.wait_for_database()

    row = admin.ended_call(before, began)
    assert row["status"] == "answered", shown(row)
    assert abs(_seconds(row["ended_at"], first_ended.isoformat())) < 2, shown(row)
    row = admin.ended_call(during, began)
    assert (row["status"], row["direction"]) == ("answered", "incoming"), shown(row)
    assert abs(_seconds(row["answered_at"], answered.isoformat())) < 2, shown(row)
    assert abs(_seconds(row["ended_at"], hung_up.isoformat())) < 2, shown(row)
    assert [one["name"] for one in row["answered_by"]] == ["Елена Носова"]
    for number in missed:
        assert admin.ended_call(number, began)["status"] == "missed"
    for number in (before, during):
        until(partial(_recorded, admin, number, began), f"the recording of {number}", seconds=60)

    # The pages are whole again by themselves.
    workspace.bring_to_front()
    expect(words).to_have_count(0, timeout=PATIENCE)
    expect(workspace.get_by_role("row").nth(1)).to_be_visible()
    workspace.get_by_role("navigation").first.get_by_role("link", name="Звонки").click()
    expect(workspace.get_by_role("row", name=re.compile("222-00-31"))).to_be_visible(timeout=PATIENCE)
    expect(panel.history.filter(has_text="+7 916 222-00-31")).to_contain_text("Принят", timeout=PATIENCE)
    expect(panel.history.first).to_contain_text("Пропущен")
    assert "/calls" in workspace.url, "a call that is long over opened a card"
    city.call(after, ACCOUNTS, voice=VOICE)
    panel.accept()
    expect(workspace).to_have_url(re.compile(r"/clients/new\?"), timeout=PATIENCE)
    panel.hang_up()
    assert admin.ended_call(after, began)["status"] == "answered"


def _recorded(admin: Person, number: str, began: datetime) -> bool:
    (recording,) = admin.ended_call(number, began)["recordings"]
    return bool(recording["state"] == "ready")


def test_signed_out_in_another_window_in_mid_talk(
    program: Program, city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    number = "+79162220020"
    operator = person("mikhail")
    workspace = operator.pages[0]
    journal = operator.new_page()
    journal.goto("/calls")
    panel = Panel.open(operator)
    panel.go_on_line()
    city.set_behaviour(number, "answer", voice=VOICE)
    panel.find(number)
    panel.options.first.click()
    panel.wait_to_hear_the_caller()
    workspace.bring_to_front()
    workspace.get_by_role("button", name="Меню пользователя Михаил Орлов").click()
    workspace.get_by_role("menuitem", name="Выйти").click()
    expect(workspace.get_by_label("Логин")).to_be_visible()
    # Nobody touches the other windows: they say it themselves and show nothing any more.
    expect(journal.get_by_label("Логин")).to_be_visible()
    expect(journal.get_by_role("row")).to_have_count(0)
    expect(panel.page.get_by_text("Сеанс завершён. Закончите разговор и войдите снова.")).to_be_visible()
    panel.wait_to_hear_the_caller()
    panel.hang_up()
    expect(panel.page.get_by_text("Сеанс завершён. Войдите снова")).to_be_visible()
    expect(panel.history).to_have_count(0)
    assert admin.ended_call(number, began)["status"] == "answered"


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
    panel.wait_to_hear_the_caller()
    panel.hang_up()
    expect(panel.page.get_by_text("Сеанс завершён. Войдите снова")).to_be_visible()
    assert admin.ended_call(number, began)["status"] == "answered"
    workspace.bring_to_front()
    workspace.get_by_role("navigation").first.get_by_role("link", name="Клиенты").click()
    expect(workspace.get_by_label("Логин")).to_be_visible(timeout=PATIENCE)

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
    dismissed = person("petr")
    petr, mikhail = Panel.open(dismissed), Panel.open(person("mikhail"))
    petr.go_on_line()
    city.call(number, SERVICE, voice=VOICE)
    petr.wait_for_ringing()
    program.shell(
        "from svyaz.staff.services import dismiss\n"
        "dismiss(Employee.objects.get(login='petr'), by=Employee.objects.get(login='admin'))"
    )
    expect(petr.page.get_by_text("Сеанс завершён. Войдите снова")).to_be_visible(timeout=PATIENCE)
    expect(petr.banner).to_have_count(0)
    expect(dismissed.pages[0].get_by_label("Логин")).to_be_visible()
    expect(dismissed.pages[0].get_by_role("navigation")).to_have_count(0)
    sign_in_here(petr.page, "petr", program.password("petr"))
    expect(petr.page.get_by_role("alert")).to_contain_text("Логин или пароль не подходят")

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
    _rights_of_darya(program)


def _rights_of_darya(program: Program, **scopes: str) -> None:
    """Give her these rights and none beside what her role has."""
    program.shell(
        "from svyaz.staff.models import Right\n"
        "from svyaz.staff.services import give_right, withdraw_grant\n"
        "by = Employee.objects.get(login='admin'); darya = Employee.objects.get(login='darya')\n"
        "for right in (Right.MAKE_CALLS, Right.EDIT_CRM, Right.SEE_CALLS):\n"
        f"    scope = {scopes!r}.get(right)\n"
        "    if scope: give_right(right, scope, to=darya, by=by)\n"
        "    else: withdraw_grant(right, of=darya, by=by)"
    )


@pytest.mark.usefixtures("darya_gets_all_rights_back")
def test_rights_taken_away_while_at_work(
    program: Program, city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    number, seen, unseen = "+79162220006", "+79162220021", "+79162220022"
    city.set_behaviour(number, "answer", voice=VOICE)
    _rights_of_darya(program, see_calls="all")
    operator = person("darya")
    workspace, journal = operator.pages[0], operator.new_page()
    journal.goto("/calls")
    city.call(seen, ACCOUNTS, voice=VOICE, gives_up_after=1.0)
    expect(journal.get_by_role("row", name=re.compile("222-00-21"))).to_be_visible(timeout=PATIENCE)
    panel = Panel.open(operator)
    panel.go_on_line()
    workspace.bring_to_front()
    workspace.goto("/clients/new")
    workspace.get_by_label("Наименование").first.fill("ООО «Без права»")
    _rights_of_darya(program, make_calls="none", edit_crm="none")

    # What she may not see any more goes from the open page, and nothing like it comes.
    expect(journal.get_by_role("row", name=re.compile("222-00-21"))).to_have_count(0)
    expect(journal.get_by_role("row", name=re.compile("Дарья Ким")).first).to_be_visible()
    city.call(unseen, ACCOUNTS, voice=VOICE, gives_up_after=1.0)
    admin.ended_call(unseen, began)

    workspace.get_by_role("button", name=re.compile("^Создать")).click()
    expect(workspace.locator(".toast")).to_contain_text("Нет права «Изменять клиентов и лиды»")
    # What was typed is still there.
    expect(workspace.get_by_label("Наименование").first).to_have_value("ООО «Без права»")

    panel.find(number)
    panel.options.first.click()
    expect(panel.toasts).to_contain_text("Нет права «Звонить»")
    expect(panel.current).to_have_count(0)
    assert admin.calls_since(began, number) == []

    # Given back, it works without a reload.
    _rights_of_darya(program)
    workspace.bring_to_front()
    workspace.get_by_role("button", name=re.compile("^Создать")).click()
    expect(workspace).to_have_url(re.compile(r"/clients/[0-9a-f-]{36}"), timeout=PATIENCE)
    panel.find(number)
    panel.options.first.click()
    panel.wait_to_hear_the_caller()
    panel.hang_up()
    assert admin.ended_call(number, began)["status"] == "answered"
    expect(journal.get_by_role("row", name=re.compile("222-00-06"))).to_be_visible()
    expect(journal.get_by_role("row", name=re.compile("222-00-22"))).to_have_count(0)


def test_a_client_deleted_while_they_call(
    city: City, person: Callable[[str], BrowserContext], admin: Person, began: datetime
) -> None:
    number, again = "+79162220007", "+79162220008"
    operator = person("elena")
    workspace = operator.pages[0]
    panel = Panel.open(operator)
    panel.go_on_line()

    # While it rings: the banner goes over to the bare number, and the form of a new client opens.
    client = admin.new_client("ООО «Исчезающее»", number)
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
    client = admin.new_client("ООО «Ненадолго»", again)
    city.call(again, ACCOUNTS, voice=VOICE)
    panel.accept()
    expect(workspace).to_have_url(re.compile(f"/clients/{client['id']}"), timeout=PATIENCE)
    expect(workspace.get_by_role("heading", name="ООО «Ненадолго»")).to_be_visible()
    admin.send("DELETE", f"/api/clients/{client['id']}")
    expect(workspace.get_by_text("Клиент удалён. Его звонки остались в журнале.")).to_be_visible()
    panel.wait_to_hear_the_caller()
    workspace.get_by_role("button", name="Вернуть").click()
    expect(workspace.get_by_text("Клиент удалён. Его звонки остались в журнале.")).to_have_count(0)
    panel.hang_up()
    row = admin.ended_call(again, began)
    assert row["status"] == "answered", shown(row)
    assert row["who"]["client"]["id"] == client["id"], shown(row)
