"""Errors as the API answers them: `{"code", "message", "fields"}` in the language of the person."""

import logging
from typing import Any

import psycopg
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as NinjaValidationError

from svyaz.kit.errors import DomainError, Forbidden, Invalid, NotFound, NotSignedIn, Unavailable
from svyaz.kit.texts import Text

log = logging.getLogger(__name__)

_WRONG: dict[str, Text] = {
    "missing": Text("Заполните это поле.", "Fill this field in."),
    "string_too_long": Text(
        "Слишком длинно: не больше {max_length} знаков.", "Too long: at most {max_length} characters."
    ),
    "string_too_short": Text("Заполните это поле.", "Fill this field in."),
    "too_long": Text("Слишком много: не больше {max_length}.", "Too many: at most {max_length}."),
    "literal_error": Text("Возможные значения: {expected}.", "Possible values: {expected}."),
    "json_invalid": Text("Запрос не читается.", "The request cannot be read."),
}
_WRONG_ANYHOW = Text("Это значение не подходит.", "This value does not fit.")
DATABASE_AWAY = Text(
    "База данных не отвечает. Программа подключится к ней сама; повторите через минуту.",
    "The database does not answer. The program will reconnect by itself; try again in a minute.",
)
BROKEN = Text(
    "Внутренняя ошибка. Она записана в журнал; повторите, а если не поможет – скажите администратору.",
    "An internal error. It is in the log; try again, and tell your administrator if that does not help.",
)


def database_away(error: Exception) -> Unavailable:
    """What a person is told of an error of the database's connection; the rest goes to the log."""
    log.warning("database: %s", next(iter(str(error).splitlines()), type(error).__name__))
    return Unavailable(DATABASE_AWAY, code="database_away")


def install(api: NinjaAPI) -> None:
    """Give the API the common answers to errors. Once per NinjaAPI."""

    def answer(request: HttpRequest, error: DomainError) -> HttpResponse:
        return api.create_response(request, error.payload(), status=error.status)

    def domain(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, error)

    def invalid(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, Invalid(fields=_fields(error.errors)))

    def not_signed_in(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, NotSignedIn())

    def not_found(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, NotFound())

    def forbidden(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, Forbidden())

    def other(request: HttpRequest, error: Any) -> HttpResponse:
        # ninja's own: an unreadable body, a missing CSRF token.
        payload: dict[str, Any] = {
            "code": "csrf" if error.status_code == 403 else "invalid",
            "message": str(error),
            "fields": {},
        }
        if error.status_code == 403:
            payload["message"] = CSRF.into()
        return api.create_response(request, payload, status=error.status_code)

    def database(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(request, database_away(error))

    def broken(request: HttpRequest, error: Any) -> HttpResponse:
        log.error("%s %s", request.method, request.path, exc_info=error)
        return api.create_response(request, {"code": "broken", "message": BROKEN.into(), "fields": {}}, status=500)

    handlers: list[tuple[type[Exception], Any]] = [
        (Exception, broken),
        (DomainError, domain),
        (NinjaValidationError, invalid),
        (AuthenticationError, not_signed_in),
        (HttpError, other),
        (Http404, not_found),
        (PermissionDenied, forbidden),
        (OperationalError, database),
        (InterfaceError, database),
        (psycopg.OperationalError, database),
    ]
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)


CSRF = Text("Страница устарела. Обновите её и повторите.", "The page is out of date. Reload it and try again.")


def _fields(errors: list[dict[str, Any]]) -> dict[str, list[Text]]:
    """`("body", "data", "phones", 0, "number")` → `phones.0.number`."""
    fields: dict[str, list[Text]] = {}
    for error in errors:
        place = [str(part) for part in error.get("loc", ())]
        # The first says where it came from (body, query, path), the second in a body how the endpoint calls it.
        path = place[2:] if place[:1] == ["body"] else place[1:]
        context = {name: value for name, value in (error.get("ctx") or {}).items() if isinstance(value, str | int)}
        text = _WRONG.get(error.get("type", ""), _WRONG_ANYHOW)
        try:
            text = text.format(**context)
        except KeyError:
            text = _WRONG_ANYHOW
        fields.setdefault(".".join(path) or "body", []).append(text)
    return fields
