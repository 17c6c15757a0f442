"""A firm whose exchange is real: the laboratory, telephones, and the telephony process of the program."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.conf import settings

from exchange_lab.errors import NoExchangeHere
from exchange_lab.firm import Firm
from exchange_lab.lab import Lab
from exchange_lab.unpack import ensure_unpacked
from svyaz.calls.models import CallGroup, Exchange, Line
from svyaz.calls.services import exchange_configuration
from svyaz.staff.models import Employee, Group
from svyaz.staff.services import hire
from tests.integration.calls.waiting import eventually
from tests.telephony.phones import Phone, Phones

T = TypeVar("T")
PEOPLE = {"101": ("Анна", "Смирнова"), "102": ("Борис", "Котов"), "103": ("Вера", "Лунина")}
SALES, BOOKS = "74951230001", "74951230003"


class Loop:
    """An event loop in a thread of its own, in which the telephones live; the test itself stays synchronous."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def __call__(self, work: Coroutine[Any, Any, T], seconds: float = 30.0) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)


@dataclass
class House:
    """The firm, its exchange, its telephones, the telephony process."""

    lab: Lab
    run: Loop
    phones: dict[str, Phone]
    address: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, address: str = "") -> subprocess.Popen[bytes]:
        """Start a telephony process, perhaps with another way to the database."""
        environment = {
            **os.environ,
            "DATABASE_URL": address or self.address,
            "SVYAZ_EXCHANGE_FILE": str(self.lab.directory / "ports.json"),
        }
        process = subprocess.Popen([sys.executable, "-m", "svyaz.project.cli", "telephony"], env=environment)
        self.processes.append(process)
        return process

    def started(self, address: str = "") -> subprocess.Popen[bytes]:
        """Start one and wait until it follows the exchange."""
        Exchange.objects.update(state="starting")
        process = self.start(address)
        self.eventually(lambda: Exchange.objects.filter(state="up").exists(), "the exchange is up", 60)
        return process

    def stop(self, process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
        process.send_signal(number)
        process.wait(20)

    def eventually(self, condition: Callable[[], Any], what: str, seconds: float = 15.0) -> Any:
        """Wait for the condition, looking at it whenever anything is pushed to browsers. Returns its truth."""
        return eventually(self.address, condition, what, seconds)


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.stop()


@pytest.fixture
def people(transactional_db: None) -> dict[str, Employee]:
    """Three employees with telephones; the sales group answers the sales line, 103 keeps the books."""
    hired = {
        extension: hire(f"e{extension}", first, last, extension=extension)
        for extension, (first, last) in PEOPLE.items()
    }
    group = Group.objects.create(name="Отдел продаж")
    group.members.set([hired["101"], hired["102"]])
    CallGroup.objects.create(number="600", name="Продажи", group=group, ring_seconds=8)
    Line.objects.create(number=f"+{SALES}", name="Отдел продаж", route="600")
    Line.objects.create(number=f"+{BOOKS}", name="Бухгалтерия", route="103")
    return hired


@pytest.fixture
def house(
    people: dict[str, Employee], database_url: str, tmp_path: Path, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """Everything but the telephony process is up."""
    pytest.importorskip("pjsua2", reason="no wheel of pjsua2-python for this version of Python")
    try:
        ensure_unpacked()
    except NoExchangeHere as error:
        pytest.skip(str(error))
    firm = Firm.from_json(json.dumps(exchange_configuration()))
    with Lab(tmp_path / "lab", firm) as lab:
        monkeypatch.setattr(settings, "EXCHANGE_FILE", str(lab.directory / "ports.json"))
        phones = Phones(tmp_path / "heard", lab.ports.sip)
        loop(phones.__aenter__())
        registered = {one.extension: loop(phones.add(one.extension, one.secret_sip)) for one in firm.employees}
        house = House(lab, loop, registered, database_url)
        try:
            yield house
        finally:
            for process in house.processes:
                if process.poll() is None:
                    house.stop(process)
            loop(phones.__aexit__(None, None, None))
