"""Rows of the journal written in bulk: one way to the database and back, whatever the batch.

Plain SQL and not `bulk_create`: this runs for every piece of news of every call, and building the statement anew in
Python each time would cost more than the database needs to carry it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from psycopg.types.json import Jsonb

from svyaz.calls.models import Call, CallEmployee, CallLeg
from svyaz.kit.sql import Statement


def _columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if field.column]


def _statement(model: type[models.Model], conflict: str, keep: Iterable[str]) -> str:
    columns = [str(field.column) for field in _columns(model)]
    changed = [column for column in columns if column not in {*keep, *conflict.split(", ")}]
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608 - names of our own columns
        f" ON CONFLICT ({conflict}) DO UPDATE SET " + ", ".join(f"{column} = EXCLUDED.{column}" for column in changed)
    )


_ATTRIBUTES: dict[type[models.Model], list[tuple[str, bool]]] = {
    model: [(field.attname, isinstance(field, models.JSONField)) for field in _columns(model)]
    for model in (Call, CallLeg, CallEmployee)
}


def _values(model: type[models.Model], row: models.Model) -> list[Any]:
    values = []
    for name, is_json in _ATTRIBUTES[model]:
        value = getattr(row, name)
        values.append(Jsonb(value) if is_json and value is not None else value)
    return values


# What decides whether a call has changed; `version` and `search` follow from the rest.
COMPARED = (
    *("direction", "state", "status", "live", "number", "number_shown", "caller_name", "line_id", "group_id"),
    *(
        "began_at",
        "answered_at",
        "ended_at",
        "talking_ms",
        "chronology",
        "transfers",
        "merged_into_id",
    ),
)

_CALL = _statement(Call, "id", ("exchange_id", "exchange_call", "comment", "missed_seen", "has_recording"))
_LEG = _statement(CallLeg, "id", ("key",))
_PARTICIPANT = _statement(CallEmployee, "call_id, employee_id", ())


def statements(
    calls: Iterable[Call], legs: Iterable[CallLeg], participants: Iterable[CallEmployee]
) -> Iterator[Statement]:
    """Insert or update these rows."""
    yield from (
        *((_CALL, _values(Call, call)) for call in calls),
        *((_LEG, _values(CallLeg, leg)) for leg in legs),
        *((_PARTICIPANT, _values(CallEmployee, participant)) for participant in participants),
    )
