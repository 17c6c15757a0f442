"""Reading single calls, and the short lists other parts of the house show."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from svyaz.calls.chronology import in_words
from svyaz.calls.models import Call, Line, Recording
from svyaz.calls.models.visibility import CallQuerySet
from svyaz.calls.queries.cards import Json, cards, line_out
from svyaz.kit.clock import now
from svyaz.kit.errors import NotFound
from svyaz.staff import queries as staff
from svyaz.staff.models import Employee

Before = tuple[datetime, UUID]


def cards_for_client(client_id: UUID, actor: Employee, before: Before | None, limit: int) -> list[Json]:
    """Calls of a client, newest first, older than `before` (began_at, id)."""
    return _cards_of(actor, before, limit, client=client_id)


def cards_for_lead(lead_id: UUID, actor: Employee, before: Before | None, limit: int) -> list[Json]:
    """Calls of a lead, newest first, older than `before` (began_at, id)."""
    return _cards_of(actor, before, limit, lead=lead_id)


def _cards_of(actor: Employee, before: Before | None, limit: int, **whose: UUID) -> list[Json]:
    found = Call.objects.visible_to(actor).filter(merged_into=None, **whose)
    if before:
        found = found.before(*before)
    return cards(list(found.order_by("-began_at", "-id")[:limit]), hearing=actor)


def calls_of_client(client_id: UUID) -> int:
    """How many calls a client has in the journal."""
    return Call.objects.filter(client=client_id, merged_into=None).count()


def live_cards(actor: Employee) -> list[Json]:
    """Calls that are up now, oldest first."""
    return cards(list(Call.objects.visible_to(actor).filter(live=True).order_by("began_at", "id")), hearing=actor)


def missed_unseen(actor: Employee) -> int:
    """How many missed calls nobody has looked at."""
    return unseen(actor).count()


def unseen(actor: Employee) -> CallQuerySet[Call]:
    """Missed calls nobody has looked at."""
    return Call.objects.visible_to(actor).filter(status=Call.Status.MISSED, missed_seen=False, merged_into=None)


def details(actor: Employee, call_id: UUID) -> Json:
    """CallDetails: the card, the chronology in the reader's language, the transfers. Raises NotFound."""
    call = visible(actor, call_id)
    names = {device.endpoint: device.employee.name for device in staff.devices()}
    return {
        **cards([call], hearing=actor)[0],
        "chronology": [{**entry, "text": in_words(entry, names)} for entry in call.chronology],
        "transfers": [
            {"kind": "", "by": None, "to": None, "outcome": None, "at": None, **transfer} for transfer in call.transfers
        ],
    }


def visible(actor: Employee, call_id: UUID) -> Call:
    """The call, if it exists and the actor may see it; a call that went up in another leads there. Raises NotFound."""
    call = Call.objects.visible_to(actor).filter(pk=call_id).first()
    if call is None:
        raise NotFound()
    return visible(actor, call.merged_into_id) if call.merged_into_id else call


def recording(actor: Employee, recording_id: UUID) -> Recording:
    """The recording, if the actor may hear it. Raises NotFound."""
    found = Recording.objects.filter(pk=recording_id, call__in=Call.objects.audible_to(actor)).first()
    if found is None:
        raise NotFound()
    return found


def lines() -> list[Json]:
    """All lines of the firm as LineOut."""
    return [line for line in map(line_out, Line.objects.all()) if line]


def exchange_state() -> Json:
    """`{state, since}` of the exchange."""
    from svyaz.calls.services.exchanges import the_exchange

    exchange = the_exchange()
    return {"state": exchange.state_at(now()), "since": exchange.since}
