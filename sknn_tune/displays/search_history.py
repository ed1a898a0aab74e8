"""The course of a search: scores, the best so far, resources."""

import numpy as np

from sknn_tune.common.cv_results import choose_metric, finished_results
from sknn_tune.displays.style import ink, legend_below, new_axes


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

    def __init__(self, scores, *, spreads=None, seconds=None, resources=None, metric="score"):
        self.scores, self.spreads, self.seconds = scores, spreads, seconds
        self.resources, self.metric = resources, metric

    @classmethod
    def from_search(cls, search, *, metric=None, over="trials", ax=None):
        """Draw the history of a fitted search.

        Parameters
        ----------
        search : fitted search
            `BayesSearchCV`, `RandomizedSearchCV`, `GridSearchCV`, a halving search ...
        metric : str, default=None
            Which of several metrics.
        over : {"trials", "time"}, default="trials"
            Time is that of all fits and scorings so far, as if one followed the other.
        ax : matplotlib Axes, default=None

        Returns
        -------
        display : SearchHistoryDisplay
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
    def incumbent(self):
        """Best score so far after each trial; nan before the first that counts."""
        scores = np.asarray(self.scores, dtype=float)
        if self.resources is not None:
            full = np.asarray(self.resources) == np.max(self.resources)
            scores = np.where(full, scores, np.nan)
        return np.fmax.accumulate(scores)

    def plot(self, ax=None, *, over="trials"):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes new ones.
        over : {"trials", "time"}, default="trials"

        Returns
        -------
        self : SearchHistoryDisplay
        """
        if over not in ("trials", "time"):
            raise ValueError(f"over must be 'trials' or 'time', got {over!r}.")
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
        label = "trial" if over == "trials" else "seconds of fitting"
        self.ax_.set(xlabel=label, ylabel=self.metric)
        self._show_where_scores_are(scores[worked])
        legend_below(self.ax_)
        return self

    def _positions(self, over):
        if over == "trials":
            return np.arange(1.0, len(self.scores) + 1)
        if self.seconds is None:
            raise ValueError("over='time' needs the seconds of each trial.")
        return np.cumsum(self.seconds)

    def _scatter(self, x, y, worked):
        if self.resources is None or np.ptp(self.resources) == 0:
            return self.ax_.scatter(x, y, s=22, color="C0", zorder=3, label="trials")
        resources = np.asarray(self.resources, dtype=float)
        sizes = 12 + 50 * resources / resources.max()
        points = self.ax_.scatter(
            x, y, s=sizes[worked], c=resources[worked], cmap="viridis", zorder=3, label="trials"
        )
        self.figure_.colorbar(points, ax=self.ax_, label="resource")
        return points

    def _show_where_scores_are(self, scores):
        """Let a few trials that went astray run out of the picture."""
        if len(scores) < 8:
            return
        low, middle, high = np.quantile(scores, [0.0, 0.25, 1.0])
        spread = 0.0 if self.spreads is None else np.nanmedian(self.spreads)
        height = max(high - middle, 2 * spread)
        if middle - low > 4 * height > 0:
            self.ax_.set_ylim(middle - 2 * height, high + height)
