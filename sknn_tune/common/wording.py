"""Values formatted for display."""

import math
from collections.abc import Callable

from sknn_tune.common.numeric import is_integer, is_real

_LONGEST = 60
_SMALLEST, _LARGEST = 1e-4, 1e9


def show(value: object) -> str:
    """Return a value as text: four digits, no exponent where a reader can do without.

    Parameters
    ----------
    value : object
        Of a kind that cannot be printed, its type is shown.

    Examples
    --------
    >>> from sknn_tune.common.wording import show
    >>> [show(value) for value in (36894.2, 0.123456, 1e-7, 3, (64, 32), True)]
    ['36,890', '0.1235', '1e-07', '3', '(64, 32)', 'True']
    """
    if is_real(value) and not is_integer(value):
        return show_number(float(value))
    text = " ".join(as_text(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def as_text(value: object, convert: Callable[[object], str] = str) -> str:
    """Return the text of a value by `str` or `repr`, its type where it cannot be printed."""
    try:
        return convert(value)
    except Exception:  # an object of the user's
        return f"<{type(value).__name__}>"


def show_number(number: float, digits: int = 4) -> str:
    """Return a number with some significant digits, without an exponent where that is short."""
    if not math.isfinite(number) or number == 0:
        return f"{number:g}"
    if not _SMALLEST <= abs(number) < _LARGEST:
        return f"{number:.{digits}g}"
    rounded = float(f"{number:.{digits}g}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    text = f"{rounded:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
