"""Customer orders, read only for now."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F

from svyaz.crm.models.base import Record, RecordQuerySet
from svyaz.kit.ids import uuid7
from svyaz.staff.models import Employee


class OrderQuerySet(RecordQuerySet["Order"]):
    """See RecordQuerySet."""


class Order(Record):
    """«Заказ покупателя»."""

    class State(models.TextChoices):
        NEW = "new", "Новый"
        IN_WORK = "in_work", "В работе"
        DONE = "done", "Выполнен"
        CANCELLED = "cancelled", "Отменён"

    client = models.ForeignKey("crm.Client", models.CASCADE, related_name="orders", db_index=False)
    number = models.CharField(max_length=30)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    total = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, default="RUB")
    comment = models.TextField(blank=True)
    responsible = models.ForeignKey(Employee, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = OrderQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index("client", F("at").desc(), F("id").desc(), name="crm_order_of_client")]

    def __str__(self) -> str:
        return f"№ {self.number}"


class OrderLine(models.Model):
    """A row of an order («Запасы»)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    place = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=15, decimal_places=3)
    unit = models.CharField(max_length=10, default="шт")
    price = models.DecimalField(max_digits=15, decimal_places=2)
    total = models.DecimalField(max_digits=15, decimal_places=2)

    class Meta:
        ordering: ClassVar = ["place"]

    def __str__(self) -> str:
        return self.title
