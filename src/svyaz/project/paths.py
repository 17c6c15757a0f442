"""Where the program keeps what it writes. No Django here: the command line reads this before settings exist."""

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[3]


def home() -> Path:
    """The state folder: `SVYAZ_HOME`, or `var` in the current folder. Created with owner-only rights."""
    path = Path(os.environ.get("SVYAZ_HOME") or "var").resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def web_build() -> Path:
    """The folder of the built browser part: `SVYAZ_WEB_BUILD`, or `web/dist` of the checkout."""
    return Path(os.environ.get("SVYAZ_WEB_BUILD") or PROJECT_ROOT / "web" / "dist")
