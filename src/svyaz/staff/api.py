"""Sessions, oneself, presence and colleagues over HTTP."""

from datetime import timedelta

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import override
from ninja import Router, Status

from svyaz.kit.errors import NotSignedIn
from svyaz.staff import queries, services
from svyaz.staff.auth import actor_of, require_csrf, session_auth
from svyaz.staff.models import Employee
from svyaz.staff.schemas import Credentials, EmployeeLive, GroupOut, Me, MeChange, PresenceIn

router = Router(tags=["staff"], auth=session_auth)

_PROLONGED = "prolonged_at"
_PROLONG_EVERY = timedelta(days=1)


@router.post("/session", response=Me, auth=None)
def sign_in(request: HttpRequest, data: Credentials) -> Me:
    """Begin a session; 401 `invalid_credentials`, 429 `locked`."""
    require_csrf(request)
    return queries.me(services.sign_in(request, data.login, data.password))


@router.get("/session", response=Me, auth=None)
def read_session(request: HttpRequest) -> Me:
    """Who I am, or 401. Gives the CSRF cookie in either case, and keeps a session that is used from ending."""
    get_token(request)
    user = request.user
    if not isinstance(user, Employee):
        raise NotSignedIn()
    prolonged = parse_datetime(request.session.get(_PROLONGED, ""))
    if prolonged is None or timezone.now() - prolonged > _PROLONG_EVERY:
        # Writing the session moves its end 30 days away; once a day is enough.
        request.session[_PROLONGED] = timezone.now().isoformat()
    return queries.me(user)


@router.delete("/session", response={204: None}, auth=None)
def sign_out(request: HttpRequest) -> Status[None]:
    """End the session of this browser; no matter whether it still lives."""
    require_csrf(request)
    services.sign_out(request)
    return Status(204, None)


@router.patch("/me", response=Me)
def change_me(request: HttpRequest, data: MeChange) -> Me:
    """Change my language or theme."""
    employee = services.change_profile(actor_of(request), language=data.language, theme=data.theme)
    with override(employee.language):
        return queries.me(employee)


@router.put("/presence", response=EmployeeLive)
def set_presence(request: HttpRequest, data: PresenceIn) -> EmployeeLive:
    """Say that I am away or back."""
    actor = actor_of(request)
    services.set_away(actor, data.state == "away", data.text)
    return queries.live(queries.colleagues().get(pk=actor.pk))


@router.get("/employees", response=list[EmployeeLive])
def list_employees(request: HttpRequest) -> list[EmployeeLive]:
    """Everybody with their state."""
    return queries.live_list()


@router.get("/groups", response=list[GroupOut])
def list_groups(request: HttpRequest) -> list[GroupOut]:
    """All groups."""
    return [GroupOut(id=group.id, name=group.name) for group in queries.groups()]
