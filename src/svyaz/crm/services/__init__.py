"""What is done to clients, persons, leads and numbers. Each verb is one transaction and checks the actor's right."""

from svyaz.crm.services.clients import change_client, create_client, delete_client, last_call_statement, restore_client
from svyaz.crm.services.firm import set_own_numbers
from svyaz.crm.services.leads import change_lead, create_lead, delete_lead, restore_lead
from svyaz.crm.services.persons import add_person, change_person, delete_person, restore_person
from svyaz.crm.services.phones import attach_phone, change_phone, detach_phone

__all__ = [
    "add_person",
    "attach_phone",
    "change_client",
    "change_lead",
    "change_person",
    "change_phone",
    "create_client",
    "create_lead",
    "delete_client",
    "delete_lead",
    "delete_person",
    "detach_phone",
    "last_call_statement",
    "restore_client",
    "restore_lead",
    "restore_person",
    "set_own_numbers",
]
