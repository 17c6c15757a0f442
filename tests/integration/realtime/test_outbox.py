"""Numbers of events under concurrency."""

import threading
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from django.db import transaction

from svyaz.kit.clock import now
from svyaz.realtime.models import Event
from svyaz.realtime.services import last_event, prune, publish


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_follows_the_numbers_misses_nothing_of_many_writers(
    database_url: str, in_threads: Callable[..., None]
) -> None:
    writers, each = 8, 40
    seen: list[int] = []
    done = threading.Event()

    def write() -> None:
        for turn in range(each):
            with transaction.atomic():
                publish(["crm"], "client", {"turn": turn})
                if turn % 7 == 0:
                    transaction.set_rollback(True)

    def read() -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            while True:
                last_round = done.is_set()
                rows = connection.execute(
                    "SELECT id FROM realtime_event WHERE id > %s ORDER BY id", [seen[-1] if seen else 0]
                ).fetchall()
                seen.extend(row[0] for row in rows)
                if last_round:
                    return

    reader = threading.Thread(target=read)
    reader.start()
    in_threads(*[write] * writers)
    done.set()
    reader.join(10)
    assert seen == list(Event.objects.order_by("id").values_list("id", flat=True))
    assert len(seen) == writers * (each - 6)


@pytest.mark.django_db(transaction=True)
def test_news_outside_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        publish(["crm"], "client", {})


@pytest.mark.django_db
def test_old_news_is_forgotten_but_never_the_newest() -> None:
    for number in range(3):
        publish(["crm"], "client", {"number": number})
    newest = last_event()
    assert prune() == 0
    assert prune(now() + timedelta(seconds=1)) == 2
    assert last_event() == newest
