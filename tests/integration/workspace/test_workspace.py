"""The start snapshot, smart search and the feed."""

import pytest

from svyaz.crm import services
from svyaz.crm.models import Order
from svyaz.crm.schemas import ClientIn, LeadIn, PersonIn, PhoneIn
from svyaz.realtime.models import Event
from svyaz.staff.models import Employee
from tests.integration.people import Api, hired

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Employee:
    return hired()


@pytest.fixture
def api(anna: Employee) -> Api:
    hired("boris", "102", last_name="Ильин")
    person = PersonIn(name="Пётр Ершов", position="директор", phones=[PhoneIn(number="8 916 204-11-38")])
    data = ClientIn(name="ООО «ТехноСтрой»", inn="7707083893", phones=[PhoneIn(number="84951234567")], persons=[person])
    services.create_client(data, by=anna)
    services.create_lead(LeadIn(name="Сергей", company="Техно", phones=[PhoneIn(number="89035550814")]), by=anna)
    return Api(anna)


def found(api: Api, query: str) -> list[tuple[str, str, str]]:
    hits = api("GET", "/search", q=query)["hits"]
    return [(hit["kind"], hit["title"], hit["matched"]["field"]) for hit in hits]


def test_one_field_finds_everything(api: Api) -> None:
    assert found(api, "техностр") == [("client", "ООО «ТехноСтрой»", "name")]
    assert found(api, "ершов петр") == [("person", "Пётр Ершов", "name")]
    assert {kind for kind, *_ in found(api, "техно")} == {"client", "lead"}
    assert found(api, "7707083893")[0] == ("client", "ООО «ТехноСтрой»", "inn")
    assert found(api, "8 (916) 204") == [("person", "Пётр Ершов", "number")]
    assert found(api, "555-08-14") == [("lead", "Сергей", "number")]
    assert found(api, "102")[0] == ("employee", "Boris Ильин", "extension")
    assert found(api, "ильин") == [("employee", "Boris Ильин", "name")]
    assert found(api, "") == []
    assert found(api, "нет такого слова") == []


def test_a_hit_brings_its_numbers_the_matching_first_and_its_firm(api: Api) -> None:
    [hit] = api("GET", "/search", q="ершов")["hits"]
    assert hit["subtitle"] == "директор, ООО «ТехноСтрой»"
    assert [phone["shown"] for phone in hit["phones"]] == ["+7 916 204-11-38"]
    assert hit["client_id"] == api("GET", "/clients")["items"][0]["id"]


def test_a_number_nobody_has_can_still_be_dialled(api: Api) -> None:
    [hit] = api("GET", "/search", q="8 (812) 555 0 111")["hits"]
    assert (hit["kind"], hit["title"], hit["matched"]["text"]) == ("number", "+7 812 555-01-11", "+78125550111")


def test_the_snapshot_has_all_a_browser_needs_and_the_number_to_go_on_from(api: Api) -> None:
    start = api("GET", "/start")
    assert start.status == 200, start
    assert start["me"]["login"] == "anna"
    assert start["event"] == Event.objects.latest("id").id
    assert {employee["name"] for employee in start["employees"]} == {"Анна Смирнова", "Boris Ильин"}
    assert start["calls"] == []
    assert start["firm"]["time_zone"] == "Europe/Moscow"
    assert start["firm"]["uses_leads"] is False
    assert start["exchange"]["state"] in ("starting", "down")


def test_an_employee_may_work_with_leads_though_the_firm_does_not(api: Api, anna: Employee) -> None:
    anna.works_with_leads = True
    anna.save()
    assert api("GET", "/start")["firm"]["uses_leads"] is True


def test_the_feed_is_read_page_by_page(api: Api) -> None:
    client_id = api("GET", "/clients")["items"][0]["id"]
    for day in range(1, 6):
        Order.objects.create(client_id=client_id, number=str(day), at=f"2026-11-0{day}T10:00:00Z", total=100)
    first = api("GET", f"/clients/{client_id}/feed", limit=3).body
    assert [item["order"]["number"] for item in first["items"]] == ["5", "4", "3"]
    rest = api("GET", f"/clients/{client_id}/feed", limit=3, cursor=first["next"]).body
    assert [item["order"]["number"] for item in rest["items"]] == ["2", "1"]
    assert rest["next"] is None
    assert api("GET", f"/clients/{client_id}/feed", kinds="call")["items"] == []
    assert api("GET", "/clients/00000000-0000-7000-8000-000000000000/feed").status == 404
    lead_id = api("GET", "/leads")["items"][0]["id"]
    assert api("GET", f"/leads/{lead_id}/feed")["items"] == []
