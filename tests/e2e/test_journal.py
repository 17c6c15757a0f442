"""The journal on the screen follows what happens, without being read anew, as far as rights go."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, WebSocket, expect

from exchange_lab.city import City
from tests.e2e.pages import PATIENCE, Panel, until
from tests.e2e.program import Person, Program
from tests.e2e.tones import CALLER_TONE

pytestmark = pytest.mark.e2e

ACCOUNTS = "74951230003"  # Elena alone
NUMBER, SHOWN = "79161110061", "+7 916 111-00-61"
VOICE = f"tone:{CALLER_TONE:g}"


@pytest.fixture
def deaf(program: Program) -> Iterator[str]:
    """Login of somebody who sees all calls and may hear none."""
    program.shell(
        "from svyaz.staff.models import Employee, Right\n"
        "from svyaz.staff.services import give_right\n"
        "petr, boss = (Employee.objects.get(login=login) for login in ('petr', 'admin'))\n"
        "give_right(Right.SEE_CALLS, 'all', to=petr, by=boss)\n"
        "give_right(Right.HEAR_RECORDINGS, 'none', to=petr, by=boss)\n"
    )
    yield "petr"
    program.shell("from svyaz.staff.models import Grant; Grant.objects.filter(employee__login='petr').delete()")


def test_marks_come_and_go_and_recordings_reach_only_those_who_may_hear(
    city: City, person: Callable[[str], BrowserContext], admin: Person, deaf: str
) -> None:
    frames: list[str] = []
    seeing = person(deaf).pages[0]
    seeing.on("websocket", lambda socket: _listen(socket, frames))
    hearing = person("admin").pages[0]
    for page in (hearing, seeing):
        page.goto("/calls")
    panel = Panel.open(person("elena"))
    panel.go_on_line()

    missed = city.call(NUMBER, ACCOUNTS, voice=VOICE)
    panel.wait_for_ringing()
    city.hang_up(missed)
    for page in (hearing, seeing):
        expect(_rows(page)).to_have_count(1, timeout=PATIENCE)
        expect(_rows(page)).to_contain_text("Потерян")
        expect(_rows(page).get_by_label("Ещё не дозвонились")).to_be_visible()
        expect(_rows(page).get_by_label("Первый контакт")).to_be_visible()
    expect(panel.history.first).to_contain_text("ещё не дозвонились")

    city.call(NUMBER, ACCOUNTS, voice=VOICE)
    panel.accept()
    for page in (hearing, seeing):
        expect(_rows(page)).to_have_count(2, timeout=PATIENCE)
        expect(_rows(page).get_by_label("Ещё не дозвонились")).to_have_count(0)
        expect(_rows(page).last).to_contain_text("Нет ответа")
    panel.wait_to_hear_the_caller()
    panel.hang_up()
    expect(_rows(hearing).first.get_by_label("Есть запись")).to_be_visible(timeout=60_000)
    (call, _) = admin.get(f"/api/calls?q={NUMBER}")["items"]
    (recording,) = call["recordings"]

    # A comment is told to all, and changes nothing of what is known of the recording.
    admin.send("PUT", f"/api/calls/{call['id']}/comment", {"comment": "Перезвонит сам"})
    for page in (hearing, seeing):
        expect(_rows(page).first.get_by_label("Комментарий")).to_be_visible()
    expect(_rows(hearing).first.get_by_label("Есть запись")).to_be_visible()
    expect(_rows(seeing).get_by_label("Есть запись")).to_have_count(0)
    until(lambda: any("Перезвонит сам" in frame for frame in frames), "the comment in the stream")
    assert not any(recording["id"] in frame for frame in frames)
    assert seeing.request.get(recording["url"]).status == 404


def _rows(page: Page) -> Locator:
    return page.get_by_role("row").filter(has_text=SHOWN)


def _listen(socket: WebSocket, frames: list[str]) -> None:
    socket.on("framereceived", lambda frame: frames.append(str(frame)))
