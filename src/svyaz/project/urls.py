"""Which address leads where."""

from django.urls import path, re_path

from svyaz.project import pages
from svyaz.project.api import api

urlpatterns = [
    path("api/", api.urls),
    re_path(r"^panel(?:/.*)?$", pages.panel),
    re_path(r"^(?!api/|ws/|static/).*$", pages.workspace),
]
