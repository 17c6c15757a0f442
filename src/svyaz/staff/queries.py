"""Reading about employees."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from svyaz.staff.models import Device, Employee, Group, Presence, Right
from svyaz.staff.rights import Reach, Rights, effective_rights
from svyaz.staff.schemas import EmployeeLive, Me, PersonRef

STAFF = "staff"
CRM = "crm"
EXCHANGE = "exchange"
ALL_CALLS = "calls:all"


def employee_topic(employee_id: uuid.UUID) -> str:
    """What concerns one employee alone: their banners, rights, sign-outs, commands to their telephone."""
    return f"employee:{employee_id}"


def employee_calls_topic(employee_id: uuid.UUID) -> str:
    """Calls this employee takes part in, heard by those whose right to see calls reaches the employee."""
    return f"calls:employee:{employee_id}"


def group_calls_topic(group_id: uuid.UUID) -> str:
    """Calls of the ring group or queue of this group."""
    return f"calls:group:{group_id}"


def recordings_topics(calls_topics: Iterable[str]) -> set[str]:
    """What beside the calls of these topics may be heard: their recordings, a right of its own."""
    return {topic.replace("calls:", "recordings:", 1) for topic in calls_topics}


def topics_for(employee: Employee, rights: Rights | None = None) -> frozenset[str]:
    """The topics an employee may hear, by their rights now."""
    if not employee.is_active:
        return frozenset()
    rights = rights or effective_rights(employee)
    topics = {employee_topic(employee.id), STAFF, CRM, EXCHANGE, employee_calls_topic(employee.id)}
    if see := rights.over(Right.SEE_CALLS):
        topics |= _calls_topics(see)
        if hear := rights.over(Right.HEAR_RECORDINGS):
            topics |= recordings_topics(_in_both(see, hear))
    return frozenset(topics)


def _calls_topics(reach: Reach) -> set[str]:
    topics = {employee_calls_topic(each) for each in reach.employees}
    topics |= {group_calls_topic(group) for group in reach.groups}
    return topics | {ALL_CALLS} if reach.everyone else topics


def _in_both(see: Reach, hear: Reach) -> set[str]:
    """Hearing never goes further than seeing."""
    if see.everyone:
        return _calls_topics(hear)
    return _calls_topics(see) if hear.everyone else _calls_topics(see) & _calls_topics(hear)


def topics_for_user(user: Any) -> frozenset[str]:
    """`topics_for` of whoever the session says, read anew; nothing for those not signed in or no longer here."""
    if not isinstance(user, Employee):
        return frozenset()
    employee = Employee.objects.filter(pk=user.pk, is_active=True).first()
    return topics_for(employee) if employee else frozenset()


def me(employee: Employee) -> Me:
    """What the employee's own browser needs to know of them."""
    return Me(
        id=employee.id,
        name=employee.name,
        short_name=employee.short_name,
        initials=employee.initials,
        login=employee.login,
        role=employee.role,
        extension=employee.extension,
        rights=effective_rights(employee).scopes(),
        language=employee.language,
        theme=employee.theme,
    )


def colleagues() -> QuerySet[Employee]:
    """Everybody who works here, as the list of employees shows them."""
    return Employee.objects.filter(is_active=True).select_related("presence").prefetch_related("groups")


def live(employee: Employee) -> EmployeeLive:
    """An employee with their state, as pushed and as listed."""
    presence: Presence | None = getattr(employee, "presence", None)
    return EmployeeLive(
        id=employee.id,
        name=employee.name,
        short_name=employee.short_name,
        initials=employee.initials,
        extension=employee.extension,
        role=employee.role,
        groups=[group.id for group in employee.groups.all()],
        state=presence.state if presence else "offline",
        state_since=presence.since if presence else employee.created_at,
        away_text=presence.away_text if presence and presence.away else "",
        talking_to=presence.talking_to or None if presence else None,
    )


def live_list() -> list[EmployeeLive]:
    """All employees with their states."""
    return [live(employee) for employee in colleagues()]


def groups() -> QuerySet[Group]:
    """All groups with their members."""
    return Group.objects.prefetch_related("members")


def person_ref(employee: Employee | None) -> PersonRef | None:
    """Id and name, for cards."""
    return PersonRef(id=employee.id, name=employee.name) if employee else None


def by_extension(extensions: Iterable[str]) -> dict[str, Employee]:
    """Active employees with these extensions."""
    return {
        employee.extension: employee
        for employee in colleagues().filter(extension__in=list(extensions))
        if employee.extension
    }


def by_endpoint(endpoint: str) -> Employee | None:
    """Whose telephone this endpoint is."""
    device = Device.objects.filter(endpoint=endpoint).select_related("employee").first()
    return device.employee if device else None


def devices() -> QuerySet[Device]:
    """All telephones of those who work here, as the exchange's configuration needs them."""
    return Device.objects.filter(employee__is_active=True).select_related("employee")


def works_with_leads(employee: Employee, firm_uses_leads: bool) -> bool:
    """Whether an unknown caller of this employee becomes a lead: the firm's setting unless they have their own."""
    return firm_uses_leads if employee.works_with_leads is None else employee.works_with_leads


def search(text: str, limit: int) -> list[Employee]:
    """Employees by parts of their names in any order or by the beginning of the extension."""
    words = text.lower().replace("ё", "е").split()
    found = []
    for employee in colleagues():
        name = f"{employee.name} {employee.middle_name}".lower().replace("ё", "е")
        if words and (all(word in name for word in words) or (employee.extension or "").startswith(text.strip())):
            found.append(employee)
    return found[:limit]
