"""Orders that an exchange refuses: the row says why, and whoever gave the order is told in their own words."""

from datetime import timedelta
from typing import Any

import pytest

from svyaz.calls import texts
from svyaz.calls.models import Call, Command, EndpointState
from svyaz.calls.services import dial, the_exchange
from svyaz.calls.services.commands import Failure, accept, fail, give, take
from svyaz.kit.clock import now
from svyaz.realtime.models import Event
from svyaz.staff import queries as staff
from svyaz.staff.models import Employee
from tests.integration.calls.conftest import House
from tests.integration.people import hired

CLIENT = "79161234567"


def order(by: Employee, number: str = CLIENT, **params: Any) -> Command:
    """A click-to-call on the desk phone, whatever the checks of the API would say to it."""
    params = {"extension": by.extension, "number": number, "shown": number, **params}
    return give(the_exchange(), Command.Kind.ORIGINATE, by=by, params=params, expires_at=now() + timedelta(seconds=15))


def notices(to: Employee) -> list[dict[str, Any]]:
    topics = staff.topics_for(to)
    news = Event.objects.filter(kind="notice").order_by("id")
    return [event.data for event in news if topics & {*event.topics}]


def came_to(house: House, command: Command) -> str:
    house.eventually(lambda: Command.objects.get(pk=command.pk).state == "failed", "the command failed")
    return Command.objects.get(pk=command.pk).outcome


@pytest.mark.exchange
@pytest.mark.django_db(transaction=True)
def test_whoever_calls_by_a_click_learns_why_the_exchange_did_not_call(
    house: House, people: dict[str, Employee]
) -> None:
    house.started()
    anna, boris, vera = people["101"], people["102"], people["103"]
    house.eventually(lambda: EndpointState.objects.filter(endpoint="101", registered=True).exists(), "101 is on line")

    # The telephone is registered, and refuses.
    house.run(house.phones["101"].refuse_all(486))
    dialled = dial(anna, number=CLIENT, phone_id=None, from_panel=False, at=now())
    assert came_to(house, Command.objects.get(pk=dialled.command_id)) == Failure.PHONE_DECLINED
    house.run(house.phones["101"].refuse_all(0))
    assert notices(anna) == [{"level": "info", "text": texts.OWN_PHONE_DECLINED.ru}]

    # The telephone is gone.
    house.run(house.phones["102"].sign_off())
    house.eventually(lambda: EndpointState.objects.filter(endpoint="102", registered=False).exists(), "102 is gone")
    assert came_to(house, order(boris)) == Failure.PHONE_OFF
    assert notices(boris) == [{"level": "error", "text": texts.OWN_PHONE_OFF.ru}]

    # The exchange refuses the action itself: nothing in its dial plan is called so.
    assert came_to(house, order(vera, "#1")) == "refused: Originate: Extension does not exist."
    # The telephone answers, and the number leads nowhere.
    assert came_to(house, order(vera, "12345")) == Failure.NUMBER_REFUSED
    refused, nowhere = notices(vera)
    assert refused == {
        "level": "error",
        "text": texts.COMMAND_REFUSED.ru.format(said="Originate: Extension does not exist."),
    }
    assert nowhere == {"level": "error", "text": texts.NUMBER_REFUSED.ru.format(number="12345")}
    house.eventually(lambda: not Call.objects.filter(live=True).exists(), "all is over")
    assert Event.objects.filter(kind="notice").count() == 4


@pytest.mark.django_db
def test_an_outcome_is_written_once_and_told_once() -> None:
    boris = hired("boris", extension="102")
    boris.language = "en"
    boris.save()
    command = order(boris)
    fail(command.pk, Failure.PHONE_OFF, at=now())
    assert Command.objects.get().state == "queued", "nothing can be known of what was not sent"
    take(the_exchange().id, at=now())
    # The report may overtake the answer to the action.
    fail(command.pk, Failure.PHONE_SILENT, at=now())
    accept(command.pk, at=now())
    fail(command.pk, Failure.PHONE_OFF, at=now())
    command.refresh_from_db()
    assert (command.state, command.outcome) == ("failed", Failure.PHONE_SILENT)
    assert notices(boris) == [{"level": "info", "text": texts.OWN_PHONE_SILENT.en}]


@pytest.mark.django_db
def test_an_order_that_could_not_be_carried_out_in_time_is_told() -> None:
    boris = hired("boris", extension="102")
    order(boris)
    assert take(the_exchange().id, at=now() + timedelta(minutes=1)) == []
    assert notices(boris) == [{"level": "error", "text": texts.COMMAND_EXPIRED.ru}]
