"""Make the demonstration firm in an empty database, and say who can sign in. Never touches a firm that is there."""

import argparse

NEEDS_DATABASE = True


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(args: argparse.Namespace) -> int:
    """Idempotent."""
    from svyaz.project.demo import create_demo_firm

    sign_ins = create_demo_firm()
    if not sign_ins:
        print("This database belongs to a firm already; the demonstration firm was not made.")
        return 1
    for login, password, who in sign_ins:
        print(f"{login:10} {password:12} {who}")
    return 0
