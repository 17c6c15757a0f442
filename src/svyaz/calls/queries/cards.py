"""The card of a call as browsers get it: the same shape in lists, in details and in pushed events.

Pushed cards alone have no recordings: one event goes to all who see a call, and hearing it is another right. The
recordings follow as an event of their own.

Cards are plain dictionaries of JSON values: a ringing call is on its way to people while this runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from svyaz.calls.models import Call, CallEmployee, CallLeg, Line, Recording
from svyaz.kit.numbers import shown
from svyaz.staff.models import Employee

Json = dict[str, Any]
# A missed call of somebody new is lost when nobody got through within this time.
A_DAY = timedelta(days=1)


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with Z, as the rest of the API writes it."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def line_out(line: Line | None) -> Json | None:
    return {"id": str(line.id), "number": line.number, "shown": shown(line.number), "name": line.name} if line else None


def card(
    call: Call,
    *,
    legs: Iterable[CallLeg],
    participants: Iterable[CallEmployee],
    people: Mapping[UUID, Json],
    line: Line | None,
    reached_at: datetime | None = None,
) -> Json:
    """One CallCard without its recordings. `people`: PersonRef of every employee who has a leg or took part.

    `reached_at`: when somebody first got through after a missed call, in either direction.
    """
    took_part = sorted(participants, key=lambda participant: participant.position)
    return {
        "id": str(call.id),
        "exchange_call": call.exchange_call,
        "direction": call.direction,
        "live": call.live,
        "state": call.state,
        "status": call.status,
        "number": {"e164": call.number or None, "shown": call.number_shown} if call.number_shown else None,
        "caller_name": call.caller_name,
        "line": line_out(line),
        "who": call.who,
        "matches": call.matches,
        "who_picked": call.who_picked,
        "last_talk": call.last_talk,
        "region": call.region or None,
        "legs": [_leg(leg, people) for leg in sorted(legs, key=lambda leg: leg.position)],
        "employees": [people[one.employee_id] for one in took_part if one.employee_id in people],
        "answered_by": [people[one.employee_id] for one in took_part if one.answered and one.employee_id in people],
        "began_at": iso(call.began_at),
        "answered_at": iso(call.answered_at),
        "ended_at": iso(call.ended_at),
        "waiting_ms": call.waiting_ms,
        "talking_ms": call.talking_ms,
        "comment": call.comment,
        "first_contact": call.first_contact,
        "lost": is_missed(call) and call.first_contact and not (reached_at and reached_at - call.began_at < A_DAY),
        "unreached": is_missed(call) and reached_at is None,
        "missed_seen": call.missed_seen,
        "end_unknown": call.end_unknown,
        "merged_into": str(call.merged_into_id) if call.merged_into_id else None,
        "version": call.version,
    }


def _leg(leg: CallLeg, people: Mapping[UUID, Json]) -> Json:
    return {
        "id": str(leg.id),
        "employee": people.get(leg.employee_id) if leg.employee_id else None,
        "endpoint": leg.endpoint,
        "number": leg.number,
        "state": leg.state,
        "outcome": leg.outcome or None,
        "began_at": iso(leg.began_at),
        "answered_at": iso(leg.answered_at),
        "ended_at": iso(leg.ended_at),
    }


def recording_out(recording: Recording) -> Json:
    """One RecordingOut; only for those who may hear it."""
    return {
        "id": str(recording.id),
        "state": recording.state,
        "began_at": iso(recording.began_at),
        "duration_ms": recording.duration_ms,
        "flags": recording.flags,
        "url": f"/api/recordings/{recording.id}",
        "peaks_url": f"/api/recordings/{recording.id}/peaks",
    }


def cards(calls: Sequence[Call], *, hearing: Employee) -> list[Json]:
    """Cards of calls in the same order, each with the recordings that this employee may hear."""
    recorded = [call.id for call in calls if call.has_recording]
    recordings: dict[UUID, list[Recording]] = {}
    if recorded:
        audible = Call.objects.filter(id__in=recorded).audible_to(hearing)
        recordings = _by_call(Recording.objects.filter(call__in=audible).defer("peaks"))
    return [
        {**shown, "recordings": [recording_out(one) for one in recordings.get(call.id, ())]}
        for call, shown in zip(calls, pushed_cards(calls), strict=True)
    ]


def pushed_cards(calls: Sequence[Call]) -> list[Json]:
    """Cards without recordings, in the same order: a handful of queries however many calls."""
    ids = [call.id for call in calls]
    legs = _by_call(CallLeg.objects.filter(call__in=ids))
    participants = _by_call(CallEmployee.objects.filter(call__in=ids))
    employees = {leg.employee_id for rows in legs.values() for leg in rows if leg.employee_id}
    employees |= {one.employee_id for rows in participants.values() for one in rows}
    people = people_of(employees)
    reached = _reached([call.id for call in calls if is_missed(call) and call.number])
    lines = Line.objects.in_bulk({call.line_id for call in calls if call.line_id})
    return [
        card(
            call,
            legs=legs.get(call.id, ()),
            participants=participants.get(call.id, ()),
            people=people,
            line=lines.get(call.line_id) if call.line_id else None,
            reached_at=reached.get(call.id),
        )
        for call in calls
    ]


def is_missed(call: Call) -> bool:
    """Somebody called and nobody of ours answered."""
    return (
        not call.live and call.direction == Call.Direction.INCOMING and call.status not in (None, Call.Status.ANSWERED)
    )


def _reached(missed: list[UUID]) -> dict[UUID, datetime | None]:
    """Of missed calls: when the first talk with that number after it began."""
    if not missed:
        return {}
    talks = Call.objects.filter(
        number=OuterRef("number"), status=Call.Status.ANSWERED, merged_into=None, began_at__gt=OuterRef("began_at")
    )
    first = Subquery(talks.exclude(number="").order_by("began_at").values("began_at")[:1])
    return dict(Call.objects.filter(id__in=missed).annotate(reached_at=first).values_list("id", "reached_at"))


def people_of(employees: Iterable[UUID]) -> dict[UUID, Json]:
    """PersonRef of each employee, also of those who have left."""
    return {
        employee.id: {"id": str(employee.id), "name": employee.name}
        for employee in Employee.objects.filter(id__in=list(employees))
    }


def _by_call(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.call_id].append(row)
    return found
