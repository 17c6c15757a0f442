"""Leads: those who may become clients."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q

from svyaz.crm.models.base import Record, RecordQuerySet, search_field
from svyaz.kit.ids import uuid7
from svyaz.staff.models import Employee


class LeadQuerySet(RecordQuerySet["Lead"]):
    """See RecordQuerySet."""


class Lead(Record):
    """An interest that came in and is being worked on («Лид»)."""

    class State(models.TextChoices):
        NEW = "new", "Новый"
        IN_WORK = "in_work", "В работе"
        QUALITY = "quality", "Качественный"
        CONVERTED = "converted", "Стал клиентом"
        LOST = "lost", "Потерян"

    name = models.CharField(max_length=150)
    company = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    source = models.CharField(max_length=100, blank=True)
    comment = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    responsible = models.ForeignKey(Employee, models.SET_NULL, null=True, blank=True, related_name="+")
    # Set when the lead was converted («Связи контрагент–лид»).
    client = models.ForeignKey("crm.Client", models.SET_NULL, null=True, blank=True, related_name="leads")

    search = search_field("name", "company")

    objects = LeadQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            GinIndex(OpClass(F("search"), "gin_trgm_ops"), name="crm_lead_search", condition=Q(deleted_at=None)),
            models.Index(
                F("created_at").desc(), F("id").desc(), name="crm_lead_by_creation", condition=Q(deleted_at=None)
            ),
            models.Index(
                "state",
                F("created_at").desc(),
                F("id").desc(),
                name="crm_lead_by_state",
                condition=Q(deleted_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LeadContact(models.Model):
    """A person of a lead («Контакт лида»)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=150)
    position = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return self.name
