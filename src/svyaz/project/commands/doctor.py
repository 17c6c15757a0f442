"""Check database, pages, exchange and recordings, and say in words what is wrong. Exit code 1 when something is."""

import argparse

NEEDS_DATABASE = True


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(args: argparse.Namespace) -> int:
    """Print one line for each check."""
    from svyaz.project.checks import all_checks

    well = True
    for check in all_checks():
        well = well and check.problem == ""
        print(f"{'ok  ' if check.problem == '' else 'WRONG'} {check.name}: {check.problem or check.found}")
    return 0 if well else 1
