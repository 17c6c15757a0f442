"""Whose number it is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Literal, cast

from svyaz.crm.models import Client, Lead, Person
from svyaz.crm.schemas import LeadState, Match, MatchLead, MatchPerson, Named
from svyaz.kit import numbers
from svyaz.kit.sql import ask
from svyaz.staff.queries import person_ref
from svyaz.staff.schemas import PersonRef

_MOST = 50  # a number shared by more is a switchboard of the world, not a hint

# Whatever equals in E.164 equals in its last ten digits, so one look into one index finds both kinds of match.
# last10 is a parameter and not read from a CTE: the planner then knows its selectivity.
_SQL = f"""
SELECT p.e164, p.extension, p.as_written,
       c.id, c.name, pe.id, pe.name, pe.position, l.id, l.name, l.state,
       r.id, r.first_name, r.last_name
  FROM crm_phonenumber p
  LEFT JOIN crm_person pe ON pe.id = p.person_id AND pe.deleted_at IS NULL
  LEFT JOIN crm_clientcontact cc ON cc.person_id = pe.id
  LEFT JOIN crm_client c ON c.id = COALESCE(p.client_id, cc.client_id) AND c.deleted_at IS NULL
  LEFT JOIN crm_leadcontact lc ON lc.id = p.lead_contact_id
  LEFT JOIN crm_lead l ON l.id = COALESCE(p.lead_id, lc.lead_id) AND l.deleted_at IS NULL
  LEFT JOIN staff_employee r ON r.id = COALESCE(c.responsible_id, l.responsible_id, pe.responsible_id)
 WHERE p.last10 = %s AND p.last10 <> ''
   AND COALESCE(c.id, pe.id, l.id) IS NOT NULL
   AND NOT EXISTS (SELECT FROM crm_ownnumber o WHERE o.last10 = p.last10)
 ORDER BY c.created_at, p.id
 LIMIT {_MOST}
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class _Found:
    exact: bool
    same_extension: bool
    match: Match


def who_is(number: numbers.Number | str) -> list[Match]:
    """Everybody the number may belong to, likeliest first; one query.

    Exact matches (E.164) shut out those by the last ten digits. Our own lines and extensions and deleted records never
    match. A text is read as an E.164 number or a number of Russia; use `parse_number` for the firm's own country.
    """
    if isinstance(number, str):
        number = numbers.parse(number)
    if not number.last10:
        return []
    found = [_read(row, number) for row in ask(_SQL, [number.last10])]
    if any(each.exact for each in found):
        found = [each for each in found if each.exact]
    if any(each.same_extension for each in found):
        found = [each for each in found if each.same_extension]
    return _without_shadows([each.match for each in found])


def match_of(
    *,
    client_id: uuid.UUID | None = None,
    person_id: uuid.UUID | None = None,
    lead_id: uuid.UUID | None = None,
) -> Match | None:
    """The Match of a record somebody picked by hand (None when there is no such record any more)."""
    if person_id:
        person = Person.objects.present().filter(pk=person_id).first()
        if person is None:
            return None
        clients = person.clients.filter(deleted_at=None)
        client = (clients.filter(pk=client_id).first() if client_id else None) or clients.first()
        responsible = (client.responsible if client else None) or person.responsible
        return Match(
            kind="person",
            client=Named(id=client.id, name=client.name) if client else None,
            person=MatchPerson(id=person.id, name=person.name, position=person.position),
            reason="picked", responsible=person_ref(responsible),
        )  # fmt: skip
    if client_id:
        client = Client.objects.present().filter(pk=client_id).select_related("responsible").first()
        if client is None:
            return None
        return Match(
            kind="client", client=Named(id=client.id, name=client.name),
            reason="picked", responsible=person_ref(client.responsible),
        )  # fmt: skip
    if lead_id is None:
        return None
    lead = Lead.objects.present().filter(pk=lead_id).select_related("responsible").first()
    if lead is None:
        return None
    return Match(
        kind="lead", lead=MatchLead(id=lead.id, name=lead.name, state=cast("LeadState", lead.state)),
        reason="picked", responsible=person_ref(lead.responsible),
    )  # fmt: skip


def _read(row: tuple[Any, ...], asked: numbers.Number) -> _Found:
    (e164, extension, as_written, client_id, client_name, person_id, person_name, position,
     lead_id, lead_name, lead_state, by_id, by_first, by_last) = row  # fmt: skip
    # A number kept without a country is no stranger to itself written the same way.
    exact = bool(asked.e164) and e164 == asked.e164
    same_extension = exact and bool(asked.extension) and extension == asked.extension
    reason: Literal["number", "extension", "last10"] = (
        "extension" if same_extension else "number" if exact else "last10"
    )
    match = Match.model_construct(
        kind="person" if person_id else "client" if client_id else "lead",
        client=Named.model_construct(id=client_id, name=client_name) if client_id else None,
        person=MatchPerson.model_construct(id=person_id, name=person_name, position=position) if person_id else None,
        lead=MatchLead.model_construct(id=lead_id, name=lead_name, state=lead_state) if lead_id else None,
        reason=reason,
        reason_detail={"number": "", "extension": extension, "last10": as_written}[reason],
        responsible=PersonRef.model_construct(id=by_id, name=f"{by_first} {by_last}".strip()) if by_id else None,
    )
    return _Found(exact, same_extension, match)


def _without_shadows(matches: list[Match]) -> list[Match]:
    """Each once, the telling ones first: a client beside one of its own persons says nothing new, nor does a lead that
    became a client, nor a person without the (deleted) client beside the same person with another."""
    clients_of_persons = {match.client.id for match in matches if match.person and match.client}
    persons_with_clients = {match.person.id for match in matches if match.person and match.client}
    kept: dict[tuple[Any, ...], Match] = {}
    for match in matches:
        if match.kind == "client" and match.client and match.client.id in clients_of_persons:
            continue
        if match.person and not match.client and match.person.id in persons_with_clients:
            continue
        key = (match.kind, *(part.id if part else None for part in (match.client, match.person, match.lead)))
        kept.setdefault(key, match)
    found = list(kept.values())
    if any(match.kind != "lead" for match in found):
        found = [match for match in found if not (match.lead and match.lead.state == "converted")]
    return sorted(found, key=lambda match: (match.kind == "lead", bool(match.lead and match.lead.state == "lost")))
