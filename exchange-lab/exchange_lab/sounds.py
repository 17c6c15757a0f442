"""The sounds of the laboratory: music on hold and the voices of simulated callers.

The voices are Debian's Russian prompt recordings, played faster or slower by a few per cent to a third, so that callers
differ by pitch and by what they say.
"""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from exchange_lab.unpack import AsteriskTree

RATE = 8000
Samples = NDArray[np.float64]

SPEECHES = (
    ("demo-congrats", "demo-thanks"),
    ("tt-allbusy", "demo-moreinfo", "queue-periodic-announce"),
    ("demo-abouttotry", "demo-nogo"),
    ("followme/status", "unidentified-no-callback", "vm-msginstruct"),
    ("basic-pbx-ivr-main", "dir-intro-fn"),
)
SPEEDS = (1.0, 0.8, 1.12, 0.72)
"""1.0 is the recorded woman, 0.7 to 0.8 sounds like a man, above 1 like a younger woman."""

VOICES = tuple(f"voice-{number}" for number in range(10))
MELODY = (392.0, 440.0, 523.25, 587.33, 659.25, 587.33, 523.25, 440.0)


def voice_of(number: str) -> str:
    """The voice of a caller's number: always the same for the same number."""
    return VOICES[sum(int(digit) * place for place, digit in enumerate(number, 1) if digit.isdigit()) % len(VOICES)]


def make_voices(tree: AsteriskTree, folder: Path) -> None:
    """Writes ``voice-0.wav`` … into the folder; each is one speech with pauses, to be played in a loop."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, voice in enumerate(VOICES):
        target = folder / f"{voice}.wav"
        if not target.exists():
            speed = SPEEDS[index % len(SPEEDS)]
            pause = np.zeros(int(0.8 * RATE))
            parts: list[Samples] = []
            for name in SPEECHES[index % len(SPEECHES)]:
                path = tree.russian / f"{name}.wav"
                if path.exists():
                    parts += [_at_speed(read_wav(path), speed), pause]
            # A machine without the Russian prompts still has callers: they hum.
            write_wav(target, np.concatenate(parts) if parts else tone(300 + 40 * index, 4.0))


def make_music(folder: Path) -> None:
    """Writes one short melody for music on hold."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "melody.wav"
    if target.exists():
        return
    notes: list[Samples] = []
    for pitch in MELODY * 2:
        time = np.arange(int(0.5 * RATE)) / RATE
        notes.append((0.25 * np.sin(2 * np.pi * pitch * time) + 0.1 * np.sin(np.pi * pitch * time)) * np.exp(-3 * time))
    write_wav(target, np.concatenate(notes))


def tone(frequency: float, seconds: float, level: float = 0.3) -> Samples:
    """A sine; ``level`` is its amplitude, 1.0 being the loudest."""
    return level * np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)


def write_wav(path: Path, samples: Samples) -> None:
    """Writes 8 kHz mono 16 bit; samples from -1 to 1."""
    new = path.with_suffix(".new")
    with wave.open(str(new), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    new.replace(path)


def read_wav(path: Path) -> Samples:
    """Reads an 8 kHz mono 16 bit wav as samples from -1 to 1."""
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64) / 32768


def level_at(samples: Samples, frequency: float) -> float:
    """How loud a tone is within the samples, in dB of a full-scale sine: a test tone has about -10."""
    if len(samples) == 0:
        return -120.0
    turn = np.exp(-2j * np.pi * frequency * np.arange(len(samples)) / RATE)
    amplitude = 2 * abs(np.dot(samples, turn)) / len(samples)
    return float(20 * np.log10(max(amplitude, 1e-6)))


def _at_speed(samples: Samples, speed: float) -> Samples:
    places = np.arange(0, len(samples) - 1, speed)
    changed: Samples = np.interp(places, np.arange(len(samples)), samples)
    return changed
