"""What happens to employees: signing in, presence, rights, leaving."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from svyaz.kit import secrets
from svyaz.kit.errors import Conflict, InvalidCredentials, Locked
from svyaz.kit.texts import Text
from svyaz.realtime.services import News, publish, publish_all, session_topic
from svyaz.staff import queries
from svyaz.staff.models import AuditEntry, Device, Employee, Grant, Group, LineState, Presence, Right, Role, Scope

WEB_SUFFIX = "-web"


def sign_in(request: HttpRequest, login: str, password: str) -> Employee:
    """Begin a session. Raises InvalidCredentials, or Locked after too many failures of this login from this address."""
    credentials = {"login": login.strip().lower(), "password": password}
    if not AxesProxyHandler.is_allowed(request, credentials):
        raise Locked()
    employee = auth.authenticate(request, **credentials)
    if not isinstance(employee, Employee):
        if getattr(request, "axes_locked_out", False):
            raise Locked()
        raise InvalidCredentials()
    auth.login(request, employee)
    write_audit(employee, "sign_in", address=request.META.get("REMOTE_ADDR"))
    return employee


@transaction.atomic
def sign_out(request: HttpRequest) -> None:
    """End the session of this browser, in all its windows at once."""
    key = request.session.session_key
    auth.logout(request)
    if key:
        publish([session_topic(key)], "signed_out", {})


def write_audit(
    actor: Employee,
    action: str,
    *,
    subject_kind: str = "",
    subject_id: uuid.UUID | None = None,
    details: Mapping[str, Any] | None = None,
    address: str | None = None,
) -> None:
    """Put into the audit log who did what to what."""
    AuditEntry.objects.create(
        actor=actor,
        actor_name=actor.name,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        details=dict(details or {}),
        address=address or None,
    )


@transaction.atomic
def change_profile(employee: Employee, *, language: str | None = None, theme: str | None = None) -> Employee:
    """Change the looks of the employee's own program."""
    employee.language = language or employee.language
    employee.theme = theme or employee.theme
    employee.save(update_fields=["language", "theme"])
    return employee


@transaction.atomic
def set_away(employee: Employee, away: bool, text: str = "") -> None:
    """Say that one is away (with a text of one's own) or back."""
    presence = _presence(employee.id)
    presence.away, presence.away_text = away, text.strip() if away else ""
    presence.since = timezone.now()
    presence.save()
    _announce([employee.id])


@transaction.atomic
def set_line_states(states: Mapping[str, str], talking_to: Mapping[str, str | None] | None = None) -> None:
    """Write what the exchange says of telephones: `{extension: online|ringing|busy|offline}`.

    `talking_to` names the other side for those who talk. Unknown extensions are passed over; who did not change is not
    announced.
    """
    talking_to = talking_to or {}
    now = timezone.now()
    people = {employee.id: employee for employee in queries.by_extension(states).values()}
    missing = [Presence(employee_id=one.id, since=now) for one in people.values() if not hasattr(one, "presence")]
    Presence.objects.bulk_create(missing, ignore_conflicts=True)
    # Locked, in one order: the exchange and the employee may change the two halves of the same row at once.
    kept = Presence.objects.select_for_update().filter(pk__in=people).order_by("pk")
    changed = []
    for presence in kept:
        extension = people[presence.employee_id].extension or ""
        state = LineState(states[extension])
        peer = (talking_to.get(extension) or "")[:200] if state == LineState.BUSY else ""
        if (presence.line_state, presence.talking_to) == (state, peer):
            continue
        if presence.line_state != state:
            presence.since = now
        presence.line_state, presence.talking_to = state, peer
        changed.append(presence)
    Presence.objects.bulk_update(changed, ["line_state", "talking_to", "since"])
    told = []
    for presence in changed:
        employee = people[presence.employee_id]
        employee.presence = presence
        told.append(News([queries.STAFF], "employee", queries.live(employee).model_dump(mode="json")))
    publish_all(told)


def _presence(employee_id: uuid.UUID) -> Presence:
    presence, _ = Presence.objects.get_or_create(employee_id=employee_id, defaults={"since": timezone.now()})
    # Locked: the exchange and the employee may change the two halves of the same row at once.
    return Presence.objects.select_for_update().get(pk=presence.pk)


def _announce(employee_ids: Iterable[uuid.UUID]) -> None:
    for employee in queries.colleagues().filter(id__in=list(employee_ids)):
        publish([queries.STAFF], "employee", queries.live(employee).model_dump(mode="json"))


@transaction.atomic
def hire(
    login: str,
    first_name: str,
    last_name: str = "",
    *,
    password: str | None = None,
    role: str = Role.OPERATOR,
    extension: str | None = None,
    **fields: Any,
) -> Employee:
    """A new employee with telephones, if they have an extension. Raises Conflict when login or extension is taken."""
    if Employee.objects.filter(login__iexact=login.strip()).exists():
        raise Conflict(Text("Такой логин уже занят.", "This login is taken."), code="login_taken")
    if extension and Employee.objects.filter(extension=extension).exists():
        raise Conflict(Text("Такой внутренний номер уже занят.", "This extension is taken."), code="extension_taken")
    employee = Employee.objects.create_user(
        login, password, first_name=first_name, last_name=last_name, role=role, extension=extension, **fields
    )
    Presence.objects.create(employee=employee, since=timezone.now())
    ensure_devices(employee)
    _announce([employee.id])
    return employee


@transaction.atomic
def ensure_devices(employee: Employee) -> None:
    """Give the employee's extension a desk telephone and a panel, each with a random password of its own."""
    if not employee.extension:
        return
    wanted = {employee.extension: Device.Kind.SIP, employee.extension + WEB_SUFFIX: Device.Kind.WEBRTC}
    employee.devices.exclude(endpoint__in=wanted).delete()
    for endpoint, kind in wanted.items():
        Device.objects.get_or_create(
            endpoint=endpoint,
            defaults={
                "employee": employee,
                "kind": kind,
                "sealed_secret": secrets.encrypt(secrets.random_password()),
            },
        )


@transaction.atomic
def give_right(right: Right, scope: str, *, to: Employee | Group, by: Employee, named: Iterable[Employee] = ()) -> None:
    """Give a right, change its scope, or with scope «none» take it away. Those concerned reload at once."""
    holder = {"employee": to} if isinstance(to, Employee) else {"group": to}
    grant, _ = Grant.objects.update_or_create(right=right, **holder, defaults={"scope": Scope(scope)})
    grant.named.set(named if scope == Scope.NAMED else [])
    write_audit(
        by,
        "give_right",
        subject_kind="employee" if isinstance(to, Employee) else "group",
        subject_id=to.id,
        details={"right": str(right), "scope": str(scope)},
    )
    _tell_rights([to] if isinstance(to, Employee) else to.members.all())


@transaction.atomic
def withdraw_grant(right: Right, *, of: Employee | Group, by: Employee) -> None:
    """Forget what was given or taken by `give_right`: the role and the groups decide again."""
    holder = {"employee": of} if isinstance(of, Employee) else {"group": of}
    Grant.objects.filter(right=right, **holder).delete()
    write_audit(by, "withdraw_grant", subject_id=of.id, details={"right": str(right)})
    _tell_rights([of] if isinstance(of, Employee) else of.members.all())


@transaction.atomic
def change_role(employee: Employee, role: str, *, by: Employee) -> None:
    """Give another role, and with it other rights."""
    employee.role = Role(role)
    employee.save(update_fields=["role"])
    write_audit(by, "change_role", subject_kind="employee", subject_id=employee.id, details={"role": str(role)})
    _tell_rights([employee])
    _announce([employee.id])


@transaction.atomic
def set_members(group: Group, members: Iterable[Employee], *, by: Employee) -> None:
    """Who belongs to the group; old and new members get their rights anew."""
    before = set(group.members.all())
    after = set(members)
    group.members.set(after)
    write_audit(by, "set_members", subject_kind="group", subject_id=group.id)
    _tell_rights(before | after)
    _announce([employee.id for employee in before ^ after])


@transaction.atomic
def dismiss(employee: Employee, *, by: Employee) -> None:
    """The employee may no longer sign in: sessions end at once, the telephones' passwords are thrown away."""
    employee.is_active = False
    # Sessions carry a hash of the password: changing it ends them all, also should the employee come back.
    employee.set_unusable_password()
    employee.save(update_fields=["is_active", "password"])
    employee.devices.all().delete()
    write_audit(by, "dismiss", subject_kind="employee", subject_id=employee.id)
    publish([queries.employee_topic(employee.id)], "signed_out", {})


def _tell_rights(employees: Iterable[Employee]) -> None:
    for employee in employees:
        publish([queries.employee_topic(employee.id)], "rights", {})
