"""The firm itself: employees, groups, rights, lines."""

from __future__ import annotations

from django.db import transaction

from svyaz.calls.models import CallGroup, Line
from svyaz.crm.models import Client, Firm
from svyaz.crm.services import set_own_numbers
from svyaz.project.demo.clients import make_clients, make_leads, make_orders
from svyaz.project.demo.past import make_past
from svyaz.staff.models import Employee, Grant, Group, Right, Role, Scope
from svyaz.staff.services import hire

# Only ever set in a demonstration, which listens on loopback unless told otherwise and says it on the console.
PASSWORD = "demo-2026"  # noqa: S105

FIRM = "ООО «Северный климат»"
# login, first and last name, position, role, extension
PEOPLE = [
    ("anna", "Анна", "Смирнова", "менеджер по продажам", Role.OPERATOR, "101"),
    ("boris", "Борис", "Ильин", "менеджер по продажам", Role.OPERATOR, "102"),
    ("darya", "Дарья", "Ким", "менеджер по продажам", Role.OPERATOR, "103"),
    ("mikhail", "Михаил", "Орлов", "инженер сервиса", Role.OPERATOR, "104"),
    ("elena", "Елена", "Носова", "бухгалтер", Role.OPERATOR, "105"),
    ("petr", "Пётр", "Зимин", "инженер сервиса", Role.OPERATOR, "106"),
    ("olga", "Ольга", "Власова", "руководитель отдела", Role.SUPERVISOR, "107"),
    ("admin", "Сергей", "Громов", "системный администратор", Role.ADMINISTRATOR, None),
]
# name, internal number, name of the queue ("" – all ring at once), who answers
GROUPS = [
    ("Продажи", "600", "", ("anna", "boris", "darya")),
    ("Сервис", "610", "service", ("mikhail", "petr")),
]
# number, name, acquisition channel, where it leads
LINES = [
    ("+74951230001", "Отдел продаж", "Сайт", "600"),
    ("+74951230002", "Сервис", "Договоры", "610"),
    ("+74951230003", "Бухгалтерия", "", "105"),
    ("+78005550100", "Общая бесплатная", "Реклама", "600"),
]
_SUPERVISED = (
    Right.SUPERVISE,
    Right.SEE_CALLS,
    Right.HEAR_RECORDINGS,
    Right.SEE_TRANSCRIPTS,
    Right.SEE_CHATS,
    Right.HAND_OVER_CHATS,
)


def create_demo_firm() -> list[tuple[str, str, str]]:
    """Make the demonstration firm unless it is there. Returns (login, password, who it is) of its employees.

    In a database where somebody already works nothing is made and nothing returned.
    """
    with transaction.atomic():
        if Employee.objects.exists():
            return _sign_ins() if Firm.objects.filter(name=FIRM).exists() else []
        Firm.objects.update_or_create(
            pk=1, defaults={"name": FIRM, "country": "RU", "area_code": "495", "time_zone": "Europe/Moscow"}
        )
        employees = {
            login: hire(login, first, last, password=PASSWORD, role=role, extension=extension, position=position)
            for login, first, last, position, role, extension in PEOPLE
        }
        _make_groups(employees)
        for number, name, channel, route in LINES:
            Line.objects.create(number=number, name=name, channel=channel, route=route)
        set_own_numbers(number for number, *_ in LINES)
        if not Client.objects.exists():
            make_clients(list(employees.values()))
            make_leads(list(employees.values()))
            make_orders()
        make_past(employees)
    return _sign_ins()


def _sign_ins() -> list[tuple[str, str, str]]:
    present = {employee.login: employee for employee in Employee.objects.filter(is_active=True)}
    return [
        (login, PASSWORD, f"{present[login].name}, {position}" + (f", {extension}" if extension else ""))
        for login, _, _, position, _, extension in PEOPLE
        if login in present
    ]


def _make_groups(employees: dict[str, Employee]) -> None:
    groups = []
    for name, number, queue, members in GROUPS:
        group = Group.objects.create(name=name, extension=number)
        group.members.set(employees[login] for login in members)
        CallGroup.objects.create(number=number, name=name, queue=queue, group=group)
        groups.append(group)
    # The supervisor is not rung with the groups, but sees and may listen to their calls.
    for right in _SUPERVISED:
        grant = Grant.objects.create(right=right, scope=Scope.NAMED, employee=employees["olga"])
        grant.named_groups.set(groups)
    Grant.objects.create(right=Right.CALL_ABROAD, scope=Scope.ALL, employee=employees["olga"])
