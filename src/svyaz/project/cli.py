"""The console command `svyaz`. Each file in `commands/` is one sub-command; its docstring is its help."""

import argparse
import contextlib
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType

from svyaz.project import commands
from svyaz.project.postgres import PostgresFailed, available


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub-command.

    A command module has `configure(parser)` and `run(args) -> exit code`. With `NEEDS_DATABASE = True` the database is
    there and Django is set up before `run`; without it the command may not import Django at all. `ENVIRONMENT` holds
    settings that this command has unless they are given.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "svyaz.project.settings")
    parser = argparse.ArgumentParser(prog="svyaz", description="CRM, telephone exchange and messengers in one.")
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    modules: dict[str, ModuleType] = {}
    for found in sorted(pkgutil.iter_modules(commands.__path__), key=lambda module: module.name):
        module = importlib.import_module(f"{commands.__name__}.{found.name}")
        help_text = (module.__doc__ or "").strip()
        sub = choices.add_parser(
            found.name.replace("_", "-"),
            help=help_text.splitlines()[0] if help_text else "",
            description=help_text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(sub)
        modules[found.name.replace("_", "-")] = module
    args = parser.parse_args(arguments)
    module = modules[args.command]
    for name, value in getattr(module, "ENVIRONMENT", {}).items():
        os.environ.setdefault(name, value)
    try:
        with contextlib.ExitStack() as stack:
            if getattr(module, "NEEDS_DATABASE", False):
                stack.enter_context(available())
                import django

                django.setup()
            return int(module.run(args))
    except PostgresFailed as error:
        print(f"svyaz: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
