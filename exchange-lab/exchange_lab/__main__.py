"""``python -m exchange_lab run|apply|unpack``: see README.md beside the package."""

import argparse
import signal
import sys
from pathlib import Path

from exchange_lab.errors import LabError
from exchange_lab.firm import Firm
from exchange_lab.lab import Lab, StopFlag, apply, watch
from exchange_lab.unpack import ensure_unpacked


def main() -> int:
    parser = argparse.ArgumentParser(prog="exchange_lab", description="An Asterisk for development, tests and the demo")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start the firm's exchange and the city, stay until SIGTERM or Ctrl-C")
    renew = commands.add_parser("apply", help="take a changed firm.json into the running exchange")
    for each in (run, renew):
        each.add_argument(
            "--directory", type=Path, required=True, help="where its files, recordings and ports.json are"
        )
        each.add_argument("--firm", type=Path, required=True, help="employees, lines, groups, queues: firm.json")
    for name in ("ami", "sip", "ws"):
        run.add_argument(f"--{name}-port", type=int, help="of the firm's exchange; a free one if not given")
    commands.add_parser("unpack", help="only unpack Asterisk into the cache")
    given = parser.parse_args()
    try:
        if given.command == "unpack":
            print(ensure_unpacked().root)
        elif given.command == "apply":
            apply(given.directory, Firm.read(given.firm))
        else:
            _run(given)
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run(given: argparse.Namespace) -> None:
    stop = StopFlag()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    firm = Firm.read(given.firm)
    with Lab(given.directory, firm, ami_port=given.ami_port, sip_port=given.sip_port, ws_port=given.ws_port) as lab:
        print(lab.directory / "ports.json", flush=True)
        watch(lab, stop)


if __name__ == "__main__":
    sys.exit(main())
