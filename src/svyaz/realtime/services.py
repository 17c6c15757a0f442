"""Publishing news and forgetting old news."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from svyaz.kit.clock import now
from svyaz.realtime.models import Event

CHANNEL = "svyaz_events"
KEPT = timedelta(days=1)
# Any number, the same in every process: whoever holds it is the one publishing transaction of the moment.
_PUBLISHING = 0x5356_5941_5A01

# The lock comes before the ids are drawn and is held until the commit, so ids become visible in ascending order:
# without it a reader that has seen 8 would never look for a 7 committed later. One round trip, one notice.
_INSERT = f"""
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock({_PUBLISHING})),
     event AS (
         INSERT INTO realtime_event (topics, kind, data, at)
         SELECT ARRAY(SELECT jsonb_array_elements_text(news->'topics')), news->>'kind', news->'data', now()
           FROM turn, jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS all_news(news, place)
          ORDER BY place RETURNING id
     )
SELECT last, pg_notify('{CHANNEL}', last::text) FROM (SELECT max(id) AS last FROM event) newest
"""  # noqa: S608 - constants only


class News(NamedTuple):
    """Something to be told to everybody who hears one of the topics."""

    topics: Iterable[str]
    kind: str
    data: Mapping[str, Any]


def publish(topics: Iterable[str], kind: str, data: Mapping[str, Any]) -> int:
    """Tell everybody who hears one of the topics, once the transaction commits; returns the event's number.

    Publish last in a transaction: other publishers wait from here to its commit. Raises outside a transaction, where
    the news could be told and the change it tells of lost.
    """
    return publish_all([News(topics, kind, data)])


def publish_all(news: Iterable[News]) -> int:
    """`publish` for several pieces of news, numbered in their order; returns the last number, 0 for no news."""
    told = announcement(news)
    if told is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(*told)
        return int(cursor.fetchone()[0])


def announcement(news: Iterable[News]) -> tuple[str, list[str]] | None:
    """`publish_all` as a statement and its parameters, for those who send theirs together; None for no news.

    Raises like it.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("publish() belongs into the transaction that makes the change")
    rows = [{"topics": sorted(set(one.topics)), "kind": one.kind, "data": one.data} for one in news]
    return (_INSERT, [json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False)]) if rows else None


def session_topic(key: str) -> str:
    """What concerns all windows of one browser's session. The key itself, which opens doors, is not in it."""
    return f"session:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def last_event() -> int:
    """The number of the newest event visible now; what a snapshot read after this call is at least as new as."""
    newest = Event.objects.order_by("-id").values_list("id", flat=True).first()
    return newest or 0


def prune(before: datetime | None = None) -> int:
    """Forget events older than that (a day, unless told); browsers that slept longer start from a snapshot.

    Returns how many were forgotten.
    The newest event stays whatever its age, so that the numbering is never mistaken for a new one.
    """
    before = before or now() - KEPT
    newest = last_event()
    deleted, _ = Event.objects.filter(at__lt=before, id__lt=newest).delete()
    return deleted
