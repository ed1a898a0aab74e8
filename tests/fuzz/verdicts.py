"""What an operation on an estimator may end with, and what is a finding."""

import traceback
import warnings

#: Errors that say what is wrong with the input.
_CLEAR = (ValueError, TypeError)
#: Messages of errors that numpy raises where nobody checked the input.
_UNCLEAR = (
    "broadcast", "reshape", "concatenat", "not aligned", "zero-size", "index", "unpack",
    "out of bounds", "NoneType", "subscriptable", "not callable", "ambiguous",
    "unsupported operand",
)  # fmt: skip
_UNAVAILABLE = (
    "partial_fit is only available", "has no attribute 'p", "it needs each row to be unseen",
)  # fmt: skip


def attempt(operation):
    """The result of an operation, what it warned of, and the error that ended it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result, error = operation(), None
        except Exception as raised:
            result, error = None, raised
    return result, [str(warning.message) for warning in caught], error


def fault(error):
    """What is wrong with an error; None where it is a clear refusal."""
    if error is None:
        return None
    message = str(error)
    if isinstance(error, AttributeError) and any(words in message for words in _UNAVAILABLE):
        return None
    if isinstance(error, _CLEAR) and message and not _comes_from_below(error, message):
        return None
    if "/skops/" in traceback.extract_tb(error.__traceback__)[-1].filename:
        return None  # of skops itself, which met a part that it cannot read
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{frame.filename[-40:]}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__}: {message[:200]} at {places}"


def _comes_from_below(error, message):
    """Whether an error is numpy's about our arrays, not one about the input."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    is_check = "raise " in (last.line or "") or "sklearn/utils" in last.filename
    return not is_check and any(words in message for words in _UNCLEAR)
