"""Print the description of the HTTP API (OpenAPI), from which the browser's client is generated."""

import argparse
import json


def configure(parser: argparse.ArgumentParser) -> None:
    """Where to write."""
    parser.add_argument("--output", help="file to write; standard output when not given")


def run(args: argparse.Namespace) -> int:
    """Write the schema, sorted, so that a difference in it is a difference in the API."""
    import sys
    from pathlib import Path

    import django

    django.setup()
    from svyaz.project.api import api

    text = json.dumps(api.get_openapi_schema(path_prefix="/api/"), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    if args.output:
        Path(args.output).write_text(text)
    else:
        sys.stdout.write(text)
    return 0
