"""Whose number it is, among 1,000,000 clients with 2,000,000 numbers: ours beside the bare SQL by index, in turn.

Aim: at most three times the bare SQL at the median, p99 at most 5 ms.
"""

import random
import time

from bench.bulk import CLIENTS, fill
from bench.program import database
from bench.report import heading, line, percentile, ratio, spread

LOOK_UPS = 3000


def main() -> dict[str, float]:
    """Measure and print; milliseconds by name."""
    with database():
        return measure()


def measure() -> dict[str, float]:
    """The same, with Django set up on a database that may be filled already."""
    fill()
    heading(f"who_is among {CLIENTS:,} clients with {2 * CLIENTS:,} numbers")
    ours, bare = _in_turn()
    line("svyaz: crm.queries.who_is", spread(ours))
    line("bare SQL by index (numbers joined with clients)", spread(bare))
    line("median to the bare SQL", ratio(percentile(ours, 0.5), percentile(bare, 0.5), "≤ 3x; p99 ≤ 5 ms"))
    return {
        "ours_p50": percentile(ours, 0.5),
        "ours_p99": percentile(ours, 0.99),
        "bare_p50": percentile(bare, 0.5),
        "bare_p99": percentile(bare, 0.99),
    }


def _in_turn() -> tuple[list[float], list[float]]:
    from django.db import connection

    from svyaz.crm.queries import who_is

    chance = random.Random(7)
    ours, bare = [], []
    for turn in range(LOOK_UPS + 200):
        n = chance.randrange(1, CLIENTS)
        # Known numbers written in three ways, and every fifth unknown.
        number = (f"+7{9000000000 + n * 7}", f"8 (495) {(n * 3):07d}", f"{4950000000 + n * 3}")[turn % 3]
        if turn % 5 == 0:
            number = f"+7812{n:07d}"
        began = time.perf_counter()
        who_is(number)
        middle = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.id, c.name FROM crm_phonenumber p JOIN crm_client c ON c.id = p.client_id"
                " WHERE p.last10 = %s AND p.last10 <> ''",
                ["".join(filter(str.isdigit, number))[-10:]],
            )
            cursor.fetchall()
        if turn >= 200:
            ours.append((middle - began) * 1000)
            bare.append((time.perf_counter() - middle) * 1000)
    return ours, bare
