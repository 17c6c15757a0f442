"""Writing the journal from what the engine tells: one transaction per batch, economical, safe to repeat.

The newest view of each call is enough: what came between two batches is in it. Rows are compared with what is in the
database, so a batch written twice changes and tells nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from svyaz.calls.engine.views import CallView
from svyaz.calls.models import Call, CallEmployee, CallLeg, Line, Recording
from svyaz.calls.queries.cards import Json, card, iso
from svyaz.calls.services import filling, rows
from svyaz.calls.services.directory import FirmDirectory
from svyaz.calls.services.known import Known, Memory
from svyaz.calls.services.push import recordings_news, topics
from svyaz.calls.services.regions import region_of
from svyaz.calls.services.who import apply_match, matches_of, search_text
from svyaz.crm.services import last_call_statement
from svyaz.kit.sql import Statement, ask, carry_out
from svyaz.realtime.services import News, announcement
from svyaz.staff import queries as staff


@dataclass(frozen=True)
class Batch:
    """What piled up: the newest view of every call with news, and the calls that went up in others, in order."""

    views: Sequence[CallView]
    merges: Sequence[tuple[str, str]] = ()
    """(into, gone) ids of the exchange."""


def record(
    exchange_id: UUID, batch: Batch, directory: FirmDirectory, *, at: datetime, memory: Memory | None = None
) -> dict[str, Call]:
    """Write a batch and tell browsers. Returns the row of every call that has one, by the exchange's id.

    Raises django.db.Error when the database is away or says no; nothing is written then, and the batch may be given
    again.
    """
    directory.refresh()
    memory = memory or Memory()
    try:
        known = _write(exchange_id, batch, directory, memory, at=at)
    except BaseException:
        memory.forget()
        raise
    memory.keep(known)
    return {identity: one.call for identity, one in known.items()}


def _write(
    exchange_id: UUID, batch: Batch, directory: FirmDirectory, memory: Memory, *, at: datetime
) -> dict[str, Known]:
    with transaction.atomic():
        ids = {view.id for view in batch.views} | {one for pair in batch.merges for one in pair}
        known = memory.load(exchange_id, ids, batch.views)
        by_id = {view.id: view for view in batch.views}
        for into, gone in batch.merges:
            if gone in known and into not in known and into in by_id:
                known[into] = _new(exchange_id, by_id[into])
        moved = _merge(known, batch.merges)
        told: list[Known] = [known[gone] for _, gone in batch.merges if gone in known]
        for view in batch.views:
            found = known.get(view.id) or known.setdefault(view.id, _new(exchange_id, view))
            if found.call.merged_into_id or (found.call.ended_at and not view.ended and not found.is_new):
                continue  # over already: news that comes late re-opens nothing
            _apply(found, view, directory, moved, at=at)
            if found.is_new or found.state() != found.before:
                told.append(found)
        for one in told:
            if one.new_number:
                _identify(one.call, directory)
            one.call.search = search_text(one.call)
            one.call.version += 1
        statements = rows.statements(
            [one.call for one in told],
            [leg for one in told for leg in one.changed_legs()],
            [participant for one in told for participant in one.changed_people()],
        )
        last_calls = [
            last_call_statement(one.call.client_id, one.call.began_at)
            for one in told
            if one.just_ended and one.call.client_id
        ]
        # The announcement comes last: from it to the commit other publishers wait.
        carry_out([*statements, *last_calls, *_announced(told, directory)])
    return known


def _new(exchange_id: UUID, view: CallView) -> Known:
    call = Call(exchange_id=exchange_id, exchange_call=filling.clean(view.id, 150), version=0)
    call.began_at = None  # type: ignore[assignment]  # filled before it is written
    return Known(call, is_new=True)


def _merge(known: dict[str, Known], merges: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Calls that went up in others: legs, people and recordings move, the row stays as a pointer. → keys that moved."""
    moved: dict[str, set[str]] = defaultdict(set)
    for into_id, gone_id in merges:
        into, gone = known.get(into_id), known.get(gone_id)
        if into is None or gone is None or gone.call.merged_into_id or into is gone:
            # Both began within this batch: the view of the one that stays has everything.
            moved[into_id] |= set(gone.legs) if gone else set()
            continue
        moved[into_id] |= set(gone.legs) - set(into.legs)
        for key, leg in gone.legs.items():
            if key in into.legs:
                leg.delete()
            else:
                leg.call_id = into.call.id
                into.legs[key] = leg
        CallLeg.objects.filter(call=gone.call).update(call=into.call)
        Recording.objects.filter(call=gone.call).update(call=into.call)
        CallEmployee.objects.filter(call=gone.call).delete()
        into.recordings += gone.recordings
        if Recording.objects.filter(call=into.call).exists():
            into.call.has_recording = True
            Call.objects.filter(pk=into.call.pk).update(has_recording=True)
        gone.call.merged_into_id = into.call.id
        gone.call.state, gone.call.live = Call.State.ENDED, False
        gone.call.ended_at = gone.call.ended_at or gone.call.answered_at or gone.call.began_at
        gone.legs = {}
        gone.recordings = []
    return moved


def _apply(known: Known, view: CallView, directory: FirmDirectory, moved: dict[str, set[str]], *, at: datetime) -> None:
    call = known.call
    number, was_answered, was_live = call.number, call.answered_at is not None, call.live or known.is_new
    filling.fill(call, view, directory, at=at)
    known.new_number = bool(call.number) and call.number != number and not call.who_picked
    known.just_ended = was_live and not call.live
    seen = filling.all_legs(view)
    # A panel that was reloaded in mid-call comes back with a leg of its own: its card is open already.
    talked = {
        leg.employee_id for key, leg in known.legs.items() if leg.answered_at and key not in moved.get(view.id, ())
    }
    caller = view.caller_leg.key if view.caller_leg else None
    for position, leg_view in enumerate(seen):
        leg = known.legs.get(leg_view.key)
        if leg is None:
            leg = known.legs[leg_view.key] = CallLeg(
                call_id=call.id, key=filling.clean(leg_view.key, 150), position=position
            )
        was = leg.answered_at is not None and leg_view.key not in moved.get(view.id, ())
        filling.fill_leg(leg, leg_view, directory, at=at)
        if leg.employee_id:
            answered = leg.answered_at is not None
            _take_part(known, leg.employee_id, answered=answered and (leg_view.key != caller or was_answered))
            incoming = call.direction == Call.Direction.INCOMING
            if incoming and answered and not was and leg_view.key != caller and leg.employee_id not in talked:
                known.openers.append(leg.employee_id)
    _open_for_caller(known, was_answered)
    present = {leg.key for leg in seen}
    # The second line on which somebody consulted is over with the consultation: no party of the call that goes on.
    joined_at = max((each.ended_at for each in view.transfers if each.ended_at), default=at)
    for key in moved.get(view.id, set()) - present:
        if key in known.legs and known.legs[key].state != CallLeg.State.ENDED:
            filling.close_leg(known.legs[key], at=joined_at)
    if view.seen_from_middle or not call.live:
        for leg in known.legs.values():
            if leg.state != CallLeg.State.ENDED and (not call.live or leg.key not in present):
                filling.close_leg(leg, at=call.ended_at or at)


def _open_for_caller(known: Known, was_answered: bool) -> None:
    """Whoever called out gets the card when the other side answers."""
    call = known.call
    if call.direction != Call.Direction.OUTGOING or was_answered or not call.answered_at:
        return
    known.openers += [leg.employee_id for leg in known.legs.values() if leg.employee_id and leg.answered_at][:1]


def _take_part(known: Known, employee_id: UUID, *, answered: bool) -> None:
    one = known.people.get(employee_id)
    if one is None:
        position = len(known.people)
        one = CallEmployee(call_id=known.call.id, employee_id=employee_id, position=position, answered=False)
        known.people[employee_id] = one
    one.answered = one.answered or answered
    one.began_at = known.call.began_at


def _identify(call: Call, directory: FirmDirectory) -> None:
    """Who it is, whether they ever called before, when they were last talked to. Once for a call's number."""
    call.matches = matches_of(call.number)
    apply_match(call, call.matches[0] if call.matches else None)
    call.region = region_of(call.number)[:100]
    earlier = _earlier(call, directory)
    call.first_contact = earlier is None
    if earlier is None or not earlier.talked_at:
        return
    minutes, seconds = divmod(earlier.talking_ms // 1000, 60)
    text = f"{earlier.names} · {minutes}:{seconds:02}" if earlier.names else f"{minutes}:{seconds:02}"
    call.last_talk = {"at": iso(earlier.talked_at), "text": text}


class _Earlier(NamedTuple):
    """The last talk with the number, or with its client on any number; `talked_at` None: they only ever tried."""

    talked_at: datetime | None
    talking_ms: int
    names: str


# One way to the database: this runs while the call already rings. Each branch is one look into an index.
_EARLIER = """
WITH talk AS (
    SELECT id, began_at, talking_ms FROM (
        (SELECT id, began_at, talking_ms FROM calls_call
          WHERE number = %(number)s AND number <> '' AND id <> %(call)s AND merged_into_id IS NULL
            AND status = 'answered' AND began_at < %(began)s ORDER BY began_at DESC, id DESC LIMIT 1)
        UNION ALL
        (SELECT id, began_at, talking_ms FROM calls_call
          WHERE client_id = %(client)s AND client_id IS NOT NULL AND id <> %(call)s AND merged_into_id IS NULL
            AND status = 'answered' AND began_at < %(began)s ORDER BY began_at DESC, id DESC LIMIT 1)
    ) both_ways ORDER BY began_at DESC LIMIT 1)
SELECT EXISTS (SELECT FROM calls_call WHERE number = %(number)s AND number <> '' AND id <> %(call)s
                  AND merged_into_id IS NULL)
    OR EXISTS (SELECT FROM calls_call WHERE client_id = %(client)s AND client_id IS NOT NULL AND id <> %(call)s
                  AND merged_into_id IS NULL),
       talk.began_at, talk.talking_ms,
       (SELECT array_agg(employee_id ORDER BY position) FROM calls_callemployee p
         WHERE p.call_id = talk.id AND p.answered)
  FROM (SELECT 1) one LEFT JOIN talk ON true
"""


def _earlier(call: Call, directory: FirmDirectory) -> _Earlier | None:
    values = {"number": call.number, "client": call.client_id, "call": call.pk, "began": call.began_at}
    known, talked_at, talking_ms, people = ask(_EARLIER, values)[0]
    if not known:
        return None
    names = [directory.employees[one].short_name for one in people or () if one in directory.employees]
    return _Earlier(talked_at, talking_ms or 0, ", ".join(names))


def _announced(told: Iterable[Known], directory: FirmDirectory) -> list[Statement]:
    lines: dict[UUID | None, Line] = {line.id: line for line in directory.lines.values()}
    news: list[News] = []
    for one in told:
        call = one.call
        shown = card(
            call,
            legs=one.legs.values(),
            participants=one.people.values(),
            people=directory.people,
            line=lines.get(call.line_id),
        )
        news.append(News(topics(call, one.people), "call", shown))
        news += recordings_news(call, one.people, one.recordings)
        # Nothing opens for a call that was over before it could be written, as when the database was away.
        for employee_id in dict.fromkeys(one.openers) if call.live else ():
            opening = _opening(call, employee_id, directory)
            news.append(News({staff.employee_topic(employee_id)}, "card.open", opening))
    statement = announcement(news)
    return [statement] if statement else []


def _opening(call: Call, employee_id: UUID, directory: FirmDirectory) -> Json:
    """What opens for an employee: the card of who it is, or the form of somebody new, as the firm works."""
    employee = directory.employees.get(employee_id)
    leads = employee is not None and staff.works_with_leads(employee, directory.firm.uses_leads)
    if call.client_id:
        kind, identity = "client", str(call.client_id)
    elif call.lead_id:
        kind, identity = "lead", str(call.lead_id)
    else:
        kind, identity = "new_lead" if leads else "new_client", None
    return {
        "call_id": str(call.id),
        "kind": kind,
        "id": identity,
        "number": call.number or call.number_shown,
        "shown": call.number_shown,
    }
