"""All trials of a search at once: parallel coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sknn_tune.common.cv_results import choose_metric, finished_results
from sknn_tune.common.numeric import is_real
from sknn_tune.common.wording import as_text
from sknn_tune.displays.style import (
    LITERAL,
    colours_beside,
    ink,
    new_axes,
    short_labels,
    short_value,
)
from sknn_tune.search.engine.landscape import is_log

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Stands for a hyperparameter that a branch of the space does not have.
_ABSENT = object()
# Labels along the axis of a hyperparameter, and characters that fit beside each other on it.
N_TICKS, MOST_WORDS, N_CHARACTERS = 5, 8, 60


class ParallelCoordinatesDisplay:
    """Every trial as a line through the values of its hyperparameters, coloured by score.

    The hyperparameters lie below each other, so that names and values of any length can be read.
    Use `from_search` to make one.

    Parameters
    ----------
    configurations : list of dict
        Hyperparameters of each trial.
    scores : array-like of shape (n_trials,)
        Score of each; nan where it failed.
    params : str or list of str, default=None
        Hyperparameters from top to bottom; None is all.
    metric : str, default="score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : LineCollection
        The trials, the best on top.
    colorbar_ : matplotlib Colorbar
    texts_ : list of Text
        Labels of the values.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sknn_tune import ParallelCoordinatesDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [0.1, 1, 10], "kernel": ["rbf", "poly"]}).fit(X, y)
    >>> display = ParallelCoordinatesDisplay.from_search(search)
    >>> len(display.lines_.get_paths())
    6
    """

    def __init__(
        self,
        configurations: Sequence[Mapping[str, Any]],
        scores: ArrayLike,
        *,
        params: str | Iterable[str] | None = None,
        metric: str = "score",
    ) -> None:
        self.configurations, self.scores = configurations, scores
        self.params, self.metric = params, metric

    @classmethod
    def from_search(
        cls,
        search: Any,
        params: str | Iterable[str] | None = None,
        *,
        metric: str | None = None,
        ax: Axes | None = None,
    ) -> ParallelCoordinatesDisplay:
        """Draw the trials of a fitted search.

        Parameters
        ----------
        search : fitted search
            Any with `cv_results_`.
        params : str or list of str, default=None
            Hyperparameters from top to bottom; None is all.
        metric : str, default=None
            The metric to colour by, where there are several.
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        display : ParallelCoordinatesDisplay

        Raises
        ------
        TypeError
            If the search is not fitted.
        ValueError
            If the metric or a hyperparameter is unknown.
        """
        results = finished_results(search)
        metric = choose_metric(results, metric)
        scores = np.asarray(results[f"mean_test_{metric}"], dtype=float)
        return cls(results["params"], scores, params=params, metric=metric).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> ParallelCoordinatesDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        self : ParallelCoordinatesDisplay
        """
        names = self._names()
        height = 0.55 * max(len(names), 4) + 0.4
        self.figure_, self.ax_ = new_axes(ax, figsize=(7.2, height))
        scales = [_Scale([p.get(name, _ABSENT) for p in self.configurations]) for name in names]
        self.texts_ = []
        for row, scale in enumerate(scales):
            self.ax_.axhline(row, color=ink(), lw=0.8, zorder=1)
            self.texts_ += [self._tick(place, row, label) for place, label in scale.ticks]
        self._lines(np.column_stack([scale.places for scale in scales]), height)
        self.ax_.set_yticks(range(len(names)), short_labels(names), **LITERAL)
        self.ax_.tick_params(left=False)
        self.ax_.set(xlim=(-0.05, 1.05), ylim=(len(names) - 0.4, -0.4), xticks=[])
        self.ax_.spines[:].set_visible(False)
        self.ax_.grid(False)
        return self

    def _names(self):
        known = list(dict.fromkeys(n for params in self.configurations for n in params))
        wanted = [self.params] if isinstance(self.params, str) else list(self.params or known)
        if not wanted:
            raise ValueError("There are no hyperparameters to draw.")
        unknown = [name for name in wanted if name not in known]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is not a parameter of the search; there are {known}.")
        return wanted

    def _lines(self, places, height):
        from matplotlib.collections import LineCollection

        scores = np.asarray(self.scores, dtype=float)
        order = [i for i in np.argsort(scores) if np.isfinite(scores[i])]
        # A single axis has no lines between axes; a short stroke shows the trial.
        y = np.arange(places.shape[1]) if places.shape[1] > 1 else np.array([-0.15, 0.15])
        places = np.broadcast_to(places, (len(places), len(y)))
        paths = [np.column_stack([places[i], y])[np.isfinite(places[i])] for i in order]
        colours = colours_beside(self.ax_.get_facecolor())
        self.lines_ = LineCollection(paths, cmap=colours, lw=1.4, alpha=0.8, zorder=2)
        self.lines_.set_array(scores[order])
        # The few worst share the darkest colour, so that the others differ.
        low, high = np.quantile(scores[order], [0.1, 1.0]) if order else (0.0, 1.0)
        self.lines_.set_clim(low, high if high > low else low + 1e-9)
        self.ax_.add_collection(self.lines_)
        self.colorbar_ = self.figure_.colorbar(
            self.lines_,
            ax=self.ax_,
            extend="min",
            pad=0.02,
            shrink=min(1.0, 4.0 / height),
            anchor=(0.0, 1.0),
        )
        self.colorbar_.set_label(self.metric, **LITERAL)

    def _tick(self, place, row, label):
        return self.ax_.annotate(
            label,
            (place, row),
            xytext=(0, -3),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize="small",
            zorder=4,
            bbox={
                "boxstyle": "round,pad=0.1",
                "fc": self.ax_.get_facecolor(),
                "ec": "none",
                "alpha": 0.75,
            },
            **LITERAL,
        )


class _Scale:
    """Places in [0, 1] of the values of one hyperparameter, nan where it is absent."""

    def __init__(self, values):
        present = np.array([value is not _ABSENT for value in values])
        given = [value for value in values if value is not _ABSENT]
        self.places = np.full(len(values), np.nan)
        place = _place_numbers if all(map(_is_drawable, given)) else _place_words
        self.places[present], self.ticks = place(given)


def _is_drawable(value):
    """Whether a value is a number that has a place on an axis."""
    try:
        return is_real(value) and math.isfinite(value)
    except OverflowError:  # an integer beyond all floats
        return False


def _place_numbers(values):
    distinct = np.unique(np.array(values, dtype=float))
    bend = np.log if is_log(distinct) else np.asarray
    low, high = bend(distinct[[0, -1]])

    def place(x):
        return (bend(x) - low) / (high - low) if high > low else np.full(np.shape(x), 0.5)

    ticks = distinct if len(distinct) <= N_TICKS else _round_numbers(distinct, bend is np.log)
    labels = [f"{tick:.3g}" for tick in ticks]
    return place(np.array(values, dtype=float)), _beside_each_other(place(ticks), labels)


def _round_numbers(values, on_log_scale):
    """Return round numbers that are spread over the range of values."""
    from matplotlib.ticker import MaxNLocator

    low, high = values[[0, -1]]
    if on_log_scale and high >= 100 * low:
        exponents = np.arange(np.ceil(np.log10(low) - 1e-9), np.floor(np.log10(high) + 1e-9) + 1)
        return 10.0 ** exponents[:: -(-len(exponents) // N_TICKS)]
    whole = bool((values == np.rint(values)).all())
    ticks = MaxNLocator(N_TICKS - 1, integer=whole).tick_values(low, high)
    return ticks[(ticks >= low) & (ticks <= high)]


def _place_words(values):
    keys = [f"{type(value).__name__} {as_text(value)}" for value in values]
    by_key = dict(zip(keys, values, strict=True))
    order = sorted(by_key, key=lambda key: _rank(by_key[key]))
    place = {key: (i + 0.5) / len(order) for i, key in enumerate(order)}
    kept = order[:: -(-len(order) // MOST_WORDS)]
    longest = max(N_CHARACTERS // len(kept) - 2, 11)
    labels = [short_value(by_key[key], longest) for key in kept]
    return [place[key] for key in keys], _beside_each_other([place[key] for key in kept], labels)


def _rank(value):
    """Numbers by size, then sequences by their length and numbers, then words."""
    if _is_drawable(value):
        return 0, (float(value),), ""
    if isinstance(value, tuple | list) and all(map(_is_drawable, value)):
        return 1, (len(value), *map(float, value)), ""
    return 2, (len(as_text(value)),), as_text(value)


def _beside_each_other(places, labels):
    """Pairs of places and labels without those that would cover the one before."""
    kept, end = [], -np.inf
    for place, label in zip(places, labels, strict=True):
        half = 0.5 * len(label) / N_CHARACTERS
        if place - half > end:
            kept.append((place, label))
            end = place + half + 1 / N_CHARACTERS
    return kept
