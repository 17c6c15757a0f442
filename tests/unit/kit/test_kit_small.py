"""Ids, INN, cursors, texts, secrets, domain events."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from svyaz.kit import events, inn, paging, secrets
from svyaz.kit.errors import Invalid, Stale
from svyaz.kit.ids import uuid7
from svyaz.kit.texts import Text


def test_ids_ascend_and_hold_the_time_they_were_made_at() -> None:
    before = time.time_ns() // 1_000_000
    ids = [uuid7() for _ in range(20_000)]
    assert ids == sorted(set(ids))
    assert {each.version for each in ids} == {7}
    assert {each.variant for each in ids} == {"specified in RFC 4122"}
    assert before <= ids[0].int >> 80 <= before + 1000


def test_ids_of_many_threads_are_all_different() -> None:
    made: list[object] = []
    threads = [threading.Thread(target=lambda: made.extend(uuid7() for _ in range(2000))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 16_000


@pytest.mark.parametrize("good", ["7707083893", "500100732259"])
def test_a_true_inn_is_taken_and_one_with_a_slip_is_not(good: str) -> None:
    assert inn.is_valid(good)
    assert not inn.is_valid(good[:-1] + str((int(good[-1]) + 1) % 10))
    assert not inn.is_valid(good[:-1])
    assert not inn.is_valid("")


@given(st.from_regex(r"\A[0-9]{9,10}\Z"))
def test_completed_inns_are_valid(digits: str) -> None:
    assert inn.is_valid(inn.with_check_digits(digits))


@given(st.lists(st.text(max_size=50), min_size=2, max_size=2))
def test_a_cursor_gives_back_its_key(key: list[str]) -> None:
    assert paging.read_cursor(paging.cursor_of(*key), 2) == key


@pytest.mark.parametrize("cursor", ["%%%", "bm90IGpzb24", "W10", "ы", "Ww"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        paging.read_cursor(cursor, 2)


def test_an_error_speaks_the_language_of_the_person() -> None:
    error = Stale(extra={"current": {"id": 1}})
    with translation.override("en"):
        assert error.payload()["message"].startswith("Somebody else")
    with translation.override("ru"):
        assert error.payload()["message"].startswith("Запись тем временем")
    assert error.payload()["current"] == {"id": 1}
    assert Text("да {a}", "yes {a}").format(a=1).into("en") == "yes 1"


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / secrets.KEY_FILE
    keys: list[bytes] = []
    threads = [threading.Thread(target=lambda: keys.append(secrets.load_or_make_key(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
    assert len(keys) == 8
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == [secrets.KEY_FILE]


def test_a_secret_comes_back_and_one_of_another_key_does_not() -> None:
    sealed = secrets.encrypt("пароль")
    assert sealed != secrets.encrypt("пароль")
    assert secrets.decrypt(sealed) == "пароль"
    with pytest.raises(secrets.UnreadableSecret):
        secrets.decrypt(sealed[:-4] + "AAA=")


@dataclass(frozen=True)
class Happened:
    number: int


@pytest.fixture
def heard() -> Iterator[list[int]]:
    numbers: list[int] = []

    def hear(event: Happened) -> None:
        numbers.append(event.number)

    events.subscribe(Happened, hear)
    events.subscribe(Happened, hear)
    yield numbers
    events._handlers.pop(Happened)


def test_news_is_heard_once_by_each_subscriber(heard: list[int]) -> None:
    events.publish(Happened(3))
    assert heard == [3]
