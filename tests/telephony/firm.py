"""The firm of the tests: short ringing, few people."""

from exchange_lab.firm import Employee, Firm, Line, Queue, RingGroup

SALES = "74951230001"
SERVICE = "74951230002"
BOOKS = "74951230003"
FREE = "78005550100"
"""Lines: a ring group, a queue, one extension, a ring group through Local channels."""


def secret_of(endpoint: str) -> str:
    return f"secret-of-{endpoint}"


def _employee(extension: str, name: str, *, abroad: bool = False) -> Employee:
    return Employee(extension, name, secret_of(extension), secret_of(f"{extension}-web"), may_call_abroad=abroad)


FIRM = Firm(
    employees=(
        _employee("101", "Иванов Пётр"),
        _employee("102", "Петрова Анна", abroad=True),
        _employee("103", "Сидоров Олег"),
        _employee("104", "Главный Надзор"),
        _employee("105", "Бухгалтер Ольга"),
    ),
    lines=(
        Line(SALES, "Отдел продаж", "600"),
        Line(SERVICE, "Сервис", "700"),
        Line(BOOKS, "Бухгалтерия", "105"),
        Line(FREE, "Общая бесплатная", "610"),
    ),
    ring_groups=(
        RingGroup("600", "Продажи", ("101", "102"), ring_seconds=4),
        RingGroup("610", "Все", ("101", "103"), ring_seconds=6, through_local=True),
    ),
    queues=(Queue("service", "700", "Сервис", ("102", "103"), ring_seconds=5, wait_seconds=8),),
    outgoing_line=SALES,
    ring_seconds=6,
    outside_ring_seconds=6,
)
