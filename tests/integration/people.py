"""Employees and their browsers, for tests."""

import json
from typing import Any

from django.test import Client as Browser

from svyaz.staff import services
from svyaz.staff.models import Employee, Role

PASSWORD = "правильная лошадь батарея"


def hired(login: str = "anna", extension: str | None = "101", **fields: Any) -> Employee:
    """An employee; by default the operator Анна Смирнова 101."""
    names = {"first_name": "Анна", "last_name": "Смирнова"} if login == "anna" else {"first_name": login.title()}
    return services.hire(login, extension=extension, **{"password": PASSWORD, **names, **fields})


def administrator(login: str = "boss") -> Employee:
    """An administrator without a telephone."""
    return hired(login, extension=None, role=Role.ADMINISTRATOR)


class Api:
    """A signed-in browser that speaks JSON and checks CSRF as a real one."""

    def __init__(self, employee: Employee | None = None, language: str = "ru") -> None:
        self.browser = Browser(enforce_csrf_checks=True, headers={"accept-language": language})
        if employee is not None:
            self.browser.force_login(employee)
        self.browser.get("/api/session")  # gives the CSRF cookie

    def __call__(self, method: str, path: str, body: Any = None, *, csrf: bool = True, **query: Any) -> "Answer":
        headers = {"X-CSRFToken": self.browser.cookies["csrftoken"].value} if csrf else {}
        response = self.browser.generic(
            method,
            f"/api{path}",
            data=json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=headers,
            query_params=query or None,
        )
        return Answer(response.status_code, json.loads(response.content) if response.content else None)


class Answer:
    """What the API answered."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.body = body

    def __getitem__(self, key: str) -> Any:
        return self.body[key]

    def __repr__(self) -> str:
        return f"{self.status} {self.body}"
