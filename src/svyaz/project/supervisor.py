"""Runs the program's processes on one machine: starts them, restarts what died with back-off, stops all at the end."""

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

FIRST_PAUSE = 0.5  # seconds before the first restart
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0  # a process that lived this long begins again with the first pause
STOP_WITHIN = 15.0  # after that a process is killed

_COLOURS = ("36", "32", "33", "35", "34", "31")
_PR_SET_PDEATHSIG = 1


@dataclass
class Worker:
    """One process to keep running."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    # Called before each start: for what must be true first (a file written, a port known). Raises to try again later.
    prepare: Callable[[], None] | None = None
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0
    unfinished: bytes = b""


class Supervisor:
    """Keeps workers running until SIGINT or SIGTERM; they are stopped in reverse order."""

    def __init__(
        self,
        workers: Sequence[Worker],
        *,
        watchers: Sequence[Callable[[], None]] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.workers = list(workers)
        self.watchers = list(watchers)
        self.clock = clock
        self.stopping = False
        self._selector = selectors.DefaultSelector()
        self._width = max((len(worker.name) for worker in self.workers), default=0)
        self._coloured = sys.stdout.isatty()

    def run(self) -> int:
        """Blocks until told to stop. Each watcher is called a few times a second and must return at once."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._told_to_stop)
        for worker in self.workers:
            self._start(worker)
        while not self.stopping:
            self._pass_output_on(0.25)
            self._look_after()
            for watch in self.watchers:
                watch()
        self._stop_all()
        return 0

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _start(self, worker: Worker) -> None:
        worker.started = self.clock()
        try:
            if worker.prepare:
                worker.prepare()
            worker.process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                worker.command,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **worker.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the others in order
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        except (OSError, RuntimeError) as error:
            self._say(worker, f"did not start: {error}")
            self._plan_restart(worker)
            return
        assert worker.process.stdout is not None
        os.set_blocking(worker.process.stdout.fileno(), False)
        self._selector.register(worker.process.stdout, selectors.EVENT_READ, worker)

    def _plan_restart(self, worker: Worker) -> None:
        if self.clock() - worker.started > STEADY_AFTER:
            worker.pause = FIRST_PAUSE
        worker.due = self.clock() + worker.pause
        self._say(worker, f"starts again in {worker.pause:g} s")
        worker.pause = min(worker.pause * 2, LONGEST_PAUSE)

    def _look_after(self) -> None:
        for worker in self.workers:
            process = worker.process
            if process is None:
                if worker.due and self.clock() >= worker.due:
                    worker.due = 0.0
                    self._start(worker)
            elif process.poll() is not None:
                self._read(worker)
                self._forget(worker)
                self._say(worker, f"ended ({_ending(process.returncode)})")
                self._plan_restart(worker)

    def _forget(self, worker: Worker) -> None:
        if worker.process and worker.process.stdout:
            with contextlib.suppress(KeyError):
                self._selector.unregister(worker.process.stdout)
            worker.process.stdout.close()
        worker.process = None

    def _pass_output_on(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if not self._read(key.data):
                self._selector.unregister(key.fileobj)

    def _read(self, worker: Worker) -> bool:
        """Print what came; False at the end of the output."""
        if worker.process is None or worker.process.stdout is None:
            return False
        try:
            chunk = os.read(worker.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return True
        *lines, worker.unfinished = (worker.unfinished + chunk).split(b"\n")
        if not chunk and worker.unfinished:
            lines, worker.unfinished = [worker.unfinished], b""
        for line in lines:
            self._say(worker, line.decode("utf-8", "replace"))
        return bool(chunk)

    def _say(self, worker: Worker, text: str) -> None:
        name = worker.name.ljust(self._width)
        if self._coloured:
            name = f"\x1b[{_COLOURS[self.workers.index(worker) % len(_COLOURS)]}m{name}\x1b[0m"
        print(f"{name} | {text}", flush=True)

    def _stop_all(self) -> None:
        for worker in reversed(self.workers):
            process = worker.process
            if process is None or process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._say(worker, f"did not stop within {STOP_WITHIN:g} s and is killed")
                process.kill()
                process.wait()
            self._read(worker)
            self._forget(worker)


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


def _die_with_parent() -> None:
    # If the supervisor is killed outright, the kernel ends its children: no orphans hold the ports.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
