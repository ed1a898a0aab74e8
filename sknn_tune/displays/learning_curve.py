"""What more rows bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike
from sklearn.model_selection import LearningCurveDisplay as ScikitLearnDisplay

from sknn_tune.common.typing import MatrixLike
from sknn_tune.displays.style import ink, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class LearningCurveDisplay(ScikitLearnDisplay):
    """scikit-learn's display of the score over the number of training rows, with a reference.

    Everything of `sklearn.model_selection.LearningCurveDisplay` is there. `from_estimator`
    shuffles the rows by default, since the first rows of sorted data are no sample of the others,
    and draws a line at a `reference` score.

    Parameters
    ----------
    train_sizes : ndarray of shape (n_sizes,)
        Numbers of training rows.
    train_scores : ndarray of shape (n_sizes, n_folds)
        Scores on the rows trained on.
    test_scores : ndarray of shape (n_sizes, n_folds)
        Scores on the rows held out.
    score_name : str, default=None
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of Line2D
        Mean scores on training and held-out rows.
    fill_between_ : list of PolyCollection
        One standard deviation over the folds.
    reference_ : Line2D
        The line that `add_reference` drew.

    See Also
    --------
    sknn_tune.diagnose : Says whether more rows would help, and what else would.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sknn_tune import LearningCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(max_depth=1, random_state=0)
    >>> display = LearningCurveDisplay.from_estimator(
    ...     tree, X, y, cv=3, reference=0.97, random_state=0
    ... )
    >>> [line.get_label() for line in display.lines_]
    ['Train', 'Test']
    """

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: MatrixLike,
        y: ArrayLike | None = None,
        *,
        reference: float | None = None,
        shuffle: bool = True,
        ax: Axes | None = None,
        **options: Any,
    ) -> LearningCurveDisplay:
        """Fit an estimator on growing parts of the rows and draw its scores.

        Parameters
        ----------
        estimator : estimator object
            It is cloned.
        X : array-like of shape (n_samples, n_features)
            The input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target.
        reference : float, default=None
            A score to compare with: of a human, of the model in use.
        shuffle : bool, default=True
            Whether rows are added in random order, given by `random_state`.
        ax : matplotlib Axes, default=None
            None makes new ones.
        **options : dict
            All others of scikit-learn's: `train_sizes`, `cv`, `groups`, `scoring`, `n_jobs`,
            `random_state`, `score_type`, `std_display_style`, ...

        Returns
        -------
        display : LearningCurveDisplay
        """
        if ax is None:
            ax = pyplot().subplots(layout="constrained")[1]
        display = super().from_estimator(estimator, X, y, shuffle=shuffle, ax=ax, **options)
        return display if reference is None else display.add_reference(reference)

    def add_reference(self, score: float, label: str = "Reference") -> LearningCurveDisplay:
        """Draw a horizontal line at a score to compare with.

        Parameters
        ----------
        score : float
        label : str, default="Reference"
            Its name in the legend.

        Returns
        -------
        self : LearningCurveDisplay
        """
        self.reference_ = self.ax_.axhline(score, color=ink(), lw=1, ls="--", label=label)
        self.ax_.legend()
        return self
