"""Two one-sided WAV files of the exchange → one stereo Opus file, with peaks for the waveform and silence by side."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from numpy.typing import NDArray

from svyaz.calls.errors import NotAudio, NotComplete

PEAK_POINTS = 800
BIT_RATE = 32_000
# A window of 100 ms quieter than this (−58 dBFS) has nobody in it; line noise of an analogue gateway is about −65.
SILENCE_RMS = 41.0
OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)

Samples = NDArray[np.int16]


@dataclass(frozen=True)
class Wave:
    """Where the samples of a mono 16-bit WAV file lie. `closed`: the header agrees with the size of the file."""

    path: Path
    rate: int
    offset: int
    frames: int
    closed: bool


@dataclass(frozen=True)
class Mixed:
    """What was made: whole duration, up to 800 peaks 0…1 a side, and which sides had no sound at all."""

    duration_ms: int
    left: list[float]
    right: list[float]
    silent_left: bool
    silent_right: bool


def inspect(path: Path) -> Wave:
    """Read the header of a WAV file.

    Frames are counted from the size of the file, not from the header: an exchange that was killed leaves a header of
    an empty file before minutes of sound. Raises NotComplete while there is no header, NotAudio for anything else.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12:
            raise NotComplete(f"{path.name}: no header yet")
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            raise NotAudio(f"{path.name}: not a WAV file")
        rate = 0
        while True:
            chunk = file.read(8)
            if len(chunk) < 8:
                raise NotComplete(f"{path.name}: no data yet")
            name, length = chunk[:4], struct.unpack("<I", chunk[4:])[0]
            if name == b"fmt ":
                body = file.read(length)
                if length < 16:
                    raise NotAudio(f"{path.name}: header of {length} bytes")
                tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
                if (tag, channels, bits) != (1, 1, 16) or not rate:
                    raise NotAudio(f"{path.name}: not 16-bit mono PCM")
            elif name == b"data":
                if not rate:
                    raise NotAudio(f"{path.name}: data before its format")
                offset = file.tell()
                return Wave(path, rate, offset, (size - offset) // 2, closed=length == size - offset)
            else:
                file.seek(length + (length & 1), 1)


def merge_sides(left: Wave, right: Wave, out: BinaryIO) -> Mixed:
    """Write both sides as one Ogg Opus stereo file into `out`; the shorter side is filled up with silence.

    Works in blocks of a second, so that an hour of talk needs no more memory than a minute. Raises NotAudio when the
    sides have different rates.
    """
    if left.rate != right.rate:
        raise NotAudio(f"sides of different rates: {left.rate} and {right.rate}")
    rate = left.rate
    frames = max(left.frames, right.frames)
    meters = (_Meter(frames, rate), _Meter(frames, rate))
    with av.open(out, "w", format="ogg") as container, left.path.open("rb") as first, right.path.open("rb") as second:
        stream = container.add_stream("libopus", rate=rate if rate in OPUS_RATES else 48_000, layout="stereo")
        stream.bit_rate = BIT_RATE
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=stream.rate)
        first.seek(left.offset)
        second.seek(right.offset)
        for start in range(0, frames, rate):
            count = min(rate, frames - start)
            sides = (_block(first, count), _block(second, count))
            for meter, block in zip(meters, sides, strict=True):
                meter.take(block)
            frame = av.AudioFrame.from_ndarray(np.stack(sides, axis=1).reshape(1, -1), format="s16", layout="stereo")
            frame.sample_rate = rate
            frame.pts = start
            for resampled in resampler.resample(frame):
                container.mux(stream.encode(resampled))
        for resampled in resampler.resample(None):
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))
    return Mixed(
        duration_ms=frames * 1000 // rate,
        left=meters[0].peaks(),
        right=meters[1].peaks(),
        silent_left=not meters[0].heard,
        silent_right=not meters[1].heard,
    )


def _block(file: BinaryIO, count: int) -> Samples:
    data = file.read(count * 2)
    block = np.frombuffer(data[: len(data) & ~1], dtype="<i2").astype(np.int16)
    return np.pad(block, (0, count - len(block))) if len(block) < count else block


class _Meter:
    """Peaks of one side in at most PEAK_POINTS buckets, and whether anything was heard on it."""

    def __init__(self, frames: int, rate: int) -> None:
        self._bucket = max(1, math.ceil(frames / PEAK_POINTS))
        self._points = np.zeros(math.ceil(frames / self._bucket) if frames else 0, dtype=np.int32)
        self._window = max(1, rate // 10)
        self._seen = 0
        self.heard = False

    def take(self, block: Samples) -> None:
        loud = np.abs(block.astype(np.int32))
        index = (self._seen + np.arange(len(block))) // self._bucket
        np.maximum.at(self._points, index, loud)
        self._seen += len(block)
        if not self.heard:
            whole = len(block) // self._window * self._window
            windows = block[:whole].astype(np.float64).reshape(-1, self._window) if whole else block[None].astype(float)
            self.heard = bool(windows.size and np.sqrt((windows**2).mean(axis=1)).max() > SILENCE_RMS)

    def peaks(self) -> list[float]:
        return [round(int(point) / 32768, 3) for point in self._points]
