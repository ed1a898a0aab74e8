"""Lets a long fit end early when whoever runs it has no more time.

Whoever runs fits says how to know that time is up; an estimator asks after each epoch. What is
said holds for the thread that says it, so that fits in other threads are not disturbed.
"""

import threading
from contextlib import contextmanager

_local = threading.local()


class Watch:
    """What came of a fit under a deadline.

    Attributes
    ----------
    heeded : bool
        Whether an estimator asked and was told that time is up: its fit is not complete.
    """

    def __init__(self, is_over):
        self._is_over, self.heeded = is_over, False

    def __call__(self):
        self.heeded = self.heeded or self._is_over()
        return self.heeded


@contextmanager
def fits_end_when(is_over):
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
    >>> watch.heeded
    True
    >>> time_is_up()
    False
    """
    before, _local.watch = getattr(_local, "watch", None), Watch(is_over)
    try:
        yield _local.watch
    finally:
        _local.watch = before


def time_is_up():
    """Whether a fit in this thread should end now; estimators ask between epochs."""
    watch = getattr(_local, "watch", None)
    return watch is not None and watch()
