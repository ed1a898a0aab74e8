"""Delay Control-C until it is safe to handle."""

import math
import signal
import threading
from types import FrameType
from typing import Any


class HeldInterrupts:
    """Context in which Control-C is held back until `deliver` is called or the context is left.

    Signals reach the main thread only, so in other threads there is nothing to hold back.

    Parameters
    ----------
    most : float, default=inf
        How many are held back; those after them are let through at once.

    Attributes
    ----------
    let_through : bool
        Whether one was let through.
    """

    def __init__(self, most: float = math.inf) -> None:
        self._most = most
        self._n_held = 0
        self._handler: Any = None
        self.let_through = False

    def __enter__(self) -> "HeldInterrupts":
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._handler = handler
            signal.signal(signal.SIGINT, self._hold)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)
            self.deliver()

    def _hold(self, number: int, frame: FrameType | None) -> None:
        if self._n_held >= self._most:
            self.let_through = True
            self._handler(number, frame)
        self._n_held += 1

    def deliver(self) -> None:
        """Raise now what was held back."""
        if self._n_held:
            self._n_held = 0
            self._handler(signal.SIGINT, None)
