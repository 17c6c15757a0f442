"""What the verbs of the CRM share: locking, versions, rights, news."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from svyaz.crm.models import Client, Lead, Person
from svyaz.crm.models.base import Record
from svyaz.kit import inn as taxpayer
from svyaz.kit.errors import Forbidden, Invalid, NotFound, Stale
from svyaz.kit.texts import Text
from svyaz.realtime.services import publish
from svyaz.staff.models import Employee, Right
from svyaz.staff.queries import CRM
from svyaz.staff.rights import effective_rights

R = TypeVar("R", Client, Person, Lead)

EMPTY_NAME = Text("Укажите название или имя.", "Give a name.")
BAD_EMAIL = Text("Это не похоже на адрес почты.", "This does not look like an e-mail address.")
BAD_INN = Text(
    "ИНН не сходится: проверьте цифры (10 у организации, 12 у ИП и человека).",
    "The INN does not add up: check its digits (10 of a company, 12 of a person).",
)
BAD_KPP = Text("В КПП девять знаков.", "A KPP has nine characters.")
NO_EMPLOYEE = Text("Такого сотрудника нет.", "There is no such employee.")


def may_edit(actor: Employee, responsible_id: uuid.UUID | None = None) -> None:
    """Raise Forbidden unless the actor may edit records of that responsible (those of nobody are everybody's)."""
    rights = effective_rights(actor)
    rights.require(Right.EDIT_CRM)
    if responsible_id and not rights.covers(Right.EDIT_CRM, responsible_id):
        raise Forbidden()


def locked(model: type[R], pk: uuid.UUID, *, deleted: bool = False) -> R:
    """The record, locked until the end of the transaction. Raises NotFound."""
    rows = model._default_manager.select_for_update(of=("self",))
    found = rows.filter(pk=pk, deleted_at__isnull=not deleted).first()
    if found is None:
        raise NotFound()
    return found


def check_version(record: R, version: int | None, card: Callable[[R], Any]) -> None:
    """Raise Stale, with the present card beside, when somebody changed the record since `version`."""
    if version is not None and record.version != version:
        raise Stale(extra={"current": card(record).model_dump(mode="json")})


def apply(record: Record, changes: Mapping[str, Any]) -> None:
    """Set the fields and count the version up. None leaves a field as it is, but takes a responsible away."""
    for field, value in changes.items():
        if value is not None or field == "responsible_id":
            setattr(record, field, value)
    record.version += 1
    record.save()


def check_fields(fields: Mapping[str, Any]) -> None:
    """Raise Invalid naming every field that cannot be right."""
    wrong: dict[str, list[Text]] = {}
    if (email := fields.get("email")) and not _is_email(email):
        wrong["email"] = [BAD_EMAIL]
    if (inn := fields.get("inn")) and not taxpayer.is_valid(inn):
        wrong["inn"] = [BAD_INN]
    if (kpp := fields.get("kpp")) and not (len(kpp) == 9 and kpp.isascii() and kpp.isalnum()):
        wrong["kpp"] = [BAD_KPP]
    responsible = fields.get("responsible_id")
    if responsible and not Employee.objects.filter(pk=responsible, is_active=True).exists():
        wrong["responsible_id"] = [NO_EMPLOYEE]
    if wrong:
        raise Invalid(fields=wrong)


def tidy(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with ИНН and КПП free of the spaces they are copied with."""
    return {
        name: "".join(value.split()) if name in ("inn", "kpp") and isinstance(value, str) else value
        for name, value in fields.items()
    }


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def tell_clients(clients: Iterable[Client]) -> None:
    """Push that the cards of these clients changed."""
    for client in clients:
        tell_changed("client", client)


def tell_changed(kind: str, record: Record) -> None:
    """Push that a card changed: browsers that show it read it anew."""
    publish([CRM], kind, {"id": record.id, "version": record.version, "deleted": record.deleted_at is not None})
