"""Sound files as an exchange writes them."""

import wave
from pathlib import Path

import numpy as np


def tone(path: Path, frequency: float, seconds: float) -> None:
    """A mono WAV file of 8 kHz with a tone; frequency 0 is silence."""
    samples = 8000 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * 8000)) / 8000)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((samples if frequency else samples * 0).astype("<i2").tobytes())
