"""Telling browsers about a call: always its full card, to those whose rights reach it.

Its recordings go apart, to those who may also hear them: an event is the same for all who get it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from svyaz.calls.models import Call, Recording
from svyaz.calls.queries.cards import pushed_cards, recording_out
from svyaz.realtime.services import News, publish_all
from svyaz.staff import queries as staff


def topics(call: Call, employees: Iterable[UUID]) -> set[str]:
    """Who hears of a call: all who see everything, those who see one of its employees, those of its group."""
    found = {staff.ALL_CALLS, *map(staff.employee_calls_topic, employees)}
    if call.group_id:
        found.add(staff.group_calls_topic(call.group_id))
    return found


def recordings_news(call: Call, employees: Iterable[UUID], recordings: Sequence[Recording]) -> list[News]:
    """All recordings of a call, for those who may hear them; follows the news of the call. Nothing when it has none."""
    if not recordings:
        return []
    data = {"call_id": str(call.id), "recordings": [recording_out(one) for one in recordings]}
    return [News(staff.recordings_topics(topics(call, employees)), "recordings", data)]


def push_call(call: Call) -> None:
    """Publish the card of a call as it is in the database now, and its recordings. Last thing in a transaction."""
    card = pushed_cards([call])[0]
    employees = [UUID(employee["id"]) for employee in card["employees"]]
    recordings = list(call.recordings.defer("peaks")) if call.has_recording else []
    publish_all([News(topics(call, employees), "call", card), *recordings_news(call, employees, recordings)])
