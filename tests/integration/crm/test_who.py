"""Whose number it is."""

import pytest
from django.db import connection

from svyaz.crm import queries, services
from svyaz.crm.models import Client, ClientContact, Lead
from svyaz.crm.schemas import ClientIn, LeadIn, PersonIn, PhoneIn
from svyaz.staff.models import Employee
from tests.integration.people import Api, hired
from tests.unit.kit.test_kit_numbers import SPELLINGS

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Employee:
    return hired()


def client(anna: Employee, name: str, *numbers: str, persons: list[PersonIn] | None = None) -> Client:
    data = ClientIn(name=name, phones=[PhoneIn(number=number) for number in numbers], persons=persons or [])
    return services.create_client(data, by=anna)


@pytest.mark.parametrize("kept", ["8 (495) 123-45-67", "+7 495 1234567", "495-123-45-67"])
@pytest.mark.parametrize("calling", SPELLINGS)
def test_a_caller_is_known_however_their_number_is_written_there_or_here(
    anna: Employee, kept: str, calling: str
) -> None:
    client(anna, "ООО «ТехноСтрой»", kept)
    [match] = queries.who_is(calling)
    assert (match.kind, match.reason, match.reason_detail) == ("client", "number", "")
    assert match.client is not None
    assert match.client.name == "ООО «ТехноСтрой»"
    assert match.responsible is not None
    assert match.responsible.name == "Анна Смирнова"


@pytest.mark.parametrize("behind_a_pooler", [False, True])
def test_the_query_is_prepared_unless_behind_a_pooler(
    anna: Employee, monkeypatch: pytest.MonkeyPatch, behind_a_pooler: bool
) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", behind_a_pooler)
    client(anna, "А", "+74951234567", persons=[PersonIn(name="Б", phones=[PhoneIn(number="+74951234567")])])
    before = prepared()
    for _ in range(3):
        assert len(queries.who_is("84951234567")) == 1
    assert prepared() == (before if behind_a_pooler else 1)


def prepared() -> int:
    """How many statements that look for a number the server keeps for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%crm_phonenumber%'")
        return int(cursor.fetchone()[0])


def test_a_contact_person_comes_with_their_firm_and_stands_before_it(anna: Employee) -> None:
    person = PersonIn(name="Петров Сергей", position="директор", phones=[PhoneIn(number="8 916 204-11-38")])
    client(anna, "ООО «ТехноСтрой»", "89162041138", persons=[person])
    [match] = queries.who_is("+79162041138")
    assert match.kind == "person"
    assert match.person is not None
    assert (match.person.name, match.person.position) == ("Петров Сергей", "директор")
    assert match.client is not None
    assert match.client.name == "ООО «ТехноСтрой»"


def test_a_number_of_several_gives_all_of_them_and_leads_last(anna: Employee) -> None:
    services.create_lead(LeadIn(name="Заявка с сайта", phones=[PhoneIn(number="8 495 123 45 67")]), by=anna)
    client(anna, "Первый", "84951234567")
    client(anna, "Второй", "+7 495 123-45-67")
    matches = queries.who_is("+74951234567")
    assert [match.kind for match in matches] == ["client", "client", "lead"]
    assert [match.client.name for match in matches if match.client] == ["Первый", "Второй"]
    assert matches[2].lead is not None
    assert matches[2].lead.state == "new"


def test_a_lead_that_became_a_client_is_not_offered_beside_the_client(anna: Employee) -> None:
    lead = services.create_lead(LeadIn(name="Заявка", phones=[PhoneIn(number="84951234567")]), by=anna)
    owner = client(anna, "ООО «Новый»", "84951234567")
    Lead.objects.filter(pk=lead.pk).update(state="converted", client=owner)
    assert [match.kind for match in queries.who_is("84951234567")] == ["client"]


def test_the_extension_tells_two_of_one_switchboard_apart(anna: Employee) -> None:
    client(anna, "Склад", "+7 495 123-45-67 доб. 12")
    client(anna, "Офис", "+7 495 123-45-67 доб. 20")
    assert len(queries.who_is("+74951234567")) == 2
    [match] = queries.who_is("8 495 123-45-67 вн. 20")
    assert (match.reason, match.reason_detail) == ("extension", "20")
    assert match.client is not None
    assert match.client.name == "Офис"


def test_the_last_ten_digits_do_when_the_whole_number_does_not_and_say_how_it_was_kept(anna: Employee) -> None:
    client(anna, "ООО «Опечатка»", "+6 495 123-45-67")
    [match] = queries.who_is("+74951234567")
    assert match.reason == "last10"
    assert match.reason_detail == "+6 495 123-45-67"
    client(anna, "ООО «Верный»", "84951234567")
    [exact] = queries.who_is("+74951234567")
    assert exact.client is not None
    assert exact.client.name == "ООО «Верный»"


@pytest.mark.parametrize("number", ["", "anonymous", "101", "9" * 10_000, "Иван", "+", "\0"])
def test_what_is_no_number_is_nobodys(anna: Employee, number: str) -> None:
    client(anna, "Кто-то", "101", "anonymous 1")
    assert queries.who_is(number) == []


def test_our_own_lines_are_nobodys_even_on_a_clients_card(anna: Employee) -> None:
    client(anna, "ООО «Сами себе»", "+7 495 123-00-01")
    assert queries.who_is("74951230001")
    services.set_own_numbers(["74951230001", "78005550100"])
    assert queries.who_is("74951230001") == []
    services.set_own_numbers(["78005550100"])
    assert queries.who_is("74951230001")


def test_the_deleted_are_not_recognised_until_they_are_back(anna: Employee) -> None:
    person = PersonIn(name="Ольга Климова", phones=[PhoneIn(number="+79257184273")])
    owner = client(anna, "ООО «ТехноСтрой»", "84951234567", persons=[person])
    services.delete_client(owner.id, by=anna)
    assert queries.who_is("84951234567") == []
    [alone] = queries.who_is("+79257184273")
    assert (alone.kind, alone.client) == ("person", None)
    services.restore_client(owner.id, by=anna)
    assert queries.who_is("84951234567")[0].client is not None
    olga = owner.persons.get()
    services.delete_person(olga.id, by=anna)
    assert queries.who_is("+79257184273") == []
    services.restore_person(olga.id, by=anna)
    assert queries.who_is("+79257184273")[0].person is not None


def test_a_person_of_two_firms_matches_with_each(anna: Employee) -> None:
    person = PersonIn(name="Бухгалтер", phones=[PhoneIn(number="+79257184273")])
    first = client(anna, "Первая", persons=[person])
    second = client(anna, "Вторая")
    ClientContact.objects.create(client=second, person=first.persons.get())
    assert {match.client.name for match in queries.who_is("+79257184273") if match.client} == {"Первая", "Вторая"}
    services.delete_client(second.id, by=anna)
    assert [match.client.name for match in queries.who_is("+79257184273") if match.client] == ["Первая"]


def test_the_api_answers_with_the_number_as_shown(anna: Employee) -> None:
    client(anna, "ООО «ТехноСтрой»", "84951234567")
    answer = Api(anna)("GET", "/who", number="8(495)1234567")
    assert (answer["e164"], answer["shown"]) == ("+74951234567", "+7 495 123-45-67")
    assert answer["matches"][0]["client"]["name"] == "ООО «ТехноСтрой»"
