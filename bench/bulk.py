"""A large firm made inside the database: 1,000,000 clients, 2,000,000 numbers and as many calls, with likely names."""

import os
from functools import cache
from pathlib import Path

CLIENTS = int(os.environ.get("SVYAZ_BENCH_CLIENTS", "1000000"))
CALLS = 2 * CLIENTS
EMPLOYEES = 20

_WORDS = """
    ТехноСтрой Вектор Лотос Гранит Пилот Север Ветер Прогресс Альянс Монолит Ромашка Заря Атлант Квант Импульс Ресурс
    Гермес Олимп Сфера Восток Меридиан Орион Спектр Феникс Кристалл Радуга Маяк Рубеж Каскад Эталон
"""
_SECOND = """
    Сервис Торг Монтаж Проект Снаб Строй Климат Мебель Авто Логистик Пром Инвест Дизайн Электро Агро Мед Софт Транс
    Энерго Групп
"""
_FORMS = "ООО АО ИП ПАО ТД"
_TOWNS = "Москва Казань Пермь Тверь Самара Омск Тула Уфа Псков Рязань Сочи Чита Киров Курск Томск Орёл"


def _array(words: str) -> str:
    return "ARRAY[" + ",".join(f"'{word}'" for word in words.split()) + "]"


@cache
def fill() -> None:
    """Fill the tables once in a process (some minutes), with secondary indexes rebuilt at the end, then ANALYZE."""
    from django.db import connection

    _employees()
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET synchronous_commit = off")
        kept = _drop_indexes(cursor, "crm_client", "crm_phonenumber", "calls_call", "calls_callemployee")
        for statement in _statements():
            cursor.execute(statement)
        for definition in kept:
            cursor.execute(definition)
    connection.commit() if not connection.get_autocommit() else None
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _employees() -> None:
    from svyaz.calls.models import Exchange, Line
    from svyaz.staff.models import Employee

    for number in range(EMPLOYEES):
        Employee.objects.create(
            login=f"b{number}", first_name="Анна", last_name=f"Смирнова{number}", extension=str(1000 + number),
            role="supervisor",
        )  # fmt: skip
    Exchange.objects.get_or_create(name="main")
    for number in range(4):
        Line.objects.get_or_create(number=f"+7495123000{number}", defaults={"name": f"Линия {number}"})


def _drop_indexes(cursor: object, *tables: str) -> list[str]:
    """Filling tables with their indexes in place takes many times longer than building the indexes afterwards."""
    execute, fetch = cursor.execute, cursor.fetchall  # type: ignore[attr-defined]
    execute(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
           WHERE i.indrelid = ANY(%s::regclass[]) AND NOT EXISTS (
               SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)""",
        [list(tables)],
    )
    found = fetch()
    for name, _ in found:
        execute(f"DROP INDEX {name}")
    return [definition for _, definition in found]


def _statements() -> list[str]:
    return [part for part in _sql().split(";;") if part.strip()]


def _sql() -> str:
    template = (Path(__file__).parent / "bulk.sql").read_text()
    values = {
        "words": _array(_WORDS),
        "second": _array(_SECOND),
        "forms": _array(_FORMS),
        "towns": _array(_TOWNS),
        "clients": str(CLIENTS),
        "calls": str(CALLS),
        "employees": str(EMPLOYEES),
    }
    for name, value in values.items():
        template = template.replace(f":{name}:", value)
    return template
