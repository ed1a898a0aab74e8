"""The kinds of a parameter: how its values become codes, and codes become features.

A *code* names a value: an index where the values can be counted, a number in [0, 1] otherwise.
*Features* are what the Gaussian process sees: numbers whose squared differences measure how far
two values lie apart. Features of one *group* share a length scale.
"""

import math

import numpy as np

from sknn_tune.common.numeric import is_real

# Quantiles at which an infinite end of a distribution is cut off.
TAIL = 1e-3
# Draws that stand for an object which can only be sampled.
N_DRAWS = 256
# A distribution over more integers than this is treated as continuous by the maximiser.
MAX_LEVELS = 10**6


def make_dimension(name, values):
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
    if hasattr(values, "rvs"):
        return _from_distribution(name, values)
    return Choices(_as_list(name, values))


def _from_distribution(name, dist):
    if hasattr(dist, "_shape_info") and not hasattr(dist, "dist"):
        raise TypeError(
            f"Parameter {name!r}: the distribution {type(dist).__name__} has no parameters yet; "
            "freeze it by a call, for example loguniform(1e-4, 1e-1)."
        )
    if not (hasattr(dist, "ppf") and hasattr(dist, "cdf")):
        return Choices(_draws(name, dist), closed=False)
    ends = _ends(name, dist)
    if hasattr(getattr(dist, "dist", dist), "pmf"):
        return Integers(dist, *ends)
    return Continuous(dist, *ends)


def _ends(name, dist):
    """Finite ends of a distribution's support, infinite ones cut off at a quantile."""
    try:
        ends = dist.support() if hasattr(dist, "support") else (dist.ppf(0.0), dist.ppf(1.0))
        ends = np.array(ends, dtype=float)
        cut = np.array([dist.ppf(TAIL), dist.ppf(1 - TAIL)], dtype=float)
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


def _draws(name, dist):
    rng = np.random.RandomState(0)
    try:
        return [dist.rvs(random_state=rng) for _ in range(N_DRAWS)]
    except Exception as error:
        raise ValueError(
            f"Parameter {name!r}: {dist!r} could not be sampled by rvs(random_state=...): {error}"
        ) from error


def _as_list(name, values):
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
    bad = [v for v in values if is_real(v) and not math.isfinite(v)]
    # An infinite n_iter_no_change is a value like any other; only nan equals nothing.
    if any(math.isnan(v) for v in bad):
        raise ValueError(f"Parameter {name!r}: nan is not a value to choose, got {values!r}.")
    return values


def describe_distribution(dist):
    """Return a readable and stable description of a distribution."""
    if hasattr(dist, "dist"):
        parts = [repr(a) for a in dist.args] + [f"{k}={v!r}" for k, v in dist.kwds.items()]
        return f"{dist.dist.name}({', '.join(parts)})"
    text = repr(dist)
    return type(dist).__qualname__ if " at 0x" in text else text


class Continuous:
    """A continuous distribution; the code is the value's quantile."""

    ordered = True
    n_codes = 1
    n_values = math.inf
    levels = (0,)
    groups = (0,)

    def __init__(self, dist, low, high):
        self.dist, self.low, self.high = dist, float(low), float(high)
        # The quantiles of the ends, which differ from 0 and 1 where an end was cut off.
        self._span = np.array([dist.cdf(self.low), dist.cdf(self.high)], dtype=float)
        if self.low == self.high:
            self.n_values, self.levels, self.groups = 1, (1,), ()

    def contains(self, value):
        slack = 1e-9 * max(abs(self.low), abs(self.high))
        return is_real(value) and self.low - slack <= value <= self.high + slack

    def encode(self, value):
        if not self.groups:
            return [0.0]
        low, high = self._span
        return [float(np.clip((self.dist.cdf(value) - low) / (high - low), 0.0, 1.0))]

    def decode(self, codes):
        low, high = self._span
        value = self.dist.ppf(low + codes[0] * (high - low))
        return float(np.clip(value, self.low, self.high))

    def features(self, codes):
        return codes if self.groups else codes[:, :0]

    def describe(self):
        return describe_distribution(self.dist)

    def to_json(self, value):
        return float(value)

    def from_json(self, stored):
        return float(stored)


class Integers:
    """A distribution over integers; the code is the integer counted from the lowest."""

    ordered = True
    n_codes = 1

    def __init__(self, dist, low, high):
        self.dist, self.low, self.high = dist, int(low), int(high)
        self.n_values = self.high - self.low + 1
        self.levels = (self.n_values if self.n_values <= MAX_LEVELS else 0,)
        self.groups = (0,) if self.n_values > 1 else ()

    def contains(self, value):
        return is_real(value) and value == int(value) and self.low <= value <= self.high

    def encode(self, value):
        index = int(value) - self.low
        return [float(index)] if self.levels[0] else [(index + 0.5) / self.n_values]

    def decode(self, codes):
        index = int(codes[0]) if self.levels[0] else int(codes[0] * self.n_values)
        return self.low + min(index, self.n_values - 1)

    def features(self, codes):
        if not self.groups:
            return codes[:, :0]
        index = codes if self.levels[0] else np.floor(codes * self.n_values)
        return np.minimum(index + 0.5, self.n_values - 0.5) / self.n_values

    def describe(self):
        return describe_distribution(self.dist)

    def to_json(self, value):
        return int(value)

    def from_json(self, stored):
        return int(stored)


class Choices:
    """A list of values; the code is the index.

    Numbers are ordered, on a logarithmic scale where they are geometric. Tuples of numbers are
    told apart by length, mean and taper. Everything else is a category; among numbers, None or
    a word is one more category that has no place in the order.

    Parameters
    ----------
    values : list
        The values; repeated ones count once.
    closed : bool, default=True
        False if the values are draws from something larger, so that other values exist too.
    """

    n_codes = 1

    def __init__(self, values, *, closed=True):
        self.values = _distinct(values)
        self.closed = closed
        self.n_values = len(self.values) if closed else math.inf
        self.levels = (len(self.values),)
        self._table, self.groups = _choice_features(self.values)
        # One feature, and more values than one: numbers on a scale.
        self.ordered = len(self.groups) == 1

    def contains(self, value):
        return self._index(value) is not None

    def encode(self, value):
        return [float(self._index(value))]

    def decode(self, codes):
        return self.values[int(codes[0])]

    def features(self, codes):
        return self._table[codes[:, 0].astype(int)]

    def describe(self):
        return [_describe_value(v) for v in self.values]

    def to_json(self, value):
        return self._index(value)

    def from_json(self, stored):
        return self.values[stored]

    def _index(self, value):
        for i, known in enumerate(self.values):
            if _same(known, value):
                return i
        if is_real(value) and not self.closed and math.isfinite(value):
            return int(np.argmin([abs(v - value) if is_real(v) else np.inf for v in self.values]))
        return None


class Structured:
    """A distribution that places its values in a unit cube itself.

    It offers `to_unit(value)`, `from_unit(u)`, `contains(value)` and `levels`, the number of
    values of each coordinate (0 where it is continuous).
    """

    ordered = True
    n_values = math.inf

    def __init__(self, dist):
        self.dist = dist
        self.levels = tuple(dist.levels)
        self.n_codes = len(self.levels)
        self.groups = tuple(range(self.n_codes))
        self._counted = np.array(self.levels) > 0
        self._scale = np.maximum(self.levels, 1)

    def contains(self, value):
        return self.dist.contains(value)

    def encode(self, value):
        u = np.asarray(self.dist.to_unit(value), dtype=float)
        return np.where(self._counted, np.minimum(np.floor(u * self._scale), self._scale - 1), u)

    def decode(self, codes):
        return self.dist.from_unit(self.features(codes))

    def features(self, codes):
        return np.where(self._counted, (codes + 0.5) / self._scale, codes)

    def describe(self):
        return repr(self.dist)

    def to_json(self, value):
        return [int(v) for v in value]

    def from_json(self, stored):
        return tuple(stored)


def _describe_value(value):
    text = repr(value)
    return text.split(" at 0x")[0]


def _same(a, b):
    """Equality that survives arrays, estimators, and True beside 1."""
    if a is b:
        return True
    if isinstance(a, bool | np.bool_) != isinstance(b, bool | np.bool_):
        return False
    if is_real(a) and is_real(b):
        return a == b or math.isclose(a, b, rel_tol=1e-9)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(_same, a, b))
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b)
    if type(a).__eq__ is object.__eq__:
        # Estimators compare by identity; two that print alike are the same choice.
        return hasattr(a, "get_params") and repr(a) == repr(b)
    return bool(a == b)


def _distinct(values):
    seen, hashed = [], set()
    for value in values:
        try:
            key = (type(value), value)
            if key in hashed:
                continue
            hashed.add(key)
        except TypeError:
            pass
        seen.append(value)
    return [v for i, v in enumerate(seen) if not any(_same(v, w) for w in seen[:i])]


def _choice_features(values):
    """Return the features of each value, (n_values, n_features), and the group of each feature."""
    if len(values) == 1:
        return np.empty((1, 0)), ()
    if all(is_real_tuple(v) for v in values):
        return _tuple_features(values)
    order = [i for i, v in enumerate(values) if is_real(v) and math.isfinite(v)]
    if len(order) < 2:
        return _one_hot(range(len(values))), (0,) * len(values)
    place = np.full((len(values), 1), 0.5)
    place[order, 0] = place_numbers([float(values[i]) for i in order])
    if len(order) == len(values):
        return place, (0,)
    kind = [0 if i in order else 1 + i for i in range(len(values))]
    codes = np.unique(kind, return_inverse=True)[1]
    one_hot = _one_hot(codes)
    return np.hstack([place, one_hot]), (0,) + (1,) * one_hot.shape[1]


def _one_hot(codes):
    """Columns at squared distance 1 between any two different categories."""
    return np.eye(max(codes) + 1)[np.asarray(codes)] / np.sqrt(2.0)


def place_numbers(numbers_):
    """Place numbers in [0, 1]: on the scale (linear or log) that spaces them more evenly.

    Where neither does, the list itself says what a step is, and the order alone counts.
    """
    x = np.asarray(numbers_, dtype=float)
    scales = [x] + ([np.log(x)] if (x > 0).all() else [])
    steps = [np.diff(np.sort(s)) for s in scales]
    uneven = [d.std() / d.mean() for d in steps]
    best = int(np.argmin(uneven))
    s = scales[best] if uneven[best] < 1.0 else np.argsort(np.argsort(x)).astype(float)
    return (s - s.min()) / (s.max() - s.min())


def is_real_tuple(value):
    return isinstance(value, tuple | list) and len(value) > 0 and all(map(is_real, value))


def _tuple_features(values):
    positive = all(v > 0 for t in values for v in t)
    rows = [np.log(t) if positive else np.asarray(t, dtype=float) for t in values]
    columns = np.array([(len(r), r.mean(), r[0] - r[-1]) for r in rows])
    span = np.ptp(columns, axis=0)
    keep = span > 0
    if not keep.any() or len(np.unique(columns, axis=0)) < len(values):
        return _one_hot(range(len(values))), (0,) * len(values)
    scaled = (columns[:, keep] - columns[:, keep].min(axis=0)) / span[keep]
    return scaled, tuple(range(scaled.shape[1]))
