"""Publishing news and forgetting old news."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from svyaz.kit.clock import now
from svyaz.realtime.models import Event

CHANNEL = "svyaz_events"
KEPT = timedelta(days=1)
# Any number, the same in every process: whoever holds it is the one publishing transaction of the moment.
_PUBLISHING = 0x5356_5941_5A01

# The lock comes before the id is drawn and is held until the commit, so ids become visible in ascending order: without
# it a reader that has seen 8 would never look for a 7 committed later. One statement, one round trip.
_INSERT = f"""
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock({_PUBLISHING})),
     event AS (
         INSERT INTO realtime_event (topics, kind, data, at)
         SELECT %s, %s, %s::jsonb, now() FROM turn RETURNING id
     )
SELECT id, pg_notify('{CHANNEL}', id::text) FROM event
"""  # noqa: S608 - constants only


def publish(topics: Iterable[str], kind: str, data: Mapping[str, Any]) -> int:
    """Tell everybody who hears one of the topics, once the transaction commits; returns the event's number.

    Publish last in a transaction: other publishers wait from here to its commit. Raises outside a transaction, where
    the news could be told and the change it tells of lost.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("publish() belongs into the transaction that makes the change")
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT, [sorted(set(topics)), kind, json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False)]
        )
        return int(cursor.fetchone()[0])


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
