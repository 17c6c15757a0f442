"""A caller who comes straight over the trunk and whose provider sends what no decent telephone would."""

import secrets
import socket
from types import TracebackType

from exchange_lab.lab import Ports

PATIENCE = 30.0
_LINE_END = "\r\n"


class RudeCaller:
    """One call of the line, spoken in bare SIP over UDP, with silence instead of sound. Hang up at the end."""

    def __init__(self, ports: Ports, number: str, line: str, *, name: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # The firm knows the trunk by this address.
        self._socket.bind((ports.city_sip[0], 0))
        self._socket.settimeout(PATIENCE)
        self._exchange = tuple(ports.sip)
        host, port = self._socket.getsockname()
        self._own = f"{host}:{port}"
        self._to = f"<sip:{line}@{ports.sip[0]}:{ports.sip[1]}>"
        self._branch = f"z9hG4bK{secrets.token_hex(8)}"
        self._call = secrets.token_hex(12)
        self._from = f'"{name}" <sip:{number}@{host}>;tag={secrets.token_hex(4)}'
        self._answered = False
        self._over = False
        sound = [
            *("v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"),
            *(f"m=audio {port} RTP/AVP 8", "a=rtpmap:8 PCMA/8000", ""),
        ]
        contact = f"Contact: <sip:{number}@{self._own}>"
        self._send("INVITE", self._to, contact, "Content-Type: application/sdp", body=_LINE_END.join(sound))
        self._wait_for("SIP/2.0 180")

    def __enter__(self) -> "RudeCaller":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._answered and not self._over:
            self._send("CANCEL", self._to)
        self._socket.close()

    def answered(self) -> None:
        """Wait until the line answers."""
        answer = self._wait_for("SIP/2.0 200")
        self._to = next(line[4:] for line in answer.splitlines() if line.startswith("To: "))
        self._answered = True
        self._branch = f"z9hG4bK{secrets.token_hex(8)}"
        self._send("ACK", self._to)

    def over(self) -> None:
        """Wait until the line hangs up."""
        request = self._wait_for("BYE ")
        kept = [line for line in request.splitlines() if line.startswith(("Via:", "From:", "To:", "Call-ID:", "CSeq:"))]
        self._socket.sendto(_message("SIP/2.0 200 OK", *kept), self._exchange)
        self._over = True

    def _send(self, method: str, to: str, *more: str, body: str = "") -> None:
        self._socket.sendto(
            _message(
                f"{method} {self._to.partition('<')[2].partition('>')[0]} SIP/2.0",
                f"Via: SIP/2.0/UDP {self._own};branch={self._branch}",
                *("Max-Forwards: 70", f"From: {self._from}", f"To: {to}", f"Call-ID: {self._call}"),
                *(f"CSeq: 1 {method}", *more),
                body=body,
            ),
            self._exchange,
        )

    def _wait_for(self, beginning: str) -> str:
        # The sound comes to the same port and is passed over.
        while not (message := self._socket.recv(65536).decode("utf-8", "replace")).startswith(beginning):
            pass
        return message


def _message(*lines: str, body: str = "") -> bytes:
    return _LINE_END.join([*lines, f"Content-Length: {len(body.encode())}", "", body]).encode()
