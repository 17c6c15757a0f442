"""Finding records among millions by a part of a name, of a number or of an INN, in bounded time.

Rare parts are few rows: the trigram index gives them all and sorting them is nothing. Frequent parts are everywhere:
walking the list in its order soon meets a page of them. Which of the two a query is, the planner's statistics say; when
they are wrong the walk ends after `WINDOW` rows and the other way is taken, so the answer is exact in any case.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from svyaz.crm.models import Client, ClientContact, Lead, PhoneNumber
from svyaz.crm.models.base import Record
from svyaz.kit.numbers import search_digits

R = TypeVar("R", bound=Record)

FREQUENT = 5000
WINDOW = 12_000
_MOST_WORDS = 8
_WHOLE = 10
_SHORTEST = 3  # a trigram; no index finds less inside a text


def words_of(query: str) -> list[str]:
    """The words of a query as `folded` texts have them; punctuation around words is not looked for."""
    folded = query.replace("\0", "").lower().replace("ё", "е")[:200]
    return [word for word in re.split(r"[\s«»\"“”„,;()]+", folded) if word][:_MOST_WORDS]


def has_words(words: list[str]) -> Q:
    """All words somewhere in the name, in any order."""
    condition = Q()
    for word in words:
        condition &= Q(search__contains=word)
    return condition


def digits_of_number(query: str) -> str | None:
    """The digits of a query that is a part of a number long enough to look for."""
    digits = search_digits(query)
    return digits if digits and len(digits) >= _SHORTEST else None


def with_digits(digits: str) -> QuerySet[PhoneNumber]:
    """Numbers with these digits; a whole number that somebody has is found by the index of whole numbers."""
    if len(digits) >= _WHOLE:
        whole = PhoneNumber.objects.filter(last10=digits[-_WHOLE:])
        if whole.exists():
            return whole
    return PhoneNumber.objects.filter(digits__contains=digits)


def page_of_clients(rows: QuerySet[Client], order: list[Any], query: str, size: int) -> list[Client]:
    """The first `size` rows, in the order of `order` (key, id), that the query means: by name, INN, or a number of
    their own or of their contact persons."""
    words, digits = words_of(query), digits_of_number(query)
    if not words:
        return list(rows.order_by(*order)[:size])
    condition = has_words(words)
    numbers = with_digits(digits or "")
    everywhere = _is_short(words) or _estimate(Client.objects.present().filter(condition)) >= FREQUENT
    if everywhere or (digits and _estimate(numbers) >= FREQUENT):
        found = _walk(rows, order, words, digits, size)
        if len(found) == size:
            return list(rows.filter(pk__in=found).order_by(*order))
    if digits:
        meant = (
            Client.objects.present()
            .filter(condition)
            .values("pk")
            .union(
                numbers.filter(client__isnull=False).values("client_id"),
                ClientContact.objects.filter(person__in=numbers.values("person_id")).values("client_id"),
            )
        )
        return list(rows.filter(pk__in=meant).order_by(*order)[:size])
    # Ordered by something no index has: else the planner might walk the whole list after all.
    key, tie = order
    unindexed = Coalesce(key.expression, key.expression)
    return list(rows.filter(condition).order_by(unindexed.desc() if key.descending else unindexed.asc(), tie)[:size])


def narrow_leads(rows: QuerySet[Lead], query: str) -> QuerySet[Lead]:
    """Those of the rows that the query means: by name, company, and numbers."""
    words, digits = words_of(query), digits_of_number(query)
    if not words:
        return rows
    condition: Any = has_words(words)
    if digits:
        numbers = with_digits(digits)
        condition = (
            Q(condition)
            | Exists(numbers.filter(lead=OuterRef("pk")))
            | Exists(numbers.filter(lead_contact__lead=OuterRef("pk")))
        )
    return rows.filter(condition)


def some(rows: QuerySet[R], limit: int) -> list[R]:
    """Some of the rows, whichever come first: for hits that are then ranked by a person's eye."""
    return list(rows.order_by()[:limit])


# The planner walks the inner list lazily: the outer limit stops it as soon as the page is full. The scalar subqueries
# cannot be turned into one scan of all numbers, as «exists» would be.
_BY_NAME = "w.search LIKE ALL (%s)"
_BY_NUMBER = """(
    (SELECT true FROM crm_phonenumber p WHERE p.client_id = w.id AND p.digits LIKE %s LIMIT 1)
    OR (SELECT true FROM crm_clientcontact c JOIN crm_phonenumber p ON p.person_id = c.person_id
         WHERE c.client_id = w.id AND p.digits LIKE %s LIMIT 1))"""


def _walk(rows: QuerySet[Client], order: list[Any], words: list[str], digits: str | None, size: int) -> list[uuid.UUID]:
    """Ids of the first `size` rows meant among the first WINDOW of the list in its order; fewer when it has fewer."""
    window = rows.select_related(None).order_by(*order).values("id", "search")[:WINDOW]
    inner, parameters = window.query.sql_with_params()
    condition = _BY_NAME
    values: list[Any] = [[_containing(word) for word in words]]
    if digits:
        condition = f"({_BY_NAME} OR {_BY_NUMBER})"
        values += [_containing(digits)] * 2
    sql = f"SELECT w.id FROM ({inner}) w WHERE {condition} LIMIT %s"  # noqa: S608 - our own text, values apart
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, *values, size])
        return [row[0] for row in cursor.fetchall()]


def _containing(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def _is_short(words: list[str]) -> bool:
    return all(len(word) < _SHORTEST for word in words)


def _estimate(rows: QuerySet[Any]) -> int:
    """How many rows the planner expects; reads statistics, not the table."""
    [plan] = json.loads(rows.order_by().explain(format="json"))
    return int(plan["Plan"]["Plan Rows"])
