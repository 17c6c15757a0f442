"""Who a call is with: decided once when the number is known, again when the base learns something new."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Concat, Lower, Replace

from svyaz.calls.models import Call
from svyaz.calls.services.push import push_call
from svyaz.crm import events
from svyaz.crm import queries as crm
from svyaz.crm.schemas import Match
from svyaz.kit import numbers

# Of earlier calls that get their client, the newest are pushed at once; the others are seen when a list is read.
PUSHED = 20


def apply_match(call: Call, match: dict[str, Any] | None) -> None:
    """Put a match (a dumped Match, or None for nobody) on the row; does not save."""
    call.who = match
    call.client_id, call.person_id, call.lead_id = _ids(match)
    call.search = search_text(call)


def matches_of(number: numbers.Number | str) -> list[dict[str, Any]]:
    """All matches of a number as they are kept on a call, likeliest first."""
    return [match.model_dump(mode="json") for match in crm.who_is(number)]


def search_text(call: Call) -> str:
    """What the journal finds this call by: names and the number's digits. Same as `_search` in SQL."""
    return f"{_names(call.who)} {call.caller_name} {call.number.lstrip('+')} {call.number_shown}".lower().replace(
        "ё", "е"
    )


def _search(*names: Combinable) -> Combinable:
    parts = [*names, "caller_name", Replace("number", Value("+"), Value("")), "number_shown"]
    spaced = [Coalesce(part, Value(""), output_field=TextField()) for part in parts]
    text = Concat(*[piece for part in spaced for piece in (part, Value(" "))], output_field=TextField())
    return Replace(Lower(text), Value("ё"), Value("е"))


def _names(match: dict[str, Any] | None) -> str:
    parts = (match.get(kind) for kind in ("client", "person", "lead")) if match else ()
    return " ".join(part["name"] for part in parts if part)


def _ids(match: dict[str, Any] | None) -> tuple[UUID | None, UUID | None, UUID | None]:
    def identity(kind: str) -> UUID | None:
        part = match.get(kind) if match else None
        return UUID(part["id"]) if part else None

    return identity("client"), identity("person"), identity("lead")


# --- news of the CRM --------------------------------------------------------------------------------------------------


def number_attached(news: events.PhoneAttached) -> None:
    """Earlier calls of a number that was nobody's are now its owner's; calls that are up are looked at anew."""
    if not news.e164:
        return
    matches = matches_of(news.e164)
    if not matches:
        return
    unknown = Call.objects.filter(number=news.e164, client=None, lead=None, who_picked=False, live=False)
    newest = list(unknown.order_by("-began_at").values_list("id", flat=True)[:PUSHED])
    client_id, person_id, lead_id = _ids(matches[0])
    unknown.update(
        client_id=client_id,
        person_id=person_id,
        lead_id=lead_id,
        who=matches[0],
        matches=matches,
        search=_search(Value(_names(matches[0]))),
        version=F("version") + 1,
    )
    for call in Call.objects.filter(number=news.e164, live=True).select_for_update():
        call.matches = matches
        if not call.who_picked:
            apply_match(call, matches[0])
        _save(call)
    for call in Call.objects.filter(id__in=newest):
        push_call(call)


def client_created(news: events.ClientCreated) -> None:
    """The call a client was made from shows that client, whoever else has the number."""
    if news.call_id:
        _made_from(news.call_id, crm.match_of(client_id=news.client_id))


def lead_created(news: events.LeadCreated) -> None:
    """The call a lead was made from shows that lead."""
    if news.call_id:
        _made_from(news.call_id, crm.match_of(lead_id=news.lead_id))


def _made_from(call_id: UUID, match: Match | None) -> None:
    call = Call.objects.select_for_update().filter(pk=call_id).first()
    if call is None or match is None:
        return
    dumped = match.model_dump(mode="json")
    own = next((one for one in call.matches if _ids(one) == _ids(dumped)), None)
    if own is None:
        call.matches = [dumped, *call.matches]
    apply_match(call, own or dumped)
    call.who_picked = True
    _save(call)


def renamed(news: events.RecordRenamed) -> None:
    """Calls show the new name. What was deleted keeps the name it had on calls that are over."""
    own = Call.objects.filter(**{f"{news.kind}_id": news.id})
    match = _match_of(news)
    for call in own.filter(live=True).select_for_update():
        call.matches = matches_of(call.number) if call.number else []
        if not call.who_picked or match is None:
            apply_match(call, call.matches[0] if call.matches else None)
        _save(call)
    part = getattr(match, news.kind) if match else None
    if part is None:
        return
    # Only the name inside the kept match; the rest of it stays as it was at the time of the call.
    path = f"{news.kind},name"
    with connection.cursor() as cursor:
        cursor.execute(_RENAME.format(kind=news.kind, path=path), {"name": part.name, "id": news.id})
    own.filter(live=False).update(
        search=_search(*(KT(f"who__{kind}__name") for kind in ("client", "person", "lead"))), version=F("version") + 1
    )


def _match_of(news: events.RecordRenamed) -> Match | None:
    if news.kind == "client":
        return crm.match_of(client_id=news.id)
    if news.kind == "person":
        return crm.match_of(person_id=news.id)
    return crm.match_of(lead_id=news.id)


_RENAME = "UPDATE calls_call SET who = jsonb_set(who, '{{{path}}}', to_jsonb(%(name)s::text)) WHERE {kind}_id = %(id)s"


def _save(call: Call) -> None:
    call.version += 1
    call.save(update_fields=["client", "person", "lead", "who", "matches", "search", "who_picked", "version"])
    push_call(call)
