"""How fast the exchange's traffic is read and followed, and that memory does not grow with calls.

Run as `python -m bench.engine`. All on one core, on the recorded logs of `tests/traces`, repeated. Beside it, in the
same run and taking turns with it, `panoramisk` (PyPI) only parsing the same bytes.
"""

from __future__ import annotations

import gc
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from panoramisk.message import Message as PanoramiskMessage

from svyaz.calls.engine import CallEnded, Directory, Engine
from svyaz.connectors.asterisk.translate import Translator, moment
from svyaz.protocols.ami import Decoder

TRACES = Path(__file__).parents[1] / "tests" / "traces"
ROUNDS = 7
CHUNK = 16 * 1024
FEW, MANY = 1_000, 100_000
EMPLOYEES = Directory(lambda endpoint: endpoint in {"101", "102", "103"})


def traffic() -> list[bytes]:
    """The recorded traffic as it came, without the comments of those who recorded it."""
    return [re.sub(rb"(?m)^#.*\n", b"", log.read_bytes()) for log in sorted(TRACES.glob("*.log"))]


def codec(logs: list[bytes]) -> int:
    """Messages cut and named; headers are parsed when asked for, which for most events is never."""
    count = 0
    for log in logs:
        decoder = Decoder()
        for at in range(0, len(log), CHUNK):
            count += len(decoder.feed(log[at : at + CHUNK]))
    return count


def codec_all_headers(logs: list[bytes]) -> int:
    """The same with every header of every message parsed."""
    count = 0
    for log in logs:
        decoder = Decoder()
        for at in range(0, len(log), CHUNK):
            for message in decoder.feed(log[at : at + CHUNK]):
                _ = message.headers
                count += 1
    return count


def codec_and_engine(logs: list[bytes]) -> int:
    """From bytes to changes of calls."""
    count = 0
    for log in logs:
        decoder, translator, engine = Decoder(), Translator(), Engine(EMPLOYEES)
        for at in range(0, len(log), CHUNK):
            for message in decoder.feed(log[at : at + CHUNK]):
                count += 1
                for event in translator.translate(message):
                    engine.handle(event, moment(message))
    return count


def panoramisk(logs: list[bytes]) -> int:
    """What panoramisk's protocol does with received data up to a parsed message, and no further."""
    count = 0
    for log in logs:
        rest = ""
        for at in range(0, len(log), CHUNK):
            parts = (rest + log[at : at + CHUNK].decode("utf-8", "ignore")).split("\r\n\r\n")
            rest = parts.pop()
            for part in parts:
                PanoramiskMessage.from_line(part.strip())
                count += 1
    return count


CONTENDERS: dict[str, Callable[[list[bytes]], int]] = {
    "codec": codec,
    "codec, every header read": codec_all_headers,
    "codec + engine": codec_and_engine,
    "panoramisk, parsing only": panoramisk,
}


def speeds() -> dict[str, float]:
    """Messages per second of each, the best of several rounds in which they take turns."""
    logs = traffic()
    best = dict.fromkeys(CONTENDERS, 0.0)
    for _ in range(ROUNDS):
        for name, contender in CONTENDERS.items():
            gc.collect()
            began = time.process_time()
            count = contender(logs)
            best[name] = max(best[name], count / (time.process_time() - began))
    return best


def memory() -> dict[str, float]:
    """What one engine, decoder and translator hold after few calls and after many, nothing being up."""
    text = (TRACES / "a_inbound_answer_hangup.log").read_bytes()
    wanted = {name.encode() for name in Translator().names}
    parts = [part for part in text.split(b"\r\n\r\n") if part[7:].partition(b"\r\n")[0] in wanted]
    template = b"\r\n\r\n".join(parts) + b"\r\n\r\n"
    decoder, translator, engine = Decoder(), Translator(), Engine(EMPLOYEES)
    found: dict[str, float] = {}
    ended = 0
    for number in range(1, MANY + 1):
        for message in decoder.feed(template.replace(b"pbx1-1795485440.", b"pbx1-%d." % number)):
            for event in translator.translate(message):
                for change in engine.handle(event, moment(message)):
                    ended += isinstance(change, CallEnded)
        if number in (FEW, MANY):
            gc.collect()
            found[f"blocks after {number}"] = sys.getallocatedblocks()
            found[f"rss MB after {number}"] = _rss() / 1e6
    if ended != MANY or len(engine):
        raise RuntimeError(f"{ended} calls of {MANY} ended, {len(engine)} things are still remembered")
    return found


def _rss() -> int:
    """Bytes of memory this process has; Linux only."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def main() -> dict[str, Any]:
    """Measure, print the table, return it: messages per second, times panoramisk, memory."""
    rates = speeds()
    peer = rates["panoramisk, parsing only"]
    print(f"{'messages a second, one core':32}{'':>12}{'× panoramisk':>14}")
    for name, rate in rates.items():
        print(f"  {name:30}{rate:>12,.0f}{rate / peer:>14.2f}")
    held = memory()
    print(f"memory after {FEW:,} and after {MANY:,} calls through one engine")
    for what in ("blocks", "rss MB"):
        print(f"  {what:30}{held[f'{what} after {FEW}']:>12,.1f}{held[f'{what} after {MANY}']:>14,.1f}")
    return {"messages_per_second": rates, "times_panoramisk": {k: v / peer for k, v in rates.items()}, "memory": held}


if __name__ == "__main__":
    main()
