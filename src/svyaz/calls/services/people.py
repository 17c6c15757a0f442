"""What people do with calls: pick who it is, write a comment, look at missed ones."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from svyaz.calls import queries, texts
from svyaz.calls.models import Call
from svyaz.calls.queries.cards import cards
from svyaz.calls.services.push import push_call
from svyaz.calls.services.who import apply_match
from svyaz.kit.errors import Invalid
from svyaz.staff.models import Employee


@transaction.atomic
def pick_who(
    actor: Employee, call_id: UUID, *, client_id: UUID | None, person_id: UUID | None, lead_id: UUID | None
) -> dict[str, Any]:
    """Remember for this call which of its matches it was. Raises NotFound, Invalid (`not_a_match`)."""
    chosen = {"client": client_id, "person": person_id, "lead": lead_id}
    if sum(value is not None for value in chosen.values()) != 1:
        raise Invalid(texts.ONE_CHOICE)
    call = Call.objects.select_for_update().get(pk=queries.visible(actor, call_id).pk)
    kind, identity = next((kind, value) for kind, value in chosen.items() if value is not None)
    match = next((one for one in call.matches if _is(one, kind, str(identity))), None)
    if match is None:
        raise Invalid(texts.NOT_A_MATCH, code="not_a_match")
    apply_match(call, match)
    call.who_picked = True
    call.version += 1
    call.save(update_fields=["client", "person", "lead", "who", "search", "who_picked", "version"])
    push_call(call)
    return cards([call], hearing=actor)[0]


def _is(match: dict[str, Any], kind: str, identity: str) -> bool:
    # A client's own number and one of its contact persons are different matches of one client.
    return match["kind"] == kind and (match.get(kind) or {}).get("id") == identity


@transaction.atomic
def comment(actor: Employee, call_id: UUID, text: str) -> dict[str, Any]:
    """Write the comment of a call, over the one before. Raises NotFound."""
    call = Call.objects.select_for_update().get(pk=queries.visible(actor, call_id).pk)
    call.comment = text.replace("\0", "").strip()
    call.version += 1
    call.save(update_fields=["comment", "version"])
    push_call(call)
    return cards([call], hearing=actor)[0]


@transaction.atomic
def see_missed(actor: Employee, call_id: UUID | None = None) -> int:
    """Mark missed calls the actor may see as looked at: one, or all. Returns how many were not."""
    found = queries.unseen(actor)
    if call_id:
        found = found.filter(pk=call_id)
    calls = list(found.select_for_update(of=("self",)))
    for call in calls:
        call.missed_seen = True
        call.version += 1
    Call.objects.bulk_update(calls, ["missed_seen", "version"], batch_size=500)
    for call in calls[-50:]:
        push_call(call)
    return len(calls)
