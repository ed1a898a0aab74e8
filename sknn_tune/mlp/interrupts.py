"""Control-C during a training that a later fit may resume."""

import signal
import threading
from types import FrameType
from typing import Any

from sknn_tune.mlp.watching import Watcher


class InterruptsBetweenEpochs(Watcher):
    """Holds Control-C back until an epoch is complete, so that the training can be resumed.

    A second one is let through at once; the epoch is then torn and the training cannot be
    resumed. Signals reach the main thread only, so elsewhere there is nothing to hold back.

    Parameters
    ----------
    held_back : bool
        Whether to hold anything back.
    """

    def __init__(self, held_back: bool) -> None:
        self._held_back = held_back
        self._handler: Any = None
        self._waits, self.tore = False, False

    def __enter__(self) -> "InterruptsBetweenEpochs":
        handler = signal.getsignal(signal.SIGINT)
        in_main_thread = threading.current_thread() is threading.main_thread()
        if self._held_back and callable(handler) and in_main_thread:
            self._handler = handler
            signal.signal(signal.SIGINT, self._hold)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)
            self.begin_step()

    def _hold(self, number: int, frame: FrameType | None) -> None:
        if self._waits:
            self.tore = True
            self._handler(number, frame)
        self._waits = True

    def begin_step(self) -> None:
        """Deliver what was held back."""
        if self._waits:
            self._waits = False
            self._handler(signal.SIGINT, None)
