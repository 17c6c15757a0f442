"""The application of clients, contact persons, leads, numbers and orders."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Clients and everything about them."""

    name = "svyaz.crm"
    label = "crm"
    verbose_name = "CRM"
