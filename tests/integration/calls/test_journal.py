"""What the engine says becomes the journal, and browsers hear of it."""

import pytest

from svyaz.calls.models import Call, CallLeg, Line
from svyaz.calls.schemas import PushedCall
from svyaz.crm.schemas import ClientIn, PhoneIn
from svyaz.crm.services import create_client, delete_client
from svyaz.realtime.models import Event
from svyaz.staff.models import Employee, Role
from tests.integration.calls.scenes import BEGINNING, Scene
from tests.integration.people import hired

pytestmark = pytest.mark.django_db

CLIENT = "+79161234567"


@pytest.fixture
def anna() -> Employee:
    return hired()


@pytest.fixture
def boris(anna: Employee) -> Employee:
    return hired("boris", extension="102", first_name="Борис", last_name="Котов")


@pytest.fixture
def line() -> Line:
    return Line.objects.create(number="+74951230001", name="Отдел продаж")


def client_of(anna: Employee, number: str = CLIENT, name: str = "ООО «Ромашка»"):  # type: ignore[no-untyped-def]
    return create_client(ClientIn(name=name, phones=[PhoneIn(number=number)]), by=anna)


def pushed(kind: str) -> list[Event]:
    return list(Event.objects.filter(kind=kind))


def test_an_answered_call_is_one_row_with_its_client_people_and_times(
    anna: Employee, boris: Employee, line: Line
) -> None:
    client = client_of(anna, "8 (916) 123-45-67")
    call = Scene().incoming("79161234567").rings("101", "102").answered("102").hung_up(after=60)
    assert (call.direction, call.status, call.live, call.state) == ("incoming", "answered", False, "ended")
    assert (call.client_id, call.line_id, call.number) == (client.id, line.id, CLIENT)
    assert call.number_shown == "+7 916 123-45-67"
    assert call.began_at == BEGINNING
    assert abs(call.waiting_ms - 3200) <= 1
    assert abs(call.talking_ms - 60_000) <= 1
    assert call.first_contact
    assert [(leg.endpoint, leg.outcome) for leg in call.legs.all()] == [
        ("city", "answered"), ("101", "elsewhere"), ("102", "answered"),
    ]  # fmt: skip
    assert {(one.employee_id, one.answered) for one in call.participants.all()} == {(anna.id, False), (boris.id, True)}


def test_a_call_nobody_answered_is_missed(anna: Employee) -> None:
    call = Scene().incoming("79161234567").rings("101").hung_up(after=20)
    assert (call.status, call.answered_at) == ("missed", None)
    assert call.waiting_ms == 20_100


def test_every_card_pushed_has_the_shape_of_the_api_and_reaches_who_may_see_it(anna: Employee, line: Line) -> None:
    client_of(anna)
    Scene().incoming("79161234567", name="Иван").rings("101").answered("101").hung_up()
    cards = pushed("call")
    assert cards
    for event in cards:
        PushedCall.model_validate(event.data)
        assert "calls:all" in event.topics
    assert f"calls:employee:{anna.id}" in cards[-1].topics
    assert cards[-1].data["who"]["client"]["name"] == "ООО «Ромашка»"
    versions = [event.data["version"] for event in cards]
    assert versions == sorted(set(versions))
    assert not cards[-1].data["live"]


def test_the_card_opens_for_whoever_answered_and_once(anna: Employee, boris: Employee) -> None:
    client = client_of(anna)
    call = Scene().incoming("79161234567").rings("101", "102").answered("102").hung_up()
    (opened,) = pushed("card.open")
    assert opened.topics == [f"employee:{boris.id}"]
    assert opened.data == {
        "call_id": str(call.id), "kind": "client", "id": str(client.id), "number": CLIENT, "shown": "+7 916 123-45-67",
    }  # fmt: skip


@pytest.mark.parametrize(("own", "kind"), [(None, "new_client"), (True, "new_lead")])
def test_for_a_stranger_a_form_opens_as_the_employee_works(anna: Employee, own: bool | None, kind: str) -> None:
    anna.works_with_leads = own
    anna.save()
    Scene().incoming("79161234567").rings("101").answered("101")
    (opened,) = pushed("card.open")
    assert (opened.data["kind"], opened.data["id"]) == (kind, None)


def test_the_card_opens_when_the_other_side_of_an_outgoing_call_answers(anna: Employee) -> None:
    client = client_of(anna)
    scene = Scene()
    call = scene.outgoing("101", "79161234567").rings("city", number="79161234567")
    assert not pushed("card.open")
    call.answered("city")
    (opened,) = pushed("card.open")
    assert (opened.topics, opened.data["id"]) == ([f"employee:{anna.id}"], str(client.id))
    row = call.hung_up()
    assert (row.direction, row.status, row.client_id) == ("outgoing", "answered", client.id)


def test_an_internal_call_is_nobodys_client(anna: Employee, boris: Employee) -> None:
    call = Scene().outgoing("101", "102").rings("102").answered("102").hung_up()
    assert (call.direction, call.client_id, call.who, call.number) == ("internal", None, None, "")
    assert not pushed("card.open")


def test_the_same_batch_again_changes_and_tells_nothing(anna: Employee) -> None:
    scene = Scene()
    call = scene.incoming("79161234567").rings("101").answered("101")
    row, told = call.row(), Event.objects.count()
    from svyaz.calls.services.record import Batch, record

    record(scene.exchange.id, Batch(scene.engine.views()), scene.firm, at=scene.at)
    assert Event.objects.count() == told
    assert call.row().version == row.version


def test_what_piled_up_is_written_in_one_go(anna: Employee) -> None:
    scene = Scene()
    scene.hold = True
    call = scene.incoming("79161234567").rings("101").answered("101")
    scene.tell(after=60)
    scene.write()
    assert call.row().state == "talking"
    assert len(pushed("call")) == 1
    assert len(pushed("card.open")) == 1


def test_a_client_deleted_in_mid_call_takes_nothing_away(anna: Employee) -> None:
    client = client_of(anna)
    call = Scene().incoming("79161234567").rings("101").answered("101")
    delete_client(client.id, by=anna)
    assert call.row().who is None
    row = call.hung_up()
    assert (row.status, row.client_id) == ("answered", None)


def test_strange_names_and_numbers_are_written_as_far_as_they_go(anna: Employee) -> None:
    call = Scene().incoming("anonymous", name="Ж" * 10_000 + "\0").rings("101").answered("101").hung_up()
    assert (call.number, call.number_shown, len(call.caller_name)) == ("", "anonymous", 200)


def test_news_that_comes_after_the_end_reopens_nothing(anna: Employee) -> None:
    scene = Scene()
    call = scene.incoming("79161234567").rings("101").answered("101")
    up = scene.engine.views()
    ended = call.hung_up()
    from svyaz.calls.services.record import Batch, record

    record(scene.exchange.id, Batch(up), scene.firm, at=scene.at)
    assert Call.objects.get(pk=ended.pk).live is False
    assert CallLeg.objects.exclude(state="ended").count() == 0


def test_a_second_call_is_no_first_contact_and_says_when_they_last_talked(anna: Employee) -> None:
    scene = Scene()
    scene.incoming("79161234567").rings("101").answered("101").hung_up(after=185)
    call = scene.incoming("79161234567").rings("101").hung_up()
    assert not call.first_contact
    assert call.last_talk == {"at": "2026-11-24T09:00:00Z", "text": "Анна С. · 3:05"}


def test_a_number_that_gets_a_client_takes_its_earlier_calls_along(anna: Employee) -> None:
    scene = Scene()
    past = scene.incoming("79161234567").rings("101").hung_up()
    live = scene.incoming("79161234567").rings("101").answered("101")
    client = create_client(
        ClientIn(name="Новый клиент", phones=[PhoneIn(number="89161234567")], call_id=live.row().id), by=anna
    )
    past.refresh_from_db()
    assert (past.client_id, live.row().client_id) == (client.id, client.id)
    assert "новый клиент" in past.search
    assert pushed("call")[-1].data["who"]["client"]["name"] == "Новый клиент"


def test_supervisors_hear_of_calls_of_their_group_only_by_topic(anna: Employee, boris: Employee) -> None:
    hired("vera", extension="103", role=Role.SUPERVISOR)
    Scene().incoming("79161234567").rings("101")
    assert f"calls:employee:{anna.id}" in pushed("call")[-1].topics
    assert f"calls:employee:{boris.id}" not in pushed("call")[-1].topics
