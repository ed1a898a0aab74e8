"""The front of a search with several objectives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sknn_tune.common.cv_results import OBJECTIVE, finished_results, objective_labels
from sknn_tune.displays.style import LITERAL, colours_beside, legend_below, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ParetoDisplay:
    """Every trial of a search by two of its objectives, and those that no other beats.

    Use `from_search` to make one.

    Parameters
    ----------
    values : array-like of shape (n_trials, n_objectives)
        The objectives; larger is better, nan where a trial failed.
    labels : sequence of str
        Their names, with a minus sign where less is better: these are drawn without it.
    on_front : array-like of bool, shape (n_trials,)
        The trials that no other beats in all objectives.
    winner : int, default=None
        The trial to mark.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    points_ : PathCollection
        All trials that worked; a third objective is their colour.
    front_ : PathCollection
        Those on the front.
    line_ : Line2D or None
        The border of what is reached, with two objectives.
    winner_ : Line2D or None
        The mark of the winner.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sknn_tune import BayesSearchCV, ParetoDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> search = BayesSearchCV(
    ...     KNeighborsClassifier(),
    ...     {"n_neighbors": [1, 3, 5, 9, 15]},
    ...     n_iter=5,
    ...     objective=["score", "-score_time"],
    ...     random_state=0,
    ... ).fit(X, y)
    >>> display = ParetoDisplay.from_search(search)
    >>> len(display.points_.get_offsets())
    5
    """

    def __init__(
        self,
        values: ArrayLike,
        labels: Sequence[str],
        on_front: ArrayLike,
        *,
        winner: int | None = None,
    ) -> None:
        self.values, self.labels = values, labels
        self.on_front, self.winner = on_front, winner

    @classmethod
    def from_search(cls, search: Any, *, ax: Axes | None = None) -> ParetoDisplay:
        """Draw the trials of a fitted search with several objectives.

        Parameters
        ----------
        search : BayesSearchCV
            Fitted, with several objectives.
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        display : ParetoDisplay

        Raises
        ------
        TypeError
            If the search is not fitted.
        ValueError
            If it has not several objectives.
        """
        results = finished_results(search)
        labels = objective_labels(results)
        if not labels:
            raise ValueError(
                f"{type(search).__name__} has one objective; a front needs two or three, such as "
                "objective=['score', '-score_time']."
            )
        values = np.column_stack([results[f"{OBJECTIVE}{label}"] for label in labels])
        winner = getattr(search, "best_index_", None)
        return cls(values, labels, results["pareto_optimal"], winner=winner).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> ParetoDisplay:
        """Draw; numbers that are all positive and range over decades on a log scale.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        self : ParetoDisplay
        """
        self.figure_, self.ax_ = new_axes(ax)
        signs = np.array([-1.0 if label.startswith("-") else 1.0 for label in self.labels])
        shown = np.asarray(self.values, dtype=float) * signs
        names = [label.removeprefix("-") for label in self.labels]
        worked = np.isfinite(shown).all(axis=1)
        on_front = np.asarray(self.on_front, dtype=bool) & worked
        y, x = shown[:, 0], shown[:, 1]
        self.points_ = self._scatter(x[worked], y[worked], shown[worked, 2:], names[2:])
        self.front_ = self.ax_.scatter(
            x[on_front], y[on_front], s=60, facecolors="none", edgecolors="C1", lw=1.5, zorder=4,
            label="on the front",
        )  # fmt: skip
        self.line_ = self._border(x[on_front], y[on_front], signs) if len(names) == 2 else None
        self.winner_ = None
        if self.winner is not None and worked[self.winner]:
            (self.winner_,) = self.ax_.plot(
                x[self.winner], y[self.winner], "*", ms=15, color="C3", zorder=5, label="winner",
                ls="none",
            )  # fmt: skip
        for axis, values in (("x", x[worked]), ("y", y[worked])):
            if len(values) and values.min() > 0 and values.max() > 20 * values.min():
                getattr(self.ax_, f"set_{axis}scale")("log")
        self.ax_.set_xlabel(names[1], **LITERAL)
        self.ax_.set_ylabel(names[0], **LITERAL)
        legend_below(self.ax_)
        return self

    def _scatter(self, x: Any, y: Any, third: Any, names: list[str]) -> Any:
        if not names:
            return self.ax_.scatter(x, y, s=22, color="C0", alpha=0.6, zorder=3, label="trials")
        colours = colours_beside(self.ax_.get_facecolor())
        points = self.ax_.scatter(x, y, s=22, c=third[:, 0], cmap=colours, zorder=3, label="trials")
        bar = self.figure_.colorbar(points, ax=self.ax_)
        bar.set_label(names[0], **LITERAL)
        return points

    def _border(self, x: Any, y: Any, signs: Any) -> Any:
        """Steps through the front, along which nothing better was found."""
        order = np.argsort(x)
        # From each point the value stays until another one, worse in x, is better.
        where: Any = "pre" if signs[1] > 0 else "post"
        (line,) = self.ax_.plot(
            x[order], y[order], color="C1", lw=1.5, drawstyle=f"steps-{where}", zorder=2
        )
        return line
