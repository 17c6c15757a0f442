"""A panel that was reloaded or lost its browser in mid-call: the other side waits on music and is brought back.

The exchange goes on sending sound to a browser that is gone, and ends the call some ten seconds later. So when a
panel's registration goes and no sound comes from it any more, the other side is put on music; when the panel
registers again, it is called with a header that makes it answer by itself. Should it not come, the exchange itself
ends the music and rings the employee's telephones: whatever becomes of this program, nobody waits for ever. A panel
that only lost its signalling (a restarted web server) keeps its sound and is left alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from svyaz.calls.engine.states import LegState
from svyaz.calls.engine.views import CallView, LegView
from svyaz.connectors.asterisk.commands import Commands
from svyaz.connectors.asterisk.errors import ExchangeError, Refused
from svyaz.protocols.ami import Message

log = logging.getLogger(__name__)

PANEL = "-web"
CONTEXT = "svyaz-resume"
# Music for as long as PATIENCE, then the telephones of the extension.
WAITING = "svyaz-resume-wait"
# Seconds between two looks whether sound comes, and how often it is looked while the registration is away.
LISTEN_FOR = 0.6
LOOKS = 6
PATIENCE = 20.0
# Seconds between tries when the exchange refuses: a channel on its way from one place to the next takes no order.
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
RECEIVED = "CHANNEL(rtcp,rxcount,audio)"


@dataclass(frozen=True)
class _Parked:
    extension: str
    channel: str
    call: str
    other: str
    """Key of the leg on music."""
    until: float
    """When the music ends, by the clock of the event loop."""


class Resumer:
    """Watches registrations of panels; knows who waits for which."""

    def __init__(
        self,
        commands: Commands,
        views: Callable[[], Iterable[CallView]],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._commands = commands
        self._views = views
        self._spawn = spawn
        self._contacts: dict[str, str] = {}
        self._parked: dict[str, _Parked] = {}
        # One thing at a time for a panel: it may come back while its going is being looked into.
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def take(self, message: Message) -> None:
        """Look at an event of the exchange."""
        endpoint = message.get("EndpointName") or message.get("AOR")
        if message.name != "ContactStatus" or not endpoint.endswith(PANEL):
            return
        browser = _browser(message.get("URI"))
        if message.get("ContactStatus").lower() in {"removed", "unreachable"}:
            if self._contacts.get(endpoint) == browser:
                del self._contacts[endpoint]
                self._spawn(self._went(endpoint, browser))
        elif self._contacts.get(endpoint) != browser:
            self._contacts[endpoint] = browser
            self._spawn(self._came(endpoint))

    def start_with(self, contacts: Iterable[tuple[str, str]]) -> None:
        """Registrations (endpoint, URI) as they are at the beginning."""
        self._contacts = {endpoint: _browser(uri) for endpoint, uri in contacts if endpoint.endswith(PANEL)}

    async def _went(self, endpoint: str, browser: str) -> None:
        async with self._locks[endpoint]:
            for _ in range(LOOKS):
                found = self._talk(endpoint)
                if found is None or self._contacts.get(endpoint) == browser:
                    return  # nothing to save, or the same page is back
                view, own, other = found
                if await self._silent(own):
                    # A new page that is here already waits for its turn and is called at once.
                    if endpoint not in self._contacts:
                        await self._park(endpoint, view, other)
                    return

    async def _came(self, endpoint: str) -> None:
        async with self._locks[endpoint]:
            parked = self._parked.pop(endpoint, None)
            if parked is None or parked.until < _clock():
                found = self._talk(endpoint)
                if found is None or not await self._silent(found[1]):
                    return
                # A page so quick that nobody had noticed: straight to it.
                parked = _parked(endpoint, found[0], found[2])
            await self._send(parked, CONTEXT)

    async def _park(self, endpoint: str, view: CallView, other: LegView) -> None:
        parked = _parked(endpoint, view, other)
        if await self._send(parked, WAITING):
            self._parked[endpoint] = parked
            log.info("call %s: %s waits for %s", view.id, other.channel, endpoint)

    async def _send(self, parked: _Parked, context: str) -> bool:
        """Whether the other side went there."""
        for pause in (*PAUSES, None):
            if not any(leg.key == parked.other for view in self._views() for leg in _live(view)):
                return False  # hung up meanwhile
            try:
                await self._commands.redirect(parked.channel, parked.extension, context=context)
                return True
            except Refused as error:
                if pause is None:
                    _not_sent(parked, context, error)
                else:
                    await asyncio.sleep(pause)
            except ExchangeError as error:
                _not_sent(parked, context, error)
                return False
        return False

    def _talk(self, endpoint: str) -> tuple[CallView, LegView, LegView] | None:
        """The conversation of a panel with exactly one other side."""
        for view in self._views():
            legs = [leg for leg in _live(view) if leg.bridged]
            own = [leg for leg in legs if leg.endpoint == endpoint]
            others = [leg for leg in legs if leg.endpoint != endpoint]
            if len(own) == 1 and len(others) == 1:
                return view, own[0], others[0]
        return None

    async def _silent(self, leg: LegView) -> bool:
        """Whether no packet of sound comes from the leg."""
        try:
            before = await self._commands.variable(leg.channel, RECEIVED)
            await asyncio.sleep(LISTEN_FOR)
            after = await self._commands.variable(leg.channel, RECEIVED)
        except ExchangeError as error:
            log.info("%s cannot be listened to: %s", leg.channel, error)
            return False
        return before != "" and after == before


def _parked(endpoint: str, view: CallView, other: LegView) -> _Parked:
    return _Parked(endpoint.removesuffix(PANEL), other.channel, view.id, other.key, _clock() + PATIENCE)


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _not_sent(parked: _Parked, context: str, error: ExchangeError) -> None:
    where = f"{parked.extension}@{context}"
    log.warning("call %s: %s is not sent to %s: %s", parked.call, parked.channel, where, error)


def _live(view: CallView) -> list[LegView]:
    legs = [view.caller_leg, *view.legs] if view.caller_leg else list(view.legs)
    return [leg for leg in legs if leg.state in (LegState.TALKING, LegState.HELD)]


def _browser(uri: str) -> str:
    """What of a contact is the same as long as a page lives: its user part, random with each page."""
    return uri.partition("@")[0]
