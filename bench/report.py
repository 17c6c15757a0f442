"""What every bench prints: percentiles side by side with the peer or limit of the same run."""

import os
import platform
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0…1) of the values lie; nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def spread(values: Sequence[float]) -> str:
    """`p50 1.23 ms · p95 … · p99 … · max … (n=…)` of values in milliseconds."""
    return (
        f"p50 {percentile(values, 0.5):.2f} ms · p95 {percentile(values, 0.95):.2f} ms · "
        f"p99 {percentile(values, 0.99):.2f} ms · max {max(values):.2f} ms (n={len(values)})"
    )


def heading(title: str) -> None:
    """A title over the lines of one bench."""
    print(f"\n== {title}", flush=True)


def line(name: str, text: str) -> None:
    """One result."""
    print(f"   {name:<44} {text}", flush=True)


def ratio(ours: float, peer: float, aim: str) -> str:
    """How ours stands to the peer."""
    return f"{ours / peer:.2f}x (aim {aim})"


def machine() -> str:
    """Where the numbers were taken, without naming the machine."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
