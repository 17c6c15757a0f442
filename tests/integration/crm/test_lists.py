"""Lists and search."""

from typing import Any

import pytest

from svyaz.crm import services
from svyaz.crm.models import Client
from svyaz.crm.queries import finding
from svyaz.crm.schemas import ClientIn, PersonIn, PhoneIn
from svyaz.staff.models import Employee
from tests.integration.people import Api, hired

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Employee:
    return hired()


def client(anna: Employee, name: str, number: str | None = None, **fields: object) -> None:
    phones = [PhoneIn(number=number)] if number else []
    services.create_client(ClientIn(name=name, phones=phones, **fields), by=anna)  # type: ignore[arg-type]


def names(api: Api, **query: Any) -> list[str]:
    return [row["name"] for row in api("GET", "/clients", **query)["items"]]


def test_pages_follow_one_another_without_a_gap_in_every_order(anna: Employee) -> None:
    for name in ("Ёлка", "Енот", "Жук", "арбуз", "Бор", "Ель", "Ель"):
        client(anna, name)
    Client.objects.filter(name="Жук").update(last_call_at=anna.created_at)
    api = Api(anna)
    assert names(api) == ["арбуз", "Бор", "Ёлка", "Ель", "Ель", "Енот", "Жук"]
    for sort in ("name", "-name", "updated_at", "-updated_at", "last_call_at", "-last_call_at"):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = api("GET", "/clients", sort=sort, limit=2, cursor=cursor)
            seen += [row["id"] for row in page["items"]]
            cursor = page["next"]
        assert len(seen) == len(set(seen)) == 7, sort
    assert names(api, sort="-last_call_at")[0] == "Жук"
    assert api("GET", "/clients", sort="color").status == 422
    assert api("GET", "/clients", cursor="чужой").status == 422
    assert api("GET", "/clients", cursor="WyJhIiwiYiJd").status == 422


@pytest.mark.parametrize(("frequent", "window"), [(5000, 12_000), (0, 12_000), (0, 1)])
def test_a_client_is_found_by_any_part_of_name_number_or_inn(
    anna: Employee, monkeypatch: pytest.MonkeyPatch, frequent: int, window: int
) -> None:
    monkeypatch.setattr(finding, "FREQUENT", frequent)  # 0: the way for words found everywhere
    monkeypatch.setattr(finding, "WINDOW", window)  # 1: and when that guess was wrong
    client(anna, "ООО «ТехноСтрой»", "8 (495) 123-45-67", inn="7707083893")
    person = PersonIn(name="Пётр Ершов", phones=[PhoneIn(number="+79162041138")])
    client(anna, "АО Стройтех_100%", persons=[person])
    api = Api(anna)
    both = {"ООО «ТехноСтрой»", "АО Стройтех_100%"}
    assert set(names(api, q="строй")) == both
    assert set(names(api, q="тех СТРОЙ")) == both
    assert names(api, q="техно ооо") == ["ООО «ТехноСтрой»"]
    assert names(api, q="«техно»") == ["ООО «ТехноСтрой»"]
    assert names(api, q="083893") == ["ООО «ТехноСтрой»"]
    for spelling in ("8 495 123", "+7 (495) 123-45-67", "123-45-67", "84951234567", "4567"):
        assert names(api, q=spelling) == ["ООО «ТехноСтрой»"], spelling
    assert names(api, q="8 916 204") == ["АО Стройтех_100%"]
    assert names(api, q="_100%") == ["АО Стройтех_100%"]
    assert names(api, q="%") == ["АО Стройтех_100%"]
    assert names(api, q="нет такого") == []
    assert names(api, q="строй", kind="person") == []
    assert set(names(api, q="строй", responsible=str(anna.id))) == both
    assert len(names(api, q="   ")) == 2
    assert names(api, q="\0я" * 1000) == []
    for sort in ("name", "-name", "last_call_at", "-updated_at"):
        first = api("GET", "/clients", q="строй", sort=sort, limit=1)
        second = api("GET", "/clients", q="строй", sort=sort, limit=1, cursor=first["next"])
        assert {first["items"][0]["name"], second["items"][0]["name"]} == both
        assert second["next"] is None
