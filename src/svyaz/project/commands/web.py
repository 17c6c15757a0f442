"""Serve pages, the API and WebSockets."""

import argparse
import os

NEEDS_DATABASE = True
# Each request has a thread of its own: without a pool each would open a connection of its own too.
ENVIRONMENT = {"SVYAZ_DATABASE_POOL": "1"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Where to listen."""
    parser.add_argument("--host", default=os.environ.get("SVYAZ_HOST", "127.0.0.1"), help="address to listen on")
    parser.add_argument("--port", type=int, default=int(os.environ.get("SVYAZ_PORT", "8800")), help="port to listen on")


def run(args: argparse.Namespace) -> int:
    """Run uvicorn until it is told to stop."""
    import uvicorn

    uvicorn.run(
        "svyaz.project.asgi:application",
        host=args.host,
        port=args.port,
        log_level="warning",
        proxy_headers=True,
        # Frames are small and sent to many: compressing each costs more than it saves.
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_graceful_shutdown=5,
    )
    return 0
