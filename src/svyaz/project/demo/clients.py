"""Clients, contact persons, leads and orders of the demonstration."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal

from svyaz.crm.models import Client, ClientContact, Lead, Order, OrderLine, Person, PhoneNumber
from svyaz.kit import clock, inn, numbers
from svyaz.project.demo import names
from svyaz.staff.models import Employee

SEED = 20261124
COMPANIES, ENTREPRENEURS, PRIVATE = 190, 60, 50
LEADS, ORDERS = 40, 150


class _Maker:
    """Puts rows together from one stream of chance, so that each demonstration has the same firm."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - the same every time on purpose
        self.taken: set[str] = set()

    def person_name(self, *, with_patronymic: bool = False) -> str:
        """«Кузнецов Сергей» or «Кузнецова Ольга Ивановна»."""
        surname, father = self.chance.choice(names.SURNAMES), self.chance.choice(list(names.MALE))
        if self.chance.random() < 0.5:
            parts = [surname, self.chance.choice(list(names.MALE)), names.MALE[father]]
        else:
            parts = [names.feminine(surname), self.chance.choice(names.FEMALE), names.feminine_patronymic(father)]
        return " ".join(parts if with_patronymic else parts[:2])

    def number(self, code: str) -> str:
        """Ten digits nobody else in the demonstration has."""
        while True:
            digits = f"{code}{self.chance.randrange(200, 999)}{self.chance.randrange(10_000):04}"
            if digits not in self.taken:
                self.taken.add(digits)
                return digits

    def mobile(self) -> str:
        return self.number(self.chance.choice(("903", "905", "909", "910", "916", "919", "921", "925", "926", "985")))

    def spelled(self, digits: str) -> str:
        """The digits as one of many people would have typed them."""
        code, first, second, third = digits[:3], digits[3:6], digits[6:8], digits[8:]
        return self.chance.choice(
            (
                f"+7 {code} {first}-{second}-{third}",
                f"8 ({code}) {first}-{second}-{third}",
                f"+7({code}){first}{second}{third}",
                f"8{digits}",
                f"7{digits}",
                f"8-{code}-{first}-{second}-{third}",
                f"({code}) {first} {second} {third}",
            )
        )

    def email(self, number: int) -> str:
        return f"{self.chance.choice(('info', 'zakaz', 'office', 'mail', 'buh'))}@firma{number}.example"

    def taxpayer(self, tax: str, *, person: bool) -> str:
        length = 6 if person else 5
        inspection, number = self.chance.randrange(1, 60), self.chance.randrange(10**length)
        return inn.with_check_digits(f"{tax}{inspection:02}{number:0{length}}")


def phone(written: str, place: int, kind: str | None = None, note: str = "", **owner: object) -> PhoneNumber:
    """A number of an owner, not saved yet."""
    number = numbers.parse(written, "RU", "495")
    mobile = (number.e164 or "").startswith("+79")
    return PhoneNumber(
        as_written=number.as_written,
        e164=number.e164 or "",
        extension=number.extension or "",
        last10=number.last10 or "",
        digits=number.digits,
        kind=kind or (PhoneNumber.Kind.MOBILE if mobile else PhoneNumber.Kind.WORK),
        note=note,
        place=place,
        **owner,
    )


def make_clients(employees: list[Employee]) -> None:
    """About 300 clients with their persons and numbers, one of them known from the pictures of the product."""
    make = _Maker(SEED)
    managers = [employee for employee in employees if employee.extension in ("101", "102", "103")]
    clients: list[Client] = []
    persons: list[Person] = []
    links: list[ClientContact] = []
    phones: list[PhoneNumber] = []

    def add_person(client: Client, name: str, position: str, *written: str, main: bool) -> None:
        person = Person(name=name, position=position, responsible=client.responsible)
        persons.append(person)
        links.append(ClientContact(client=client, person=person, is_main=main))
        phones.extend(phone(number, place, person=person) for place, number in enumerate(written))

    known = Client(
        name="ООО «ТехноСтрой»",
        full_name="Общество с ограниченной ответственностью «ТехноСтрой»",
        inn=inn.with_check_digits("771458290"),
        kpp="771401001",
        email="zakaz@technostroy.example",
        address="Москва, ул. Ленина, 14, оф. 302",
        time_zone="Europe/Moscow",
        responsible=managers[0],
    )
    clients.append(known)
    make.taken |= {"4951234567", "8005551020", "9162041138", "9257184273", "9035550814"}
    phones += [phone("+7 495 123-45-67", 0, client=known), phone("8 800 555-10-20", 1, client=known)]
    add_person(known, "Петров Сергей", "директор", "8 (916) 204-11-38", main=True)
    add_person(known, "Климова Ольга", "бухгалтер", "+79257184273", main=False)
    add_person(known, "Анатолий", "прораб", "8-903-555-08-14", main=False)

    titles = [
        first + second.lower() for first in names.FIRST_PARTS for second in names.SECOND_PARTS
    ] + names.PLAIN_NAMES
    make.chance.shuffle(titles)
    for index in range(COMPANIES - 1):
        region, (short, long) = make.chance.choice(names.REGIONS), make.chance.choice(names.FORMS)
        title = titles[index]
        quoted = title if "«" in title else f"«{title}»"
        taxpayer = make.taxpayer(region.tax, person=False)
        client = Client(
            name=f"{short} {quoted}",
            full_name=f"{long} {quoted}",
            inn=taxpayer,
            kpp=f"{taxpayer[:4]}01001",
            email=make.email(index + 1),
            address=f"{region.town}, {make.chance.choice(names.STREETS)}, {make.chance.randrange(1, 120)}",
            time_zone=region.zone,
            comment=make.chance.choice(names.COMMENTS) if make.chance.random() < 0.3 else "",
            responsible=make.chance.choice(managers),
        )
        clients.append(client)
        written = make.spelled(make.number(region.code))
        if make.chance.random() < 0.2:
            written += make.chance.choice((" доб. ", " вн. ", ",")) + str(make.chance.randrange(10, 400))
        phones.append(phone(written, 0, client=client))
        if make.chance.random() < 0.3:
            phones.append(phone(make.spelled(make.mobile()), 1, client=client, note="для заказов"))
        for each in range(make.chance.choice((0, 1, 1, 2, 3))):
            own = [make.spelled(make.mobile())]
            if make.chance.random() < 0.15:
                own.append(make.spelled(make.number(region.code)))
            add_person(client, make.person_name(), make.chance.choice(names.POSITIONS), *own, main=each == 0)
    for index in range(ENTREPRENEURS + PRIVATE):
        region, name = make.chance.choice(names.REGIONS), make.person_name(with_patronymic=True)
        private = index >= ENTREPRENEURS
        client = Client(
            name=name if private else f"ИП {' '.join(name.split()[:2])}",
            full_name=name if private else f"Индивидуальный предприниматель {name}",
            kind=Client.Kind.PERSON if private else Client.Kind.ENTREPRENEUR,
            inn="" if private else make.taxpayer(region.tax, person=True),
            address=region.town,
            time_zone=region.zone,
            responsible=make.chance.choice(managers),
        )
        clients.append(client)
        phones.append(phone(make.spelled(make.mobile()), 0, client=client))
    # A husband and wife with one telephone at home: the banner has something to ask.
    shared = phones[-1].as_written
    phones.append(phone(shared, 1, kind=PhoneNumber.Kind.HOME, client=clients[-2]))
    Client.objects.bulk_create(clients)
    Person.objects.bulk_create(persons)
    ClientContact.objects.bulk_create(links)
    PhoneNumber.objects.bulk_create(phones)


def make_leads(employees: list[Employee]) -> None:
    """Leads in every state, most of them new or in work."""
    make = _Maker(SEED + 1)
    make.taken = set(PhoneNumber.objects.values_list("last10", flat=True))
    managers = [employee for employee in employees if employee.extension in ("101", "102", "103")]
    states = [Lead.State.NEW] * 3 + [Lead.State.IN_WORK] * 4 + [Lead.State.QUALITY] * 2 + [Lead.State.LOST]
    leads, phones = [], []
    for index in range(LEADS):
        state = states[index % len(states)]
        lead = Lead(
            name=make.person_name(),
            company=f"{make.chance.choice(names.FIRST_PARTS)}{make.chance.choice(names.SECOND_PARTS).lower()}"
            if make.chance.random() < 0.5
            else "",
            comment=make.chance.choice(names.LEAD_WISHES),
            source=make.chance.choice(names.LEAD_SOURCES),
            state=state,
            responsible=None if state == Lead.State.NEW else make.chance.choice(managers),
        )
        leads.append(lead)
        phones.append(phone(make.spelled(make.mobile()), 0, lead=lead))
    Lead.objects.bulk_create(leads)
    now = clock.now()
    for index, lead in enumerate(leads):
        lead.created_at = now - timedelta(hours=7 * index + 2)
    Lead.objects.bulk_update(leads, ["created_at"])
    PhoneNumber.objects.bulk_create(phones)


def make_orders() -> None:
    """Orders of the last months; the known client has a dozen."""
    make = _Maker(SEED + 2)
    companies = list(Client.objects.exclude(kind=Client.Kind.PERSON).order_by("id"))
    owners = [companies[0]] * 12 + [make.chance.choice(companies) for _ in range(ORDERS - 12)]
    make.chance.shuffle(owners)
    today = clock.now().replace(hour=9, minute=0, second=0, microsecond=0)
    orders, lines = [], []
    for index, owner in enumerate(owners):
        age = timedelta(days=(ORDERS - index) * 1.3, minutes=make.chance.randrange(0, 480))
        state = _order_state(make, age)
        order = Order(
            client=owner, number=f"{900 + index}", at=_workday(today - age), state=state, responsible=owner.responsible
        )
        for place in range(make.chance.randrange(1, 5)):
            title, unit, price = make.chance.choice(names.PRODUCTS)
            quantity = make.chance.randrange(1, 13)
            total = Decimal(price * quantity)
            lines.append(
                OrderLine(order=order, place=place, title=title, unit=unit, quantity=quantity, price=price, total=total)
            )
            order.total += total
        orders.append(order)
    Order.objects.bulk_create(orders)
    OrderLine.objects.bulk_create(lines)


def _order_state(make: _Maker, age: timedelta) -> str:
    if age > timedelta(days=40):
        return Order.State.CANCELLED if make.chance.random() < 0.08 else Order.State.DONE
    return Order.State.NEW if age < timedelta(days=6) else Order.State.IN_WORK


def _workday(moment: datetime) -> datetime:
    return moment - timedelta(days=max(0, moment.weekday() - 4))
