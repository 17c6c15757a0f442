"""Lists at 1,000,000 clients and 2,000,000 calls, through the API of the real `web` process: first page and search.

Aim: p95 at most 50 ms for each. Beside them `GET /api/session`, which reads one row, as the floor of a request.
"""

import http.client
import json
import random
import time
from urllib.parse import quote

from bench.bulk import CLIENTS, fill
from bench.program import database, free_port, process, signed_in, wait_for_port
from bench.report import heading, line, percentile, spread

TIMES = 60


def main() -> dict[str, float]:
    """Measure and print; p95 in milliseconds by name."""
    with database():
        return measure()


def measure() -> dict[str, float]:
    """The same, with Django set up on a database that may be filled already."""
    from svyaz.staff.models import Employee

    fill()
    heading(f"Lists through the API at {CLIENTS:,} clients and {2 * CLIENTS:,} calls")
    port = free_port()
    cookie = signed_in(Employee.objects.get(login="b0"))
    results = {}
    with process("web", "--port", str(port), environment={"SVYAZ_LOG_LEVEL": "WARNING"}):
        wait_for_port(port)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for name, addresses in _requests().items():
            took = [_get(connection, cookie, address) for address in addresses][5:]
            results[name] = percentile(took, 0.95)
            line(name, spread(took))
    worst = max(results, key=lambda name: results[name])
    line("slowest p95", f"{results[worst]:.1f} ms, {worst} (aim ≤ 50 ms)")
    return results


def _requests() -> dict[str, list[str]]:
    chance = random.Random(11)
    towns = ("казань", "пермь", "омск", "сочи")
    words = ("вектор", "техностр", "лотос", "гранит", "прогресс")
    numbers = [str(9000000000 + chance.randrange(CLIENTS) * 7) for _ in range(TIMES)]

    def named(path: str) -> list[str]:
        return [
            f"{path}?q={quote(f'{words[turn % 5]} {towns[turn % 4]}' if turn % 2 else words[turn % 5])}"
            for turn in range(TIMES)
        ]

    return {
        "floor: GET /api/session": ["/api/session"] * TIMES,
        "clients: first page": ["/api/clients"] * TIMES,
        "clients: search by part of a name": named("/api/clients"),
        "clients: search by part of a number": [f"/api/clients?q={number[2:9]}" for number in numbers],
        "smart search: part of a name": named("/api/search"),
        "smart search: part of a number": [f"/api/search?q={number[1:8]}" for number in numbers],
        "journal: first page": ["/api/calls"] * TIMES,
        "journal: missed": ["/api/calls?status=missed"] * TIMES,
        "journal: mine": ["/api/calls?mine=true"] * TIMES,
        "journal: search by part of a name": named("/api/calls"),
        "journal: search by part of a number": [f"/api/calls?q={number[2:9]}" for number in numbers],
    }


def _get(connection: http.client.HTTPConnection, cookie: str, address: str) -> float:
    from django.conf import settings

    began = time.perf_counter()
    connection.request("GET", address, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"})
    response = connection.getresponse()
    body = response.read()
    took = (time.perf_counter() - began) * 1000
    if response.status != 200:
        raise RuntimeError(f"{address}: {response.status} {body[:300]!r}")
    json.loads(body)
    return took
