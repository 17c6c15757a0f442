"""What we ask the exchange to do. Everything that came from a person is checked here before it is sent.

The contexts named here are those of the dialplan that goes with Svyaz; `Contexts` tells of those of another exchange.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from svyaz.protocols.ami import Message

from .errors import ExchangeError, NotDialable, Refused
from .session import Session

NUMBER = re.compile(r"\+?[0-9*#]{1,20}")
EXTENSION = re.compile(r"[0-9*#]{1,20}|s")
ENDPOINT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
CHANNEL = re.compile(r"[A-Za-z0-9_]{1,16}/[^\s,;|&()\"<>]{1,100}(;[12])?")
KEY = re.compile(r"[A-Za-z0-9_.-]{1,120}")
CONTEXT = re.compile(r"[A-Za-z0-9_-]{1,64}")
STEM = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,120}")

RING_SECONDS = 30.0
LONGEST_NAME = 60


@dataclass(frozen=True)
class Contexts:
    """Where in the exchange's dialplan what is: change these for an exchange with a dialplan of its own."""

    internal: str = "svyaz-internal"
    click: str = "svyaz-click"
    click_abroad: str = "svyaz-click-abroad"
    hold: str = "svyaz-hold"
    pickup: str = "svyaz-pickup"
    spy: str = "svyaz-spy"


class Originated(StrEnum):
    """What became of a telephone that was called by command."""

    ANSWERED = "answered"
    RANG_OUT = "rang out"
    FAILED = "failed"


class Commands:
    """Every method sends one action once, and raises as `Session.ask`, or `NotDialable` before anything is sent.

    `channel` is a channel's name as the exchange gives it. That a command was accepted does not mean that it happened:
    that comes as events.
    """

    def __init__(self, session: Session, contexts: Contexts | None = None, *, technology: str = "PJSIP") -> None:
        self._session = session
        self._contexts = contexts or Contexts()
        self._technology = technology

    async def originate(
        self,
        endpoint: str,
        number: str,
        *,
        call_id: str,
        caller_number: str | None = None,
        caller_name: str = "",
        auto_answer: bool = True,
        abroad: bool = False,
        ring_seconds: float = RING_SECONDS,
    ) -> None:
        """Click-to-call: the operator's telephone rings (or answers by itself), and then dials the number.

        `call_id` becomes the channel's Uniqueid and the call's Linkedid; it must never have been used. The telephone
        shows `caller_number` (by default the number to be called) and `caller_name`. `abroad`: the right to call
        abroad. `OriginateResponse`, with `call_id` as its ActionID, tells the outcome: see `originated`.
        """
        _fits(number, NUMBER, "number")
        shown = caller_number or number
        _fits(shown, NUMBER, "number")
        variables = [f"PJSIP_HEADER(add,X-Svyaz-Call)={_fits(call_id, KEY, 'id')}"]
        if auto_answer:
            variables += [
                "PJSIP_HEADER(add,Call-Info)=\\;answer-after=0",
                "PJSIP_HEADER(add,Alert-Info)=info=alert-autoanswer",
            ]
        await self._originate(
            endpoint,
            context=self._contexts.click_abroad if abroad else self._contexts.click,
            exten=number,
            call_id=call_id,
            caller_id=f'"{_name(caller_name)}" <{shown}>',
            ring_seconds=ring_seconds,
            variables=variables,
        )

    async def hang_up(self, channel: str) -> None:
        """End a channel; the others of its call end or go on as the exchange's dialplan has it."""
        await self._session.ask("Hangup", {"Channel": _fits(channel, CHANNEL, "channel"), "Cause": "16"})

    async def redirect(self, channel: str, exten: str, *, context: str | None = None) -> None:
        """Send a channel elsewhere in the dialplan, by default to a colleague: with a client's, a blind transfer."""
        values: dict[str, str | int] = {"Channel": _fits(channel, CHANNEL, "channel"), **self._place(exten, context)}
        await self._session.ask("Redirect", values.items())

    async def redirect_both(
        self,
        channel: str,
        exten: str,
        other: str,
        other_exten: str,
        *,
        context: str | None = None,
        other_context: str | None = None,
    ) -> None:
        """Send two channels that talk with one another to two places at once: the first step of a consultation."""
        first = self._place(exten, context)
        second = {f"Extra{key}": value for key, value in self._place(other_exten, other_context).items()}
        names = {"Channel": _fits(channel, CHANNEL, "channel"), "ExtraChannel": _fits(other, CHANNEL, "channel")}
        await self._session.ask("Redirect", [*names.items(), *first.items(), *second.items()])

    async def consult(self, operator: str, client: str, colleague: str) -> None:
        """The operator's channel dials the colleague while the client hears music. `bridge` joins two of them."""
        await self.redirect_both(operator, colleague, client, "s", other_context=self._contexts.hold)

    async def blind_transfer(self, operator: str, exten: str, *, context: str | None = None) -> None:
        """Hand an answered call over; takes the operator's channel, and unlike `redirect` the exchange reports it."""
        place = self._place(exten, context)
        values = {"Channel": _fits(operator, CHANNEL, "channel"), "Context": place["Context"], "Exten": place["Exten"]}
        await self._session.ask("BlindTransfer", values)

    async def bridge(self, one: str, other: str) -> None:
        """Join two channels, taking each out of what it was in."""
        first, second = _fits(one, CHANNEL, "channel"), _fits(other, CHANNEL, "channel")
        await self._session.ask("Bridge", {"Channel1": first, "Channel2": second, "Tone": "no"})

    async def start_recording(self, channel: str, stem: str) -> str | None:
        """Record a channel into `<stem>-in.wav` (what it says) and `<stem>-out.wav` (what it hears).

        Both lie in the exchange's `spool/monitor` and have the same length. Returns the recording's id for
        `stop_recording`, None from exchanges that give none.
        """
        name = _fits(stem, STEM, "file name")
        options = f"r({name}-in.wav)t({name}-out.wav)i(SVYAZ_RECORDING)"
        values = {"Channel": _fits(channel, CHANNEL, "channel"), "File": "", "Options": options}
        await self._session.ask("MixMonitor", values)
        try:
            return await self.variable(channel, "SVYAZ_RECORDING") or None
        except ExchangeError:
            # It records; only its id stays unknown, and stopping will stop whatever records there.
            return None

    async def stop_recording(self, channel: str, recording: str | None = None) -> None:
        """Stop a recording; without its id, any on that channel."""
        values = {"Channel": _fits(channel, CHANNEL, "channel")}
        if recording:
            values["MixMonitorID"] = _fits(recording, re.compile(r"[0-9A-Za-zx]{1,40}"), "recording")
        await self._session.ask("StopMixMonitor", values)

    async def variable(self, channel: str, name: str) -> str:
        """A variable of a channel, "" when it has none."""
        answer = await self._session.ask("Getvar", {"Channel": _fits(channel, CHANNEL, "channel"), "Variable": name})
        return answer.get("Value")

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        await self._session.ask(
            "Setvar", {"Channel": _fits(channel, CHANNEL, "channel"), "Variable": name, "Value": value}
        )

    async def pick_up(self, endpoint: str, ringing: str, *, call_id: str, ring_seconds: float = RING_SECONDS) -> None:
        """The telephone answers by itself and takes over the call that rings at the channel `ringing`."""
        variables = [
            f"SVYAZ_PICKUP={_fits(ringing, CHANNEL, 'channel')}",
            "PJSIP_HEADER(add,Call-Info)=\\;answer-after=0",
            f"PJSIP_HEADER(add,X-Svyaz-Call)={_fits(call_id, KEY, 'id')}",
        ]
        await self._originate(
            endpoint,
            context=self._contexts.pickup,
            exten="s",
            call_id=call_id,
            caller_id="",
            ring_seconds=ring_seconds,
            variables=variables,
        )

    async def supervise(
        self, endpoint: str, operator: str, *, call_id: str, whisper: bool = False, barge: bool = False
    ) -> None:
        """A supervisor's telephone listens to the operator's channel, whispers to the operator or talks to both."""
        mode = "uqEB" if barge else "uqEw" if whisper else "uqE"
        spied = _fits(operator, CHANNEL, "channel")
        await self._originate(
            endpoint,
            context=self._contexts.spy,
            exten="s",
            call_id=call_id,
            caller_id="",
            ring_seconds=RING_SECONDS,
            variables=[f"SPYCHAN={spied}", f"SPYOPT={mode}", "PJSIP_HEADER(add,Call-Info)=\\;answer-after=0"],
        )

    async def forward(self, extension: str, to: str | None) -> None:
        """Forward all calls of an extension to a number, or (None) no longer."""
        where = {"Family": "svyaz-forward", "Key": _fits(extension, EXTENSION, "extension")}
        if to is None:
            try:
                await self._session.ask("DBDel", where)
            except Refused:
                return  # there was none
        else:
            await self._session.ask("DBPut", {**where, "Val": _fits(to, NUMBER, "number")})

    async def _originate(
        self,
        endpoint: str,
        *,
        context: str,
        exten: str,
        call_id: str,
        caller_id: str,
        ring_seconds: float,
        variables: Sequence[str],
    ) -> None:
        fields: dict[str, str | int | bool | Iterable[str]] = {
            "Channel": f"{self._technology}/{_fits(endpoint, ENDPOINT, 'endpoint')}",
            "Context": context,
            "Exten": exten,
            "Priority": 1,
            "Async": True,
            "Timeout": int(ring_seconds * 1000),
            "ChannelId": _fits(call_id, KEY, "id"),
            "Variable": list(variables),
        }
        if caller_id:
            fields["CallerID"] = caller_id
        await self._session.ask("Originate", fields, action_id=call_id)

    def _place(self, exten: str, context: str | None) -> dict[str, str | int]:
        _fits(exten, re.compile(rf"{NUMBER.pattern}|s"), "extension")
        where = _fits(context or self._contexts.internal, CONTEXT, "context")
        return {"Context": where, "Exten": exten, "Priority": 1}


def originated(message: Message) -> tuple[str, Originated] | None:
    """The `call_id` of a command to call a telephone, and what became of the telephone; None for any other message.

    Whether a telephone that did not answer rang at all is not told here: `began_to_ring` is.
    """
    if message.name != "OriginateResponse" or not message.action_id:
        return None
    if message.get("Response") == "Success":
        return message.action_id, Originated.ANSWERED
    # The number of the control frame that came last; 3 is ringing.
    return message.action_id, Originated.RANG_OUT if message.get("Reason") == "3" else Originated.FAILED


def began_to_ring(message: Message) -> str | None:
    """The `call_id` of a telephone that the exchange begins to ring by command."""
    if message.name != "DialBegin" or message.get("Uniqueid"):
        return None
    return message.get("DestUniqueid") or None


def _fits(value: str, form: re.Pattern[str], what: str) -> str:
    if not form.fullmatch(value):
        raise NotDialable(f"{value[:60]!r} cannot be used as {what}")
    return value


def _name(name: str) -> str:
    """A name as it may stand in a caller id: printable, without quotes, brackets and what separates values."""
    kept = "".join(" " if unicodedata.category(each)[0] in "CZ" or each in '"<>\\,;|' else each for each in name)
    return " ".join(kept.split())[:LONGEST_NAME]
