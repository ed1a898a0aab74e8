"""Entries in the notation of other libraries: refused, with the equivalent that is taken here."""

from typing import Any

from sknn_tune.common.caller import warn_caller
from sknn_tune.common.numeric import is_integer, is_real

_PRIORS = {"uniform", "linear", "log-uniform", "loguniform", "log"}


def refuse_other_notations(name: str, values: Any) -> None:
    """Raise with the equivalent in scipy.stats; warn where it is a list of choices too.

    Parameters
    ----------
    name : str
        The parameter.
    values : object
        Its entry in the space.

    Raises
    ------
    TypeError
        For tuples of scikit-optimize with a prior, for dimensions of scikit-optimize, Optuna and
        their like, and for scipy's distributions without `rvs`.
    """
    if isinstance(values, tuple | list):
        _check_sequence(name, values)
        return
    # Its dimensions have `rvs`, which draws lists of one.
    is_skopts = type(values).__module__.partition(".")[0] == "skopt"
    if not is_skopts and (hasattr(values, "rvs") or hasattr(values, "__len__")):
        return
    if hasattr(values, "low") and hasattr(values, "high"):
        is_log = getattr(values, "log", False) or "log" in str(getattr(values, "prior", ""))
        _refuse(name, values, _range(values.low, values.high, is_log))
    for attribute in ("categories", "choices"):
        if hasattr(getattr(values, attribute, None), "__len__"):
            _refuse(name, values, repr(list(getattr(values, attribute))))
    if hasattr(values, "icdf") and hasattr(values, "sample"):
        _refuse(name, values, _old_style(values))


def _check_sequence(name: str, values: tuple | list) -> None:
    is_range = len(values) >= 2 and is_real(values[0]) and is_real(values[1])
    if not is_range or not values[0] < values[1]:
        return
    kind = values[2] if len(values) > 2 else None
    if kind is int or kind is float or (isinstance(kind, str) and kind in _PRIORS):
        _refuse(name, values, _range(values[0], values[1], "log" in str(kind)))
    if len(values) == 2 and isinstance(values, tuple):
        warn_caller(
            f"Parameter {name!r}: {values!r} is read as two choices, as scikit-learn reads it. "
            f"For the range between them give {_range(*values, False)}, for the two values the "
            f"list {list(values)!r}."
        )


def _refuse(name: str, values: Any, equivalent: str) -> None:
    raise TypeError(
        f"Parameter {name!r}: {values!r} is in the notation of another library; give "
        f"{equivalent} instead."
    )


def _range(low: Any, high: Any, is_log: bool) -> str:
    """The distribution of scipy.stats between two ends, as its call reads."""
    if is_log:
        return f"scipy.stats.loguniform({low!r}, {high!r})"
    if is_integer(low) and is_integer(high):
        return f"scipy.stats.randint({low!r}, {high + 1!r})"
    return f"scipy.stats.uniform({low!r}, {high - low!r})"


def _old_style(dist: Any) -> str:
    """The frozen distribution for one of scipy's newer kind, as its call reads."""
    kind = type(dist).__name__
    if kind in ("Uniform", "LogUniform"):
        return _range(float(dist.a), float(dist.b), kind == "LogUniform")
    if kind == "Normal":
        return f"scipy.stats.norm({float(dist.mu)!r}, {float(dist.sigma)!r})"
    return "one of scipy.stats' frozen distributions, which have rvs, such as norm(0, 1),"
