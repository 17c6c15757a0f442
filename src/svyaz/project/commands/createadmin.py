"""Make an administrator who can sign in. Asks for the password, or reads it from the first line of standard input."""

import argparse
import getpass
import sys

NEEDS_DATABASE = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Who it is."""
    parser.add_argument("login", help="what the administrator signs in with")
    parser.add_argument("--first-name", required=True)
    parser.add_argument("--last-name", default="")
    parser.add_argument("--extension", help="internal telephone number, if they have one")


def run(args: argparse.Namespace) -> int:
    """0 made, 1 refused (the message says why)."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from svyaz.kit.errors import DomainError
    from svyaz.staff.models import Role
    from svyaz.staff.services import hire

    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") != password:
            print("The passwords differ.", file=sys.stderr)
            return 1
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        validate_password(password)
        hire(
            args.login,
            args.first_name,
            args.last_name,
            password=password,
            role=Role.ADMINISTRATOR,
            extension=args.extension,
        )
    except ValidationError as error:
        print("\n".join(error.messages), file=sys.stderr)
        return 1
    except DomainError as error:
        print(error.text.into(), file=sys.stderr)
        return 1
    print(f"{args.login} can sign in now.")
    return 0
