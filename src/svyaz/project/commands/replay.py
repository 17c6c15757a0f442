"""`svyaz replay`: the call journal of a log of exchange events, needs no database."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import BinaryIO

from svyaz.calls.engine import Directory
from svyaz.project.replay import GarbageError, call_json, journal, read_log

_GARBAGE = 2

HELP = "print the call journal that follows from a log of exchange events"
DESCRIPTION = """\
Reads a log of Asterisk manager events: raw AMI text, a JSON array, or JSON lines (told apart by itself), and prints
one JSON object per call, in order of beginning. Needs no database. Exit code 2 if LOG cannot be read as such a log.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description = DESCRIPTION
    parser.add_argument("log", metavar="LOG", help="file to read, - for standard input")
    parser.add_argument(
        "--employee",
        metavar="REGEX",
        action="append",
        default=[],
        type=_regex,
        help="endpoint names that are employees, matched whole; may be repeated; all others are outside lines. "
        "The endpoint name is the part of a channel between the technology's slash and the last dash: 101 in "
        "PJSIP/101-0000001a. Without it: 2 to 5 digits, perhaps with a suffix of letters (101, 101-web).",
    )


def run(args: argparse.Namespace) -> int:
    regexes: list[re.Pattern[str]] = args.employee
    directory = Directory(lambda name: any(regex.fullmatch(name) for regex in regexes)) if regexes else Directory()
    try:
        if args.log == "-":
            return _print(sys.stdin.buffer, directory)
        with Path(args.log).open("rb") as stream:
            return _print(stream, directory)
    except GarbageError as error:
        return _refuse(args.log, str(error))
    except OSError as error:
        return _refuse(args.log, error.strerror or str(error))


def _print(stream: BinaryIO, directory: Directory) -> int:
    for view in journal(read_log(stream), directory):
        line = json.dumps(call_json(view), ensure_ascii=False)
        sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _refuse(log: str, why: str) -> int:
    print(f"svyaz replay: {'standard input' if log == '-' else log}: {why}", file=sys.stderr)
    return _GARBAGE


def _regex(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"not a regular expression: {error}") from error
