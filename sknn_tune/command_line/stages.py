"""Progress messages of a run."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from sknn_tune.command_line.clock import Clock

# Between two lines where there is no terminal: soon at first, then so that logs stay short.
QUIET_SECONDS, LATER_SECONDS = 6.0, 30.0
# What is soon.
_FIRST_SECONDS = 180.0
_TICK = 0.25


class Stages:
    """Prints on standard error what is being done, and repeats it from time to time.

    In a terminal each stage has a line that counts its seconds. Elsewhere there is a line when
    nothing has been said for `QUIET_SECONDS`, so that logs stay short and quick runs are silent.

    Parameters
    ----------
    verbose : int
        0 says nothing.
    stream : text stream or None, default=None
        Where to say it; None is standard error.
    """

    def __init__(self, verbose: int, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._silent = not verbose
        self._is_terminal = self._stream.isatty()
        self._lock = threading.Lock()
        self._stage, self._clock = "", Clock.of(0.0)
        #: When the run started, in the seconds of time.monotonic.
        self.began = self._started = self._last_word = time.monotonic()
        self._held: list[str] = []
        self._shown = False

    @contextmanager
    def running(self) -> Iterator["Stages"]:
        """Show stages until the block ends."""
        if self._silent:
            yield self
            return
        done = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(done,), daemon=True)
        ticker.start()
        try:
            yield self
        finally:
            done.set()
            ticker.join()
            with self._lock:
                self._clear()

    def start(self, stage: str, clock: Clock | None = None) -> None:
        """Say what is being done from now on; with a clock, the seconds left are shown."""
        with self._lock:
            self._stage, self._clock = stage, clock or Clock.of(0.0)
            self._started = time.monotonic()

    def say(self, line: str) -> None:
        """Say a line: at once in a terminal, elsewhere with the next line that is due."""
        if self._silent:
            return
        with self._lock:
            if not self._is_terminal:
                self._held.append(line)
                return
            self._clear()
            self._write(f"{line}\n")

    def warn(self, text: str) -> None:
        """Say at once what the user should hear whatever is shown."""
        line = f"sknn-tune: warning: {' '.join(text.split())}\n"
        if self._silent:
            return
        with self._lock:
            self._clear()
            self._write(line)

    @property
    def is_terminal(self) -> bool:
        """Whether another display may be shown in the place of this one."""
        return self._is_terminal and not self._silent

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to another display."""
        stage, self._stage = self._stage, "" if self._is_terminal else self._stage
        with self._lock:
            self._clear()
        try:
            yield
        finally:
            self._stage = stage

    def _tick(self, done: threading.Event) -> None:
        while not done.wait(_TICK):
            with self._lock:
                if self._stage:
                    self._show()

    def _show(self) -> None:
        now = time.monotonic()
        left = self._clock.left
        seconds = f"{left:.0f} s left" if left else f"{now - self._started:.0f} s"
        line = f"{self._stage} ({seconds})"
        if self._is_terminal:
            self._write(f"\r\x1b[2K{line}")
            self._shown = True
        elif now - self._last_word >= self._patience(now):
            self._write("".join(f"{held}\n" for held in [*self._held, line]))
            self._held, self._last_word = [], now

    def _patience(self, now: float) -> float:
        """Seconds after which something is said."""
        return QUIET_SECONDS if now - self.began < _FIRST_SECONDS else LATER_SECONDS

    def _clear(self) -> None:
        if self._shown:
            self._write("\r\x1b[2K")
            self._shown = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError, UnicodeError):  # closed, or an encoding that lacks a letter
            self._silent = True
