"""The session with the exchange when things go wrong: killed, restarted, wrong password, nonsense, a dead line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from exchange_lab.lab import Lab
from svyaz.connectors.asterisk.commands import Commands
from svyaz.connectors.asterisk.connection import NOISE, Account, Timeouts
from svyaz.connectors.asterisk.errors import NotConnected, NotDialable, OutcomeUnknown, Reason, Refused
from svyaz.connectors.asterisk.session import Down, News, Session, Up
from svyaz.connectors.asterisk.snapshot import snapshot
from svyaz.protocols.ami import ForbiddenCharacterError, Message
from tests.telephony.firm import FIRM, SALES

QUICK = Timeouts(connect=2, log_in=3, answer=1, boot=10, quiet=0.5, first_pause=0.05, longest_pause=0.3)
GREETING = b"Asterisk Call Manager/11.0.0\r\n"


def account(lab: Lab) -> Account:
    access = lab.ports.firm_ami
    return Account(access.host, access.port, access.user, access.secret)


@asynccontextmanager
async def running(place: Account, timeouts: Timeouts = QUICK) -> AsyncIterator[Session]:
    session = Session(place, timeouts=timeouts)
    task = asyncio.create_task(session.run())
    try:
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(session: Session, wanted: Callable[[News], bool], seconds: float = 10) -> News:
    async with asyncio.timeout(seconds):
        async for news in session.news():
            if wanted(news):
                return news
    raise AssertionError("news never end")


def is_up(news: News) -> bool:
    return isinstance(news, Up)


def is_down(news: News) -> bool:
    return isinstance(news, Down)


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(handler: Handler) -> AsyncIterator[Account]:
    """Somebody else on the port of the exchange."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield Account(host, port, "svyaz", "secret")


async def test_noise_never_arrives_and_cyrillic_names_do(lab: Lab) -> None:
    async with running(account(lab)) as session:
        await until(session, is_up)
        lab.city.call("79161234567", SALES, "silence", 0.8, name="Щукин «Ёлки»")
        seen: list[Message] = []

        def hung_up(news: News) -> bool:
            if isinstance(news, Message):
                seen.append(news)
            return isinstance(news, Message) and news.name == "Hangup" and "city" in news.get("Channel")

        await until(session, hung_up)
        assert {each.name for each in seen} & set(NOISE) == set()
        assert any(each.get("CallerIDName") == "Щукин «Ёлки»" for each in seen if each.name == "Newchannel")


async def test_exchange_killed_and_started_again(tmp_path: Path) -> None:
    with Lab(tmp_path / "lab", FIRM) as lab:
        async with running(account(lab)) as session:
            assert await until(session, is_up) == Up(1)
            waiting = asyncio.create_task(session.ask("WaitEvent", {"Timeout": 30}, seconds=20))
            await asyncio.sleep(0)
            lab.firm.kill()
            down = await until(session, is_down)
            assert isinstance(down, Down)
            assert down.reason is Reason.CLOSED
            # What was asked and not answered is never asked again: its fate is simply unknown.
            with pytest.raises(OutcomeUnknown):
                await waiting
            with pytest.raises(NotConnected):
                await session.ask("Ping")
            refused = await until(session, is_down)
            assert isinstance(refused, Down)
            assert refused.reason is Reason.REFUSED
            lab.firm.start()
            assert await until(session, is_up) == Up(2)
            now = await snapshot(session)
            assert now.channels == ()
            assert "101" in now.endpoints


async def test_stopped_exchange_says_that_it_shuts_down(tmp_path: Path) -> None:
    with Lab(tmp_path / "lab", FIRM) as lab:
        async with running(account(lab)) as session:
            await until(session, is_up)
            lab.firm.stop()
            down = await until(session, is_down)
            assert isinstance(down, Down)
            assert down.reason in {Reason.SHUT_DOWN, Reason.CLOSED}


async def test_wrong_password_is_said_and_trying_goes_on(lab: Lab) -> None:
    async with running(replace(account(lab), secret="wrong")) as session:
        for _ in range(2):
            down = await until(session, is_down)
            assert isinstance(down, Down)
            assert down.reason is Reason.WRONG_PASSWORD
        assert "manager.conf" in Reason.WRONG_PASSWORD.text("ru")
        assert "manager.conf" in Reason.WRONG_PASSWORD.text("en")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n<html>",
        bytes(range(256)) * 8 + b"\n\n",
        b"\x00" * 4000,
        b"",
        GREETING + b"\xff\xfe\xfd garbage without a colon\r\n\r\n",
    ],
)
async def test_peer_that_speaks_nonsense(nonsense: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(nonsense)
        await reader.read()

    async with peer(speak) as place, running(place) as session:
        for _ in range(2):
            down = await until(session, is_down)
            assert isinstance(down, Down)
            assert down.reason in {Reason.NOT_AMI, Reason.SILENT}


async def test_line_that_is_dead_without_being_closed(lab: Lab) -> None:
    """A proxy that stops forwarding stands for a cable that was cut."""
    real = account(lab)
    cut = asyncio.Event()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(real.host, real.port)

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                if not cut.is_set():
                    target.write(data)

        await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)
        back.close()

    async with peer(forward) as place, running(replace(real, host=place.host, port=place.port)) as session:
        await until(session, is_up)
        cut.set()
        with pytest.raises(OutcomeUnknown):
            await session.ask("Ping", seconds=0.3)
        down = await until(session, is_down, 5)
        assert isinstance(down, Down)
        assert down.reason is Reason.SILENT
        cut.clear()
        assert await until(session, is_up) == Up(2)


async def test_nothing_that_could_smuggle_a_header_is_sent(lab: Lab) -> None:
    async with running(account(lab)) as session:
        await until(session, is_up)
        commands = Commands(session)
        with pytest.raises(ForbiddenCharacterError):
            await session.ask("Getvar", {"Variable": "A\r\nAction: Originate"})
        bad = ["", "101\r\nAction: Ping", "79161234567&PJSIP/city", "abc", "1" * 40, "${DB(a/b)}", "+", "7 916"]
        for number in bad:
            with pytest.raises(NotDialable):
                await commands.originate("101", number, call_id="test.bad")
        for channel in ["", "PJSIP/101-1\r\nX: y", "101", "PJSIP/1 01-1", "/1"]:
            with pytest.raises(NotDialable):
                await commands.hang_up(channel)
        with pytest.raises(Refused):
            await commands.hang_up("PJSIP/101-0000dead")
        with pytest.raises(NotDialable):
            await commands.start_recording("PJSIP/101-00000001", "../../etc/passwd")
        # The session is none the worse for it.
        assert (await session.ask("Ping")).success


async def test_snapshot_of_a_quiet_exchange_knows_everybody(lab: Lab) -> None:
    async with running(account(lab)) as session:
        await until(session, is_up)
        now = await snapshot(session)
        assert {each.extension for each in FIRM.employees} <= set(now.endpoints)
        assert {each.exten for each in now.extensions} == {each.extension for each in FIRM.employees}
        assert [each.name for each in now.queues] == ["service"]
        assert set(now.queues[0].members) == {"PJSIP/102", "PJSIP/102-web", "PJSIP/103", "PJSIP/103-web"}
