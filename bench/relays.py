"""The two limits beside which the pop is measured.

`bare_relay`: bytes on a socket → the same bytes to a WebSocket client, nothing between (what asyncio costs).
`committing_relay`: each event is committed as one row with a NOTIFY, read back by a listener and sent (what keeping
it costs).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import psycopg
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

EVENT = b"Event: Newstate\r\nChannel: PJSIP/101-web-0000001a\r\nChannelStateDesc: Ringing\r\nUniqueid: %d\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """How much is sent: events in all, events a second, WebSocket clients connected."""

    events: int
    per_second: float
    clients: int


async def bare_relay(load: Load) -> list[float]:
    """Milliseconds from writing an event to a socket until a WebSocket client has it."""
    async with _sockets() as (relay, writer, port):
        return await _drive(relay.send_on, relay, writer, port, load)


async def committing_relay(load: Load, database: str) -> list[float]:
    """The same with one committed row and a NOTIFY for each event, read back by number."""
    writing = await psycopg.AsyncConnection.connect(database, autocommit=False)
    listening = await psycopg.AsyncConnection.connect(database, autocommit=True)
    reading = await psycopg.AsyncConnection.connect(database, autocommit=True)
    await listening.execute("CREATE TABLE IF NOT EXISTS bench_relay (id bigserial PRIMARY KEY, body bytea NOT NULL)")
    await listening.execute("LISTEN bench_relay")
    async with _sockets() as (relay, writer, port):

        async def keep(body: bytes) -> None:
            cursor = await writing.execute("INSERT INTO bench_relay (body) VALUES (%s) RETURNING id", [body])
            row = await cursor.fetchone()
            assert row is not None
            await writing.execute("SELECT pg_notify('bench_relay', %s)", [str(row[0])])
            await writing.commit()

        async def read_back() -> None:
            async for notice in listening.notifies():
                cursor = await reading.execute("SELECT body FROM bench_relay WHERE id = %s", [int(notice.payload)])
                row = await cursor.fetchone()
                assert row is not None
                await relay.send_on(bytes(row[0]))

        task = asyncio.create_task(read_back())
        try:
            return await _drive(keep, relay, writer, port, load)
        finally:
            task.cancel()
            for connection in (writing, listening, reading):
                await connection.close()


class _Relay:
    def __init__(self) -> None:
        self.connections: list[ServerConnection] = []
        self.arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def websocket(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        await connection.wait_closed()

    async def tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionResetError):
            while body := await reader.readuntil(b"\r\n\r\n"):
                self.arrived.put_nowait(body)

    async def send_on(self, body: bytes) -> None:
        # One employee has the call: one socket of the many gets it, as in the program.
        number = int(body.split(b"Uniqueid: ")[1].split(b"\r\n")[0])
        await self.connections[number % len(self.connections)].send(body)


@asynccontextmanager
async def _sockets() -> AsyncIterator[tuple[_Relay, asyncio.StreamWriter, int]]:
    relay = _Relay()
    tcp = await asyncio.start_server(relay.tcp, "127.0.0.1", 0)
    async with serve(relay.websocket, "127.0.0.1", 0) as sockets:
        _, writer = await asyncio.open_connection(*tcp.sockets[0].getsockname()[:2])
        yield relay, writer, next(iter(sockets.sockets)).getsockname()[1]
        writer.close()
        tcp.close()


async def _drive(
    handle: Callable[[bytes], Awaitable[None]],
    relay: _Relay,
    writer: asyncio.StreamWriter,
    port: int,
    load: "Load",
) -> list[float]:
    written: dict[int, float] = {}
    took: list[float] = []
    done = asyncio.Event()

    async def client() -> None:
        async with connect(f"ws://127.0.0.1:{port}") as socket:
            async for message in socket:
                assert isinstance(message, bytes)
                number = int(message.split(b"Uniqueid: ")[1].split(b"\r\n")[0])
                took.append((time.perf_counter() - written[number]) * 1000)
                if len(took) == load.events:
                    done.set()

    async def pump() -> None:
        while True:
            await handle(await relay.arrived.get())

    tasks = [asyncio.create_task(client()) for _ in range(load.clients)]
    tasks.append(asyncio.create_task(pump()))
    while len(relay.connections) < load.clients:
        await asyncio.sleep(0.01)
    begin = time.perf_counter()
    for number in range(load.events):
        await asyncio.sleep(max(0.0, begin + number / load.per_second - time.perf_counter()))
        written[number] = time.perf_counter()
        writer.write(EVENT % number)
    await asyncio.wait_for(done.wait(), 60)
    for task in tasks:
        task.cancel()
    return took
