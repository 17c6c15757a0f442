"""Calls played through the real engine into the real journal."""

from datetime import UTC, datetime, timedelta

from svyaz.calls.engine import Directory, Engine
from svyaz.calls.engine import events as ev
from svyaz.calls.engine.changes import CallEnded, CallsMerged, Change
from svyaz.calls.engine.events import ChannelState, HangupReason, Seen
from svyaz.calls.models import Call, Exchange
from svyaz.calls.services.directory import FirmDirectory
from svyaz.calls.services.exchanges import the_exchange
from svyaz.calls.services.known import Memory
from svyaz.calls.services.record import Batch, record

BEGINNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Scene:
    """An exchange whose calls the test plays; every step is written to the journal at once unless `hold` is set."""

    def __init__(self) -> None:
        self.exchange: Exchange = the_exchange()
        self.firm = FirmDirectory()
        self.firm.refresh(force=True)
        self.engine = Engine(Directory(self.firm.is_employee))
        self.at = BEGINNING
        self.hold = False
        self.memory = Memory()
        self._held: list[Change] = []
        self._made = 0

    def tell(self, *events: ev.Event, after: float = 0.0) -> None:
        """Events that happen `after` seconds from the last ones."""
        self.at += timedelta(seconds=after)
        for event in events:
            self._held += self.engine.handle(event, self.at)
        if not self.hold:
            self.write()

    def write(self) -> None:
        """Bring the journal up to date."""
        changes, self._held = self._held, []
        ended = {change.call: change.view for change in changes if isinstance(change, CallEnded)}
        live = (
            {change.call for change in changes}
            - set(ended)
            - {change.gone for change in changes if isinstance(change, CallsMerged)}
        )
        merges = [(change.call, change.gone) for change in changes if isinstance(change, CallsMerged)]
        views = [*ended.values(), *(self.engine.view(call) for call in live)]
        record(self.exchange.id, Batch(views, merges), self.firm, at=self.at, memory=self.memory)

    def incoming(self, number: str, line: str = "74951230001", name: str = "") -> "Ringing":
        """A client calls a line; nothing rings yet."""
        caller = self._seen("city", number=number, name=name, context="from-city", exten=line)
        self.tell(ev.ChannelBegan(_with(caller, ChannelState.CALLING)))
        return Ringing(self, caller)

    def outgoing(self, extension: str, number: str) -> "Ringing":
        """An employee dials."""
        caller = self._seen(extension, number=extension, context="svyaz-staff", exten=number)
        self.tell(ev.ChannelBegan(_with(caller, ChannelState.CALLING)))
        return Ringing(self, caller)

    def _seen(self, endpoint: str, *, group: str = "", number: str = "", name: str = "", context: str = "",
              exten: str = "") -> Seen:  # fmt: skip
        self._made += 1
        key = f"scene-{self._made}"
        return Seen(
            key,
            channel=f"PJSIP/{endpoint}-{self._made:08x}",
            endpoint=endpoint,
            group=group or key,
            number=number,
            name=name,
            context=context,
            exten=exten,
        )


class Ringing:
    """A call being played."""

    def __init__(self, scene: Scene, caller: Seen) -> None:
        self.scene = scene
        self.caller = caller
        self.rung: dict[str, Seen] = {}

    def rings(self, *endpoints: str, number: str = "") -> "Ringing":
        """These telephones ring."""
        for endpoint in endpoints:
            leg = self.scene._seen(endpoint, group=self.caller.group, number=number or endpoint)
            self.rung[endpoint] = leg
            self.scene.tell(
                ev.ChannelBegan(leg),
                ev.DialBegan(self.caller, leg, number=number or endpoint),
                ev.ChannelChanged(_with(leg, ChannelState.RINGING)),
                after=0.1,
            )
        return self

    def answered(self, endpoint: str, after: float = 3.0) -> "Ringing":
        """One of them answers, the others stop."""
        leg = self.rung[endpoint]
        self.scene.tell(
            ev.ChannelChanged(_with(leg, ChannelState.UP)),
            ev.DialEnded(self.caller, leg, ev.DialResult.ANSWERED),
            ev.ChannelChanged(_with(self.caller, ChannelState.UP)),
            ev.BridgeEntered(f"bridge-{leg.key}", leg),
            ev.BridgeEntered(f"bridge-{leg.key}", self.caller),
            after=after,
        )
        for other, its in self.rung.items():
            if other != endpoint:
                self.scene.tell(
                    ev.DialEnded(self.caller, its, ev.DialResult.CANCELLED), ev.HungUp(its, HangupReason.ELSEWHERE)
                )
        return self

    def hung_up(self, after: float = 60.0) -> Call:
        """Everybody hangs up; returns the row."""
        self.scene.tell(
            *(ev.DialEnded(self.caller, leg, ev.DialResult.CANCELLED) for leg in self.rung.values()), after=after
        )
        self.scene.tell(*(ev.HungUp(leg) for leg in self.rung.values()), ev.HungUp(self.caller))
        return self.row()

    def row(self) -> Call:
        """The row of the call now."""
        return Call.objects.get(exchange_call=self.caller.group)


def _with(seen: Seen, state: ChannelState) -> Seen:
    return Seen(
        seen.key, seen.channel, seen.endpoint, seen.pair, seen.half, seen.group, state, seen.number, seen.name,
        seen.context, seen.exten,
    )  # fmt: skip
