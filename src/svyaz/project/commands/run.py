"""Start everything on this machine: the database, the web server, the telephony and the jobs; Ctrl-C stops all of it.

With --demo the program comes with a demonstration firm and an exchange of its own, on which simulated callers can ring.
"""

import argparse
import os

NEEDS_DATABASE = False


def configure(parser: argparse.ArgumentParser) -> None:
    """Where to listen and whether to bring the demonstration."""
    parser.add_argument("--host", default=os.environ.get("SVYAZ_HOST", "127.0.0.1"), help="address to listen on")
    parser.add_argument("--port", type=int, default=int(os.environ.get("SVYAZ_PORT", "8800")), help="port to listen on")
    parser.add_argument(
        "--demo", action="store_true", help="a demonstration firm and an exchange with simulated callers"
    )


def run(args: argparse.Namespace) -> int:
    """Blocks until stopped."""
    from svyaz.project.running import start_all

    return start_all(host=args.host, port=args.port, demo=args.demo)
