"""Smart search among clients, contact persons and leads."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.db.models import Q

from svyaz.crm.models import Client, ClientContact, Lead, Person, PhoneNumber
from svyaz.crm.queries.cards import phones_out
from svyaz.crm.queries.finding import digits_of_number, has_words, some, with_digits, words_of
from svyaz.crm.schemas import PhoneOut
from svyaz.kit import numbers

_CANDIDATES = 200  # of each kind, from which the likeliest are shown


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: `matched_field` is name, number, inn or company, `matched_text` what the query matched."""

    kind: str
    id: uuid.UUID
    client_id: uuid.UUID | None
    title: str
    subtitle: str
    matched_field: str
    matched_text: str
    rank: int
    phones: list[PhoneOut] = field(default_factory=list)


def search(query: str, limit: int) -> list[Hit]:
    """The likeliest hits, best first: whole words before beginnings before middles, names before numbers."""
    words, digits = words_of(query), digits_of_number(query)
    if not words:
        return []
    hits = [*_clients(words), *_persons(words), *_leads(words)]
    if digits:
        hits += _by_number(digits)
    unique: dict[tuple[str, uuid.UUID], Hit] = {}
    for hit in sorted(hits, key=lambda hit: (hit.rank, hit.title.lower())):
        unique.setdefault((hit.kind, hit.id), hit)
    return _with_phones(list(unique.values())[:limit], digits)


def _rank(text: str, words: list[str]) -> int:
    """0 all words are words of the text, 1 begin words of it, 2 are inside."""
    found = words_of(text)
    if all(word in found for word in words):
        return 0
    return 1 if all(any(each.startswith(word) for each in found) for word in words) else 2


def _clients(words: list[str]) -> list[Hit]:
    hits = []
    for client in some(Client.objects.present().filter(has_words(words)), _CANDIDATES):
        by_inn = len(words) == 1 and words[0] in client.inn
        hits.append(
            Hit("client", client.id, client.id, client.name, f"ИНН {client.inn}" if client.inn else "",
                "inn" if by_inn else "name", client.inn if by_inn else client.name,
                0 if by_inn and client.inn == words[0] else _rank(f"{client.name} {client.full_name}", words))
        )  # fmt: skip
    return hits


def _persons(words: list[str]) -> list[Hit]:
    persons = some(Person.objects.present().filter(has_words(words)), _CANDIDATES)
    firms = _firms_of([person.id for person in persons])
    return [
        Hit("person", person.id, firms[person.id].id if person.id in firms else None, person.name,
            _subtitle(person, firms.get(person.id)), "name", person.name, _rank(person.name, words))
        for person in persons
    ]  # fmt: skip


def _leads(words: list[str]) -> list[Hit]:
    hits = []
    for lead in some(Lead.objects.present().filter(has_words(words)), _CANDIDATES):
        by_name = all(word in lead.name.lower().replace("ё", "е") for word in words)
        hits.append(
            Hit("lead", lead.id, None, lead.name, lead.company, "name" if by_name else "company",
                lead.name if by_name else lead.company, _rank(f"{lead.name} {lead.company}", words))
        )  # fmt: skip
    return hits


def _by_number(digits: str) -> list[Hit]:
    rows = (
        with_digits(digits)
        .filter(Q(client__deleted_at=None), Q(person__deleted_at=None), Q(lead__deleted_at=None))
        .select_related("client", "person", "lead", "lead_contact__lead")
        .order_by()[:_CANDIDATES]
    )
    found = list(rows)
    firms = _firms_of([phone.person_id for phone in found if phone.person_id])
    hits = []
    for phone in found:
        shown = numbers.shown(phone.e164) if phone.e164 else phone.as_written
        # A number typed from its end or its beginning is likelier meant than one with the digits somewhere inside.
        rank = 0 if phone.digits.endswith(digits) and len(digits) >= 10 else 1
        rank += 0 if phone.digits.endswith(digits) or phone.digits[1:].startswith(digits) else 1
        if phone.client:
            client = phone.client
            hits.append(Hit("client", client.id, client.id, client.name, f"ИНН {client.inn}" if client.inn else "",
                            "number", shown, rank))  # fmt: skip
        elif phone.person:
            person, firm = phone.person, firms.get(phone.person.id)
            hits.append(Hit("person", person.id, firm.id if firm else None, person.name, _subtitle(person, firm),
                            "number", shown, rank))  # fmt: skip
        else:
            lead = phone.lead or (phone.lead_contact.lead if phone.lead_contact else None)
            if lead and lead.deleted_at is None:
                hits.append(Hit("lead", lead.id, None, lead.name, lead.company, "number", shown, rank))
    return hits


def _subtitle(person: Person, firm: Client | None) -> str:
    return ", ".join(part for part in (person.position, firm.name if firm else "") if part)


def _firms_of(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, Client]:
    links = ClientContact.objects.filter(person_id__in=person_ids, client__deleted_at=None)
    return {link.person_id: link.client for link in links.select_related("client").order_by("-id")}


def _with_phones(hits: list[Hit], digits: str | None) -> list[Hit]:
    """The hits with all numbers of each, those that match first."""
    for kind in ("client", "person", "lead"):
        ids = [hit.id for hit in hits if hit.kind == kind]
        # One query for each kind: an «or» over several columns would read the whole table.
        phones: dict[uuid.UUID, list[PhoneNumber]] = {}
        for phone in PhoneNumber.objects.filter(**{f"{kind}__in": ids}):
            phones.setdefault(getattr(phone, f"{kind}_id"), []).append(phone)
        if kind == "lead":
            for phone in PhoneNumber.objects.filter(lead_contact__lead__in=ids).select_related("lead_contact"):
                if phone.lead_contact:
                    phones.setdefault(phone.lead_contact.lead_id, []).append(phone)
        for hit in hits:
            if hit.kind == kind:
                own = phones.get(hit.id, [])
                hit.phones.extend(phones_out(sorted(own, key=lambda phone: not (digits and digits in phone.digits))))
    return hits
