"""What the surrogate of a search expects: along one hyperparameter, over two."""

import numpy as np

from sknn_tune.displays.style import FAINT, ink, mark_axis, pyplot, short_labels
from sknn_tune.search.engine.landscape import Landscape

COLUMNS = 4


class SurrogateDisplay:
    """Expected score along each hyperparameter with its uncertainty, one picture each.

    Use `from_search` to make one.

    Parameters
    ----------
    curves : list of (Axis, ndarray, ndarray)
        Axis, mean and standard deviation for each hyperparameter.
    trials : list of (ndarray, ndarray)
        Positions and scores of the trials, for each hyperparameter.
    kind : {"dependence", "slice"}
        What the curves are, for the label.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes, shape (n_curves,)
    figure_ : matplotlib Figure
    lines_ : list of Line2D or ErrorbarContainer
        The means.
    bands_ : list of PolyCollection
        Two standard deviations around the mean; none for categories, which have bars.
    points_ : list of PathCollection
        The trials.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sknn_tune import BayesSearchCV, SurrogateDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1)}
    >>> search = BayesSearchCV(SVC(), space, n_iter=6, cv=3, random_state=0).fit(X, y)
    >>> display = SurrogateDisplay.from_search(search)
    >>> [ax.get_xlabel() for ax in display.axes_]
    ['C', 'gamma']
    """

    def __init__(self, curves, trials, kind):
        self.curves, self.trials, self.kind = curves, trials, kind

    @classmethod
    def from_search(cls, search, params=None, *, kind="dependence", at=None, ax=None):
        """Draw the surrogate of a fitted `BayesSearchCV`.

        Parameters
        ----------
        search : BayesSearchCV
        params : list of str, default=None
            Hyperparameters to draw; None is all.
        kind : {"dependence", "slice"}, default="dependence"
            Averaged over all other hyperparameters (partial dependence; its band is the mean
            uncertainty), or with the others as in `at`.
        at : dict, default=None
            A configuration for "slice"; None is `best_params_`.
        ax : array of matplotlib Axes, default=None
            As many as there are hyperparameters; None makes them.

        Returns
        -------
        display : SurrogateDisplay
        """
        if kind not in ("dependence", "slice"):
            raise ValueError(f"kind must be 'dependence' or 'slice', got {kind!r}.")
        landscape = Landscape(search)
        wanted = (
            landscape.names if params is None else [params] if isinstance(params, str) else params
        )
        dimensions = [landscape.index(name) for name in wanted]
        if at is None:  # without the resource, where the search has one
            winner = search.best_params_.items()
            at = {name: value for name, value in winner if name in landscape.parameters}
        curves = [
            landscape.dependence(i) if kind == "dependence" else landscape.slice(i, at)
            for i in dimensions
        ]
        trials = [_trials(landscape, search, curve[0]) for curve in curves]
        return cls(curves, trials, kind).plot(ax=ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : array of matplotlib Axes, default=None
            As many as there are curves; None makes them.

        Returns
        -------
        self : SurrogateDisplay
        """
        self.figure_, self.axes_ = _many_axes(len(self.curves), ax)
        self.lines_, self.bands_, self.points_ = [], [], []
        names = short_labels([axis.name for axis, _, _ in self.curves])
        parts = zip(self.axes_, self.curves, self.trials, names, strict=True)
        for place, (axis, mean, std), (x, y), name in parts:
            self.points_.append(place.scatter(x, y, s=10, color=ink(), alpha=0.45, lw=0, zorder=2))
            self._curve(place, axis, mean, std)
            mark_axis(place, axis, label=name)
        low, high = self._limits()
        for place in self.axes_:
            place.set_ylim(low, high)
        label = "expected score" if self.kind == "dependence" else "expected score, others fixed"
        for place in self.axes_:
            grid = place.get_subplotspec()
            if ax is not None or grid is None or grid.is_first_col():
                place.set_ylabel(label)
        return self

    def _curve(self, place, axis, mean, std):
        if axis.is_number and len(axis.values) > 5:
            self.lines_ += place.plot(axis.positions, mean, color="C0", lw=2, zorder=3)
            band = place.fill_between(
                axis.positions, mean - 2 * std, mean + 2 * std, color="C0", alpha=FAINT, lw=0
            )
            self.bands_.append(band)
        else:
            bars = place.errorbar(
                axis.positions, mean, 2 * std, fmt="o", color="C0", capsize=4, zorder=3
            )
            self.lines_.append(bars)
            if not axis.is_number:
                place.set_xlim(-0.5, len(axis.values) - 0.5)

    def _limits(self):
        """Enough for curves and trials; where all is uncertain, bands run out of the picture."""
        curves = np.concatenate([mean for _, mean, _ in self.curves])
        low, high = (
            end([end(curves), *(end(y) for _, y in self.trials if len(y))]) for end in (min, max)
        )
        margin = 0.08 * (high - low) or 0.5
        return low - margin, high + margin


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

    def __init__(self, x, y, mean, std, trials, best):
        self.x, self.y, self.mean, self.std = x, y, mean, std
        self.trials, self.best = trials, best

    @classmethod
    def from_search(cls, search, params, *, values="mean", ax=None):
        """Draw two hyperparameters of a fitted `BayesSearchCV`.

        Parameters
        ----------
        search : BayesSearchCV
        params : tuple of (str, str)
            The hyperparameters of the x-axis and of the y-axis.
        values : {"mean", "std"}, default="mean"
            The expected score, or how uncertain it is.
        ax : matplotlib Axes, default=None

        Returns
        -------
        display : SurrogateContourDisplay
        """
        if len(params) != 2 or isinstance(params, str):
            raise ValueError(f"params must name two hyperparameters, got {params!r}.")
        landscape = Landscape(search)
        x, y, mean, std = landscape.surface(*(landscape.index(name) for name in params))
        configurations = search.cv_results_["params"]
        both = [p for p in configurations if x.parameter in p and y.parameter in p]
        trials = tuple(np.array([a.place(p[a.parameter]) for p in both]) for a in (x, y))
        winner = getattr(search, "best_params_", {})
        best = tuple(a.place(winner.get(a.parameter, np.nan)) for a in (x, y))
        return cls(x, y, mean, std, trials, best).plot(ax=ax, values=values)

    def plot(self, ax=None, *, values="mean"):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes new ones.
        values : {"mean", "std"}, default="mean"

        Returns
        -------
        self : SurrogateContourDisplay
        """
        if values not in ("mean", "std"):
            raise ValueError(f"values must be 'mean' or 'std', got {values!r}.")
        self.figure_, axes = _many_axes(1, None if ax is None else [ax])
        self.ax_, z = axes[0], getattr(self, values)
        for axis, which in ((self.x, "x"), (self.y, "y")):
            mark_axis(self.ax_, axis, which)
        grid = self.x.positions, self.y.positions, z
        if self.x.is_number and self.y.is_number and min(z.shape) > 2:
            self.contours_ = self.ax_.contourf(*grid, levels=14, cmap="viridis")
        else:
            self.contours_ = self.ax_.pcolormesh(*grid, cmap="viridis", shading="nearest")
        label = "expected score" if values == "mean" else "standard deviation"
        self.colorbar_ = self.figure_.colorbar(self.contours_, ax=self.ax_, label=label)
        outline = {"edgecolor": "white", "lw": 0.6}
        self.points_ = self.ax_.scatter(*self.trials, s=18, color="black", zorder=3, **outline)
        (self.best_,) = self.ax_.plot(
            *self.best, "*", ms=15, color="C1", mec="white", zorder=4, label="best"
        )
        return self


def _trials(landscape, search, axis):
    """Positions and scores of the trials on an axis."""
    params = search.cv_results_["params"]
    scores = landscape.surrogate.predict(params)[0]
    at = [i for i, p in enumerate(params) if axis.parameter in p]
    return np.array([axis.place(params[i][axis.parameter]) for i in at]), scores[at]


def _many_axes(n_axes, ax):
    """Return figure and a flat array of axes."""
    if ax is not None:
        axes = np.ravel(np.asarray(ax, dtype=object))
        if len(axes) != n_axes:
            raise ValueError(f"ax must hold {n_axes} axes, got {len(axes)}.")
        return axes[0].figure, axes
    columns = min(COLUMNS, n_axes)
    rows = -(-n_axes // columns)
    size = (6.4, 4.8) if n_axes == 1 else (3.0 * columns, 2.4 * rows + 0.3)
    figure, grid = pyplot().subplots(
        rows, columns, figsize=size, squeeze=False, sharey=n_axes > 1, layout="constrained"
    )
    for empty in grid.ravel()[n_axes:]:
        empty.remove()
    return figure, grid.ravel()[:n_axes]
