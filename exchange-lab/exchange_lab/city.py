"""The city: simulated callers call the firm's lines, and outside numbers behave as set when the firm calls them."""

import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

from exchange_lab.ami import Ami, AmiRefused
from exchange_lab.errors import LabError
from exchange_lab.sounds import VOICES, voice_of
from svyaz.protocols.ami import Message

Behaviour = Literal["answer", "busy", "no_answer", "reject"]
State = Literal["ringing", "talking"]

# How long an answered simulated call may last at most, seconds: a forgotten one must not talk all night.
LONGEST = 3600
WAITS = 180.0
# The manager interface takes lines of at most 1 kB.
LONGEST_NAME = 120


class Access(Protocol):
    """Host, port, user and secret of the city's manager account (``Ports.city_ami``)."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def secret(self) -> str: ...


@dataclass(frozen=True, slots=True)
class CityCall:
    """A call that is up at the city.  ``number`` is the outside number, ``line`` the firm's number on the other side.

    ``incoming``: as the firm sees it, a simulated caller calls.  ``seconds`` since it began.
    """

    id: str
    number: str
    line: str
    incoming: bool
    state: State
    seconds: int

    @property
    def began_at(self) -> float:
        """Seconds since 1970, by this machine's clock, ± 1."""
        return time.time() - self.seconds


class City:
    """Every method opens its own short connection: safe from several threads, and nothing to close.

    All raise ``LabError`` (also when the city is not running) with words for a person.
    """

    def __init__(self, access: Access, heard: Path) -> None:
        self._access = access
        self._heard = heard

    def call(
        self,
        from_number: str,
        line: str,
        voice: str | None = None,
        gives_up_after: float | None = None,
        *,
        name: str = "",
        talks_for: float | None = None,
    ) -> str:
        """An outside number calls a line of the firm.  Returns the call's id at once; the line may still be ringing.

        ``voice``: one of ``sounds.VOICES``, ``tone:<Hz>`` or ``silence``; by default one that belongs to the number.
        ``gives_up_after``: seconds of waiting for an answer.  ``talks_for``: seconds of talk, then the caller hangs up.
        ``name``: the caller's name as sent to the firm, any letters.
        """
        number, dialled = digits(from_number), digits(line)
        chosen = voice or voice_of(number)
        if chosen not in VOICES and chosen != "silence" and not _is_tone(chosen):
            raise LabError(f"there is no voice {chosen!r}: take one of {', '.join(VOICES)}, tone:<Hz> or silence")
        if gives_up_after is not None and not 0 < gives_up_after <= WAITS:
            raise LabError(f"a caller gives up after more than 0 and at most {WAITS:.0f} seconds")
        identity = f"city.{number}.{dialled}.{secrets.token_hex(6)}"
        shown = "".join(letter for letter in name if letter.isprintable() and letter not in '"<>\\;,')[:LONGEST_NAME]
        variables = [f"CITY_VOICE={chosen}", f"CITY_TALK_SECONDS={talks_for or LONGEST}"]
        with self._open() as ami:
            ami.action(
                "Originate",
                {
                    "Channel": f"PJSIP/{dialled}@firm",
                    "ChannelId": identity,
                    "CallerID": f'"{shown}" <+{number}>',
                    "Context": "city-talk",
                    "Exten": number,
                    "Priority": 1,
                    "Timeout": int(1000 * (gives_up_after or WAITS)),
                    "Async": True,
                    "Variable": variables,
                },
            )
        return identity

    def hang_up(self, call: str) -> None:
        """The outside number hangs up.  Raises ``LabError`` if the call is over already."""
        with self._open() as ami:
            try:
                ami.action("Hangup", {"Channel": call, "Cause": 16})
            except AmiRefused as error:
                raise LabError(f"there is no call {call} any more") from error

    def set_behaviour(
        self, number: str, behaviour: Behaviour, *, rings: float | None = None, voice: str | None = None
    ) -> None:
        """What an outside number does when the firm calls it; ``rings``: seconds until it answers (1.5)."""
        if behaviour not in get_args(Behaviour):
            raise LabError(f"{behaviour!r} is none of {', '.join(get_args(Behaviour))}")
        if voice is not None and voice not in VOICES and voice != "silence" and not _is_tone(voice):
            raise LabError(f"there is no voice {voice!r}")
        values = {"behaviour": behaviour, "rings": None if rings is None else f"{rings:g}", "voice": voice}
        with self._open() as ami:
            for family, value in values.items():
                if value is not None:
                    ami.action("DBPut", {"Family": family, "Key": digits(number), "Val": value})

    def behaviours(self) -> dict[str, str]:
        """The behaviours set so far, by number; every other number answers."""
        with self._open() as ami:
            lines = ami.command("database show behaviour")
        pairs = (line.split(":", 1) for line in lines if line.startswith("/behaviour/"))
        return {key.strip().rsplit("/", 1)[1]: value.strip() for key, value in pairs}

    def calls(self) -> list[CityCall]:
        """All calls that are up, oldest first."""
        with self._open() as ami:
            found = [_call(message) for message in ami.listed("CoreShowChannels")]
        return sorted(found, key=lambda call: -call.seconds)

    def heard(self, call: str) -> Path:
        """The recording of what the outside number heard: wav, 8 kHz, mono; whole once the call is over."""
        return self._heard / f"{call}.wav"

    def _open(self) -> Ami:
        access = self._access
        try:
            return Ami(access.host, access.port, access.user, access.secret)
        except OSError as error:
            raise LabError(
                f"the city does not answer on {access.host}:{access.port} ({error}): is the laboratory running?"
            ) from error


def digits(number: str) -> str:
    """The digits of a number as people write it; raises ``LabError`` when it is none."""
    kept = "".join(letter for letter in number if letter not in " +-()\u00a0")
    if not kept.isascii() or not kept.isdigit() or not 2 <= len(kept) <= 18:
        raise LabError(f"{number!r} is not a telephone number")
    return kept


def _is_tone(voice: str) -> bool:
    kind, _, frequency = voice.partition(":")
    return kind == "tone" and frequency.isascii() and frequency.isdigit() and 50 <= int(frequency) <= 3600


def _call(message: Message) -> CityCall:
    identity = message.get("Uniqueid")
    hours, minutes, seconds = (int(part) for part in (message.get("Duration") or "0:0:0").split(":"))
    state: State = "talking" if message.get("ChannelStateDesc") == "Up" else "ringing"
    if identity.startswith("city."):
        _, number, line, _ = identity.split(".")
        incoming = True
    else:
        number, line, incoming = message.get("Exten"), message.get("CallerIDNum"), False
    return CityCall(identity, number, line, incoming, state, 3600 * hours + 60 * minutes + seconds)
