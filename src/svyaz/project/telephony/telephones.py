"""Which telephones are on line and what they do: kept for click-to-call, told to colleagues as presence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from uuid import UUID

from svyaz.calls.services.endpoints import write_endpoints
from svyaz.connectors.asterisk import presence
from svyaz.connectors.asterisk.snapshot import ExchangeNow
from svyaz.kit.clock import now
from svyaz.project.telephony.writer import Writer
from svyaz.protocols.ami import Message

# News of telephones is gathered so long before it is written: calls come first.
GATHER = 0.15


class Telephones:
    """The state of every device; what changed is written in batches."""

    def __init__(self, exchange_id: UUID, writer: Writer, talking_to: Callable[[], Mapping[str, str]]) -> None:
        self._exchange_id = exchange_id
        self._writer = writer
        self._talking_to = talking_to
        self._devices: dict[str, str] = {}
        self._registered: dict[str, bool] = {}
        self._contacts: dict[str, set[str]] = {}
        self._changed: set[str] = set()
        self._all = False
        self._news = asyncio.Event()

    def start_with(self, found: ExchangeNow) -> None:
        """What the exchange says at the beginning; whatever it does not name is off line."""
        self._devices = dict(found.devices)
        self._registered = dict.fromkeys(found.endpoints, False) | dict.fromkeys(found.registered, True)
        self._contacts = {}
        for contact in found.contacts:
            if contact.endpoint in found.registered:
                self._contacts.setdefault(contact.endpoint, set()).add(contact.uri)
        self._changed |= set(self._registered)
        self._all = True
        self._news.set()

    def take(self, message: Message) -> None:
        """Look at an event of the exchange."""
        if registered := presence.registration(message):
            endpoint, here = registered
            contacts, uri = self._contacts.setdefault(endpoint, set()), message.get("URI")
            # A page that registers anew replaces its older contact, whose removal may be told after.
            contacts.add(uri) if here else contacts.discard(uri)
            self._registered[endpoint] = bool(contacts)
        elif message.name == "DeviceStateChange":
            device = message.get("Device")
            endpoint = device.partition("/")[2]
            self._devices[device] = message.get("State")
        else:
            return
        self._changed.add(endpoint)
        self._news.set()

    def look_again(self, extension: str) -> None:
        """Something else about this extension changed (whom it talks to)."""
        self._changed.add(extension)
        self._news.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._news.wait()
            await asyncio.sleep(GATHER)
            self._news.clear()
            changed, whole = self._changed, self._all
            self._changed, self._all = set(), False
            extensions = {endpoint.partition("-")[0] for endpoint in changed}
            states = {one: presence.of_devices(self._devices, one) for one in extensions if one.isdigit()}
            endpoints = {one: self._registered[one] for one in changed if one in self._registered}
            await self._writer.surely(
                write_endpoints,
                self._exchange_id,
                endpoints,
                states,
                dict(self._talking_to()),
                whole=whole,
                at=now(),
            )
