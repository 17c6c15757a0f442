"""The demonstration firm."""

import pytest

from svyaz.calls.models import Call
from svyaz.crm import queries
from svyaz.crm.models import Client, Lead, Order, PhoneNumber
from svyaz.kit import inn
from svyaz.project.demo import create_demo_firm
from svyaz.staff.models import Employee, Right
from svyaz.staff.rights import effective_rights
from tests.integration.people import Api, hired

pytestmark = pytest.mark.django_db


def test_the_demonstration_is_whole_and_made_only_once() -> None:
    sign_ins = create_demo_firm()
    counts = (Client.objects.count(), Lead.objects.count(), Order.objects.count(), Call.objects.count())
    assert counts == (300, 40, 150, 400)
    assert [login for login, _, _ in sign_ins] == [
        "anna", "boris", "darya", "mikhail", "elena", "petr", "olga", "admin",
    ]  # fmt: skip
    assert create_demo_firm() == sign_ins
    assert Call.objects.count() == 400

    # Everything looks as in life.
    assert all(inn.is_valid(number) for number in Client.objects.exclude(inn="").values_list("inn", flat=True))
    assert not PhoneNumber.objects.filter(e164="").exists()
    assert PhoneNumber.objects.exclude(extension="").count() > 10
    [match] = queries.who_is("+74951234567")
    assert match.client is not None
    assert match.client.name == "ООО «ТехноСтрой»"
    assert queries.who_is("74951230001") == []
    statuses = set(Call.objects.values_list("status", flat=True))
    assert {"answered", "missed", "busy", "cancelled"} <= statuses
    assert Call.objects.filter(client=None, lead=None).exclude(direction="internal").count() > 10
    assert Call.objects.filter(client__isnull=False).count() > 150
    supervisor = effective_rights(Employee.objects.get(login="olga"))
    assert supervisor.covers(Right.SUPERVISE, Employee.objects.get(login="anna").id)
    assert not supervisor.covers(Right.SUPERVISE, Employee.objects.get(login="elena").id)

    login, password, _ = sign_ins[0]
    api = Api()
    assert api("POST", "/session", {"login": login, "password": password}).status == 200
    start = api("GET", "/start")
    assert start.status == 200
    assert start["lines"][0]["name"] == "Отдел продаж"
    known = api("GET", "/clients", q="ТехноСтрой", limit=1)["items"][0]
    feed = api("GET", f"/clients/{known['id']}/feed", limit=200)["items"]
    assert {item["kind"] for item in feed} == {"call", "order"}
    assert [item["at"] for item in feed] == sorted((item["at"] for item in feed), reverse=True)


def test_a_firm_that_is_there_is_left_alone() -> None:
    hired()
    assert create_demo_firm() == []
    assert Client.objects.count() == 0
