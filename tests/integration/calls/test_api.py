"""The API of calls: what people see, hear and may do."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from svyaz.calls.models import Call, Command, EndpointState, Exchange, Line, Recording
from svyaz.calls.schemas import RecordingOut
from svyaz.calls.services import recordings
from svyaz.calls.services.exchanges import exchange_configuration, the_exchange
from svyaz.crm.schemas import ClientIn, PhoneIn
from svyaz.crm.services import create_client
from svyaz.kit.clock import now
from svyaz.realtime.models import Event
from svyaz.staff import queries as staff
from svyaz.staff.models import AuditEntry, Employee, Right, Role
from svyaz.staff.services import give_right
from tests.integration.calls.scenes import Scene
from tests.integration.calls.sounds import tone
from tests.integration.people import Api, administrator, hired

pytestmark = pytest.mark.django_db
CLIENT = "79161234567"


@pytest.fixture
def anna() -> Employee:
    return hired()


@pytest.fixture
def boris(anna: Employee) -> Employee:
    return hired("boris", extension="102", first_name="Борис", last_name="Котов")


@pytest.fixture
def on_line(anna: Employee) -> Exchange:
    """The exchange is up and Anna's desk phone is registered."""
    exchange = the_exchange()
    Exchange.objects.update(state="up", lease_until=now() + timedelta(minutes=1))
    EndpointState.objects.create(exchange=exchange, endpoint="101", registered=True, at=now())
    return exchange


def test_the_journal_pages_newest_first_without_gaps(anna: Employee) -> None:
    scene, api = Scene(), Api(anna)
    made = [str(scene.incoming(f"7916000000{n}").rings("101").hung_up().id) for n in range(7)]
    seen, cursor = [], None
    while True:
        page = api("GET", "/calls", limit=3, **({"cursor": cursor} if cursor else {}))
        seen += [card["id"] for card in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == made[::-1]
    assert api("GET", "/calls", cursor="nonsense").status == 422


def test_filters_find_what_they_say(anna: Employee, boris: Employee) -> None:
    boss = administrator()
    client = create_client(ClientIn(name="ООО «Ёлка»", phones=[PhoneIn(number=CLIENT)]), by=boss)
    line = Line.objects.create(number="+74951230001", name="Отдел продаж")
    scene, api = Scene(), Api(boss)
    known = scene.incoming(CLIENT).rings("101", "102").answered("102").hung_up()
    missed = scene.incoming("78121112233", line="74951230002").rings("101").hung_up()
    out = scene.outgoing("101", "74957654321").rings("city", number="74957654321").answered("city").hung_up()
    inside = scene.outgoing("101", "102").rings("102").answered("102").hung_up()

    def found(**query: Any) -> set[str]:
        answer = api("GET", "/calls", **query)
        assert answer.status == 200, answer
        return {card["id"] for card in answer["items"]}

    def ids(*calls: Call) -> set[str]:
        return {str(call.id) for call in calls}

    assert found() == ids(known, missed, out, inside)
    assert found(direction="incoming") == ids(known, missed)
    assert found(status=["missed"]) == ids(missed)
    assert found(status=["missed", "answered"], direction="incoming") == ids(known, missed)
    assert found(client=client.id) == ids(known)
    assert found(line=line.id) == ids(known)
    assert found(employee=boris.id) == ids(known, inside)
    assert found(unregistered=True) == ids(missed, out)
    assert found(q="елка") == ids(known)
    assert found(q="8 (916) 123") == ids(known)
    assert found(q="812 111") == ids(missed)
    assert found(q="нет такого") == set()
    assert found(**{"from": out.began_at.isoformat()}) == ids(out, inside)
    assert found(to=missed.began_at.isoformat()) == ids(known)
    assert found(mine=True) == set()
    assert found(has_recording=True) == set()
    assert api("GET", "/calls", direction="sideways").status == 422


def test_people_see_their_own_calls_those_of_their_groups_or_all(anna: Employee, boris: Employee) -> None:
    scene = Scene()
    own = scene.incoming(CLIENT).rings("101").answered("101").hung_up()
    others = scene.incoming(CLIENT).rings("102").answered("102").hung_up()
    api = Api(anna)
    assert [card["id"] for card in api("GET", "/calls")["items"]] == [str(own.id)]
    assert api("GET", f"/calls/{others.id}").status == 404
    give_right(Right.SEE_CALLS, "all", to=anna, by=anna)
    assert api("GET", f"/calls/{others.id}").status == 200
    give_right(Right.SEE_CALLS, "none", to=anna, by=anna)
    assert api("GET", "/calls")["items"] == []
    assert api("GET", f"/calls/{own.id}").status == 404
    assert Api()("GET", "/calls").status == 401


def test_the_details_tell_the_chronology_in_the_readers_language(anna: Employee, boris: Employee) -> None:
    call = Scene().incoming(CLIENT).rings("101", "102").answered("102").hung_up()
    details = Api(anna)("GET", f"/calls/{call.id}")
    texts = [entry["text"] for entry in details["chronology"]]
    assert "Звонит +7 916 123-45-67" in texts
    assert "Ответил: Борис Котов" in texts
    assert details["transfers"] == []


def test_missed_calls_are_seen_one_by_one_or_all(anna: Employee) -> None:
    scene, api = Scene(), Api(anna)
    first = scene.incoming(CLIENT).rings("101").hung_up()
    scene.incoming(CLIENT).rings("101").hung_up()
    scene.incoming(CLIENT).rings("101").hung_up()
    assert api("POST", f"/calls/{first.id}/seen")["seen"] == 1
    assert api("POST", "/calls/seen")["seen"] == 2
    assert api("POST", "/calls/seen")["seen"] == 0
    assert Event.objects.filter(kind="call").last().data["missed_seen"]  # type: ignore[union-attr]


def test_the_pick_among_matches_is_remembered(anna: Employee) -> None:
    one = create_client(ClientIn(name="Первый", phones=[PhoneIn(number=CLIENT)]), by=anna)
    two = create_client(ClientIn(name="Второй", phones=[PhoneIn(number=CLIENT)]), by=anna)
    call = Scene().incoming(CLIENT).rings("101").answered("101")
    row, api = call.row(), Api(anna)
    assert (row.client_id, len(row.matches)) == (one.id, 2)
    assert api("GET", f"/calls/{row.id}")["who_picked"] is False
    picked = api("PUT", f"/calls/{row.id}/who", {"client_id": str(two.id)})
    assert (picked["who"]["client"]["name"], picked["who_picked"]) == ("Второй", True)
    assert call.hung_up().client_id == two.id
    assert api("PUT", f"/calls/{row.id}/who", {"client_id": str(row.id)}).status == 422
    assert api("PUT", f"/calls/{row.id}/who", {}).status == 422


def test_a_client_deleted_and_restored_in_mid_call_has_the_call_again(anna: Employee) -> None:
    client = create_client(ClientIn(name="Первый", phones=[PhoneIn(number=CLIENT)]), by=anna)
    call = Scene().incoming(CLIENT).rings("101").answered("101")
    api = Api(anna)
    api("DELETE", f"/clients/{client.id}")
    assert call.row().client_id is None
    api("POST", f"/clients/{client.id}/restore")
    assert call.row().client_id == client.id
    assert call.hung_up().client_id == client.id


def test_dialling_gives_one_command_for_the_desk_phone(anna: Employee, on_line: Exchange) -> None:
    answer = Api(anna)("POST", "/calls", {"number": "8 (495) 765-43-21"})
    assert (answer["via"], answer["number"], answer["shown"]) == ("desk", "74957654321", "+7 495 765-43-21")
    command = Command.objects.get(pk=answer["command_id"])
    assert (command.state, command.by, command.params["number"]) == ("queued", anna, "74957654321")


def test_a_panel_on_line_dials_itself_or_is_told_to(anna: Employee, on_line: Exchange) -> None:
    EndpointState.objects.create(exchange=on_line, endpoint="101-web", registered=True, at=now())
    answer = Api(anna)("POST", "/calls", {"number": "84957654321"})
    assert answer["via"] == "panel"
    told = Event.objects.get(kind="phone.dial")
    assert told.topics == [f"employee:{anna.id}"]
    assert told.data == {"command_id": answer["command_id"], "number": "74957654321", "shown": "+7 495 765-43-21"}
    assert Api(anna)("POST", "/calls", {"number": "84957654321", "from_panel": True})["via"] == "panel"
    assert Event.objects.filter(kind="phone.dial").count() == 1
    assert not Command.objects.filter(state="queued").exists()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("позвони мне", "not_dialable"),
        ("", "not_dialable"),
        ("199", "no_such_extension"),
        ("101", "not_dialable"),
        ("+380441234567", "not_abroad"),
        ("74957654321\r\nAction: Originate", "not_dialable"),
        ("84957654321" * 20, "invalid"),
    ],
)
def test_what_cannot_be_dialled_is_said_plainly(anna: Employee, on_line: Exchange, number: str, code: str) -> None:
    answer = Api(anna)("POST", "/calls", {"number": number})
    assert (answer.status, answer["code"]) == (422, code)
    assert "number" in answer["fields"] or code == "invalid"
    assert not Command.objects.exists()


def test_abroad_needs_a_right(anna: Employee, on_line: Exchange) -> None:
    give_right(Right.CALL_ABROAD, "all", to=anna, by=anna)
    assert Api(anna)("POST", "/calls", {"number": "+380441234567"})["number"] == "+380441234567"


def test_without_a_telephone_on_line_or_an_exchange_nothing_is_promised(anna: Employee, boris: Employee) -> None:
    api = Api(anna)
    assert api("POST", "/calls", {"number": "102"})["code"] == "exchange_down"
    Exchange.objects.update(state="up", lease_until=now() + timedelta(minutes=1))
    answer = api("POST", "/calls", {"number": "102"})
    assert (answer.status, answer["code"]) == (409, "no_phone")
    give_right(Right.MAKE_CALLS, "none", to=anna, by=anna)
    assert api("POST", "/calls", {"number": "102"}).status == 403


def test_an_exchange_nobody_follows_is_down_whatever_its_row_says(anna: Employee) -> None:
    the_exchange()
    Exchange.objects.update(state="up", lease_until=now() - timedelta(minutes=1))
    assert Api(anna)("GET", "/start")["exchange"]["state"] == "down"


def test_the_telephone_of_the_browser(anna: Employee) -> None:
    account = Api(anna)("GET", "/phone")
    assert (account["endpoint"], account["login"], account["ws"]) == ("101-web", "101-web", "/ws/sip")
    assert len(account["password"]) >= 16
    (known,) = exchange_configuration()["employees"]
    assert known["secret_web"] == account["password"]
    assert Api(administrator())("GET", "/phone").status == 409


def test_a_window_that_takes_the_telephone_tells_the_other_windows_of_the_same_employee(
    anna: Employee, boris: Employee
) -> None:
    window = "0195b7a0-0000-7000-8000-000000000001"
    assert Api(anna)("POST", "/phone/taken", {"window": window}).status == 204
    told = Event.objects.get(kind="phone.taken")
    assert told.data == {"window": window}
    assert {*told.topics} & staff.topics_for(anna)
    assert not {*told.topics} & (staff.topics_for(boris) | staff.topics_for(administrator()))
    for wrong in ({}, {"window": "the left one"}, {"window": None}):
        assert Api(anna)("POST", "/phone/taken", wrong).status == 422
    assert Api()("POST", "/phone/taken", {"window": window}).status == 401
    assert Event.objects.filter(kind="phone.taken").count() == 1


# --- recordings -------------------------------------------------------------------------------------------------------


@pytest.fixture
def recorded(anna: Employee, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """A call of four seconds recorded from its beginning; what the employee said is in the left side."""
    monkeypatch.setitem(settings.EXCHANGE, "recordings", str(tmp_path))
    monkeypatch.setattr(settings, "EXCHANGE_FILE", None)
    scene = Scene()
    call = scene.incoming(CLIENT).rings("101").answered("101")
    leg = call.row().legs.get(endpoint="101")
    recordings.begin(scene.exchange.id, [recordings.Beginning(leg.key, "a-stem", scene.at)])
    call.hung_up(after=4)
    recordings.finish([recordings.Ending("a-stem", scene.at)])
    tone(tmp_path / "a-stem-in.wav", 440, 4)
    tone(tmp_path / "a-stem-out.wav", 1000, 4)
    return Recording.objects.get()


def test_a_recording_is_made_played_in_parts_and_its_listening_kept(anna: Employee, recorded: Recording) -> None:
    api = Api(anna)
    assert api("GET", f"/recordings/{recorded.id}/peaks")["code"] == "not_ready"
    recordings.make(recorded.id, at=now())
    peaks = api("GET", f"/recordings/{recorded.id}/peaks")
    assert peaks["duration_ms"] == 4000
    assert max(len(peaks["left"]), len(peaks["right"])) <= 800
    assert min(peaks["left"]) > 0.2
    address = f"/api/recordings/{recorded.id}"
    whole = api.browser.get(address)
    assert (whole.status_code, whole["Content-Type"], whole["Accept-Ranges"]) == (200, "audio/ogg", "bytes")
    assert whole.content[:4] == b"OggS"
    part = api.browser.get(address, headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part["Content-Range"] == f"bytes 100-199/{len(whole.content)}"
    tail = api.browser.get(address, headers={"range": "bytes=-10"})
    assert tail.content == whole.content[-10:]
    assert api.browser.get(address, headers={"range": f"bytes={len(whole.content)}-"}).status_code == 416
    assert "attachment" in api.browser.get(address + "?download=true")["Content-Disposition"]
    kept = list(AuditEntry.objects.filter(subject_id=recorded.call_id).order_by("id").values_list("action", flat=True))
    assert kept == ["listen_recording", "download_recording"]
    card = api("GET", f"/calls/{recorded.call_id}")["recordings"][0]
    assert (card["state"], card["flags"]) == ("ready", [])


def test_hearing_is_a_right_of_its_own(anna: Employee, recorded: Recording) -> None:
    recordings.make(recorded.id, at=now())
    give_right(Right.HEAR_RECORDINGS, "none", to=anna, by=anna)
    api = Api(anna)
    assert api("GET", f"/calls/{recorded.call_id}")["recordings"] == []
    assert api("GET", f"/recordings/{recorded.id}").status == 404
    assert api("GET", f"/recordings/{recorded.id}/peaks").status == 404
    assert Api(hired("petr", extension="105", role=Role.OPERATOR))("GET", f"/recordings/{recorded.id}").status == 404


def test_pushed_recordings_reach_only_those_who_may_hear_them(anna: Employee, recorded: Recording) -> None:
    boss = administrator()
    supervisor = hired("petr", extension="105", role=Role.SUPERVISOR)
    give_right(Right.SEE_CALLS, "all", to=supervisor, by=boss)
    begun = Event.objects.latest("id").id
    recordings.make(recorded.id, at=now())

    def heard(employee: Employee) -> list[str]:
        topics = staff.topics_for(employee)
        news = Event.objects.filter(id__gt=begun, kind__in=("call", "recordings")).order_by("id")
        return [event.kind for event in news if topics & {*event.topics}]

    assert heard(anna) == heard(boss) == ["call", "recordings"]
    assert heard(supervisor) == ["call"], "sees the call, may not hear it"
    give_right(Right.HEAR_RECORDINGS, "none", to=anna, by=boss)
    assert heard(anna) == ["call"]
    give_right(Right.HEAR_RECORDINGS, "all", to=supervisor, by=boss)
    assert heard(supervisor) == ["call", "recordings"]
    for event in Event.objects.exclude(kind="recordings"):
        assert str(recorded.id) not in str(event.data)
        assert "recordings" not in event.data
    told = Event.objects.get(id__gt=begun, kind="recordings").data
    (one,) = told["recordings"]
    assert (told["call_id"], one["id"], one["state"]) == (str(recorded.call_id), str(recorded.id), "ready")
    (read,) = Api(boss)("GET", f"/calls/{recorded.call_id}")["recordings"]
    assert RecordingOut.model_validate(one) == RecordingOut.model_validate(read)


def test_a_silent_side_and_a_missing_span_are_flagged(anna: Employee, recorded: Recording, tmp_path: Path) -> None:
    tone(tmp_path / "a-stem-in.wav", 440, 1)
    tone(tmp_path / "a-stem-out.wav", 0, 1)
    recordings.make(recorded.id, at=now())
    recorded.refresh_from_db()
    assert sorted(recorded.flags) == ["gap", "silent_right"]


def test_a_file_still_being_written_is_waited_for_and_a_lost_one_is_said_to_be(
    anna: Employee, recorded: Recording, tmp_path: Path
) -> None:
    from svyaz.calls.errors import NotComplete

    (tmp_path / "a-stem-in.wav").write_bytes(b"")
    assert recorded.ended_at
    with pytest.raises(NotComplete):
        recordings.make(recorded.id, at=recorded.ended_at)
    recordings.make(recorded.id, at=recorded.ended_at + timedelta(minutes=5))
    recorded.refresh_from_db()
    assert recorded.state == "missing"


def test_a_recording_the_exchange_could_not_finish_is_taken_as_far_as_it_goes(
    anna: Employee, recorded: Recording, tmp_path: Path
) -> None:
    for side in ("in", "out"):
        path = tmp_path / f"a-stem-{side}.wav"
        body = bytearray(path.read_bytes())
        body[40:44] = b"\0\0\0\0"
        path.write_bytes(body)
    assert recorded.ended_at
    recordings.make(recorded.id, at=recorded.ended_at + timedelta(minutes=5))
    recorded.refresh_from_db()
    assert (recorded.state, recorded.duration_ms, recorded.flags) == ("ready", 4000, ["cut"])
    assert io.BytesIO(recorded.file.read())


def test_the_simulator_is_for_administrators_where_it_is_on(anna: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SIMULATOR", False)
    assert Api(administrator())("GET", "/simulator").status == 404
    monkeypatch.setattr(settings, "SIMULATOR", True)
    assert Api(anna)("GET", "/simulator").status == 403


def test_a_missed_call_of_a_stranger_is_lost_until_somebody_gets_through(anna: Employee) -> None:
    scene, api = Scene(), Api(anna)
    missed = scene.incoming(CLIENT).rings("101").hung_up()
    row = api("GET", f"/calls/{missed.id}")
    assert (row["status"], row["lost"], row["unreached"]) == ("missed", True, True)
    again = scene.incoming(CLIENT).rings("101").hung_up()
    assert api("GET", f"/calls/{again.id}")["lost"] is False, "not the first contact any more"
    scene.incoming(CLIENT).rings("101").answered("101").hung_up()
    row = api("GET", f"/calls/{missed.id}")
    assert (row["lost"], row["unreached"]) == (False, False)
    # Too late: they got through only after a day.
    Call.objects.filter(pk=missed.pk).update(began_at=missed.began_at - timedelta(days=2))
    row = api("GET", f"/calls/{missed.id}")
    assert (row["lost"], row["unreached"]) == (True, False)
