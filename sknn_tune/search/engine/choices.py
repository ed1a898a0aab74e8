"""Lists of values: numbers on a scale, tuples by their shape, everything else as categories."""

import hashlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.common.numeric import is_integer, is_real
from sknn_tune.common.wording import as_text
from sknn_tune.search.engine.identity import Index, kind_of

#: What `find` returns for a value that a dimension does not have.
MISSING = object()


class Choices:
    """A list of values; the code is the index.

    Numbers are ordered, on a logarithmic scale where they are geometric. Tuples of numbers are
    described by length, mean and taper. Everything else is a category; among numbers, None or
    a word is one more category that has no place in the order.

    Parameters
    ----------
    values : list
        The values; repeated ones count once.
    closed : bool, default=True
        False if the values are draws from something larger, so that other values exist too.
    """

    n_codes = 1
    levels: tuple[int, ...]
    groups: tuple[int, ...]

    def __init__(self, values: Sequence[Any], *, closed: bool = True):
        self._index = Index(values)
        self.values = self._index.values
        self.n_values: float = len(self.values) if closed else math.inf
        self.levels = (len(self.values),)
        self._table, self.groups = _choice_features(self.values)
        # One feature, and more values than one: numbers on a scale.
        self.ordered = len(self.groups) == 1

    def find(self, value: Any, *, loosely: bool = False) -> Any:
        """Return the listed value that is `value`, MISSING if there is none.

        Parameters
        ----------
        value : object
        loosely : bool, default=False
            Whether a value that went through a table is found too: an integer that became a
            float, text that a value prints as.
        """
        place = self._index.place(value)
        if place is None and loosely:
            place = self._find_loosely(value)
        return MISSING if place is None else self.values[place]

    def encode(self, value: Any) -> list[float]:
        return [float(self._index[value])]

    def decode(self, codes: NDArray) -> Any:
        return self.values[int(codes[0])]

    def features(self, codes: NDArray) -> NDArray:
        return self._table[codes[:, 0].astype(int)]

    def describe(self) -> list[str] | str:
        return [_describe(value) for value in self.values]

    def to_json(self, value: Any) -> float:
        return self._index[value]

    def from_json(self, stored: float) -> Any:
        return self.values[int(stored)]

    def _find_loosely(self, value: Any) -> int | None:
        """The place of a value that is equal as a number, or that prints like `value`."""
        for place, known in enumerate(self.values):
            if is_real(value) and is_real(known):
                if math.isclose(value, known, rel_tol=1e-9):
                    return place
            elif isinstance(value, str) and value in (as_text(known), as_text(known, repr)):
                return place
        return None


class Draws(Choices):
    """Numbers drawn from something that can only be sampled; others may be evaluated too.

    Parameters
    ----------
    values : list of numbers
    name : str
        What they were drawn from.
    """

    def __init__(self, values: Sequence[float], name: str):
        super().__init__(values, closed=False)
        digest = hashlib.blake2b(repr(self.values).encode(), digest_size=8).hexdigest()
        self._description = f"{len(self.values)} draws ({digest}) from {name}"
        self._is_integer = all(map(is_integer, values))
        self._is_float = not any(map(is_integer, values))

    def find(self, value: Any, *, loosely: bool = False) -> Any:
        known = super().find(value, loosely=loosely)
        if known is not MISSING or not is_real(value) or not math.isfinite(value):
            return known
        if self._is_float:
            return float(value)
        return value if is_integer(value) or not self._is_integer else MISSING

    def has_drawn(self, value: Any) -> bool:
        """Whether a value is one of the draws."""
        return self._index.place(value) is not None

    def encode(self, value: float) -> list[float]:
        """Return the code of the draw that is nearest."""
        return [float(np.argmin(np.abs(np.asarray(self.values, dtype=float) - value)))]

    def describe(self) -> str:
        return self._description

    def to_json(self, value: float) -> float:
        return int(value) if is_integer(value) else float(value)

    def from_json(self, stored: float) -> float:
        known = super().find(stored)
        return stored if known is MISSING else known


def _describe(value: Any) -> str:
    """Return what a value prints as, the same in every process."""
    if isinstance(value, set | frozenset):
        return f"{type(value).__name__}({sorted(map(repr, value))})"
    return as_text(value, repr).split(" at 0x")[0]


def _choice_features(values: list) -> tuple[NDArray, tuple[int, ...]]:
    """Return the features of each value, (n_values, n_features), and the group of each feature."""
    if len(values) == 1:
        return np.empty((1, 0)), ()
    if all(map(_is_number_tuple, values)):
        return _tuple_features(values)
    order = [i for i, v in enumerate(values) if is_real(v) and math.isfinite(v)]
    if len(order) < 2:
        return _one_hot(range(len(values))), (0,) * len(values)
    place = np.full((len(values), 1), 0.5)
    place[order, 0] = place_numbers([float(values[i]) for i in order])
    twice = len({float(values[i]) for i in order}) < len(order)  # such as 1 and 1.0
    if len(order) == len(values) and not twice:
        return place, (0,)
    kinds = sorted({str(kind_of(values[i])) for i in order}) if twice else []
    groups = [
        (kinds.index(str(kind_of(v))) if twice else 0) if i in order else len(values) + i
        for i, v in enumerate(values)
    ]
    one_hot = _one_hot(np.unique(groups, return_inverse=True)[1])
    return np.hstack([place, one_hot]), (0,) + (1,) * one_hot.shape[1]


def _one_hot(codes: Sequence[int] | NDArray[np.intp]) -> NDArray:
    """Columns at squared distance 1 between any two different categories."""
    return np.eye(max(codes) + 1)[np.asarray(codes)] / np.sqrt(2.0)


def place_numbers(numbers: Sequence[float]) -> NDArray:
    """Place numbers in [0, 1]: on the scale (linear or log) that spaces them more evenly.

    If neither does, places follow the order of the list with equal steps.
    """
    x = np.asarray(numbers, dtype=float)
    if np.ptp(x) == 0:
        return np.full(len(x), 0.5)
    scales = [x] + ([np.log(x)] if (x > 0).all() else [])
    # Numbers of two kinds, such as 1 and 1.0, share a place.
    steps = [np.diff(np.unique(s)) for s in scales]
    uneven = [d.std() / d.mean() for d in steps]
    best = int(np.argmin(uneven))
    s = scales[best] if uneven[best] < 1.0 else np.unique(x, return_inverse=True)[1].astype(float)
    return (s - s.min()) / (s.max() - s.min())


def _is_number_tuple(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) > 0 and all(map(is_real, value))


def _tuple_features(values: list) -> tuple[NDArray, tuple[int, ...]]:
    positive = all(v > 0 for t in values for v in t)
    rows = [np.log(t) if positive else np.asarray(t, dtype=float) for t in values]
    columns = np.array([(len(r), r.mean(), r[0] - r[-1]) for r in rows])
    span = np.ptp(columns, axis=0)
    keep = span > 0
    if not keep.any() or len(np.unique(columns, axis=0)) < len(values):
        return _one_hot(range(len(values))), (0,) * len(values)
    scaled = (columns[:, keep] - columns[:, keep].min(axis=0)) / span[keep]
    return scaled, tuple(range(scaled.shape[1]))
