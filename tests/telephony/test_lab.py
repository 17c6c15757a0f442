"""The laboratory itself: the command line, changes while it runs, what it writes down, what it says when it cannot."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import websockets

from exchange_lab.config.files import Folders
from exchange_lab.errors import BadFirm, LabError, NoExchangeHere
from exchange_lab.firm import Employee, Firm, display_name
from exchange_lab.lab import Lab, Ports
from exchange_lab.unpack import ensure_unpacked
from svyaz.connectors.asterisk.cel import CelUnavailable, PostgresCel, SqliteCel
from svyaz.project.postgres import Postgres
from tests.telephony.firm import BOOKS, FIRM, secret_of
from tests.telephony.journal import Journal
from tests.telephony.phones import Phone, PhoneFailed, Phones
from tests.telephony.waiting import eventually

CLIENT = "79161234567"
NEW = Employee("106", "Новенький; [x]\nsecret=1", secret_of("106"), secret_of("106-web"))


@asynccontextmanager
async def command(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "exchange_lab", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def pid_of(directory: Path, name: str) -> int:
    return int((Folders(directory / name).run / "lab.pid").read_text("ascii"))


async def gone(pid: int) -> None:
    async def is_gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    await eventually(is_gone, f"process {pid} to be gone")


async def test_command_line_runs_revives_applies_and_stops(tmp_path: Path) -> None:
    firm, directory = tmp_path / "firm.json", tmp_path / "lab"
    firm.write_text(FIRM.to_json(), "utf-8")
    where = ("--directory", str(directory), "--firm", str(firm))
    async with command("run", *where) as running:
        assert running.stdout is not None
        async with asyncio.timeout(20):
            assert (await running.stdout.readline()).decode().strip() == str(directory / "ports.json")
        ports = Ports.read(directory / "ports.json")
        described = json.loads((directory / "ports.json").read_text("utf-8"))
        assert {"host", "port", "user", "secret", "sip_websocket", "recordings", "cel"} <= set(described)
        assert (directory / "ports.json").stat().st_mode & 0o077 == 0
        # Killed, it comes back on the same ports.
        os.kill(pid_of(directory, "firm"), signal.SIGKILL)
        async with asyncio.timeout(20):
            assert b"started again: firm" in await running.stdout.readline()
        async with Phones(tmp_path / "heard", ports.sip) as phones:
            with pytest.raises((PhoneFailed, TimeoutError)):
                await asyncio.wait_for(phones.add("106", NEW.secret_sip), 1)
        firm.write_text(replace(FIRM, employees=(*FIRM.employees, NEW)).to_json(), "utf-8")
        async with command("apply", *where) as applying:
            assert await applying.wait() == 0
        async with Phones(tmp_path / "heard", ports.sip) as phones:
            await phones.add("106", NEW.secret_sip)
        pids = [pid_of(directory, name) for name in ("firm", "city")]
        running.send_signal(signal.SIGTERM)
        assert await running.wait() == 0
        for pid in pids:
            await gone(pid)


async def test_killed_laboratory_leaves_nothing_behind_and_comes_back_where_it_was(tmp_path: Path) -> None:
    firm, directory = tmp_path / "firm.json", tmp_path / "lab"
    firm.write_text(FIRM.to_json(), "utf-8")
    async with command("run", "--directory", str(directory), "--firm", str(firm)) as running:
        assert running.stdout is not None
        await running.stdout.readline()
        pids = [pid_of(directory, name) for name in ("firm", "city")]
        running.kill()
        await running.wait()
        for pid in pids:
            await gone(pid)
    before = Ports.read(directory / "ports.json")
    with Lab(directory, FIRM) as lab:
        assert lab.ports == before


async def test_errors_on_the_command_line_are_for_people(tmp_path: Path) -> None:
    firm = tmp_path / "firm.json"
    for text, expected in (("{", "no JSON"), ('{"employees": 1, "lines": []}', "must be a list"), ("{}", "employees")):
        firm.write_text(text, "utf-8")
        async with command("run", "--directory", str(tmp_path / "lab"), "--firm", str(firm)) as process:
            _, error = await process.communicate()
            assert process.returncode == 1
            assert expected in error.decode()
            assert "Traceback" not in error.decode()
    firm.write_text(FIRM.to_json(), "utf-8")
    async with command("apply", "--directory", str(tmp_path / "nowhere"), "--firm", str(firm)) as process:
        _, error = await process.communicate()
        assert "no laboratory was started" in error.decode()


async def test_calls_go_on_while_people_change(journal: Journal, phones: dict[str, Phone], tmp_path: Path) -> None:
    call = journal.lab.city.call(CLIENT, BOOKS)
    operator = await phones["105"].incoming()
    await operator.answer()
    await journal.talking("105", "city")
    journal.lab.apply(replace(FIRM, employees=(*FIRM.employees, NEW)))
    try:
        async with Phones(tmp_path / "heard", journal.lab.ports.sip) as others:
            new = await others.add("106", NEW.secret_sip)
            calling = await new.call("101")
            await (await phones["101"].incoming()).answer()
            await calling.answered()
            await calling.hang_up()
        assert operator.state == "CONFIRMED"
    finally:
        journal.lab.apply(FIRM)
    journal.lab.city.hang_up(call)
    await journal.over(2)


async def test_exchange_dies_in_the_middle_of_a_call(tmp_path: Path) -> None:
    with Lab(tmp_path / "lab", FIRM) as lab:
        async with Phones(tmp_path / "heard", lab.ports.sip) as phones, Journal(lab) as journal:
            phone = await phones.add("105", secret_of("105"))
            lab.city.call(CLIENT, BOOKS)
            await (await phone.incoming()).answer()
            live = await journal.talking("105", "city")
            lab.firm.kill()
            lab.firm.start()
            # The snapshot after the new log-in has no channels: what was up is over.
            view = await journal.one()
            assert view.id == live.id
            assert len(journal.engine) == 0


async def test_panel_reaches_sip_over_websocket(lab: Lab) -> None:
    async with websockets.connect(lab.ports.ws_url, subprotocols=[websockets.Subprotocol("sip")]) as socket:
        assert socket.subprotocol == "sip"
        lines = (
            f"REGISTER sip:{lab.ports.ws[0]} SIP/2.0",
            "Via: SIP/2.0/WS test.invalid;branch=z9hG4bKtest",
            "From: <sip:101-web@127.0.0.1>;tag=t",
            "To: <sip:101-web@127.0.0.1>",
            "Call-ID: test",
            "CSeq: 1 REGISTER",
            "Contact: <sip:t@test.invalid;transport=ws>",
            "Max-Forwards: 70",
            "Content-Length: 0",
        )
        await socket.send("\r\n".join(lines) + "\r\n\r\n")
        async with asyncio.timeout(5):
            answer = await socket.recv()
        text = answer if isinstance(answer, str) else answer.decode()
        assert text.startswith("SIP/2.0 401")


async def test_cel_reader(journal: Journal, phones: dict[str, Phone], tmp_path: Path) -> None:
    assert SqliteCel(tmp_path / "nothing.db").after(0) == []
    (tmp_path / "broken.db").write_bytes(b"no database" * 500)
    with pytest.raises(CelUnavailable):
        SqliteCel(tmp_path / "broken.db").after(0)
    before = journal.cel.last_serial()
    journal.lab.city.call(CLIENT, BOOKS, gives_up_after=0.5, name="Ёжик")
    await phones["105"].incoming()
    view = await journal.one()
    await journal.agrees(calls=1)
    rows = journal.cel.after(before)
    assert [row.serial for row in rows] == sorted(row.serial for row in rows)
    assert journal.cel.of_calls([view.id, "no such call"]) == rows
    assert rows[0].type == "CHAN_START"
    assert rows[0].name == "Ёжик"
    assert "hangupcause" in next(row for row in rows if row.type == "HANGUP").extra


async def test_cel_and_cdr_go_to_postgresql_too(tmp_path: Path, postgres: Postgres) -> None:
    address = postgres.url("postgres")
    with Lab(tmp_path / "lab", replace(FIRM, postgres=address)) as lab:
        lab.city.call(CLIENT, BOOKS, gives_up_after=0.5)
        sqlite, table = SqliteCel(Path(lab.ports.cel)), PostgresCel(address)

        async def complete() -> bool:
            return any(row.type == "LINKEDID_END" for row in table.after(0))

        await eventually(complete, "CEL in PostgreSQL")
        assert [(row.type, row.uniqueid) for row in table.after(0)] == [
            (row.type, row.uniqueid) for row in sqlite.after(0)
        ]
        moments = zip(table.after(0), sqlite.after(0), strict=True)
        assert all(abs((one.at - other.at).total_seconds()) < 0.01 for one, other in moments)

        async def has_cdr() -> bool:
            with psycopg.connect(address) as connection:
                return connection.execute("select count(*) from exchange_cdr").fetchone() == (1,)

        await eventually(has_cdr, "CDR in PostgreSQL")


async def test_city_refuses_nonsense(lab: Lab) -> None:
    city = lab.city
    for number in ("", "abc", "+7\r\nAction: x", "1" * 30):
        with pytest.raises(LabError):
            city.call(number, BOOKS)
    with pytest.raises(LabError):
        city.call(CLIENT, BOOKS, "tone:9")
    with pytest.raises(LabError):
        city.call(CLIENT, BOOKS, gives_up_after=-1)
    with pytest.raises(LabError):
        city.hang_up("city.1.2.nothing")
    with pytest.raises(LabError):
        city.set_behaviour(CLIENT, "explode")  # type: ignore[arg-type]
    city.set_behaviour("+7 (903) 000-00-09", "busy")
    assert city.behaviours()["79030000009"] == "busy"


def test_firm_that_cannot_be_is_refused() -> None:
    bad = (
        {"employees": (Employee("101", "A", "short", secret_of("x")),)},
        {"employees": (Employee("101", "A", "with space in", secret_of("x")),)},
        {"employees": (replace(NEW, extension="10;6"),)},
        {"employees": (NEW, NEW)},
        {"outgoing_line": "74950000000"},
    )
    for values in bad:
        with pytest.raises(BadFirm):
            replace(FIRM, **values)
    assert Firm.from_json(FIRM.to_json()) == FIRM
    assert display_name('Новенький; [x]\nsecret=1 "q" <1>') == "Новенький x secret=1 q 1"


def test_machine_without_apt_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SVYAZ_ASTERISK_ROOT", raising=False)
    with pytest.raises(NoExchangeHere, match="SVYAZ_AMI_HOST"):
        ensure_unpacked()
    assert list(tmp_path.glob("svyaz/unpacking-*")) == []
