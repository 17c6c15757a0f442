"""The telephony process on a real exchange: calls followed, recorded, closed after a crash; commands carried out."""

import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from svyaz.calls.models import Call, Command, EndpointState, Exchange, Recording
from svyaz.calls.services import dial, hang_up
from svyaz.calls.services import recordings as recording_services
from svyaz.kit.clock import now
from svyaz.realtime.models import Event
from svyaz.staff.models import Employee, Presence
from tests.integration.calls.cable import Cable
from tests.integration.calls.conftest import BOOKS, House
from tests.telephony.phones import PhoneCall

pytestmark = [pytest.mark.exchange, pytest.mark.django_db(transaction=True)]
CLIENT = "79161234567"


@dataclass
class Talk:
    """A client and the book-keeper talk."""

    row: Call
    phone: PhoneCall


def talking(house: House) -> Talk:
    """A client calls the book-keeper, who answers; the row says so."""
    house.lab.city.call(CLIENT, BOOKS, voice="tone:900")
    call = house.run(house.phones["103"].incoming())
    house.run(call.answer())
    row = house.eventually(lambda: Call.objects.filter(state="talking").first(), "the call talks")
    return Talk(row, call)


def ended(house: House, row: Call) -> Call:
    house.eventually(lambda: not Call.objects.get(pk=row.pk).live, "the call ended")
    return Call.objects.get(pk=row.pk)


def test_a_call_is_followed_recorded_and_its_recording_made(house: House, people: dict[str, Employee]) -> None:
    house.started()
    talk = talking(house)
    row = talk.row
    assert (row.direction, row.number, row.answered_at is None) == ("incoming", f"+{CLIENT}", False)
    house.eventually(lambda: Presence.objects.get(employee=people["103"]).line_state == "busy", "presence is busy")
    recording = house.eventually(lambda: Recording.objects.filter(call=row).first(), "it is recorded")
    house.eventually(lambda: (now() - recording.began_at).total_seconds() > 2.5, "two seconds were said")
    house.run(talk.phone.hang_up())
    row = ended(house, row)
    assert (row.status, [one.employee_id for one in row.participants.all()]) == ("answered", [people["103"].id])
    house.eventually(lambda: Recording.objects.get(pk=recording.pk).state == "processing", "the recording is over")
    recording.refresh_from_db()
    recording_services.make(recording.id, at=now())
    recording.refresh_from_db()
    assert (recording.state, recording.flags) == ("ready", [])
    assert recording.duration_ms > 2000
    assert max(recording.peaks["left"]) > 0.05
    assert max(recording.peaks["right"]) > 0.05
    house.eventually(lambda: Presence.objects.get(employee=people["103"]).line_state == "online", "presence is online")


def test_click_to_call_rings_the_desk_phone_first_and_hangs_up_by_command(
    house: House, people: dict[str, Employee]
) -> None:
    house.started()
    anna = people["101"]
    house.eventually(lambda: EndpointState.objects.filter(endpoint="101", registered=True).exists(), "101 is on line")
    dialled = dial(anna, number="8 (916) 123-45-67", phone_id=None, from_panel=False, at=now())
    assert (dialled.via, dialled.number) == ("desk", CLIENT)
    # The telephone answers by itself: that is what click-to-call asks it for.
    call = house.run(house.phones["101"].incoming())
    house.run(call.answered())
    row = house.eventually(lambda: Call.objects.filter(state="talking").first(), "the client answered")
    assert (row.direction, row.number) == ("outgoing", f"+{CLIENT}")
    house.eventually(lambda: Event.objects.filter(kind="card.open").exists(), "the card opened")
    house.eventually(lambda: Command.objects.get(pk=dialled.command_id).state == "done", "the command is done")
    command = hang_up(anna, row.id, at=now())
    house.run(call.ended())
    row = ended(house, row)
    assert (row.status, row.answered_by) == ("answered", [CLIENT])
    house.eventually(lambda: Command.objects.get(pk=command.pk).state == "done", "the hang-up is done")


def test_after_a_crash_a_call_that_is_up_goes_on_being_followed(house: House, people: dict[str, Employee]) -> None:
    first = house.started()
    talk = talking(house)
    row = talk.row
    recording = house.eventually(lambda: Recording.objects.filter(call=row).first(), "it is recorded")
    house.stop(first, signal.SIGKILL)
    Exchange.objects.update(lease_until=None)
    house.started()
    house.run(talk.phone.hang_up())
    after = ended(house, row)
    assert Call.objects.count() == 1
    assert (after.began_at, after.answered_at, after.status) == (row.began_at, row.answered_at, "answered")
    assert after.ended_at
    assert after.answered_at
    assert abs(after.talking_ms - (after.ended_at - after.answered_at).total_seconds() * 1000) < 500
    house.eventually(lambda: Recording.objects.get(pk=recording.pk).state == "processing", "the recording is over")
    assert Recording.objects.count() == 1
    assert not after.end_unknown


def test_a_call_that_ended_during_a_crash_is_closed_with_what_the_exchange_wrote_down(house: House) -> None:
    first = house.started()
    talk = talking(house)
    row = talk.row
    house.stop(first, signal.SIGKILL)
    Exchange.objects.update(lease_until=None)
    house.run(talk.phone.hang_up())
    hung_up = now()
    house.started()
    after = ended(house, row)
    assert (after.status, after.end_unknown) == ("answered", False)
    assert after.answered_at
    assert row.answered_at
    # The exchange's two ways of telling differ by less than a millisecond.
    assert abs((after.answered_at - row.answered_at).total_seconds()) < 0.05
    assert after.ended_at
    assert abs((after.ended_at - hung_up).total_seconds()) < 1
    assert Call.objects.count() == 1
    assert not after.legs.exclude(state="ended").exists()


def test_a_call_made_while_nobody_followed_is_read_back(house: House, people: dict[str, Employee]) -> None:
    first = house.started()
    talk = talking(house)
    house.run(talk.phone.hang_up())
    ended(house, talk.row)
    house.eventually(lambda: Exchange.objects.get().cel_serial, "the records are followed")
    house.stop(first)
    house.lab.city.call("79161110001", BOOKS, voice="tone:900")
    call = house.run(house.phones["103"].incoming())
    house.run(call.answer())
    house.run(call.hang_up())
    house.started()
    row = house.eventually(lambda: Call.objects.filter(number="+79161110001").first(), "the call is read back")
    assert (row.status, row.live, row.participants.get().employee) == ("answered", False, people["103"])
    assert Call.objects.count() == 2


def test_an_exchange_that_is_killed_ends_its_calls(house: House) -> None:
    house.started()
    talk = talking(house)
    row = talk.row
    house.lab.firm.kill()
    killed = now()
    house.eventually(lambda: Exchange.objects.get().state == "down", "the exchange is down")
    house.lab.revive()
    house.eventually(lambda: Exchange.objects.get().state == "up", "the exchange is up", 30)
    after = ended(house, row)
    assert after.status == "answered"
    assert after.ended_at
    assert abs((after.ended_at - killed).total_seconds()) < 2


def test_while_the_database_is_away_nothing_is_lost(house: House, people: dict[str, Employee]) -> None:
    parts = urlsplit(house.address)
    cable = Cable(str(Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432"))
    house.run(cable.join())
    house.started(f"postgresql://{parts.username}@127.0.0.1:{cable.port}{parts.path}")
    talk = talking(house)
    house.eventually(lambda: Recording.objects.filter(call=talk.row).first(), "it is recorded")
    house.run(cable.cut())
    house.run(talk.phone.hang_up())
    hung_up = now()
    house.lab.city.call("79161110001", BOOKS, voice="tone:900")
    second = house.run(house.phones["103"].incoming())
    house.run(second.answer())
    house.run(second.hang_up())
    assert Call.objects.get().live
    house.run(cable.join())
    after = ended(house, talk.row)
    assert after.ended_at
    assert abs((after.ended_at - hung_up).total_seconds()) < 1
    row = house.eventually(lambda: Call.objects.filter(number="+79161110001", live=False).first(), "the second one")
    assert (row.status, row.answered_at is None) == ("answered", False)
    house.eventually(lambda: Recording.objects.filter(state="processing").exists(), "the recording is over")
    assert Call.objects.count() == 2


def test_of_two_processes_one_leads_and_the_other_takes_over(house: House) -> None:
    first = house.started()
    leader = Exchange.objects.get().leader
    house.start()
    house.stop(first)
    house.eventually(lambda: Exchange.objects.get().leader not in ("", leader), "the other one leads", 20)
    talking(house)
    assert Call.objects.count() == 1
