"""From the bytes of the ringing event written to the manager's socket to the banner's event at a WebSocket client.

The real processes `telephony` and `web` between a manager emulator and 200 connected clients, at 50 calls a second;
beside it, in the same run, two limits (see `bench.relays`). Aim: median at most four times the committing relay's, p99
at most 50 ms.
"""

import asyncio
import json
import os
import time
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect

from bench.program import database, free_port, process, signed_in, wait_for_port
from bench.relays import Load, bare_relay, committing_relay
from bench.report import heading, line, percentile, ratio, spread
from tests.emulators.exchange import ManagerEmulator

CLIENTS = 200
CALLS_PER_SECOND = 50
CALLS = 1000
TALK = 2.0  # seconds a call lasts after it rang
EVENTS = Load(events=CALLS, per_second=CALLS_PER_SECOND, clients=CLIENTS)


def main() -> dict[str, float]:
    """Measure and print; milliseconds by name."""
    heading(f"Pop: ringing event → banner, {CLIENTS} clients, {CALLS_PER_SECOND} calls/s")
    with database():
        from svyaz.project.postgres import database_url

        cookies = _firm()
        bare = asyncio.run(bare_relay(EVENTS))
        committing = asyncio.run(committing_relay(EVENTS, database_url()))
        ours = asyncio.run(_pops(cookies))
    line("svyaz (telephony + PostgreSQL + web)", spread(ours))
    line("limit: bare asyncio relay", spread(bare))
    line("limit: relay committing a row with NOTIFY", spread(committing))
    line(
        "median to the committing relay's",
        ratio(percentile(ours, 0.5), percentile(committing, 0.5), "≤ 4x; p99 ≤ 50 ms"),
    )
    return {
        "ours_p50": percentile(ours, 0.5),
        "ours_p99": percentile(ours, 0.99),
        "bare_p50": percentile(bare, 0.5),
        "committing_p50": percentile(committing, 0.5),
        "committing_p99": percentile(committing, 0.99),
    }


def _firm() -> list[str]:
    """200 signed-in employees and 1,000 clients whose numbers will call. Returns the session cookies."""
    from svyaz.calls.models import Line
    from svyaz.crm.models import Client, PhoneNumber
    from svyaz.staff.models import Employee

    cookies = []
    for number in range(CLIENTS):
        extension = str(1000 + number)
        employee = Employee.objects.create(
            login=f"e{extension}", first_name="Анна", last_name=f"Смирнова{number}", extension=extension
        )
        cookies.append(signed_in(employee))
    Line.objects.create(number="+74951230001", name="Отдел продаж")
    clients = Client.objects.bulk_create(Client(name=f"ООО «Ромашка {number}»") for number in range(1000))
    PhoneNumber.objects.bulk_create(
        PhoneNumber(
            client=client,
            e164=f"+7916{number:07d}",
            last10=f"916{number:07d}",
            as_written=f"8 (916) {number:07d}",
        )
        for number, client in enumerate(clients)
    )
    return cookies


@dataclass
class _Run:
    """What was written when, and what arrived."""

    written: dict[str, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    all_there: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, frame: dict[str, object]) -> None:
        """A frame of the stream came to a client: is it the first ringing of a call?"""
        if frame.get("kind") != "call":
            return
        card = frame["data"]
        assert isinstance(card, dict)
        if not any(leg["state"] == "ringing" and leg["employee"] for leg in card["legs"]):
            return
        began = self.written.pop(card["exchange_call"], None)
        if began is not None:
            self.took.append((time.perf_counter() - began) * 1000)
            if len(self.took) == CALLS:
                self.all_there.set()


async def _pops(cookies: list[str]) -> list[float]:
    exchange = ManagerEmulator()
    await exchange.start()
    port = free_port()
    ami = {
        "SVYAZ_AMI_HOST": "127.0.0.1",
        "SVYAZ_AMI_PORT": str(exchange.port),
        "SVYAZ_AMI_USER": "svyaz",
        "SVYAZ_AMI_SECRET": "secret",
    }
    run = _Run()
    with (
        process("telephony", environment=ami),
        process("web", "--port", str(port), environment=ami | {"SVYAZ_LOG_LEVEL": "WARNING"}),
    ):
        await asyncio.to_thread(wait_for_port, port)
        await asyncio.wait_for(exchange.logged_in.wait(), 30)
        sockets = [await _client(port, cookie) for cookie in cookies]
        listeners = [asyncio.create_task(_listen(socket, run)) for socket in sockets]
        await asyncio.sleep(1)  # let the start settle: it is not what is measured
        await _calls(exchange, run)
        try:
            await asyncio.wait_for(run.all_there.wait(), 30)
        except TimeoutError:
            raise RuntimeError(f"only {len(run.took)} of {CALLS} banners came") from None
        for listener in listeners:
            listener.cancel()
        for socket in sockets:
            await socket.close()
    await exchange.stop()
    return run.took


async def _client(port: int, cookie: str) -> ClientConnection:
    from django.conf import settings

    socket = await connect(
        f"ws://127.0.0.1:{port}/ws/stream",
        origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]  # a plain string is what goes over the wire
        additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"},
    )
    hello = json.loads(await socket.recv())
    assert hello["kind"] == "hello", hello
    return socket


async def _listen(socket: ClientConnection, run: _Run) -> None:
    async for message in socket:
        run.heard(json.loads(message))


async def _calls(exchange: ManagerEmulator, run: _Run) -> None:
    begin = time.perf_counter()
    tasks = []
    for number in range(CALLS):
        await asyncio.sleep(max(0.0, begin + number / CALLS_PER_SECOND - time.perf_counter()))
        tasks.append(asyncio.create_task(_one_call(exchange, run, number)))
    await asyncio.gather(*tasks)


async def _one_call(exchange: ManagerEmulator, run: _Run, number: int) -> None:
    """A client calls an employee, whose telephone rings, is answered and hung up."""
    key, leg = f"{os.getpid()}.{number * 2}", f"{os.getpid()}.{number * 2 + 1}"
    extension = str(1000 + number % CLIENTS)
    caller = f"+7916{number % 1000:07d}"
    trunk = _channel(f"PJSIP/city-{number * 2:08x}", key, key, caller, "74951230001", "from-city")
    phone = _channel(f"PJSIP/{extension}-web-{number * 2 + 1:08x}", leg, key, extension, "", "internal")
    dial = {f"Dest{name}": value for name, value in phone.items()}
    exchange.send({"Event": "Newchannel", **trunk, "ChannelState": "4", "ChannelStateDesc": "Ring"})
    exchange.send({"Event": "Newchannel", **phone, "ChannelState": "0", "ChannelStateDesc": "Down"})
    exchange.send({"Event": "DialBegin", **trunk, **dial, "DialString": f"{extension}-web"})
    run.written[key] = time.perf_counter()
    exchange.send({"Event": "Newstate", **phone, "ChannelState": "5", "ChannelStateDesc": "Ringing"})
    await asyncio.sleep(TALK / 2)
    exchange.send({"Event": "Newstate", **phone, "ChannelState": "6", "ChannelStateDesc": "Up"})
    exchange.send({"Event": "DialEnd", **trunk, **dial, "DialStatus": "ANSWER"})
    exchange.send({"Event": "Newstate", **trunk, "ChannelState": "6", "ChannelStateDesc": "Up"})
    bridge = {"BridgeUniqueid": f"bridge-{number}", "BridgeType": "basic", "BridgeTechnology": "simple_bridge"}
    exchange.send({"Event": "BridgeEnter", **bridge, "BridgeNumChannels": "1", **phone})
    exchange.send({"Event": "BridgeEnter", **bridge, "BridgeNumChannels": "2", **trunk})
    await asyncio.sleep(TALK / 2)
    for channel in (phone, trunk):
        exchange.send({"Event": "BridgeLeave", **bridge, **channel})
        exchange.send({"Event": "Hangup", **channel, "Cause": "16", "Cause-txt": "Normal Clearing"})


def _channel(name: str, key: str, linked: str, number: str, exten: str, context: str) -> dict[str, str]:
    return {
        "Timestamp": f"{time.time():.6f}",
        "Channel": name,
        "CallerIDNum": number,
        "CallerIDName": "<unknown>",
        "ConnectedLineNum": "<unknown>",
        "ConnectedLineName": "<unknown>",
        "AccountCode": "",
        "Context": context,
        "Exten": exten,
        "Priority": "1",
        "Uniqueid": key,
        "Linkedid": linked,
    }
