"""Warnings that point at the line of the user's code, at any depth of calls."""

import sys
import warnings
from types import FrameType

_INSIDE = ("sknn_tune", "sklearn", "joblib", "contextlib")
# Below these, in a worker, there is no line of the user's.
_WORKERS = ("concurrent", "distributed", "multiprocessing", "threading")


def warn_caller(message: str | Warning, category: type[Warning] = UserWarning) -> None:
    """Warn on behalf of the first line outside this package, scikit-learn and joblib.

    In a worker, which the user's code has not called, on behalf of the line that calls this.

    Parameters
    ----------
    message : str or Warning
    category : type of warning, default=UserWarning
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _package(frame) in _INSIDE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=2 if _package(frame) in _WORKERS else level)


def _package(frame: FrameType) -> str:
    return frame.f_globals.get("__name__", "").partition(".")[0]
