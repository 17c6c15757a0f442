"""Who is asking: the session cookie, with CSRF checked on everything that changes."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from svyaz.kit.errors import Forbidden, Locked
from svyaz.kit.http import CSRF
from svyaz.staff.models import Employee


class SessionAuth(APIKeyCookie):
    """Lets signed-in employees through; `request.auth` is then the Employee."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self) -> None:
        super().__init__(csrf=False)

    def _get_key(self, request: HttpRequest) -> Any:
        # Before anything else is read of the request, as a foreign page must not even learn whether the session lives.
        require_csrf(request)
        return super()._get_key(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Employee | None:
        user = request.user
        return user if isinstance(user, Employee) and user.is_active else None


def require_csrf(request: HttpRequest) -> None:
    """Raise Forbidden with code «csrf» unless the token agrees (reading methods need none)."""
    if check_csrf(request) is not None:
        raise Forbidden(CSRF, code="csrf")


def locked_out(request: HttpRequest, credentials: Any = None) -> HttpResponse:
    """What django-axes answers with when it locks a login out: our error and not a page of its own."""
    return JsonResponse(Locked().payload(), status=Locked.status)


def actor_of(request: HttpRequest) -> Employee:
    """The employee of a request that passed `SessionAuth`."""
    actor: Any = getattr(request, "auth", None)
    assert isinstance(actor, Employee), "the endpoint has no session auth"
    return actor


session_auth = SessionAuth()
