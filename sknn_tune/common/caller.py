"""Warnings that point at the line of the user's code, at any depth of calls."""

import sys
import warnings
from types import FrameType

_INSIDE = ("sknn_tune", "sklearn", "joblib", "contextlib")


def warn_caller(message: str | Warning, category: type[Warning] = UserWarning) -> None:
    """Warn on behalf of the first line outside this package, scikit-learn and joblib.

    Parameters
    ----------
    message : str or Warning
    category : type of warning, default=UserWarning
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _is_inside(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_inside(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__", "").partition(".")[0] in _INSIDE
