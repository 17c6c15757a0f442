"""The nouns of the CRM. They map onto 1C:UNF: client «Контрагенты», person «КонтактныеЛица», link
«СвязиКонтрагентКонтакт», lead «Лиды», its people «КонтактыЛидов», order «ЗаказПокупателя»."""

from svyaz.crm.models.client import Client, ClientContact, Person
from svyaz.crm.models.firm import Firm, OwnNumber
from svyaz.crm.models.lead import Lead, LeadContact
from svyaz.crm.models.order import Order, OrderLine
from svyaz.crm.models.phone import PhoneNumber

__all__ = [
    "Client",
    "ClientContact",
    "Firm",
    "Lead",
    "LeadContact",
    "Order",
    "OrderLine",
    "OwnNumber",
    "Person",
    "PhoneNumber",
]
