"""The stream over a real WebSocket to a real server."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from websockets.exceptions import ConnectionClosed

from svyaz.kit.clock import now
from svyaz.realtime import consumer, hub
from svyaz.realtime.services import last_event, prune, publish
from svyaz.staff import queries, services
from svyaz.staff.models import Employee, Right, Scope
from tests.integration.people import Api, administrator, hired
from tests.integration.realtime.conftest import Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna(transactional_db: None) -> Employee:
    return hired()


def tell(*topics: str, kind: str = "client", **data: object) -> int:
    with transaction.atomic():
        return publish(topics, kind, data)


def test_a_browser_hears_what_its_rights_allow_each_once_and_in_order(server: Server, anna: Employee) -> None:
    with server.stream(anna) as stream:
        hello = stream.next()
        assert hello == {"kind": "hello", "event": last_event(), "resumed": False}
        first = tell("crm", text="«Ёлка» 🎄")
        tell("calls:all", kind="call")
        tell("employee:somebody-else", kind="notice")
        second = tell("staff", "crm", kind="employee")
        assert stream.next() == {"event": first, "kind": "client", "data": {"text": "«Ёлка» 🎄"}}
        assert stream.next() == {"event": second, "kind": "employee", "data": {}}


def test_a_browser_that_slept_gets_what_it_missed_and_goes_on(server: Server, anna: Employee) -> None:
    seen = tell("crm", number=1)
    missed = [tell("crm", number=2), tell("crm", number=3)]
    tell("calls:all", kind="call")
    with server.stream(anna, after=seen) as stream:
        assert stream.next()["resumed"] is True
        assert [stream.next()["event"] for _ in missed] == missed
        fresh = tell("crm", number=4)
        assert stream.next()["event"] == fresh


def test_nothing_is_lost_or_doubled_between_the_missed_and_the_new(
    server: Server, anna: Employee, in_threads: Callable[..., None]
) -> None:
    seen = tell("crm", number=0)
    told: list[int] = []

    def talk() -> None:
        for number in range(150):
            told.append(tell("crm", number=number))

    heard: list[list[int]] = [[] for _ in range(4)]

    def listen(which: int) -> None:
        with server.stream(anna, after=seen) as stream:
            assert stream.next()["resumed"] is True
            while len(heard[which]) < 150:
                heard[which].append(stream.next()["event"])

    in_threads(talk, *[lambda which=which: listen(which) for which in range(4)])
    assert all(each == told for each in heard)


@pytest.mark.parametrize("after", [lambda last: last + 1000, lambda last: 0])
def test_a_number_we_cannot_go_on_from_asks_for_a_new_snapshot(
    server: Server, anna: Employee, after: Callable[[int], int]
) -> None:
    for number in range(3):
        tell("crm", number=number)
    prune(now() + timedelta(seconds=1))
    with server.stream(anna, after=after(last_event())) as stream:
        assert stream.next() == {"kind": "hello", "event": last_event(), "resumed": False}
        fresh = tell("crm", number=9)
        assert stream.next()["event"] == fresh


def test_one_who_missed_very_much_starts_anew(server: Server, anna: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MOST_REPLAYED", 2)
    seen = tell("crm", number=0)
    for number in range(3):
        tell("crm", number=number)
    with server.stream(anna, after=seen) as stream:
        assert stream.next()["resumed"] is False


def test_a_snapshot_newer_than_the_listener_is_not_told_twice(server: Server, anna: Employee) -> None:
    api = Api(anna)
    with server.stream(anna) as other:
        other.next()
        for _ in range(5):
            tell("crm", number=1)
            event = api("GET", "/start")["event"]
            with server.stream(anna, after=event) as stream:
                assert stream.next()["event"] == event
                fresh = tell("crm", number=2)
                assert stream.next()["event"] == fresh


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_a_foreign_page_gets_nothing(server: Server, anna: Employee, origin: str) -> None:
    with server.stream(anna, origin=origin) as stream, pytest.raises(ConnectionClosed) as closed:
        stream.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


def test_who_is_not_signed_in_is_told_so(server: Server) -> None:
    with server.stream(None) as stream, pytest.raises(ConnectionClosed) as closed:
        stream.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_a_dismissed_employee_is_signed_out_and_cut_off(server: Server, anna: Employee) -> None:
    boss = administrator()
    with server.stream(anna) as stream:
        stream.next()
        services.dismiss(anna, by=boss)
        assert stream.next()["kind"] == "signed_out"
        tell("crm", number=1)
        with pytest.raises(ConnectionClosed) as closed:
            stream.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


def test_signing_out_ends_all_streams_of_that_browser_and_no_other(server: Server, anna: Employee) -> None:
    api = Api(anna)
    session = api.browser.cookies["svyaz_session"].value
    with server.stream(anna, session=session) as stream, server.stream(anna) as elsewhere:
        stream.next()
        elsewhere.next()
        api("DELETE", "/session")
        told = tell("crm", number=1)
        assert stream.next()["kind"] == "signed_out"
        with pytest.raises(ConnectionClosed) as closed:
            stream.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
        assert elsewhere.next()["event"] == told


def test_a_right_taken_away_or_given_works_from_that_moment_on(server: Server, anna: Employee) -> None:
    boss = administrator()
    with server.stream(anna) as stream:
        stream.next()
        services.give_right(Right.SEE_CALLS, Scope.ALL, to=anna, by=boss)
        assert stream.next()["kind"] == "rights"
        heard = tell(queries.ALL_CALLS, kind="call")
        assert stream.next()["event"] == heard
        services.give_right(Right.SEE_CALLS, Scope.OWN, to=anna, by=boss)
        assert stream.next()["kind"] == "rights"
        tell(queries.ALL_CALLS, kind="call")
        after = tell("crm", number=1)
        assert stream.next()["event"] == after


def test_a_browser_that_does_not_read_is_cut_off_and_the_others_hear_on(
    server: Server, anna: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "MOST_WAITING", 50)
    with server.stream(anna) as slow, server.stream(anna) as quick:
        slow.next()
        quick.next()
        large = "я" * 60_000
        heard = 0
        for _ in range(400):
            tell("crm", text=large)
            quick.next()
            heard += 1
        assert heard == 400
        received: list[object] = []
        with pytest.raises(ConnectionClosed) as closed:
            received.extend(iter(slow.next, None))
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4408
        assert len(received) < 400


@pytest.fixture
def quick_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "BEAT_EVERY", 0.05)


def test_a_silent_stream_beats(quick_beats: None, server: Server, anna: Employee) -> None:
    with server.stream(anna) as stream:
        stream.next()
        assert stream.socket.recv(timeout=5) == '{"kind":"beat"}'


def test_a_session_that_ended_ends_the_stream(
    quick_beats: None, server: Server, anna: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "CHECK_SESSION_EVERY", 0.0)
    with server.stream(anna) as stream:
        stream.next()
        for _ in range(3):
            assert stream.socket.recv(timeout=5) == hub.BEAT
        Session.objects.all().delete()
        with pytest.raises(ConnectionClosed) as closed:
            stream.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


def test_the_listener_comes_back_when_its_connection_is_cut(server: Server, anna: Employee) -> None:
    with server.stream(anna) as stream:
        stream.next()
        for number in range(3):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            told = tell("crm", number=number)
            assert stream.next()["event"] == told


def test_two_hundred_browsers_all_hear(server: Server, anna: Employee) -> None:
    everyone_in = threading.Barrier(11)
    heard: list[int] = []

    def browsers() -> None:
        from contextlib import ExitStack

        with ExitStack() as stack:
            streams = [stack.enter_context(server.stream(anna)) for _ in range(20)]
            for stream in streams:
                stream.next()
            connection.close()
            everyone_in.wait(60)
            heard.extend(stream.next()["event"] for stream in streams)

    threads = [threading.Thread(target=browsers) for _ in range(10)]
    for thread in threads:
        thread.start()
    everyone_in.wait(60)
    told = tell("crm", number=1)
    for thread in threads:
        thread.join(60)
    assert heard == [told] * 200
