"""The kinds of a parameter: how its values become codes, and codes become features.

A *code* names a value: an index where the values can be counted, a number in [0, 1] otherwise.
*Features* are what the Gaussian process sees: numbers whose squared differences measure how far
two values lie apart. Features of one *group* share a length scale. Values that a dimension finds,
decodes or reads back have its kind: an integer, a float, the object that was listed.
"""

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sknn_tune.common.numeric import is_integer, is_real
from sknn_tune.search.engine.choices import MISSING

# Quantiles at which an infinite end of a distribution is cut off.
TAIL = 1e-3
# A distribution over more integers than this is treated as continuous by the maximiser.
MAX_LEVELS = 10**6


class Dimension(Protocol):
    """Interface between the space and one entry."""

    #: Number of codes, and for each the number of its values; 0 for a number in [0, 1].
    n_codes: int
    levels: tuple[int, ...]
    #: The length scale of each feature, counted from 0.
    groups: tuple[int, ...]
    #: Number of values, and whether neighbouring codes mean neighbouring values.
    n_values: float
    ordered: bool

    def find(self, value: Any, *, loosely: bool = False) -> Any:
        """Return the dimension's value that is `value`, MISSING if there is none."""

    def encode(self, value: Any) -> Any:
        """Return the codes of a value that was found."""

    def decode(self, codes: NDArray) -> Any:
        """Return the value that codes stand for."""

    def features(self, codes: NDArray) -> NDArray:
        """Return the features of rows of codes."""

    def describe(self) -> Any:
        """Return the values as plain text or a list of it."""

    def to_json(self, value: Any) -> Any:
        """Return a value as JSON can hold it."""

    def from_json(self, stored: Any) -> Any:
        """Return the value that `to_json` stored."""


def _as_number(value: Any, loosely: bool) -> Any:
    """Return `value`; where text that prints a number stands for it, that number."""
    if loosely and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


class Continuous:
    """A continuous distribution; the code is the value's quantile."""

    ordered = True
    n_codes = 1
    n_values: float = math.inf
    levels: tuple[int, ...] = (0,)
    groups: tuple[int, ...] = (0,)

    def __init__(self, dist: Any, low: float, high: float):
        self.dist, self.low, self.high = dist, float(low), float(high)
        # The quantiles of the ends, which differ from 0 and 1 where an end was cut off.
        self._span = np.array([dist.cdf(self.low), dist.cdf(self.high)], dtype=float)
        if self.low == self.high:
            self.n_values, self.levels, self.groups = 1, (1,), ()

    def find(self, value: Any, *, loosely: bool = False) -> Any:
        value, slack = _as_number(value, loosely), 1e-9 * max(abs(self.low), abs(self.high))
        is_inside = is_real(value) and self.low - slack <= value <= self.high + slack
        return float(value) if is_inside else MISSING

    def encode(self, value: float) -> list[float]:
        if not self.groups:
            return [0.0]
        low, high = self._span
        return [float(np.clip((self.dist.cdf(value) - low) / (high - low), 0.0, 1.0))]

    def decode(self, codes: NDArray) -> Any:
        low, high = self._span
        value = self.dist.ppf(low + codes[0] * (high - low))
        return float(np.clip(value, self.low, self.high))

    def features(self, codes: NDArray) -> NDArray:
        return codes if self.groups else codes[:, :0]

    def describe(self) -> str:
        return describe_distribution(self.dist)

    def to_json(self, value: float) -> float:
        return float(value)

    def from_json(self, stored: float) -> float:
        return float(stored)


class Integers:
    """A distribution over integers; the code is the integer counted from the lowest."""

    ordered = True
    n_codes = 1
    levels: tuple[int, ...]
    groups: tuple[int, ...]

    def __init__(self, dist: Any, low: float, high: float):
        self.dist, self.low, self.high = dist, int(low), int(high)
        n_values = self.high - self.low + 1
        self.n_values: float = n_values
        self.levels = (n_values if n_values <= MAX_LEVELS else 0,)
        self.groups = (0,) if n_values > 1 else ()

    def find(self, value: Any, *, loosely: bool = False) -> Any:
        value = _as_number(value, loosely)
        if not is_real(value) or not self.low <= value <= self.high:
            return MISSING
        is_kept = is_integer(value) or (loosely and float(value).is_integer())
        return int(value) if is_kept else MISSING

    def encode(self, value: float) -> list[float]:
        index = int(value) - self.low
        return [float(index)] if self.levels[0] else [(index + 0.5) / self.n_values]

    def decode(self, codes: NDArray) -> Any:
        index = int(codes[0]) if self.levels[0] else int(codes[0] * self.n_values)
        return self.low + min(index, self.n_values - 1)

    def features(self, codes: NDArray) -> NDArray:
        if not self.groups:
            return codes[:, :0]
        index = codes if self.levels[0] else np.floor(codes * self.n_values)
        return np.minimum(index + 0.5, self.n_values - 0.5) / self.n_values

    def describe(self) -> str:
        return describe_distribution(self.dist)

    def to_json(self, value: float) -> float:
        return int(value)

    def from_json(self, stored: float) -> float:
        return int(stored)


class Structured:
    """A distribution that places its values in a unit cube itself.

    It offers `to_unit(value)`, `from_unit(u)`, `contains(value)`, `levels`, the number of values of
    each coordinate (0 where it is continuous), and `settle(u)`, which sets coordinates that have
    no effect to one value, so that points of one configuration do not seem to lie apart.
    """

    ordered = True
    n_values: float = math.inf

    def __init__(self, dist: Any):
        self.dist = dist
        self.levels = tuple(dist.levels)
        self.n_codes = len(self.levels)
        self.groups = tuple(range(self.n_codes))
        self._counted = np.array(self.levels) > 0
        self._scale = np.maximum(self.levels, 1)

    def find(self, value: Any, *, loosely: bool = False) -> Any:
        if loosely and isinstance(value, str):
            sizes = value.strip("()[] ").rstrip(",").split(",")
            value = tuple(int(size) for size in sizes if size.strip().isdecimal())
        value = tuple(value) if isinstance(value, np.ndarray) else value
        return tuple(map(int, value)) if self.dist.contains(value) else MISSING

    def encode(self, value: Any) -> NDArray:
        u = np.asarray(self.dist.to_unit(value), dtype=float)
        return np.where(self._counted, np.minimum(np.floor(u * self._scale), self._scale - 1), u)

    def decode(self, codes: NDArray) -> Any:
        return self.dist.from_unit(self.features(codes))

    def features(self, codes: NDArray) -> NDArray:
        return self.dist.settle(np.where(self._counted, (codes + 0.5) / self._scale, codes))

    def describe(self) -> str:
        return repr(self.dist)

    def to_json(self, value: Any) -> list[int]:
        return [int(v) for v in value]

    def from_json(self, stored: list[int]) -> tuple[int, ...]:
        return tuple(stored)


def describe_distribution(dist: Any) -> str:
    """Return a readable and stable description of a distribution."""
    if hasattr(dist, "dist"):
        parts = [repr(a) for a in dist.args] + [f"{k}={v!r}" for k, v in dist.kwds.items()]
        return f"{dist.dist.name}({', '.join(parts)})"
    text = repr(dist)
    return type(dist).__qualname__ if " at 0x" in text else text
