"""Warnings that point at the line of the user's code, however deep they arise."""

import sys
import warnings

_INSIDE = ("sknn_tune", "sklearn", "joblib", "contextlib")


def warn_caller(message, category=UserWarning):
    """Warn on behalf of the first line outside this package and scikit-learn."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _is_inside(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_inside(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0] in _INSIDE
