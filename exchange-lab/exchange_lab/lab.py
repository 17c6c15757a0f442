"""The laboratory: the firm's exchange and the city, started and stopped together."""

import contextlib
import json
import random
import secrets
import socket
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from exchange_lab.ami import Ami
from exchange_lab.city import City
from exchange_lab.config.city_files import CityPorts, write_city
from exchange_lab.config.files import LOOPBACK, Account, Folders
from exchange_lab.config.firm_files import CITY_ADDRESS, NOISE, FirmPorts, write_firm, write_people
from exchange_lab.errors import LabError
from exchange_lab.firm import Firm
from exchange_lab.process import Asterisk
from exchange_lab.sounds import make_music, make_voices
from exchange_lab.unpack import AsteriskTree, ensure_unpacked

PROGRAM_READ = "system,call,agent,user,cdr,originate,message,reporting"
PROGRAM_WRITE = "system,call,agent,user,originate,reporting"
ALL = "all"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AmiAccess:
    host: str
    port: int
    user: str
    secret: str


@dataclass(frozen=True, slots=True)
class Ports:
    """What is written to ``ports.json``: where everything is and how to get in.

    ``firm_ami`` is the program's account on the firm's exchange, ``firm_lab_ami`` the laboratory's own, which may all.
    ``sip`` and ``ws`` are (host, port); ``ws_url`` is the address of the SIP WebSocket.  ``cel`` and ``cdr`` are sqlite
    files, each with one table of the same name; times in them are seconds since 1970.
    """

    asterisk_version: str
    firm_ami: AmiAccess
    firm_lab_ami: AmiAccess
    city_ami: AmiAccess
    sip: tuple[str, int]
    ws: tuple[str, int]
    ws_url: str
    city_sip: tuple[str, int]
    recordings: str
    cel: str
    cdr: str
    heard: str
    firm_rtp: tuple[int, int]
    city_rtp: tuple[int, int]

    def write(self, path: Path) -> None:
        new = path.with_suffix(".new")
        # At the top what the program asks of any exchange, under the names of its settings.
        program = {
            **asdict(self.firm_ami),
            "sip_websocket": self.ws_url,
            "recordings": self.recordings,
            "cel": self.cel,
        }
        new.write_text(json.dumps({**program, **asdict(self)}, indent=1), "utf-8")
        new.chmod(0o600)
        new.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Ports":
        """Raises ``LabError`` if nothing was ever started there."""
        try:
            value = json.loads(path.read_text("utf-8"))
        except FileNotFoundError as error:
            raise LabError(f"{path} does not exist: no laboratory was started in this directory") from error
        value = {field.name: value[field.name] for field in fields(cls)}
        for name in ("firm_ami", "firm_lab_ami", "city_ami"):
            value[name] = AmiAccess(**value[name])
        for name in ("sip", "ws", "city_sip", "firm_rtp", "city_rtp"):
            value[name] = tuple(value[name])
        return cls(**value)


class Lab:
    """Both exchanges in one directory.  Use ``with Lab(directory, firm) as lab``, or ``start`` and ``stop``.

    A directory used before keeps its ports and passwords, so that programs find it where it was; a port that somebody
    else took meanwhile is replaced.  ``ami_port``, ``sip_port`` and ``ws_port`` (of the firm) can be given.
    """

    def __init__(
        self,
        directory: Path,
        firm: Firm,
        *,
        ami_port: int | None = None,
        sip_port: int | None = None,
        ws_port: int | None = None,
    ) -> None:
        self.directory = directory.absolute()
        self.employees = firm
        self._given = (ami_port, sip_port, ws_port)
        self._tree: AsteriskTree | None = None
        self._ports: Ports | None = None
        self._firm: Asterisk | None = None
        self._city: Asterisk | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def ports(self) -> Ports:
        return _started(self._ports)

    @property
    def firm(self) -> Asterisk:
        """The firm's exchange as a process: to kill and start it in tests."""
        return _started(self._firm)

    @property
    def city_process(self) -> Asterisk:
        return _started(self._city)

    @property
    def city(self) -> City:
        return City(self.ports.city_ami, Path(self.ports.heard))

    def start(self) -> Ports:
        """Unpacks if need be, writes the configuration, starts both, waits until both answer, writes ``ports.json``.

        Raises ``NoExchangeHere``, ``ExchangeDidNotStart``, ``BadFirm``.
        """
        tree = self._tree = ensure_unpacked()
        self.directory.mkdir(parents=True, exist_ok=True)
        ports = self._ports = self._choose_ports(tree)
        firm_folders, city_folders = self._folders()
        self._firm = Asterisk(tree, firm_folders, "firm", _tuple(ports.firm_lab_ami))
        self._city = Asterisk(tree, city_folders, "city", _tuple(ports.city_ami))
        filters = tuple(f"!Event: {name}" for name in NOISE)
        program = Account(ports.firm_ami.user, ports.firm_ami.secret, PROGRAM_READ, PROGRAM_WRITE, filters)
        laboratory = Account(ports.firm_lab_ami.user, ports.firm_lab_ami.secret, "system", ALL)
        write_firm(tree, firm_folders, self.employees, _firm_ports(ports), [program, laboratory])
        city_ports = CityPorts(ports.city_sip[1], ports.city_ami.port, ports.city_rtp, ports.sip[1])
        city_account = Account(ports.city_ami.user, ports.city_ami.secret, "system", ALL)
        write_city(tree, city_folders, city_ports, [city_account])
        try:
            self._firm.start()
            self._city.start()
            self._firm.wait_ready()
            self._city.wait_ready()
        except BaseException:
            self.stop()
            raise
        ports.write(self.directory / "ports.json")
        return ports

    def stop(self) -> None:
        running = [exchange for exchange in (self._city, self._firm) if exchange is not None]
        for exchange in running:
            exchange.ask_to_stop()
        for exchange in running:
            exchange.stop()

    def revive(self) -> list[str]:
        """Starts again whichever of the two has died; returns their names.  For a supervisor's loop."""
        names = []
        for exchange in (self.firm, self.city_process):
            if not exchange.runs:
                exchange.start()
                exchange.wait_ready()
                names.append(exchange.name)
        return names

    def apply(self, firm: Firm) -> None:
        """Takes changed people, lines, groups and queues into the running exchange; calls go on."""
        self.employees = firm
        apply(self.directory, firm)

    def _folders(self) -> tuple[Folders, Folders]:
        firm, city = Folders(self.directory / "firm"), Folders(self.directory / "city")
        for folders in (firm, city):
            folders.make()
            make_music(folders.sounds / "music")
        (city.spool / "heard").mkdir(exist_ok=True)
        make_voices(_started(self._tree), city.sounds / "voices")
        return firm, city

    def _choose_ports(self, tree: AsteriskTree) -> Ports:
        before: Ports | None = None
        with contextlib.suppress(LabError, json.JSONDecodeError, TypeError, KeyError):
            before = Ports.read(self.directory / "ports.json")
        ami, sip, ws = self._given
        # A prime number of ranges: two laboratories on one machine seldom share one, and Asterisk skips ports in use.
        rtp = 10000 + 500 * random.randrange(43)  # noqa: S311 - no secret
        sip = sip or _port(before.sip[1] if before else None, LOOPBACK, udp=True)
        ws = ws or _port(before.ws[1] if before else None, LOOPBACK)
        city_sip = _port(before.city_sip[1] if before else None, CITY_ADDRESS, udp=True)
        firm = self.directory / "firm"

        def access(name: str, user: str, port: int | None) -> AmiAccess:
            old: AmiAccess | None = getattr(before, name) if before else None
            chosen = port or _port(old.port if old else None, LOOPBACK)
            return AmiAccess(LOOPBACK, chosen, user, old.secret if old else secrets.token_urlsafe(24))

        program = access("firm_ami", "svyaz", ami)
        return Ports(
            asterisk_version=tree.version,
            firm_ami=program,
            firm_lab_ami=access("firm_lab_ami", "lab", program.port),
            city_ami=access("city_ami", "city", None),
            sip=(LOOPBACK, sip),
            ws=(LOOPBACK, ws),
            ws_url=f"ws://{LOOPBACK}:{ws}/ws",
            city_sip=(CITY_ADDRESS, city_sip),
            recordings=str(firm / "spool/monitor"),
            cel=str(firm / "log/cel.db"),
            cdr=str(firm / "log/cdr.db"),
            heard=str(self.directory / "city/spool/heard"),
            firm_rtp=before.firm_rtp if before else (rtp, rtp + 249),
            city_rtp=before.city_rtp if before else (rtp + 250, rtp + 499),
        )


def apply(directory: Path, firm: Firm) -> None:
    """Writes the files anew from the firm and makes the exchange that runs in the directory read them; calls go on.

    Raises ``LabError`` if none runs there.
    """
    ports = Ports.read(directory / "ports.json")
    write_people(Folders(directory.absolute() / "firm"), firm, _firm_ports(ports))
    try:
        with Ami(*_tuple(ports.firm_lab_ami), seconds=10) as ami:
            for module in ("res_pjsip.so", "pbx_config.so", "app_queue.so"):
                ami.action("Reload", {"Module": module})
    except OSError as error:
        raise LabError(f"the exchange in {directory} does not answer ({error}); its files are written") from error


def watch(lab: Lab, stop: "StopFlag", every: float = 0.5) -> None:
    """Keeps both alive until told to stop; one that dies again and again is started with growing pauses."""
    pause = every
    while not stop.wait(pause):
        try:
            revived = lab.revive()
        except LabError as error:
            print(error, flush=True)
            pause = min(30.0, pause * 2)
            continue
        if revived:
            print(f"started again: {', '.join(revived)}", flush=True)
            pause = min(30.0, pause * 2)
        else:
            pause = every


class StopFlag:
    """Set by a signal handler, waited for by the loop."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()

    def set(self) -> None:
        with contextlib.suppress(OSError):
            self._writer.send(b"x")

    def wait(self, seconds: float) -> bool:
        self._reader.settimeout(seconds)
        try:
            return bool(self._reader.recv(1))
        except TimeoutError:
            return False


def _firm_ports(ports: Ports) -> FirmPorts:
    return FirmPorts(ports.sip[1], ports.ws[1], ports.firm_ami.port, ports.firm_rtp, ports.city_sip[1])


def _tuple(access: AmiAccess) -> tuple[str, int, str, str]:
    return access.host, access.port, access.user, access.secret


def _port(before: int | None, host: str, *, udp: bool = False) -> int:
    """The port used before if it is free, else one that is.  A port just freed may take a moment."""
    if before is not None:
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            if _is_free(host, before, udp):
                return before
            time.sleep(0.05)
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((host, 0))
            port = int(probe.getsockname()[1])
        if not udp or _is_free(host, port, udp):
            return port


def _is_free(host: str, port: int, udp: bool) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM) if udp else (socket.SOCK_STREAM,):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def _started(value: T | None) -> T:
    if value is None:
        raise LabError("the laboratory has not been started")
    return value
