"""Signing in and out."""

import pytest
from django.db import connection

from svyaz.staff.models import AuditEntry
from svyaz.staff.services import dismiss
from tests.integration.people import PASSWORD, Api, administrator, hired

pytestmark = pytest.mark.django_db


def test_an_operator_signs_in_is_known_and_signs_out() -> None:
    anna = hired()
    api = Api()
    answer = api("POST", "/session", {"login": " Anna ", "password": PASSWORD})
    assert answer.status == 200
    assert answer["name"] == "Анна Смирнова"
    assert (answer["initials"], answer["short_name"], answer["extension"]) == ("АС", "Анна С.", "101")
    assert answer["rights"]["see_calls"] == "own"
    assert api("GET", "/session").body == answer.body
    cookie = api.browser.cookies["svyaz_session"]
    assert cookie["httponly"]
    assert cookie["max-age"] == 30 * 24 * 3600
    assert AuditEntry.objects.get(action="sign_in").actor == anna
    assert api("DELETE", "/session").status == 204
    assert api("GET", "/session").status == 401


def test_a_wrong_password_says_so_in_the_language_of_the_browser() -> None:
    hired()
    russian = Api()("POST", "/session", {"login": "anna", "password": "x"})
    assert (russian.status, russian["code"]) == (401, "invalid_credentials")
    assert "не подходят" in russian["message"]
    english = Api(language="en")("POST", "/session", {"login": "nobody", "password": "x"})
    assert english["message"].startswith("The login or the password")
    assert english["fields"] == {}


def test_guessing_locks_the_login_out_even_for_the_right_password() -> None:
    hired()
    api = Api()
    answers = [api("POST", "/session", {"login": "anna", "password": f"guess {n}"}).status for n in range(9)]
    assert answers[0] == 401
    assert answers[-1] == 429
    locked = api("POST", "/session", {"login": "anna", "password": PASSWORD})
    assert (locked.status, locked["code"]) == (429, "locked")
    assert "15 минут" in locked["message"]


def test_nothing_is_answered_to_strangers_and_nothing_changes_without_the_csrf_token() -> None:
    anna = hired()
    for method, path in [("GET", "/start"), ("GET", "/clients"), ("POST", "/clients"), ("PUT", "/presence")]:
        assert Api()(method, path, {}).status == 401
    forged = Api(anna)("PUT", "/presence", {"state": "away"}, csrf=False)
    assert (forged.status, forged["code"]) == (403, "csrf")
    assert Api()("POST", "/session", {"login": "anna", "password": PASSWORD}, csrf=False).status == 403


def test_the_profile_decides_the_language_of_errors() -> None:
    api = Api(hired())
    assert api("PATCH", "/me", {"language": "en", "theme": "dark"})["theme"] == "dark"
    assert api("GET", "/session")["language"] == "en"
    assert api("GET", "/clients/00000000-0000-7000-8000-000000000000")["message"].startswith("There is no such record")
    wrong = api("PATCH", "/me", {"language": "fr"})
    assert (wrong.status, wrong["code"]) == (422, "invalid")
    assert wrong["fields"] == {"language": ["Possible values: 'ru' or 'en'."]}


def test_who_is_dismissed_is_out_at_once() -> None:
    anna = hired()
    api = Api(anna)
    assert api("GET", "/session").status == 200
    dismiss(anna, by=administrator())
    assert api("GET", "/session").status == 401
    assert api("GET", "/clients").status == 401
    assert not anna.devices.exists()


def test_a_login_differs_from_another_by_more_than_case() -> None:
    from svyaz.kit.errors import Conflict

    hired("anna")
    with pytest.raises(Conflict):
        hired("ANNA", extension="109")
    with pytest.raises(Conflict):
        hired("olga", extension="101")


def test_device_passwords_are_random_and_not_readable_in_the_database() -> None:
    desk, panel = hired().devices.all()
    assert (desk.endpoint, desk.kind, panel.endpoint, panel.kind) == ("101", "sip", "101-web", "webrtc")
    assert len({desk.secret, panel.secret}) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(sealed_secret, ' ') FROM staff_device")
        assert desk.secret not in cursor.fetchone()[0]
