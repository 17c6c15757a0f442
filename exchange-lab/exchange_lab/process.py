"""One Asterisk as a child process: start, wait until it answers, stop; never left behind."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from exchange_lab.ami import Ami, AmiRefused
from exchange_lab.config.files import Folders
from exchange_lab.errors import ExchangeDidNotStart
from exchange_lab.unpack import AsteriskTree

START_SECONDS = 20.0
STOP_SECONDS = 5.0
PR_SET_PDEATHSIG = 1


class Asterisk:
    """``ami`` is (host, port, user, secret) of an account by which its readiness is seen."""

    def __init__(self, tree: AsteriskTree, folders: Folders, name: str, ami: tuple[str, int, str, str]) -> None:
        self.folders = folders
        self.name = name
        self._tree = tree
        self._ami = ami
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts the process and returns at once.  A process left over from an earlier run is ended first."""
        if self.runs:
            return
        self._end_left_over()
        command = self._tree.command("-f", "-C", str(self.folders.etc / "asterisk.conf"))
        with (self.folders.log / "output.log").open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folders.base,
                # Ctrl-C is for us alone; we end our children ourselves, in order.
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self._pid_file.write_text(str(self._process.pid), "ascii")

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Waits until it has fully booted; raises ``ExchangeDidNotStart``."""
        deadline = time.monotonic() + seconds
        while True:
            if not self.runs:
                raise ExchangeDidNotStart(f"{self.name}: Asterisk ended. {self._last_words()}")
            try:
                with Ami(*self._ami, seconds=max(0.5, deadline - time.monotonic())) as ami:
                    ami.wait_booted()
                    return
            except (OSError, AmiRefused) as error:
                if time.monotonic() > deadline:
                    raise ExchangeDidNotStart(
                        f"{self.name}: no answer in {seconds:.0f} s. {self._last_words()}"
                    ) from error
                time.sleep(0.03)

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        if self._process is not None:
            self.ask_to_stop()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """As if the power had gone: SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def _pid_file(self) -> Path:
        return self.folders.run / "lab.pid"

    def _end_left_over(self) -> None:
        """Ends what an earlier run left, only if it is an Asterisk on these very files."""
        try:
            pid = int(self._pid_file.read_text("ascii"))
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return
        if str(self.folders.etc / "asterisk.conf").encode() not in arguments:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + STOP_SECONDS
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _last_words(self) -> str:
        said: list[str] = []
        for name in ("output.log", "messages.log"):
            with contextlib.suppress(OSError):
                said += (self.folders.log / name).read_text("utf-8", "replace").splitlines()[-6:]
        return " / ".join(line.strip() for line in said if line.strip())[-1500:]


def _die_with_parent() -> None:
    """In the child: if our process is killed, the exchange ends too and frees its ports."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
