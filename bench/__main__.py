"""`python -m bench [name …]`: runs the benches one after the other. With no name: all."""

import importlib
import sys

from bench.program import database
from bench.report import machine

ALL = ("engine", "pop", "who_is", "lists")
# These share one large firm, which takes minutes to make.
ON_THE_LARGE_FIRM = ("who_is", "lists")


def main(names: list[str]) -> int:
    """Run the named benches."""
    unknown = set(names) - set(ALL)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; there are: {', '.join(ALL)}", file=sys.stderr)
        return 2
    print(machine())
    names = names or list(ALL)
    for name in [name for name in names if name not in ON_THE_LARGE_FIRM]:
        importlib.import_module(f"bench.{name}").main()
    large = [name for name in names if name in ON_THE_LARGE_FIRM]
    if large:
        with database():
            for name in large:
                importlib.import_module(f"bench.{name}").measure()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
