"""A manager interface on a real socket with no exchange behind it: says yes, lists nothing, sends what it is given."""

import asyncio
from collections.abc import Mapping

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
# The event that ends the list which an action asks for.
_LIST_ENDS = {
    "CoreShowChannels": "CoreShowChannelsComplete",
    "Status": "StatusComplete",
    "BridgeList": "BridgeListComplete",
    "DeviceStateList": "DeviceStateListComplete",
    "ExtensionStateList": "ExtensionStateListComplete",
    "PJSIPShowEndpoints": "EndpointListComplete",
    "PJSIPShowContacts": "ContactListComplete",
    "QueueStatus": "QueueStatusComplete",
}


class ManagerEmulator:
    """Accepts any log-in. `actions` are all that were received, in order; `send(event)` goes to every connection."""

    def __init__(self) -> None:
        self.actions: list[dict[str, str]] = []
        self.logged_in = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self, port: int = 0) -> None:
        """Listen on loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    async def stop(self) -> None:
        """Close the listening socket and every connection."""
        for writer in self._writers:
            writer.close()
        if self._server:
            self._server.close()

    def send(self, event: Mapping[str, str]) -> None:
        """Send one event to everybody who is logged in."""
        body = "".join(f"{name}: {value}\r\n" for name, value in event.items()).encode() + b"\r\n"
        self.send_bytes(body)

    def send_bytes(self, body: bytes) -> None:
        """Send bytes as they are."""
        for writer in self._writers:
            writer.write(body)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(BANNER)
        try:
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                pairs = (line.partition(":") for line in raw.decode().splitlines() if line)
                action = {name.strip(): value.strip() for name, _, value in pairs}
                self.actions.append(action)
                self._answer(action, writer)
        except (asyncio.IncompleteReadError, ConnectionResetError):
            if writer in self._writers:
                self._writers.remove(writer)
            writer.close()

    def _answer(self, action: dict[str, str], writer: asyncio.StreamWriter) -> None:
        name = action.get("Action", "")
        reply = f"Response: Success\r\nActionID: {action.get('ActionID', '')}\r\n"
        if name == "Ping":
            reply += "Ping: Pong\r\n"
        if name in _LIST_ENDS:
            reply += "EventList: start\r\nMessage: follows\r\n\r\n"
            reply += f"Event: {_LIST_ENDS[name]}\r\nActionID: {action.get('ActionID', '')}\r\nEventList: Complete\r\n"
            reply += "ListItems: 0\r\n"
        writer.write(reply.encode() + b"\r\n")
        if name == "Login":
            self._writers.append(writer)
            writer.write(b"Event: FullyBooted\r\nStatus: Fully Booted\r\nUptime: 10\r\nLastReload: 10\r\n\r\n")
            self.logged_in.set()
