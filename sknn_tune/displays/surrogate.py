"""What the surrogate of a search expects along each hyperparameter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sknn_tune.displays.hyperparameter_axis import border_note, mark_axis, place_on
from sknn_tune.displays.style import FAINT, ink, pyplot, score_limits, short_labels
from sknn_tune.search import BayesSearchCV
from sknn_tune.search.engine.landscape import Axis, Landscape

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_COLUMNS = 4
# Letters of a name for which there is room below one of several pictures.
_ROOM = 18
# The band is shown as far as this share of the range of the scores beyond them.
MARGIN = 0.35
_LABELS = {
    "slice": "the other hyperparameters as marked",
    "dependence": "averaged over the other hyperparameters",
}


class SurrogateDisplay:
    """Expected score along each hyperparameter with its uncertainty, one picture each.

    Use `from_search` to make one.

    Parameters
    ----------
    curves : list of (Axis, ndarray, ndarray)
        Axis, mean and standard deviation for each hyperparameter.
    trials : list of (ndarray, ndarray)
        Positions and expected scores of the trials, for each hyperparameter.
    kind : {"slice", "dependence"}, default="slice"
        What the curves are, for the label.
    at : dict, default=None
        A configuration whose value is marked in each picture.

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
    marks_ : list of Line2D or None
        The values of `at`; None where it has none.
    notes_ : list of Text
        Notes on values at the border of the space.

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

    def __init__(
        self,
        curves: list[tuple[Axis, NDArray[np.float64], NDArray[np.float64]]],
        trials: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
        *,
        kind: Literal["slice", "dependence"] = "slice",
        at: Mapping[str, Any] | None = None,
    ) -> None:
        self.curves, self.trials, self.kind, self.at = curves, trials, kind, at

    @classmethod
    def from_search(
        cls,
        search: BayesSearchCV,
        params: str | Iterable[str] | None = None,
        *,
        kind: Literal["slice", "dependence"] = "slice",
        at: Mapping[str, Any] | None = None,
        ax: Axes | Iterable[Axes] | None = None,
    ) -> SurrogateDisplay:
        """Draw the surrogate of a fitted `BayesSearchCV`.

        Parameters
        ----------
        search : BayesSearchCV
        params : str or list of str, default=None
            Hyperparameters to draw; None is all.
        kind : {"slice", "dependence"}, default="slice"
            With the other hyperparameters as in `at`, or averaged over them (partial dependence;
            the band is then the mean uncertainty).
        at : dict, default=None
            The configuration through which slices go, marked in each picture; None is
            `best_params_`, and without a winner the configuration with the best expected score.
        ax : array of matplotlib Axes, default=None
            As many as there are hyperparameters; None makes them.

        Returns
        -------
        display : SurrogateDisplay

        Raises
        ------
        TypeError
            If the search has no surrogate.
        ValueError
            If `kind` or a hyperparameter is unknown, or `at` is not in the space.
        """
        if kind not in _LABELS:
            raise ValueError(f"kind must be 'slice' or 'dependence', got {kind!r}.")
        landscape = Landscape(search)
        names = [params] if isinstance(params, str) else list(params or landscape.names)
        dimensions = [landscape.index(name) for name in names]
        at = _configuration(landscape, search, at)
        curves = [
            landscape.slice(i, at) if kind == "slice" else landscape.dependence(i)
            for i in dimensions
        ]
        trials = [_trials(landscape, search, axis) for axis, _, _ in curves]
        return cls(curves, trials, kind=kind, at=at).plot(ax=ax)

    def plot(self, ax: Axes | Iterable[Axes] | None = None) -> SurrogateDisplay:
        """Draw.

        Parameters
        ----------
        ax : array of matplotlib Axes, default=None
            As many as there are curves; None makes them.

        Returns
        -------
        self : SurrogateDisplay
        """
        self.figure_, self.axes_ = _make_axes(len(self.curves), ax)
        self.lines_: list[Any] = []
        self.bands_: list[Any] = []
        self.points_: list[Any] = []
        self.marks_: list[Any] = []
        self.notes_: list[Any] = []
        names = short_labels([axis.name for axis, _, _ in self.curves])
        parts = zip(self.axes_, self.curves, self.trials, names, strict=True)
        for place, (axis, mean, std), (x, y), name in parts:
            self.points_.append(place.scatter(x, y, s=10, color=ink(), alpha=0.45, lw=0, zorder=2))
            self._curve(place, axis, mean, std)
            mark_axis(place, axis, label=name)
            if len(name) > _ROOM and len(names) > 1:  # it would run into its neighbour's
                place.xaxis.label.set_fontsize("small")
            self._mark(place, axis)
        limits = self._limits()
        for place in self.axes_:
            place.set_ylim(*limits)
            grid = place.get_subplotspec()
            if ax is not None or grid is None or grid.is_first_col():
                place.set_ylabel("expected score")
        if ax is None and len(self.at or ()) > 1:
            self.figure_.suptitle(_LABELS[self.kind], fontsize="medium")
        return self

    def _curve(self, place, axis, mean, std):
        if axis.is_number and len(axis.values) > 5:
            self.lines_ += place.plot(axis.positions, mean, color="C0", lw=2, zorder=3)
            band = place.fill_between(
                axis.positions, mean - 2 * std, mean + 2 * std, color="C0", alpha=FAINT, lw=0
            )
            self.bands_.append(band)
            return
        bars = place.errorbar(
            axis.positions, mean, 2 * std, fmt="o", color="C0", capsize=4, zorder=3
        )
        self.lines_.append(bars)
        if not axis.is_number:
            place.set_xlim(-0.5, len(axis.values) - 0.5)

    def _mark(self, place, axis):
        """Mark the value of `at`, and say so where it lies on the border of the space."""
        if self.at is None or axis.parameter not in self.at:
            self.marks_.append(None)
            return
        x = place_on(axis, self.at[axis.parameter])
        self.marks_.append(place.axvline(x, color="C1", lw=1.5, ls="--", zorder=1))
        note = border_note(axis, x)
        if note is not None:
            is_left = x - axis.positions[0] < axis.positions[-1] - x
            self.notes_.append(
                place.annotate(
                    note.replace(" of ", " of\n"),
                    (0.05 if is_left else 0.95, 0.03),
                    xycoords="axes fraction",
                    ha="left" if is_left else "right",
                    va="bottom",
                    fontsize="small",
                    color="C1",
                    zorder=4,
                )
            )

    def _limits(self):
        """Enough for curves and trials; where all is uncertain, bands run out of the picture."""
        means = np.concatenate([mean for _, mean, _ in self.curves])
        stds = np.concatenate([std for _, _, std in self.curves])
        low, high = score_limits(np.concatenate([means, *(y for _, y in self.trials)]))
        margin = MARGIN * (high - low) or 0.5
        low = max(low - margin, min(low, (means - 2 * stds).min()))
        high = min(high + margin, max(high, (means + 2 * stds).max()))
        space = 0.05 * (high - low) or 0.5
        return low - space, high + space


def _configuration(landscape: Landscape, search: Any, at: Any) -> dict[str, Any]:
    """Return the configuration to mark, without the resource, which is not in the space."""
    if at is None:
        at = getattr(search, "best_params_", None) or _best_expected(landscape, search)
    elif not isinstance(at, Mapping):
        raise TypeError(f"at must be a configuration, a dict, got {at!r}.")
    elif unknown := set(at) - set(landscape.parameters) - set(search.cv_results_["params"][0]):
        raise ValueError(
            f"at holds {sorted(unknown)}, no parameters of the search; there are "
            f"{landscape.parameters}."
        )
    return {name: value for name, value in at.items() if name in landscape.parameters}


def _best_expected(landscape, search):
    """Return the configuration with the best expected score; of several metrics none has won."""
    params = search.cv_results_["params"]
    return params[int(np.argmax(landscape.surrogate.predict(params)[0]))]


def _trials(landscape, search, axis):
    """Positions and expected scores of the trials on an axis."""
    params = search.cv_results_["params"]
    scores = landscape.surrogate.predict(params)[0]
    at = [i for i, p in enumerate(params) if axis.parameter in p]
    return np.array([place_on(axis, params[i][axis.parameter]) for i in at]), scores[at]


def _make_axes(n_axes, ax):
    """Return figure and a flat array of axes."""
    if ax is not None:
        axes = np.ravel(np.asarray(ax, dtype=object))
        if len(axes) != n_axes:
            raise ValueError(f"ax must hold {n_axes} axes, got {len(axes)}.")
        return axes[0].figure, axes
    rows = -(-n_axes // MOST_COLUMNS)
    columns = -(-n_axes // rows)
    size = (6.4, 4.4) if n_axes == 1 else (2.5 * columns + 0.4, 2.3 * rows + 0.3)
    figure, grid = pyplot().subplots(
        rows, columns, figsize=size, squeeze=False, sharey=n_axes > 1, layout="constrained"
    )
    for empty in grid.ravel()[n_axes:]:
        empty.remove()
    return figure, grid.ravel()[:n_axes]
