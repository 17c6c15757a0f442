"""Our own firm: its settings and the numbers that are its own."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Firm(models.Model):
    """The one row of settings of the firm this installation belongs to."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=150, default="Моя фирма")
    country = models.CharField(max_length=2, default="RU")
    area_code = models.CharField(max_length=5, blank=True)
    time_zone = models.CharField(max_length=40, default="Europe/Moscow")
    uses_leads = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="crm_firm_one_row", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return self.name


class OwnNumber(models.Model):
    """A number of our own lines: whoever calls from it is not a client, even if a client's card has it by mistake."""

    last10 = models.CharField(max_length=10, primary_key=True)

    def __str__(self) -> str:
        return self.last10
