"""Which endpoints are ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_SHORT: Final = re.compile(r"\d{2,5}")
_NAME: Final = re.compile(r"(\d{2,5})(?:[-_]?[A-Za-z][A-Za-z0-9]*)?")


def looks_like_extension(endpoint: str) -> bool:
    """The rule when nobody says who the employees are: 2 to 5 digits, perhaps with a suffix in letters (`101-web`)."""
    return _NAME.fullmatch(endpoint) is not None


class Directory:
    """`is_employee` says of an endpoint's name whether it is an employee's telephone; all others are outside lines."""

    def __init__(self, is_employee: Callable[[str], bool] = looks_like_extension) -> None:
        self.is_employee = is_employee

    def extension(self, endpoint: str) -> str:
        """The number by which colleagues dial an employee's endpoint, empty if its name does not show it."""
        match = _NAME.fullmatch(endpoint)
        return match[1] if match else ""

    def same_person(self, one: str, other: str) -> bool:
        """Whether two endpoints are telephones of the same employee (`101` and `101-web`)."""
        return one == other or (self.extension(one) != "" and self.extension(one) == self.extension(other))

    def is_inside(self, number: str) -> bool:
        """Whether a number that was dialled is one of our own (or a service of the exchange), not an outside one."""
        return self.is_employee(number) or not re.fullmatch(r"\+?\d{6,}", number)
