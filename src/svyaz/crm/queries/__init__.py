"""Reading the CRM."""

from svyaz.crm.queries.cards import client_card, client_for, lead_card, lead_for, person_out, phone_out
from svyaz.crm.queries.firm import firm, parse_number
from svyaz.crm.queries.lists import clients, leads, orders, orders_before
from svyaz.crm.queries.phones import phone_for, some_numbers
from svyaz.crm.queries.search import Hit, search
from svyaz.crm.queries.who import match_of, who_is

__all__ = [
    "Hit",
    "client_card",
    "client_for",
    "clients",
    "firm",
    "lead_card",
    "lead_for",
    "leads",
    "match_of",
    "orders",
    "orders_before",
    "parse_number",
    "person_out",
    "phone_for",
    "phone_out",
    "search",
    "some_numbers",
    "who_is",
]
