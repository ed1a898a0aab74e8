"""Entries of a space as users write them: lists, distributions, objects with rvs."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.common.numeric import is_real
from sknn_tune.search.engine.choices import Choices, Draws
from sknn_tune.search.engine.dimensions import (
    MAX_LEVELS,
    TAIL,
    Continuous,
    Dimension,
    Integers,
    Structured,
    describe_distribution,
)
from sknn_tune.search.engine.identity import Index
from sknn_tune.search.engine.notations import refuse_other_notations

# Draws that represent an object which can only be sampled.
N_DRAWS = 256
# Methods by which a subclass of scipy's defines its quantiles.
_DEFINING = (
    "_ppf",
    "_isf",
    "_cdf",
    "_sf",
    "_logcdf",
    "_logsf",
    "_pdf",
    "_logpdf",
    "_pmf",
    "_logpmf",
)


def make_dimension(name: str, values: Any) -> Dimension:
    """Return the dimension for one entry of a space.

    Parameters
    ----------
    name : str
        The parameter, for messages.
    values : sequence or distribution
        What `RandomizedSearchCV` or `GridSearchCV` takes.

    Raises
    ------
    TypeError, ValueError
        Naming the parameter, what was given and what is allowed.
    """
    if isinstance(values, type):
        raise TypeError(f"Parameter {name!r}: got the class {values!r}; give an instance of it.")
    if hasattr(values, "from_unit") and hasattr(values, "to_unit"):
        return Structured(values)
    refuse_other_notations(name, values)
    if hasattr(values, "rvs"):
        return _from_distribution(name, values)
    return Choices(_as_list(name, values))


def _from_distribution(name: str, dist: Any) -> Dimension:
    inner = getattr(dist, "dist", dist)
    if type(dist).__module__.startswith("scipy.") and hasattr(dist, "_shape_info"):
        raise TypeError(
            f"Parameter {name!r}: the distribution {type(dist).__name__} has no parameters yet; "
            "freeze it by a call, for example loguniform(1e-4, 1e-1)."
        )
    try:
        ends = _ends(name, dist) if _has_quantiles(dist, inner) else None
    except (NotImplementedError, RecursionError):  # it has methods that say nothing
        ends = None
    if ends is None:
        return _from_draws(name, dist)
    if hasattr(inner, "pmf"):
        return _from_probabilities(dist, inner, *ends)
    return Continuous(dist, *ends)


def _has_quantiles(dist: Any, inner: Any) -> bool:
    """Whether a distribution has quantiles, and they are those of what it draws.

    Not where a subclass of scipy's defines nothing but how to sample.
    """
    if not (hasattr(dist, "ppf") and hasattr(dist, "cdf")):
        return False
    for owner in (dist, inner):
        if _overrides(owner, "rvs") and not _overrides(owner, "ppf"):
            return False
    return not _overrides(inner, "_rvs") or any(_overrides(inner, name) for name in _DEFINING)


def _overrides(owner: Any, method: str) -> bool:
    """Whether an object has a method that is not scipy's."""
    if method in getattr(owner, "__dict__", {}):
        return True
    for kind in type(owner).__mro__:
        if method in vars(kind):
            return kind.__module__.partition(".")[0] != "scipy"
    return False


def _ends(name: str, dist: Any) -> NDArray[np.float64]:
    """Finite ends of a distribution's support, infinite ones cut off at a quantile."""
    try:
        ends = dist.support() if hasattr(dist, "support") else (dist.ppf(0.0), dist.ppf(1.0))
        ends = np.array(ends, dtype=float)
        cut = np.array([dist.ppf(TAIL), dist.ppf(1 - TAIL)], dtype=float)
    except (NotImplementedError, RecursionError):
        raise
    except Exception as error:
        raise ValueError(
            f"Parameter {name!r}: the distribution {describe_distribution(dist)} has no quantiles: "
            f"{error}"
        ) from error
    ends = np.where(np.isinf(ends), cut, ends)
    if ends.shape != (2,) or not np.isfinite(ends).all() or ends[0] > ends[1]:
        raise ValueError(
            f"Parameter {name!r}: the distribution {describe_distribution(dist)} is not valid; "
            f"its support must be one interval of numbers, got {ends.tolist()}."
        )
    return ends


def _from_probabilities(dist: Any, inner: Any, low: float, high: float) -> Dimension:
    """Return the dimension of the values that have a positive probability."""
    if hasattr(inner, "xk"):  # given value by value, which need not be integers
        first = dist.support()[0]
        values = np.sort(np.ravel(inner.xk)[np.ravel(inner.pk) > 0])
        values = values - np.min(inner.xk) + first
    elif high - low < MAX_LEVELS:
        values = np.arange(int(low), int(high) + 1)
        values = values[dist.pmf(values) > 0]
    else:
        return Integers(dist, low, high)
    if (values != values.round()).any():
        return Choices(values.tolist())
    values = values.astype(int)
    if values[-1] - values[0] == len(values) - 1:
        return Integers(dist, values[0], values[-1])
    return Choices(values.tolist())


def _from_draws(name: str, dist: Any) -> Dimension:
    rng = np.random.RandomState(0)
    try:
        draws = [dist.rvs(random_state=rng) for _ in range(N_DRAWS)]
    except Exception as error:
        raise ValueError(
            f"Parameter {name!r}: {dist!r} could not be sampled by rvs(random_state=...): {error}"
        ) from error
    draws = [draw.item() if isinstance(draw, np.generic) else draw for draw in draws]
    if len(Index(draws).values) <= N_DRAWS // 4:  # drawn often enough to have seen them all
        return Choices(_as_list(name, draws))
    if all(is_real(draw) and math.isfinite(draw) for draw in draws):
        return Draws(draws, describe_distribution(dist))
    return Choices(_as_list(name, draws), closed=False)


def _as_list(name: str, values: Any) -> list[Any]:
    if isinstance(values, str | bytes | dict | set | frozenset) or not hasattr(values, "__len__"):
        raise TypeError(
            f"Parameter {name!r}: values must be a list (or another sequence) or a distribution "
            f"with rvs, got {values!r}. Wrap a single value in a list."
        )
    if getattr(values, "ndim", 1) != 1:
        raise ValueError(
            f"Parameter {name!r}: an array of values must have one dimension, got {values.ndim}."
        )
    values = list(values)
    if not values:
        raise ValueError(f"Parameter {name!r}: the list of values is empty; give at least one.")
    return values
