"""What an employee may do, worked out from role, groups and grants in one place.

A right given to the employee themselves decides alone (also «none»: it takes away). Otherwise the rights of the role
and of all groups add up, unless a group's «none» takes the role's away.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from svyaz.kit.errors import Forbidden
from svyaz.kit.texts import Text
from svyaz.staff.models import Employee, Grant, Group, Right, Role, Scope

_OPERATOR: dict[str, str] = {
    Right.MAKE_CALLS: Scope.ALL,
    Right.SEE_CALLS: Scope.OWN,
    Right.HEAR_RECORDINGS: Scope.OWN,
    Right.SEE_TRANSCRIPTS: Scope.OWN,
    Right.SEE_CHATS: Scope.OWN,
    Right.HAND_OVER_CHATS: Scope.OWN,
    Right.EDIT_CRM: Scope.ALL,
}
_SUPERVISOR: dict[str, str] = _OPERATOR | {
    Right.SUPERVISE: Scope.GROUP,
    Right.SEE_CALLS: Scope.GROUP,
    Right.HEAR_RECORDINGS: Scope.GROUP,
    Right.SEE_TRANSCRIPTS: Scope.GROUP,
    Right.SEE_CHATS: Scope.GROUP,
    Right.HAND_OVER_CHATS: Scope.GROUP,
}
# Listening to colleagues does not come with the keys of the house: an administrator gives it, also to themselves, and
# the audit log keeps that.
_ADMINISTRATOR: dict[str, str] = {right: Scope.ALL for right in Right if right != Right.SUPERVISE}

ROLE_RIGHTS: dict[str, dict[str, str]] = {
    Role.OPERATOR: _OPERATOR,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.ADMINISTRATOR: _ADMINISTRATOR,
}
_WIDTH = [Scope.NONE, Scope.OWN, Scope.NAMED, Scope.GROUP, Scope.ALL]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one right goes: over everyone, or over these employees (the holder is always among them)."""

    scope: str
    employees: frozenset[uuid.UUID] = frozenset()
    groups: frozenset[uuid.UUID] = frozenset()

    @property
    def everyone(self) -> bool:
        return self.scope == Scope.ALL


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of one employee at one moment."""

    employee_id: uuid.UUID
    reaches: dict[str, Reach] = field(default_factory=dict)

    def allows(self, right: Right) -> bool:
        """That the employee has the right at all, over whomever."""
        return right in self.reaches

    def over(self, right: Right) -> Reach | None:
        """How far the right goes; None when the employee does not have it."""
        return self.reaches.get(right)

    def covers(self, right: Right, employee_id: uuid.UUID) -> bool:
        """That the right reaches that employee."""
        reach = self.reaches.get(right)
        return reach is not None and (reach.everyone or employee_id in reach.employees)

    def require(self, right: Right, over: uuid.UUID | None = None) -> None:
        """Raise Forbidden, naming the right, unless the employee has it (over that employee, if one is given)."""
        if self.allows(right) if over is None else self.covers(right, over):
            return
        raise Forbidden(
            Text(
                "Нет права «{ru}». Его может дать администратор.",
                "You lack the right “{en}”. Your administrator can give it.",
            ).format(ru=Right(right).label, en=right.replace("_", " "))
        )

    def scopes(self) -> dict[str, str]:
        """`{right: scope}` as the browser gets it."""
        return {str(right): str(reach.scope) for right, reach in sorted(self.reaches.items())}


def effective_rights(employee: Employee) -> Rights:
    """The rights of the employee now. Two queries, and a few more for rights over named employees."""
    if not employee.is_active:
        return Rights(employee.id)
    groups = {group.id: group for group in employee.groups.all()}
    holders = Q(employee=employee) | Q(group__in=list(groups))
    grants = list(Grant.objects.filter(holders).prefetch_related("named", "named_groups__members"))
    colleagues: frozenset[uuid.UUID] | None = None

    def reach_of(scope: str, grant: Grant | None) -> Reach:
        nonlocal colleagues
        employees = {employee.id}
        covered: set[uuid.UUID] = set()
        if scope == Scope.GROUP:
            if colleagues is None:
                colleagues = _members(groups.values())
            employees |= colleagues
            covered = set(groups)
        elif scope == Scope.NAMED and grant is not None:
            employees |= {named.id for named in grant.named.all()}
            employees |= {member.id for group in grant.named_groups.all() for member in group.members.all()}
            covered = {group.id for group in grant.named_groups.all()}
        return Reach(str(scope), frozenset(employees), frozenset(covered))

    reaches: dict[str, Reach] = {}
    role = ROLE_RIGHTS.get(employee.role, {})
    for right in Right:
        own = [grant for grant in grants if grant.right == right and grant.employee_id]
        by_group = [grant for grant in grants if grant.right == right and grant.group_id]
        if own:
            found = [reach_of(own[0].scope, own[0])]
        else:
            found = [reach_of(grant.scope, grant) for grant in by_group]
            if right in role and not any(grant.scope == Scope.NONE for grant in by_group):
                found.append(reach_of(role[right], None))
        found = [reach for reach in found if reach.scope != Scope.NONE]
        if found:
            reaches[right] = _joined(found)
    return Rights(employee.id, reaches)


def _members(groups: Iterable[Group]) -> frozenset[uuid.UUID]:
    return frozenset(Employee.objects.filter(groups__in=list(groups)).values_list("id", flat=True))


def _joined(reaches: list[Reach]) -> Reach:
    widest = max(reaches, key=lambda reach: _WIDTH.index(Scope(reach.scope)))
    return Reach(
        widest.scope,
        frozenset().union(*(reach.employees for reach in reaches)),
        frozenset().union(*(reach.groups for reach in reaches)),
    )
