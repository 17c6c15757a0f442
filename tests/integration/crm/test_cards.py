"""Clients, persons, leads and numbers over the API."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from svyaz.crm.models import Client, Order, PhoneNumber
from svyaz.realtime.models import Event
from svyaz.staff.services import give_right
from tests.integration.people import Api, administrator, hired

pytestmark = pytest.mark.django_db

TECHNOSTROY = {
    "name": "ООО «ТехноСтрой»",
    "kind": "company",
    "inn": "7707 083 893",
    "email": "zakaz@technostroy.ru",
    "phones": [{"number": "8 (495) 123-45-67 доб. 3", "note": "секретарь"}, {"number": "8 916 204 11 38"}],
    "persons": [
        {"name": "Петров Сергей", "position": "директор", "phones": [{"number": "+79162041138"}]},
        {"name": "Ольга Климова", "position": "бухгалтер"},
    ],
}


@pytest.fixture
def api() -> Api:
    return Api(hired())


def made(api: Api, **fields: Any) -> Any:
    answer = api("POST", "/clients", {**TECHNOSTROY, **fields})
    assert answer.status == 200, answer
    return answer.body


def test_a_client_is_made_with_everything_and_read_back(api: Api) -> None:
    card = made(api)
    assert card["inn"] == "7707083893"
    assert card["responsible"]["name"] == "Анна Смирнова"
    first, second = card["phones"]
    assert (first["e164"], first["extension"], first["as_written"]) == ("+74951234567", "3", "8 (495) 123-45-67 доб. 3")
    assert (first["shown"], first["kind"], second["kind"]) == ("+7 495 123-45-67", "work", "mobile")
    assert [person["name"] for person in card["persons"]] == ["Петров Сергей", "Ольга Климова"]
    assert (card["orders_count"], card["calls_count"], card["version"], card["deleted"]) == (0, 0, 1, False)
    assert api("GET", f"/clients/{card['id']}").body == card
    told = Event.objects.filter(kind="client").latest("id")
    assert told.topics == ["crm"]
    assert told.data == {"id": card["id"], "version": 1, "deleted": False}


def test_every_wrong_field_is_named_in_words(api: Api) -> None:
    answer = api("POST", "/clients", {"name": "Х", "inn": "7707083894", "kpp": "12", "email": "нет", "phones": []})
    assert answer.status == 422
    assert set(answer["fields"]) == {"inn", "kpp", "email"}
    assert "10 у организации" in answer["fields"]["inn"][0]
    empty = api("POST", "/clients", {"name": "  "})
    assert empty["fields"] == {"name": ["Заполните это поле."]}
    bad = api("POST", "/clients", {"name": "Х", "phones": [{"number": "8 495 1234567"}, {"number": "нет"}]})
    assert list(bad["fields"]) == ["phones.1.number"]
    assert not Client.objects.exists()
    long = api("POST", "/clients", {"name": "я" * 101})
    assert long["fields"]["name"] == ["Слишком длинно: не больше 100 знаков."]
    assert api("POST", "/clients", {"name": "x", "kind": "bank"}).status == 422
    nobody = api("POST", "/clients", {"name": "x", "responsible_id": str(uuid.uuid4())})
    assert list(nobody["fields"]) == ["responsible_id"]


@pytest.mark.parametrize("body", ["не JSON", "[]", "null", '{"name": 5}', '{"name":"\\u0000"}'])
def test_a_body_that_is_not_a_client_is_an_error_and_not_a_crash(api: Api, body: str) -> None:
    token = api.browser.cookies["csrftoken"].value
    response = api.browser.generic(
        "POST", "/api/clients", data=body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert response.status_code in (400, 422)
    assert set(response.json()) == {"code", "message", "fields"}


def test_who_saves_second_is_shown_what_the_first_made_of_it(api: Api) -> None:
    card = made(api)
    boris = Api(hired("boris", "102"))
    path = f"/clients/{card['id']}"
    changed = boris("PATCH", path, {"version": 1, "comment": "скидка 5 %"})
    assert (changed.status, changed["version"], changed["name"]) == (200, 2, card["name"])
    stale = api("PATCH", path, {"version": 1, "comment": "скидка 10 %"})
    assert (stale.status, stale["code"], stale["current"]["comment"]) == (409, "stale", "скидка 5 %")
    assert api("PATCH", path, {"version": 2, "comment": "скидка 10 %"})["version"] == 3


def test_a_deleted_client_is_in_no_list_and_comes_back_whole(api: Api) -> None:
    card = made(api)
    path = f"/clients/{card['id']}"
    assert api("DELETE", path)["deleted"] is True
    # Whoever has the card open, or comes from a call of theirs, sees what became of it.
    assert api("GET", path)["deleted"] is True
    assert api("DELETE", path).status == 404
    assert api("PATCH", path, {"version": 2, "name": "x"}).status == 404
    assert api("GET", "/clients")["items"] == []
    assert api("GET", "/search", q="ТехноСтрой")["hits"] == []
    back = api("POST", f"{path}/restore").body
    assert {**back, "version": 1, "updated_at": None} == {**card, "updated_at": None}
    assert api("POST", f"{path}/restore").status == 404
    assert [event.data["deleted"] for event in Event.objects.filter(kind="client")] == [False, True, False]


def test_numbers_are_added_corrected_and_taken_away(api: Api) -> None:
    card = made(api)
    phone = api("POST", f"/clients/{card['id']}/phones", {"number": "8 800 555-10-20", "kind": "other"}).body
    assert phone["shown"] == "+7 800 555-10-20"
    again = api("POST", f"/clients/{card['id']}/phones", {"number": "+78005551020"}).body
    assert again["id"] == phone["id"]
    changed = api("PATCH", f"/phones/{phone['id']}", {"number": "8 800 555-10-21", "note": "горячая линия"}).body
    assert (changed["e164"], changed["note"], changed["kind"]) == ("+78005551021", "горячая линия", "other")
    assert api("PATCH", f"/phones/{phone['id']}", {"number": "нет"})["fields"]["number"]
    assert api("DELETE", f"/phones/{phone['id']}").status == 204
    assert api("DELETE", f"/phones/{phone['id']}").status == 404
    assert len(api("GET", f"/clients/{card['id']}")["phones"]) == 2
    assert api("GET", f"/clients/{card['id']}")["version"] == 1


def test_a_contact_person_is_added_changed_deleted_and_restored(api: Api) -> None:
    card = made(api, persons=[])
    person = api("POST", f"/clients/{card['id']}/persons", {"name": "Анатолий", "position": "прораб"}).body
    api("POST", f"/persons/{person['id']}/phones", {"number": "8 903 555-08-14"})
    assert api("PATCH", f"/persons/{person['id']}", {"version": 1, "name": "Анатолий Орлов"})["version"] == 2
    assert api("PATCH", f"/persons/{person['id']}", {"version": 1, "name": "Толя"}).status == 409
    assert api("DELETE", f"/persons/{person['id']}").status == 200
    assert api("GET", f"/clients/{card['id']}")["persons"] == []
    restored = api("POST", f"/persons/{person['id']}/restore")
    assert [phone["e164"] for phone in restored["phones"]] == ["+79035550814"]


def test_a_lead_goes_its_way(api: Api) -> None:
    lead = api("POST", "/leads", {"name": "Игорь", "company": "ИП Котов", "phones": [{"number": "89035550814"}]}).body
    assert (lead["state"], lead["phones"][0]["e164"]) == ("new", "+79035550814")
    assert api("PATCH", f"/leads/{lead['id']}", {"version": 1, "state": "in_work"})["state"] == "in_work"
    assert api("PATCH", f"/leads/{lead['id']}", {"version": 1, "state": "lost"}).status == 409
    assert api("PATCH", f"/leads/{lead['id']}", {"version": 2, "state": "сон"}).status == 422
    assert [row["name"] for row in api("GET", "/leads", state="in_work")["items"]] == ["Игорь"]
    assert api("GET", "/leads", state="new")["items"] == []
    for query in ("игорь", "котов", "903 555", "котов игорь"):
        assert len(api("GET", "/leads", q=query)["items"]) == 1, query
    api("POST", f"/leads/{lead['id']}/phones", {"number": "89035550815"})
    assert len(api("GET", f"/leads/{lead['id']}")["phones"]) == 2
    assert api("DELETE", f"/leads/{lead['id']}").status == 200
    assert api("POST", f"/leads/{lead['id']}/restore").status == 200


def test_the_right_to_edit_may_reach_only_ones_own_clients(api: Api) -> None:
    card = made(api)
    boss, boris = administrator(), hired("boris", "102")
    give_right("edit_crm", "own", to=boris, by=boss)  # type: ignore[arg-type]
    refused = Api(boris)("PATCH", f"/clients/{card['id']}", {"version": 1, "comment": "моё"})
    assert refused.status == 403
    own = Api(boris)("POST", "/clients", {"name": "ИП Свой"}).body
    assert Api(boris)("PATCH", f"/clients/{own['id']}", {"version": 1, "comment": "моё"}).status == 200


def test_orders_are_listed_newest_first(api: Api) -> None:
    card = made(api)
    for day in (1, 3, 2):
        order = Order.objects.create(
            client_id=card["id"], number=f"10{day}", at=f"2026-11-0{day}T10:00:00Z", total="840000.5"
        )
        order.lines.create(place=0, title="Кондиционер", quantity=12, price=70000, total=840000)
    page = api("GET", f"/clients/{card['id']}/orders", limit=2).body
    assert [order["number"] for order in page["items"]] == ["103", "102"]
    assert page["items"][0]["lines"][0]["title"] == "Кондиционер"
    rest = api("GET", f"/clients/{card['id']}/orders", limit=2, cursor=page["next"]).body
    assert [order["number"] for order in rest["items"]] == ["101"]
    assert rest["next"] is None
    assert api("GET", f"/clients/{card['id']}")["orders_count"] == 3


def test_the_database_itself_keeps_a_number_with_one_owner(api: Api) -> None:
    card = made(api)
    person = Client.objects.get(pk=card["id"]).persons.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        PhoneNumber.objects.create(as_written="1")
    with pytest.raises(IntegrityError), transaction.atomic():
        PhoneNumber.objects.create(as_written="1", client_id=card["id"], person=person)
