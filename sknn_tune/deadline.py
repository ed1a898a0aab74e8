"""Let a long fit end early when the deadline of its caller has passed.

A search says when time is up; an estimator asks between epochs, after several at once where they
are short. What is said holds in the thread that says it, so that fits in other threads are not
affected.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class _Local(threading.local):
    watch: "Watch | None" = None


_local = _Local()


class Watch:
    """Whether a fit ended because of a deadline.

    Parameters
    ----------
    is_over : callable
        Takes nothing and returns whether time is up.

    Attributes
    ----------
    ended_fit : bool
        Whether an estimator asked when time was up: its fit is not complete.
    """

    def __init__(self, is_over: Callable[[], bool]) -> None:
        self._is_over, self.ended_fit = is_over, False

    def __call__(self) -> bool:
        """Return whether time is up; once it is, it stays so."""
        self.ended_fit = self.ended_fit or self._is_over()
        return self.ended_fit


@contextmanager
def fits_end_when(is_over: Callable[[], bool]) -> Iterator[Watch]:
    """Let fits within end once `is_over()` is true.

    Parameters
    ----------
    is_over : callable
        Takes nothing, returns a bool; called often.

    Yields
    ------
    watch : Watch

    Examples
    --------
    >>> from sknn_tune.deadline import fits_end_when, time_is_up
    >>> with fits_end_when(lambda: True) as watch:
    ...     time_is_up()
    True
    >>> watch.ended_fit
    True
    >>> time_is_up()
    False
    """
    before, _local.watch = _local.watch, Watch(is_over)
    try:
        yield _local.watch
    finally:
        _local.watch = before


def time_is_up() -> bool:
    """Return whether a fit in this thread should end now; estimators ask between epochs."""
    return _local.watch is not None and _local.watch()


def current_watch() -> Callable[[], bool]:
    """What `time_is_up` asks in this thread, to be asked in the threads that a fit starts.

    Returns
    -------
    watch : callable
        Takes nothing, returns whether the fit should end now.
    """
    return _local.watch if _local.watch is not None else _never


def _never() -> bool:
    return False
