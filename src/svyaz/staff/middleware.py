"""The language of the person being served."""

from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation

from svyaz.kit.http import database_away
from svyaz.staff.models import Employee


class PersonLanguage:
    """Profile before browser, on everything of the API. After the session's middleware.

    It is the first to read the database of a request, so it is also the one to say that the database is away. Pages and
    static files pass untouched: they work without a database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        browser = translation.get_language_from_request(request)
        try:
            language = request.user.language if isinstance(request.user, Employee) else browser
        except (OperationalError, InterfaceError) as error:
            with translation.override(browser):
                away = database_away(error)
                return JsonResponse(away.payload(), status=away.status)
        with translation.override(language):
            return self.get_response(request)
