"""Tones: made, and found again in what somebody heard."""

import math
import struct
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Away from each other's harmonics and from mains hum.
MICROPHONE_TONE = 620.0
CALLER_TONE = 440.0  # what the simulator page offers


def write_tone(path: Path, frequency: float, *, seconds: float = 10.0, rate: int = 48000) -> None:
    """A mono 16-bit file of one sine, half of full scale."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = (int(16000 * math.sin(2 * math.pi * frequency * n / rate)) for n in range(int(seconds * rate)))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


def read_wave(path: Path) -> tuple[NDArray[np.float64], int]:
    """Samples (−1…1, first channel) and rate of a 16-bit file, also of one that is still being written."""
    raw = path.read_bytes()
    begin = raw.find(b"data") + 8
    rate = int.from_bytes(raw[24:28], "little")
    channels = int.from_bytes(raw[22:24], "little")
    body = raw[begin : begin + (len(raw) - begin) // (2 * channels) * 2 * channels]
    return np.frombuffer(body, dtype="<i2").astype(np.float64)[::channels] / 32768, rate


def share_of_tone(samples: NDArray[np.float64], rate: int, frequency: float, *, width: float = 15.0) -> float:
    """Which part (0…1) of all energy lies within `width` Hz of the frequency. 0 for silence."""
    if not len(samples):
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate)
    total = float(spectrum[frequencies > 50].sum())
    if total < 1e-9 * len(samples):
        return 0.0
    return float(spectrum[np.abs(frequencies - frequency) <= width].sum()) / total


def loudness(samples: NDArray[np.float64]) -> float:
    """Root mean square in decibels of full scale; −120 for silence."""
    power = float(np.mean(samples**2)) if len(samples) else 0.0
    return max(-120.0, 10 * math.log10(power)) if power > 0 else -120.0
