"""What the recorder of calls keeps in memory of the firm: people by telephone, lines, groups, settings."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from svyaz.calls.models import CallGroup, Line
from svyaz.crm import queries as crm
from svyaz.crm.models import Firm
from svyaz.kit import numbers
from svyaz.staff import queries as staff
from svyaz.staff.models import Device, Employee

# Seconds after which people and lines are read anew: a new employee's first call need not wait for more.
FRESH = 5.0
# `101` and `101-web` belong to extension 101 even before the device is in the database.
ENDPOINT = re.compile(r"([1-9][0-9]{1,5})(?:-[a-z0-9]+)?")


@dataclass
class FirmDirectory:
    """A copy of what hardly changes, at most FRESH seconds old. One thread only."""

    read_at: float = 0.0
    firm: Firm = field(default_factory=Firm)
    people: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    employees: dict[UUID, Employee] = field(default_factory=dict)
    by_extension: dict[str, Employee] = field(default_factory=dict)
    by_endpoint: dict[str, Employee] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    groups: dict[str, UUID] = field(default_factory=dict)

    def refresh(self, *, force: bool = False) -> None:
        """Read anew what is too old. Six small queries at most every FRESH seconds."""
        if not force and self.read_at and time.monotonic() - self.read_at < FRESH:
            return
        self.firm = crm.firm()
        self.employees = {employee.id: employee for employee in staff.colleagues()}
        self.people = {
            employee.id: {"id": str(employee.id), "name": employee.name} for employee in self.employees.values()
        }
        self.by_extension = {one.extension: one for one in self.employees.values() if one.extension}
        devices: list[Device] = list(staff.devices())
        self.by_endpoint = {device.endpoint: device.employee for device in devices}
        self.lines = {numbers.digits_of(line.number)[-10:]: line for line in Line.objects.all()}
        self.groups = {group.number: group.group_id for group in CallGroup.objects.all()}
        self.read_at = time.monotonic()

    def employee(self, endpoint: str | None, number: str | None = None) -> Employee | None:
        """Whose telephone an endpoint is; failing that, whose extension the number is."""
        if endpoint:
            if found := self.by_endpoint.get(endpoint):
                return found
            if match := ENDPOINT.fullmatch(endpoint):
                return self.by_extension.get(match[1])
        return self.by_extension.get(number) if number else None

    def is_employee(self, endpoint: str) -> bool:
        """What the engine asks: whether an endpoint is a telephone of ours."""
        return self.employee(endpoint) is not None

    def line(self, number: str | None) -> Line | None:
        """The line with this number, however it is written."""
        digits = numbers.digits_of(number or "")
        return self.lines.get(digits[-10:]) if len(digits) >= 7 else None

    def group(self, line: Line | None, dialled: str | None) -> UUID | None:
        """The group whose ring group or queue is called: by the line's route, or dialled by a colleague."""
        return self.groups.get(line.route if line else dialled or "")

    def parse(self, number: str) -> numbers.Number:
        """A number as the firm reads it."""
        return numbers.parse(number, self.firm.country, self.firm.area_code)
