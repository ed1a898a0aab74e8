"""The values of a hyperparameter as places and labels along an axis from 0 to 1."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.common.numeric import is_real
from sknn_tune.common.wording import as_text, show_number
from sknn_tune.displays.style import short_value
from sknn_tune.search.engine.landscape import is_log

#: Places of labels, and the labels.
Ticks = list[tuple[float, str]]
#: In place of a hyperparameter that a branch of the space does not have.
ABSENT = object()
# Labels along an axis, and characters that fit beside each other on it.
N_TICKS, MOST_WORDS, N_CHARACTERS = 5, 8, 60


class Scale:
    """Where the values of a hyperparameter lie on an axis, and which labels it has.

    Parameters
    ----------
    values : sequence
        Of each trial; `ABSENT` where it has none.

    Attributes
    ----------
    places : ndarray of shape (n_trials,)
        In [0, 1]; nan where the value is absent. Numbers lie on a linear or logarithmic scale,
        other values one after another.
    ticks : list of (float, str)
        Places and labels that do not cover each other.
    """

    def __init__(self, values: Sequence[Any]) -> None:
        present = np.array([value is not ABSENT for value in values])
        given = [value for value in values if value is not ABSENT]
        self.places: NDArray[np.float64] = np.full(len(values), np.nan)
        place = _place_numbers if all(map(_is_drawable, given)) else _place_words
        self.places[present], self.ticks = place(given)


def _is_drawable(value: Any) -> bool:
    """Whether a value is a number that has a place on an axis."""
    try:
        return is_real(value) and math.isfinite(value)
    except OverflowError:  # an integer beyond all floats
        return False


def _place_numbers(values: Sequence[float]) -> tuple[Any, Ticks]:
    distinct = np.unique(np.array(values, dtype=float))
    bend = np.log if is_log(distinct) else np.asarray
    low, high = bend(distinct[[0, -1]])

    def place(x):
        return (bend(x) - low) / (high - low) if high > low else np.full(np.shape(x), 0.5)

    ticks = distinct if len(distinct) <= N_TICKS else _round_numbers(distinct, bend is np.log)
    labels = [show_number(float(tick), 3) for tick in ticks]
    return place(np.array(values, dtype=float)), _beside_each_other(place(ticks), labels)


def _round_numbers(values: NDArray[np.float64], on_log_scale: bool) -> NDArray[np.float64]:
    """Return round numbers that are spread over the range of values."""
    from matplotlib.ticker import MaxNLocator

    low, high = values[[0, -1]]
    if on_log_scale and high >= 100 * low:
        exponents = np.arange(np.ceil(np.log10(low) - 1e-9), np.floor(np.log10(high) + 1e-9) + 1)
        return 10.0 ** exponents[:: -(-len(exponents) // N_TICKS)]
    whole = bool((values == np.rint(values)).all())
    ticks = MaxNLocator(N_TICKS - 1, integer=whole).tick_values(low, high)
    return ticks[(ticks >= low) & (ticks <= high)]


def _place_words(values: Sequence[Any]) -> tuple[list[float], Ticks]:
    keys = [f"{type(value).__name__} {as_text(value)}" for value in values]
    by_key = dict(zip(keys, values, strict=True))
    order = sorted(by_key, key=lambda key: _rank(by_key[key]))
    place = {key: (i + 0.5) / len(order) for i, key in enumerate(order)}
    kept = order[:: -(-len(order) // MOST_WORDS)]
    longest = max(N_CHARACTERS // len(kept) - 2, 11)
    labels = [short_value(by_key[key], longest) for key in kept]
    return [place[key] for key in keys], _beside_each_other([place[key] for key in kept], labels)


def _rank(value: Any) -> tuple[int, tuple[float, ...], str]:
    """Numbers by size, then sequences by their length and numbers, then words."""
    if _is_drawable(value):
        return 0, (float(value),), ""
    if isinstance(value, tuple | list) and all(map(_is_drawable, value)):
        return 1, (len(value), *map(float, value)), ""
    return 2, (len(as_text(value)),), as_text(value)


def _beside_each_other(places: Iterable[float], labels: Iterable[str]) -> Ticks:
    """Pairs of places and labels without those that would cover the one before."""
    kept, end = [], -np.inf
    for place, label in zip(places, labels, strict=True):
        half = 0.5 * len(label) / N_CHARACTERS
        if place - half > end:
            kept.append((place, label))
            end = place + half + 1 / N_CHARACTERS
    return kept
