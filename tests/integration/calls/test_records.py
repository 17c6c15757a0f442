"""What stands in the database after calls of many kinds agrees with what the exchange wrote down of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import pytest

from svyaz.calls.models import Call, CallLeg, EndpointState
from svyaz.calls.services import dial
from svyaz.connectors.asterisk.cel import CelRow, SqliteCel
from svyaz.kit.clock import now
from svyaz.staff.models import Employee
from tests.integration.calls.conftest import BOOKS, SALES, House
from tests.telephony.records import Told, agree_with_cdr, agree_with_cel, is_complete, read_cdrs
from tests.telephony.scenes import CLIENT, LASTS

pytestmark = [pytest.mark.exchange, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Row:
    """A leg as the database has it."""

    channel: str
    is_employee: bool
    answered_at: datetime | None
    ended_at: datetime | None


def told_by_rows(exchange_legs: Iterable[CallLeg], call: Call, merged: Iterable[Call]) -> Told:
    legs = list(exchange_legs)
    assert call.ended_at is not None
    caller = next(leg for leg in legs if leg.key == call.exchange_call)
    return Told(
        call.exchange_call,
        frozenset({call.exchange_call, *(one.exchange_call for one in merged)}),
        call.began_at,
        call.answered_at,
        call.ended_at,
        call.talking_ms / 1000,
        {leg.key: Row(leg.channel, leg.employee_id is not None, leg.answered_at, leg.ended_at) for leg in legs},
        caller.key,
        one_pair=not call.transfers and call.direction == "incoming",
        consultation=False,
    )


def answered(house: House) -> None:
    """103 keeps the books: a client calls, talks, hangs up."""
    house.lab.city.call(CLIENT, BOOKS, talks_for=LASTS + 1)
    call = house.run(house.phones["103"].incoming())
    house.run(call.answer())
    house.run(call.ended())


def missed_by_a_ring_group(house: House) -> None:
    house.lab.city.call("79161110001", SALES, gives_up_after=LASTS)
    for extension in ("101", "102"):
        house.run(house.run(house.phones[extension].incoming()).ended())


def handed_over_after_a_consultation(house: House) -> None:
    """A second line and SIP REFER with Replaces: two calls become one."""
    city = house.lab.city.call("79161110002", BOOKS)
    operator = house.run(house.phones["103"].incoming())
    house.run(operator.answer())
    house.run(operator.hears(LASTS))
    house.run(operator.hold())
    asking = house.run(house.phones["103"].call("102"))
    colleague = house.run(house.phones["102"].incoming())
    house.run(colleague.answer())
    house.run(colleague.hears(LASTS))
    house.run(operator.refer_attended(asking))
    house.run(operator.ended())
    # Both lines of the operator are over, while the call goes on.
    house.eventually(
        lambda: not CallLeg.objects.filter(call__live=True, endpoint="103").exclude(state="ended").exists(),
        "the operator is out of the call",
    )
    house.run(colleague.hears(LASTS))
    house.lab.city.hang_up(city)
    house.run(colleague.ended())


def called_by_a_click(house: House, by: Employee) -> None:
    house.lab.city.set_behaviour("79161110003", "answer", rings=LASTS)
    dial(by, number="79161110003", phone_id=None, from_panel=False, at=now())
    call = house.run(house.phones["101"].incoming())
    house.run(call.answered())
    house.eventually(lambda: Call.objects.filter(state="talking").exists(), "the other side answered")
    house.run(call.hears(LASTS))
    house.run(call.hang_up())


def test_the_journal_in_the_database_agrees_with_cel_and_cdr(house: House, people: dict[str, Employee]) -> None:
    house.started()
    house.eventually(lambda: EndpointState.objects.filter(endpoint="101", registered=True).exists(), "101 is on line")
    answered(house)
    missed_by_a_ring_group(house)
    handed_over_after_a_consultation(house)
    called_by_a_click(house, people["101"])
    cel = SqliteCel(house.lab.directory / house.lab.ports.cel)

    def whole() -> list[CelRow]:
        rows = cel.after(0)
        return rows if is_complete(rows, 5) else []

    rows: list[CelRow] = house.eventually(whole, "CEL is complete")
    house.eventually(lambda: not Call.objects.filter(live=True).exists(), "the journal is complete")
    calls = Call.objects.filter(merged_into=None)
    told = [told_by_rows(one.legs.all(), one, Call.objects.filter(merged_into=one)) for one in calls]
    assert sorted((one.direction, one.status) for one in calls) == [
        ("incoming", "answered"),
        ("incoming", "answered"),
        ("incoming", "missed"),
        ("outgoing", "answered"),
    ]
    agree_with_cel(told, rows, supervised=0)
    ended = [int(each.ended_at.timestamp()) for each in told]
    linkedids = {row.linkedid for row in rows}
    house.eventually(
        lambda: max(each.end for each in read_cdrs(house.lab.ports, linkedids)) >= max(ended) - 1, "CDR is complete"
    )
    agree_with_cdr(told, read_cdrs(house.lab.ports, linkedids))
