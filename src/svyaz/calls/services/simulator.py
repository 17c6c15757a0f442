"""The simulator: for the demonstration and for learners, by administrators only, off in production."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings

from svyaz.calls import texts
from svyaz.calls.models import Line
from svyaz.calls.ports import Behaviour, Simulator, SimulatorUnavailable
from svyaz.calls.queries.cards import iso, line_out
from svyaz.crm import queries as crm
from svyaz.kit import numbers
from svyaz.kit.errors import Invalid, NotFound, Unavailable
from svyaz.kit.slots import Slot
from svyaz.kit.texts import Text
from svyaz.staff.models import Employee, Right
from svyaz.staff.rights import effective_rights

# Numbers of nobody, to see what happens when a stranger calls; the first hides nothing, the last is a foreign one.
STRANGERS = ("+79161110001", "+78121110002", "+375171110003")
KNOWN_SHOWN = 20


def _none() -> Simulator:
    raise SimulatorUnavailable("no simulator is connected")


# Filled in wiring when the simulator is switched on.
simulator: Slot[[], Simulator] = Slot(_none)


def _allowed(actor: Employee) -> Simulator:
    if not settings.SIMULATOR:
        raise NotFound(texts.SIMULATOR_OFF)
    effective_rights(actor).require(Right.ADMINISTER)
    try:
        return simulator()
    except SimulatorUnavailable as error:
        _unavailable(error)


def overview(actor: Employee) -> dict[str, Any]:
    """SimulatorOut. Raises Forbidden, NotFound when switched off, Unavailable when the city does not answer."""
    city = _allowed(actor)
    try:
        set_so_far, calls = city.behaviours(), city.calls()
    except SimulatorUnavailable as error:
        _unavailable(error)
    return {
        "numbers": [
            {
                "number": number,
                "shown": numbers.shown(number),
                "title": title,
                "behaviour": set_so_far.get(number.lstrip("+"), "answer"),
            }
            for number, title in _numbers()
        ],
        "lines": [line_out(line) for line in Line.objects.all()],
        "calls": [
            {"id": call.id, "from": call.number, "line": call.line, "state": call.state, "began_at": iso(call.began_at)}
            for call in calls
        ],
    }


def _numbers() -> list[tuple[str, str]]:
    stranger = texts.STRANGER.into()
    return [*crm.some_numbers(KNOWN_SHOWN), *((number, stranger) for number in STRANGERS)]


def call(actor: Employee, *, number: str, line: str, voice: str | None, gives_up_after: int | None) -> str:
    """Have an outside number call a line; returns the id of the simulated call."""
    city = _allowed(actor)
    number = crm.parse_number(number).e164 or number
    try:
        return city.call(number, line, voice=voice, gives_up_after=gives_up_after, name="")
    except SimulatorUnavailable as error:
        _unavailable(error)


def hang_up(actor: Employee, call_id: str) -> None:
    """The simulated caller hangs up."""
    city = _allowed(actor)
    try:
        city.hang_up(call_id)
    except SimulatorUnavailable as error:
        _unavailable(error)


def set_behaviour(actor: Employee, number: str, behaviour: Behaviour) -> None:
    """What an outside number does when the firm calls it."""
    parsed = numbers.parse(number)
    if parsed.e164 is None:
        raise Invalid(texts.NOT_DIALABLE, fields={"number": [texts.NOT_DIALABLE]})
    city = _allowed(actor)
    try:
        city.set_behaviour(parsed.e164, behaviour)
    except SimulatorUnavailable as error:
        _unavailable(error)


def _unavailable(error: SimulatorUnavailable) -> NoReturn:
    raise Unavailable(
        Text("Симулятор не отвечает: {why}", "The simulator does not answer: {why}").format(why=error),
        code="simulator_unavailable",
    ) from error
