"""The course of a search: scores, the best so far, resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sknn_tune.common.cv_results import choose_metric, finished_results
from sknn_tune.displays.style import (
    LITERAL,
    colours_beside,
    ink,
    legend_below,
    new_axes,
    score_limits,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class SearchHistoryDisplay:
    """Score of every trial of a search and the best so far, over trials or over time.

    Use `from_search` to make one.

    Parameters
    ----------
    scores : array-like of shape (n_trials,)
        Mean score of each trial in the order of the search; nan where it failed.
    spreads : array-like of shape (n_trials,), default=None
        Standard deviation of each over the splits.
    seconds : array-like of shape (n_trials,), default=None
        Time of all fits of each trial.
    resources : array-like of shape (n_trials,), default=None
        Resource of each trial (rows, epochs); only trials with the most count as best.
    metric : str, default="score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    points_ : PathCollection
        The trials that worked.
    failed_ : Line2D or None
        Marks at the lower edge for those that failed.
    lines_ : list of Line2D
        The best so far.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sknn_tune import SearchHistoryDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(SVC(), {"C": [0.1, 1, 10], "kernel": ["rbf", "poly"]}).fit(X, y)
    >>> display = SearchHistoryDisplay.from_search(search)
    >>> len(display.points_.get_offsets())
    6
    """

    def __init__(
        self,
        scores: ArrayLike,
        *,
        spreads: ArrayLike | None = None,
        seconds: ArrayLike | None = None,
        resources: ArrayLike | None = None,
        metric: str = "score",
    ) -> None:
        self.scores, self.spreads, self.seconds = scores, spreads, seconds
        self.resources, self.metric = resources, metric

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        over: Literal["trials", "time"] = "trials",
        ax: Axes | None = None,
    ) -> SearchHistoryDisplay:
        """Draw the history of a fitted search.

        Parameters
        ----------
        search : fitted search
            `BayesSearchCV`, `RandomizedSearchCV`, `GridSearchCV`, a halving search ...
        metric : str, default=None
            The metric to draw, where there are several.
        over : {"trials", "time"}, default="trials"
            Time is the sum of all fits and scorings so far, those that ran in parallel included.
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        display : SearchHistoryDisplay

        Raises
        ------
        TypeError
            If the search is not fitted.
        ValueError
            If `metric` or `over` is unknown.
        """
        results = finished_results(search)
        metric = choose_metric(results, metric)
        seconds = results["mean_fit_time"] + results["mean_score_time"]
        display = cls(
            np.asarray(results[f"mean_test_{metric}"], dtype=float),
            spreads=results[f"std_test_{metric}"],
            seconds=seconds * getattr(search, "n_splits_", 1),
            resources=results.get("n_resources"),
            metric=metric,
        )
        return display.plot(ax=ax, over=over)

    @property
    def incumbent(self) -> NDArray[np.float64]:
        """Best score so far after each trial; nan before the first that counts."""
        scores = np.asarray(self.scores, dtype=float)
        if self.resources is not None:
            full = np.asarray(self.resources) == np.max(self.resources)
            scores = np.where(full, scores, np.nan)
        return np.fmax.accumulate(scores)

    def plot(
        self, ax: Axes | None = None, *, over: Literal["trials", "time"] = "trials"
    ) -> SearchHistoryDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes new ones.
        over : {"trials", "time"}, default="trials"
            What the x-axis shows.

        Returns
        -------
        self : SearchHistoryDisplay
        """
        if over not in ("trials", "time"):
            raise ValueError(f"over must be 'trials' or 'time', got {over!r}.")
        from matplotlib.ticker import MaxNLocator

        self.figure_, self.ax_ = new_axes(ax)
        scores, x = np.asarray(self.scores, dtype=float), self._positions(over)
        worked = np.isfinite(scores)
        if self.spreads is not None:
            self.ax_.errorbar(
                x[worked],
                scores[worked],
                np.asarray(self.spreads)[worked],
                fmt="none",
                ecolor="C0",
                alpha=0.25,
                lw=1,
            )
        self.points_ = self._scatter(x[worked], scores[worked], worked)
        self.lines_ = self.ax_.step(
            x, self.incumbent, where="post", color="C1", lw=2, label="best so far"
        )
        self.failed_ = None
        if not worked.all():
            (self.failed_,) = self.ax_.plot(
                x[~worked],
                np.full((~worked).sum(), 0.02),
                "x",
                color=ink(),
                transform=self.ax_.get_xaxis_transform(),
                label="failed",
            )
        if over == "trials":
            self.ax_.xaxis.set_major_locator(MaxNLocator(integer=True))
        self.ax_.set_xlabel("trial" if over == "trials" else "seconds of fitting")
        self.ax_.set_ylabel(self.metric, **LITERAL)
        self._limit(scores[worked])
        legend_below(self.ax_)
        return self

    def _positions(self, over):
        if over == "trials":
            return np.arange(1.0, np.size(self.scores) + 1)
        if self.seconds is None:
            raise ValueError("over='time' needs the seconds of each trial.")
        return np.cumsum(self.seconds)

    def _scatter(self, x, y, worked):
        if self.resources is None or np.ptp(self.resources) == 0:
            return self.ax_.scatter(x, y, s=22, color="C0", zorder=3, label="trials")
        resources = np.asarray(self.resources, dtype=float)
        sizes = 12 + 50 * resources / resources.max()
        colours = colours_beside(self.ax_.get_facecolor())
        points = self.ax_.scatter(
            x, y, s=sizes[worked], c=resources[worked], cmap=colours, zorder=3, label="trials"
        )
        self.figure_.colorbar(points, ax=self.ax_, label="resource")
        return points

    def _limit(self, scores):
        """Let a few trials with far lower scores run out of the picture."""
        if not len(scores):
            return
        spreads = np.asarray([] if self.spreads is None else self.spreads, dtype=float)
        spreads = spreads[np.isfinite(spreads)]
        noise = float(np.median(spreads)) if len(spreads) else 0.0
        low, high = score_limits(scores, noise)
        if low > scores.min():
            self.ax_.set_ylim(low, high + 0.25 * (high - low))
