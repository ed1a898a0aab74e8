"""What the surrogate of a search expects over two hyperparameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sknn_tune.displays.hyperparameter_axis import mark_axis, place_on
from sknn_tune.displays.style import new_axes
from sknn_tune.search import BayesSearchCV
from sknn_tune.search.engine.landscape import Axis, Landscape

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The colours span at least this share of the range of the scores, so that flat looks flat.
LEAST_SPAN = 0.1
_LABELS = {"mean": "expected score", "std": "standard deviation"}


class SurrogateContourDisplay:
    """Expected score over two hyperparameters, averaged over all others.

    Use `from_search` to make one.

    Parameters
    ----------
    x : Axis
        Hyperparameter of the x-axis.
    y : Axis
        Hyperparameter of the y-axis.
    mean : ndarray of shape (len(y.values), len(x.values))
        Expected score.
    std : ndarray of shape (len(y.values), len(x.values))
        Its standard deviation.
    trials : tuple of two ndarrays
        Positions of the trials.
    best : tuple of two floats
        Position of the winner; nan where it lacks one of the two.
    score_range : float, default=0.0
        Difference between the best and the worst trial; colours do not exaggerate what is small
        beside it.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    contours_ : QuadContourSet or QuadMesh
        The latter where one of the axes has categories.
    colorbar_ : matplotlib Colorbar
    points_ : PathCollection
        The trials.
    best_ : Line2D
        The winner.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sknn_tune import BayesSearchCV, SurrogateContourDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1)}
    >>> search = BayesSearchCV(SVC(), space, n_iter=6, cv=3, random_state=0).fit(X, y)
    >>> display = SurrogateContourDisplay.from_search(search, ("C", "gamma"))
    >>> display.ax_.get_yscale()
    'log'
    """

    def __init__(
        self,
        x: Axis,
        y: Axis,
        mean: NDArray[np.float64],
        std: NDArray[np.float64],
        trials: tuple[NDArray[np.float64], NDArray[np.float64]],
        best: tuple[float, float],
        *,
        score_range: float = 0.0,
    ) -> None:
        self.x, self.y, self.mean, self.std = x, y, mean, std
        self.trials, self.best, self.score_range = trials, best, score_range

    @classmethod
    def from_search(
        cls,
        search: BayesSearchCV,
        params: tuple[str, str],
        *,
        values: Literal["mean", "std"] = "mean",
        ax: Axes | None = None,
    ) -> SurrogateContourDisplay:
        """Draw two hyperparameters of a fitted `BayesSearchCV`.

        Parameters
        ----------
        search : BayesSearchCV
        params : tuple of (str, str)
            The hyperparameters of the x-axis and of the y-axis.
        values : {"mean", "std"}, default="mean"
            The expected score, or how uncertain it is.
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        display : SurrogateContourDisplay

        Raises
        ------
        TypeError
            If the search has no surrogate.
        ValueError
            If `params` does not name two different hyperparameters that occur together.
        """
        if isinstance(params, str) or np.ndim(params) != 1 or len(set(params)) != 2:
            raise ValueError(f"params must name two different hyperparameters, got {params!r}.")
        landscape = Landscape(search)
        first, second = (landscape.index(name) for name in params)
        x, y, mean, std = landscape.surface(first, second)
        configurations = search.cv_results_["params"]
        both = [p for p in configurations if x.parameter in p and y.parameter in p]
        at_x, at_y = (np.array([place_on(a, p[a.parameter]) for p in both]) for a in (x, y))
        winner = getattr(search, "best_params_", {})
        best_x, best_y = (place_on(a, winner.get(a.parameter, np.nan)) for a in (x, y))
        score_range = float(np.ptp(landscape.surrogate.predict(configurations)[0]))
        display = cls(x, y, mean, std, (at_x, at_y), (best_x, best_y), score_range=score_range)
        return display.plot(ax=ax, values=values)

    def plot(
        self, ax: Axes | None = None, *, values: Literal["mean", "std"] = "mean"
    ) -> SurrogateContourDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes new ones.
        values : {"mean", "std"}, default="mean"
            The expected score, or how uncertain it is.

        Returns
        -------
        self : SurrogateContourDisplay
        """
        if values not in _LABELS:
            raise ValueError(f"values must be 'mean' or 'std', got {values!r}.")
        self.figure_, self.ax_ = new_axes(ax)
        mark_axis(self.ax_, self.x, "x")
        mark_axis(self.ax_, self.y, "y")
        z = self.mean if values == "mean" else self.std
        self.contours_ = self._fill(z)
        self.colorbar_ = self.figure_.colorbar(
            self.contours_, ax=self.ax_, label=_LABELS[values], ticks=_ticks(6)
        )
        style: dict[str, Any] = {"zorder": 3, "clip_on": False}
        self.points_ = self.ax_.scatter(
            *self.trials, s=18, color="black", edgecolor="white", lw=0.6, **style
        )
        (self.best_,) = self.ax_.plot(
            *self.best, "*", ms=15, color="C1", mec="white", label="best", **style
        )
        return self

    def _fill(self, z):
        """Contours of two numbers, tiles where there are categories."""
        grid = self.x.positions, self.y.positions, z
        middle = 0.5 * (z.min() + z.max())
        half = 0.5 * max(np.ptp(z), LEAST_SPAN * self.score_range) or 0.5
        low, high = middle - half, middle + half
        if self.x.is_number and self.y.is_number and min(z.shape) > 2:
            levels = _ticks(12).tick_values(low, high)
            return self.ax_.contourf(*grid, levels=levels, cmap="viridis")
        return self.ax_.pcolormesh(*grid, cmap="viridis", shading="nearest", vmin=low, vmax=high)


def _ticks(n):
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(n)
