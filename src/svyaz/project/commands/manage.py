"""Run one of Django's own management commands (for developers): svyaz manage makemigrations crm."""

import argparse

NEEDS_DATABASE = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Everything is passed on."""
    parser.add_argument("words", nargs=argparse.REMAINDER, help="the management command and its arguments")


def run(args: argparse.Namespace) -> int:
    """Hand over to Django."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["svyaz manage", *args.words])
    return 0
