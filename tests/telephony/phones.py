"""Telephones for tests: real SIP telephones (pjsua2 in a process of its own) driven from asyncio."""

from __future__ import annotations

import asyncio
import json
import sys
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from exchange_lab.sounds import Samples, read_wav
from tests.telephony.waiting import eventually

SECONDS = 10.0
# Of the wav file of what a telephone hears.
BYTES_A_SECOND = 16000


class PhoneFailed(Exception):
    """A telephone could not do what it was told, or what was waited for did not happen in time."""


@dataclass(eq=False)
class PhoneCall:
    """A call at a telephone.  ``state``: CALLING, INCOMING, EARLY, CONNECTING, CONFIRMED, DISCONNCTD."""

    phone: Phone
    name: str
    headers: dict[str, str] = field(default_factory=dict)
    state: str = ""
    status: int = 0
    keys: str = ""
    transfers: list[int] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.state.startswith("DISC")

    @property
    def heard(self) -> Path:
        """What the telephone heard: wav, 8 kHz, whole when the call is over."""
        return self.phone.phones.folder / f"{self.name}.wav"

    async def sound(self) -> Samples:
        """What the telephone heard in the whole call."""
        return await read_sound(self.heard)

    async def hears(self, seconds: float) -> None:
        """Stay in the call until the telephone has heard so much more of it."""
        before = self._heard_bytes()

        async def heard() -> bool:
            return self._heard_bytes() - before >= seconds * BYTES_A_SECOND

        await eventually(heard, f"{self.name} hears {seconds:g} s", seconds + SECONDS)

    def _heard_bytes(self) -> int:
        return self.heard.stat().st_size if self.heard.exists() else 0

    async def answer(self) -> None:
        await self._do("answer", code=200)
        await self.until(lambda: self.state == "CONFIRMED", "answered")

    async def busy(self) -> None:
        await self._do("answer", code=486)

    async def reject(self) -> None:
        await self._do("answer", code=603)

    async def hang_up(self) -> None:
        await self._do("hang_up")
        await self.ended()

    async def hold(self) -> None:
        await self._do("hold")

    async def unhold(self) -> None:
        await self._do("unhold")

    async def press(self, keys: str) -> None:
        await self._do("keys", keys=keys)

    async def refer(self, to: str) -> None:
        """Blind transfer by SIP REFER."""
        await self._do("refer", to=self.phone.uri(to))

    async def refer_attended(self, other: PhoneCall) -> None:
        """Attended transfer by SIP REFER with Replaces."""
        await self._do("refer_attended", other=other.name)

    async def forward(self, to: str) -> None:
        """Answer 302: the telephone sends the call elsewhere."""
        await self._do("redirect", to=self.phone.uri(to))

    async def answered(self) -> None:
        await self.until(lambda: self.state == "CONFIRMED", "answered")

    async def ended(self) -> None:
        await self.until(lambda: self.over, "over")

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
        await self.phone.phones.until(condition, f"{self.name} {what}, it is {self.state} {self.status}", seconds)

    async def _do(self, do: str, **values: Any) -> None:
        await self.phone.phones.do(do, call=self.name, **values)


async def read_sound(path: Path) -> Samples:
    """Reads a recording that is just being finished by whoever wrote it."""
    deadline = asyncio.get_running_loop().time() + 5
    while True:
        try:
            samples = read_wav(path)
            if len(samples):
                return samples
        except (FileNotFoundError, wave.Error, EOFError):
            pass
        if asyncio.get_running_loop().time() > deadline:
            raise PhoneFailed(f"{path.name} is no whole recording")
        await asyncio.sleep(0.05)


class Phone:
    """One telephone.  Says the tone ``frequency`` (Hz) into its calls."""

    def __init__(self, phones: Phones, name: str, secret: str, frequency: int) -> None:
        self.phones = phones
        self._secret = secret
        self.name = name
        self.frequency = frequency
        self.registered = False
        self.ringing: asyncio.Queue[PhoneCall] = asyncio.Queue()

    def uri(self, number: str) -> str:
        host, port = self.phones.exchange
        return f"sip:{number}@{host}:{port}"

    def forget(self) -> None:
        """Calls that rang in an earlier test are none of this one's."""
        while not self.ringing.empty():
            self.ringing.get_nowait()

    async def incoming(self, seconds: float = SECONDS) -> PhoneCall:
        """The next call that rings here."""
        try:
            async with asyncio.timeout(seconds):
                return await self.ringing.get()
        except TimeoutError as error:
            raise PhoneFailed(f"{self.name} did not ring within {seconds:g} s") from error

    async def call(self, number: str) -> PhoneCall:
        host, port = self.phones.exchange
        name = await self.phones.do("call", phone=self.name, to=number, host=host, port=port)
        return self.phones.known(self, name)

    async def refuse_all(self, code: int) -> None:
        """Refuse every call at once with this SIP code, without ringing; 0: no longer."""
        await self.phones.do("refuse", phone=self.name, code=code)

    async def sign_on(self) -> None:
        """Register; raises ``PhoneFailed`` if the exchange does not let it."""
        host, port = self.phones.exchange
        values = {"secret": self._secret, "host": host, "port": port, "frequency": self.frequency}
        await self.phones.do("add", phone=self.name, **values)
        await self.phones.until(lambda: self.registered, f"{self.name} registered")

    async def sign_off(self) -> None:
        self.registered = False
        await self.phones.do("remove", phone=self.name)


class Phones:
    """All telephones of a test run.  ``exchange`` is (host, port) of its SIP."""

    def __init__(self, folder: Path, exchange: tuple[str, int]) -> None:
        self.folder = folder
        self.exchange = exchange
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._phones: dict[str, Phone] = {}
        self._calls: dict[str, PhoneCall] = {}
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._count = 0
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        program = str(Path(__file__).with_name("phone_process.py"))
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, program, str(self.folder), stdin=pipe, stdout=pipe, stderr=None
        )
        assert self._process.stdout is not None
        await self._process.stdout.readline()
        self._reader = asyncio.create_task(self._read(self._process.stdout))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(3):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def add(self, name: str, secret: str) -> Phone:
        """Registers a telephone; raises ``PhoneFailed`` if the exchange does not let it."""
        # Whole periods in 20 ms, far from one another and from the city's tones.
        frequency = 500 + 150 * len(self._phones)
        phone = self._phones[name] = Phone(self, name, secret, frequency)
        await phone.sign_on()
        return phone

    async def do(self, do: str, **values: Any) -> Any:
        assert self._process is not None
        assert self._process.stdin is not None
        self._count += 1
        future = self._answers[self._count] = asyncio.get_running_loop().create_future()
        self._process.stdin.write(json.dumps({"id": self._count, "do": do, **values}).encode() + b"\n")
        async with asyncio.timeout(SECONDS):
            return await future

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(condition)
        except TimeoutError as error:
            raise PhoneFailed(f"waited {seconds:g} s for: {what}") from error

    def known(self, phone: Phone, name: str) -> PhoneCall:
        return self._calls.setdefault(name, PhoneCall(phone, name))

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self._take(json.loads(line))
            async with self._changed:
                self._changed.notify_all()

    def _take(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "done":
            self._answers.pop(event["id"]).set_result(event["result"])
        elif kind == "failed":
            self._answers.pop(event["id"]).set_exception(PhoneFailed(event["text"]))
        elif kind == "registered":
            phone = self._phones[event["phone"]]
            phone.registered = event["status"] == 200 and event["expires"] > 0
        elif kind == "incoming":
            phone = self._phones[event["phone"]]
            call = self.known(phone, event["call"])
            call.headers = event["headers"]
            phone.ringing.put_nowait(call)
        else:
            name = event["call"]
            call = self.known(self._phones[name.rpartition("-")[0]], name)
            if kind == "state":
                call.state, call.status = event["state"], event["status"]
            elif kind == "failed_media":
                raise PhoneFailed(event["text"])
            elif kind == "dtmf":
                call.keys += event["digit"]
            elif kind == "transfer":
                call.transfers.append(event["status"])
