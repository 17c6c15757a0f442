"""The firm as the exchange sees it: employees, lines, ring groups, queues; read from and written to firm.json."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from exchange_lab.errors import BadFirm

T = TypeVar("T")

EXTENSION = re.compile(r"[1-9][0-9]{1,5}")
LINE = re.compile(r"[1-9][0-9]{6,14}")
SECRET = re.compile(r"[A-Za-z0-9_-]{8,128}")
QUEUE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
STRATEGIES = ("ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "linear")


@dataclass(frozen=True, slots=True)
class Employee:
    """``secret_sip`` is the desk phone's password (endpoint ``101``), ``secret_web`` the panel's (``101-web``).

    ``line`` is the line whose number outgoing calls show; without it the firm's ``outgoing_line``.
    """

    extension: str
    name: str
    secret_sip: str
    secret_web: str
    may_call_abroad: bool = False
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An outside number of the firm, digits only; ``route`` is the number of an extension, ring group or queue."""

    number: str
    name: str
    route: str


@dataclass(frozen=True, slots=True)
class RingGroup:
    """All members' telephones ring at once.  ``through_local``: through Local channels, as many exchanges do it."""

    number: str
    name: str
    members: tuple[str, ...]
    ring_seconds: int = 30
    through_local: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """``name`` is the exchange's name of the queue, ``number`` what one dials to get into it.

    ``wait_seconds``: how long a caller waits in it at most; ``ring_seconds``: how long one try at a member rings.
    """

    name: str
    number: str
    title: str
    members: tuple[str, ...]
    strategy: str = "ringall"
    ring_seconds: int = 20
    wait_seconds: int = 120


@dataclass(frozen=True, slots=True)
class Firm:
    """``postgres`` is a libpq connection string or address; with it CEL and CDR go there as well as to sqlite.

    ``ring_seconds``: how long an extension rings; ``outside_ring_seconds``: how long an outside number does.
    """

    employees: tuple[Employee, ...]
    lines: tuple[Line, ...]
    ring_groups: tuple[RingGroup, ...] = ()
    queues: tuple[Queue, ...] = ()
    outgoing_line: str | None = None
    ring_seconds: int = 30
    outside_ring_seconds: int = 60
    postgres: str | None = None

    def __post_init__(self) -> None:
        _check(self)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Firm":
        """Raises ``BadFirm`` naming the place of what is wrong."""
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            raise BadFirm(f"firm.json is no JSON: {error}") from error
        if not isinstance(value, dict):
            raise BadFirm("firm.json must hold one object")
        given = dict(value)
        for key, kind in (("employees", Employee), ("lines", Line), ("ring_groups", RingGroup), ("queues", Queue)):
            if key in given:
                given[key] = tuple(_many(key, kind, given[key]))
        return _made("firm", cls, given)

    @classmethod
    def read(cls, path: Path) -> "Firm":
        try:
            return cls.from_json(path.read_text("utf-8"))
        except FileNotFoundError as error:
            raise BadFirm(f"{path} does not exist") from error


def _many(place: str, kind: type[T], values: object) -> Sequence[T]:
    if not isinstance(values, list):
        raise BadFirm(f"{place} must be a list")
    return [_made(f"{place}[{index}]", kind, value) for index, value in enumerate(values)]


def _made(place: str, kind: type[T], value: object) -> T:
    if not isinstance(value, Mapping):
        raise BadFirm(f"{place} must be an object")
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(value) - known)
    if unknown:
        raise BadFirm(f"{place}: unknown {', '.join(unknown)}")
    made: Callable[..., Any] = kind
    ready = {key: tuple(each) if isinstance(each, list) else each for key, each in value.items()}
    try:
        return made(**ready)  # type: ignore[no-any-return]
    except TypeError as error:
        raise BadFirm(f"{place}: {error}") from error


def _check(firm: Firm) -> None:
    """Everything that gets into the exchange's files passes here: what could break out of its line is refused."""
    numbers: set[str] = set()

    def number(place: str, value: str, form: re.Pattern[str]) -> None:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise BadFirm(f"{place}: {value!r} is not a number that can be used here")
        if value in numbers:
            raise BadFirm(f"{place}: {value} is used twice")
        numbers.add(value)

    for employee in firm.employees:
        number("employees", employee.extension, EXTENSION)
        for secret in (employee.secret_sip, employee.secret_web):
            if not SECRET.fullmatch(secret):
                raise BadFirm(f"employees: a secret of {employee.extension} is not 8 to 128 letters, digits, _ or -")
    extensions = set(numbers)
    for group in firm.ring_groups:
        number("ring_groups", group.number, EXTENSION)
    for queue in firm.queues:
        number("queues", queue.number, EXTENSION)
        if not QUEUE_NAME.fullmatch(queue.name):
            raise BadFirm(f"queues: {queue.name!r} is not small letters, digits, _ or -")
        if queue.strategy not in STRATEGIES:
            raise BadFirm(f"queues: strategy {queue.strategy!r} is none of {', '.join(STRATEGIES)}")
    for owner, members in [(g.number, g.members) for g in firm.ring_groups] + [
        (q.name, q.members) for q in firm.queues
    ]:
        strangers = sorted(set(members) - extensions)
        if strangers:
            raise BadFirm(f"{owner}: no employee has extension {', '.join(strangers)}")
    routes = set(numbers)
    for line in firm.lines:
        number("lines", line.number, LINE)
        if line.route not in routes:
            raise BadFirm(f"lines: {line.number} leads to {line.route!r}, which is no extension, ring group or queue")
    own = {line.number for line in firm.lines}
    for shown in (firm.outgoing_line, *(employee.line for employee in firm.employees)):
        if shown is not None and shown not in own:
            raise BadFirm(f"{shown!r} is shown on outgoing calls and is no line of the firm")


def display_name(name: str) -> str:
    """A person's name as it may stand in a configuration file: no quotes, brackets, line ends; 80 letters."""
    return re.sub(r"\s+", " ", re.sub(r'[\x00-\x1f\x7f";<>\\\[\]]', " ", name)).strip()[:80]
