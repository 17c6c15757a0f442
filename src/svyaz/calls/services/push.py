"""Telling browsers about a call: always its full card, to those whose rights reach it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from svyaz.calls.models import Call
from svyaz.calls.queries.cards import cards
from svyaz.realtime.services import publish
from svyaz.staff import queries as staff


def topics(call: Call, employees: Iterable[UUID]) -> set[str]:
    """Who hears of a call: all who see everything, those who see one of its employees, those of its group."""
    found = {staff.ALL_CALLS, *map(staff.employee_calls_topic, employees)}
    if call.group_id:
        found.add(staff.group_calls_topic(call.group_id))
    return found


def push_call(call: Call) -> dict[str, Any]:
    """Publish the card of a call as it is in the database now; returns it. Last thing in a transaction."""
    card = cards([call])[0]
    employees = [UUID(employee["id"]) for employee in card["employees"]]
    publish(topics(call, employees), "call", card)
    return card
