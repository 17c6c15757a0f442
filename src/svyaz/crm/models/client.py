"""Clients and their contact persons."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from svyaz.crm.models.base import Record, RecordQuerySet, search_field, sort_field
from svyaz.kit.ids import uuid7
from svyaz.staff.models import Employee

# Sorts those who never called last.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class ClientQuerySet(RecordQuerySet["Client"]):
    """See RecordQuerySet."""


class Client(Record):
    """A firm or a person we deal with («Контрагент»)."""

    class Kind(models.TextChoices):
        COMPANY = "company", "Юридическое лицо"
        ENTREPRENEUR = "entrepreneur", "Индивидуальный предприниматель"
        PERSON = "person", "Физическое лицо"

    name = models.CharField(max_length=100)
    full_name = models.TextField(blank=True)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.COMPANY)
    inn = models.CharField(max_length=12, blank=True)
    kpp = models.CharField(max_length=9, blank=True)
    email = models.EmailField(blank=True)
    address = models.TextField(blank=True)
    time_zone = models.CharField(max_length=40, blank=True)
    comment = models.TextField(blank=True)
    responsible = models.ForeignKey(Employee, models.SET_NULL, null=True, blank=True, related_name="+")
    # Kept by news from the journal, so that the list can be sorted by it.
    last_call_at = models.DateTimeField(null=True, blank=True)
    persons: models.ManyToManyField[Person, ClientContact] = models.ManyToManyField(
        "crm.Person", through="crm.ClientContact", related_name="clients"
    )

    search = search_field("name", "full_name", "inn")
    sort_name = sort_field("name")

    objects = ClientQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            GinIndex(OpClass(F("search"), "gin_trgm_ops"), name="crm_client_search", condition=Q(deleted_at=None)),
            models.Index("sort_name", "id", name="crm_client_by_name", condition=Q(deleted_at=None)),
            models.Index(
                F("updated_at").desc(), F("id").desc(), name="crm_client_by_update", condition=Q(deleted_at=None)
            ),
            models.Index(
                Coalesce(F("last_call_at"), Value(NEVER)).desc(),
                F("id").desc(),
                name="crm_client_by_call",
                condition=Q(deleted_at=None),
            ),
            models.Index("responsible", "sort_name", "id", name="crm_client_by_person", condition=Q(deleted_at=None)),
            models.Index("inn", name="crm_client_inn", condition=~Q(inn="")),
        ]

    def __str__(self) -> str:
        return self.name


class PersonQuerySet(RecordQuerySet["Person"]):
    """See RecordQuerySet."""


class Person(Record):
    """A person we talk to («Контактное лицо»). Belongs to no, one or several clients."""

    name = models.CharField(max_length=150)
    position = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    comment = models.TextField(blank=True)
    responsible = models.ForeignKey(Employee, models.SET_NULL, null=True, blank=True, related_name="+")

    search = search_field("name")

    objects = PersonQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            GinIndex(OpClass(F("search"), "gin_trgm_ops"), name="crm_person_search", condition=Q(deleted_at=None)),
        ]

    def __str__(self) -> str:
        return self.name


class ClientContact(models.Model):
    """That a person speaks for a client («Связи контрагент–контакт»)."""

    id: Any = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="contacts")
    person = models.ForeignKey(Person, models.CASCADE, related_name="contacts")
    is_main = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["client", "person"], name="crm_client_person_once")]

    def __str__(self) -> str:
        return f"{self.client_id} – {self.person_id}"
