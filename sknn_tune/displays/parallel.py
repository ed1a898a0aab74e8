"""All trials of a search at once: parallel coordinates."""

import numpy as np

from sknn_tune.common.cv_results import choose_metric, finished_results
from sknn_tune.common.numeric import is_real
from sknn_tune.displays.style import new_axes, short_labels, short_value
from sknn_tune.search.engine.landscape import is_log

# Stands for a hyperparameter that a branch of the space does not have.
_ABSENT = object()
# Ticks of an axis of numbers, and categories that are written out.
N_TICKS, MOST_WORDS = 5, 12


class ParallelCoordinatesDisplay:
    """Every trial as a line through the values of its hyperparameters, coloured by score.

    Use `from_search` to make one.

    Parameters
    ----------
    configurations : list of dict
        Hyperparameters of each trial.
    scores : array-like of shape (n_trials,)
        Score of each; nan where it failed.
    params : list of str, default=None
        Hyperparameters from left to right; None is all.
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

    def __init__(self, configurations, scores, *, params=None, metric="score"):
        self.configurations, self.scores = configurations, scores
        self.params, self.metric = params, metric

    @classmethod
    def from_search(cls, search, params=None, *, metric=None, ax=None):
        """Draw the trials of a fitted search.

        Parameters
        ----------
        search : fitted search
            Any with `cv_results_`.
        params : list of str, default=None
            Hyperparameters from left to right; None is all.
        metric : str, default=None
            Which of several metrics.
        ax : matplotlib Axes, default=None

        Returns
        -------
        display : ParallelCoordinatesDisplay
        """
        results = finished_results(search)
        metric = choose_metric(results, metric)
        scores = np.asarray(results[f"mean_test_{metric}"], dtype=float)
        return cls(results["params"], scores, params=params, metric=metric).plot(ax=ax)

    def plot(self, ax=None):
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
        width = float(np.clip(1.1 * len(names) + 2.5, 6.4, 18.0))
        self.figure_, self.ax_ = new_axes(ax, figsize=(width, 4.8))
        scales = [_Scale([p.get(name, _ABSENT) for p in self.configurations]) for name in names]
        heights = np.column_stack([scale.heights for scale in scales])
        self.texts_ = []
        for i, scale in enumerate(scales):
            self.ax_.axvline(i, color=_frame_colour(self.ax_), lw=0.8, zorder=1)
            for height, label in scale.ticks:
                self.texts_.append(self._tick(i, height, label))
        self._lines(heights)
        shown = short_labels(names)
        is_long = max(map(len, shown)) > 12 * width / len(names)
        turned = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if is_long else {}
        self.ax_.set_xticks(range(len(names)), shown, **turned)
        self.ax_.tick_params(bottom=False)
        self.ax_.set(xlim=(-0.3, max(len(names) - 1, 0) + 0.5), ylim=(-0.06, 1.06), yticks=[])
        self.ax_.spines[:].set_visible(False)
        self.ax_.grid(False)
        return self

    def _names(self):
        known = list(dict.fromkeys(n for params in self.configurations for n in params))
        unknown = [name for name in self.params or () if name not in known]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is not a parameter of the search; there are {known}.")
        return known if self.params is None else list(self.params)

    def _lines(self, heights):
        from matplotlib.collections import LineCollection

        scores = np.asarray(self.scores, dtype=float)
        order = [i for i in np.argsort(scores) if np.isfinite(scores[i])]
        # A single axis has no lines between axes; a short stroke stands for the trial.
        x = np.arange(heights.shape[1]) if heights.shape[1] > 1 else np.array([-0.15, 0.15])
        heights = np.broadcast_to(heights, (len(heights), len(x)))
        paths = [np.column_stack([x, heights[i]])[np.isfinite(heights[i])] for i in order]
        self.lines_ = LineCollection(paths, cmap="viridis", lw=1.4, alpha=0.8, zorder=2)
        self.lines_.set_array(scores[order])
        # The few that went astray share the darkest colour, so that the others differ.
        low, high = np.quantile(scores[order], [0.1, 1.0]) if order else (0.0, 1.0)
        self.lines_.set_clim(low, high if high > low else low + 1e-9)
        self.ax_.add_collection(self.lines_)
        self.colorbar_ = self.figure_.colorbar(
            self.lines_, ax=self.ax_, label=self.metric, extend="min", pad=0.02
        )

    def _tick(self, i, height, label):
        return self.ax_.annotate(
            label,
            (i, height),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize="x-small",
            zorder=4,
            bbox={
                "boxstyle": "round,pad=0.1",
                "fc": self.ax_.get_facecolor(),
                "ec": "none",
                "alpha": 0.7,
            },
        )


class _Scale:
    """Heights in [0, 1] of the values of one hyperparameter, nan where it is absent."""

    def __init__(self, values):
        present = np.array([value is not _ABSENT for value in values])
        given = [value for value in values if value is not _ABSENT]
        self.heights = np.full(len(values), np.nan)
        place = self._place_numbers if all(map(is_real, given)) else self._place_words
        self.heights[present], self.ticks = place(given)

    def _place_numbers(self, values):
        distinct = np.unique(np.array(values, dtype=float))
        bend = np.log if is_log(distinct) else np.asarray
        low, high = bend(distinct[[0, -1]])

        def height(x):
            return (bend(x) - low) / (high - low) if high > low else np.full(np.shape(x), 0.5)

        ticks = distinct
        if len(distinct) > N_TICKS:
            ticks = np.linspace(low, high, N_TICKS)
            ticks = np.exp(ticks) if bend is np.log else ticks
            whole = (distinct == np.rint(distinct)).all()
            ticks = np.unique(np.rint(ticks)) if whole else ticks
        labels = [f"{tick:.3g}" for tick in ticks]
        return height(np.array(values, dtype=float)), list(zip(height(ticks), labels, strict=True))

    def _place_words(self, values):
        labels = [short_value(v) for v in values]
        words = sorted(set(labels), key=lambda word: (len(word), word))
        place = {w: (i + 0.5) / len(words) for i, w in enumerate(words)}
        kept = words if len(words) <= MOST_WORDS else words[:: -(-len(words) // MOST_WORDS)]
        return [place[label] for label in labels], [(place[w], w) for w in kept]


def _frame_colour(ax):
    return ax.spines["left"].get_edgecolor()
