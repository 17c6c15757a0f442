"""The pages: two single-page programs built from `web/` and the files they load."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from whitenoise.middleware import WhiteNoiseMiddleware

NOT_BUILT = "Страницы ещё не собраны. Выполните «make web». / The pages are not built yet: run «make web»."


class BuildFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise publishes no types
    """Serves the built files under /static/; those with a hash in their name may be kept by the browser for ever."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        build = Path(settings.WEB_BUILD)
        if build.is_dir():
            self.add_files(str(build), prefix=settings.STATIC_URL)

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """The file as one piece: it is small, and a file that is streamed would hold a thread of an ASGI server."""
        found = static_file.get_response(request.method, request.META)
        body = found.file.read() if found.file else b""
        response = HttpResponse(body, status=int(found.status))
        del response["content-type"]
        for name, value in found.headers:
            response[name] = value
        return response

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Vite puts files with a content hash in their name into `assets/`."""
        return "/assets/" in url


def _page(request: HttpRequest, name: str) -> HttpResponse:
    path = Path(settings.WEB_BUILD) / name
    get_token(request)  # sets the CSRF cookie that the API client sends back
    try:
        html = path.read_bytes()
    except FileNotFoundError:
        return HttpResponse(NOT_BUILT, status=503, content_type="text/plain; charset=utf-8")
    response = HttpResponse(html, content_type="text/html; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def workspace(request: HttpRequest) -> HttpResponse:
    """The CRM."""
    return _page(request, "index.html")


def panel(request: HttpRequest) -> HttpResponse:
    """The telephone."""
    return _page(request, "panel.html")
