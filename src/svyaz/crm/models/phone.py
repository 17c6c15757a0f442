"""Telephone numbers of clients, persons and leads."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q

from svyaz.kit.ids import uuid7

OWNERS = ("client", "person", "lead", "lead_contact")


def _exactly_one_owner() -> Q:
    condition = Q()
    for owner in OWNERS:
        condition |= Q(**{f"{name}__isnull": name != owner for name in OWNERS})
    return condition


class PhoneNumber(models.Model):
    """One number of one owner. `e164`, `last10` and `digits` come from `kit.numbers.parse` of `as_written`."""

    class Kind(models.TextChoices):
        WORK = "work", "Рабочий"
        MOBILE = "mobile", "Мобильный"
        HOME = "home", "Домашний"
        FAX = "fax", "Факс"
        OTHER = "other", "Другой"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.ForeignKey(
        "crm.Client", models.CASCADE, null=True, blank=True, related_name="phones", db_index=False
    )
    person = models.ForeignKey(
        "crm.Person", models.CASCADE, null=True, blank=True, related_name="phones", db_index=False
    )
    lead = models.ForeignKey("crm.Lead", models.CASCADE, null=True, blank=True, related_name="phones", db_index=False)
    lead_contact = models.ForeignKey(
        "crm.LeadContact", models.CASCADE, null=True, blank=True, related_name="phones", db_index=False
    )
    as_written = models.CharField(max_length=100)
    e164 = models.CharField(max_length=16, blank=True)
    extension = models.CharField(max_length=11, blank=True)
    last10 = models.CharField(max_length=10, blank=True)
    digits = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.WORK)
    note = models.CharField(max_length=100, blank=True)
    # The order people gave; the first one of an owner is the main one.
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["place", "id"]
        constraints: ClassVar = [models.CheckConstraint(name="crm_phone_one_owner", condition=_exactly_one_owner())]
        indexes: ClassVar = [
            models.Index("last10", name="crm_phone_last10", condition=~Q(last10="")),
            models.Index("e164", name="crm_phone_e164", condition=~Q(e164="")),
            GinIndex(OpClass(F("digits"), "gin_trgm_ops"), name="crm_phone_digits"),
            *(
                models.Index(owner, name=f"crm_phone_{owner}", condition=Q(**{f"{owner}__isnull": False}))
                for owner in OWNERS
            ),
        ]

    def __str__(self) -> str:
        return self.as_written

    def owner_field(self) -> str:
        """client, person, lead or lead_contact."""
        return next(owner for owner in OWNERS if getattr(self, f"{owner}_id") is not None)

    def owner(self) -> Any:
        return getattr(self, self.owner_field())
