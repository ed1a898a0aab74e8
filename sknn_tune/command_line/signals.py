"""Control-C and SIGTERM unwind the stack, at a moment at which the exception arrives."""

import _thread
import signal
import sys
import threading
import weakref
from types import FrameType
from typing import Any

# Seconds until a signal that came at a bad moment is looked at again.
_PAUSE = 0.02
# Files of Python whose callers do not see what is raised beneath them.
_LOSING = ("<frozen importlib._bootstrap>", weakref.__file__)


class RaisedSignals:
    """Context in which Control-C raises KeyboardInterrupt and SIGTERM SystemExit.

    So drafts are removed. Within an import or a finalizer, where Python or a library would swallow
    the exception or make another one of it, a signal waits for the end of that. Control-C stays
    ignored where it is, as in the background; outside the main thread nothing is changed.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._again: threading.Timer | None = None

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._on_signal)

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._again is not None:
            self._again.cancel()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if _would_be_lost(frame):
            self._again = threading.Timer(_PAUSE, _send, (number,))
            self._again.daemon = True
            self._again.start()
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            sys.exit(128 + number)


def _would_be_lost(frame: FrameType | None) -> bool:
    """Whether an exception in a frame would not come out of those below it."""
    while frame is not None:
        code = frame.f_code
        if code.co_filename in _LOSING or code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False


def _send(number: int) -> None:
    """Send a signal to the main thread, also where it sleeps."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, number)
    else:
        _thread.interrupt_main(signal.Signals(number))
