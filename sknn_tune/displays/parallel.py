"""All trials of a search at once: parallel coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sknn_tune.common.cv_results import choose_metric, finished_results
from sknn_tune.displays.scale import ABSENT, Scale
from sknn_tune.displays.style import (
    LITERAL,
    colours_beside,
    ink,
    new_axes,
    short_labels,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
        scales = [Scale([p.get(name, ABSENT) for p in self.configurations]) for name in names]
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
        # The few worst share a colour, so that the others differ.
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
