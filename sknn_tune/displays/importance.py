"""How much each hyperparameter matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sknn_tune.common.cv_results import metric_names
from sknn_tune.common.typing import RandomState
from sknn_tune.displays.style import FAINT, LITERAL, new_axes, short_labels
from sknn_tune.quality.variance import rows_differ
from sknn_tune.quality.winners import split_scores
from sknn_tune.search import BayesSearchCV
from sknn_tune.search.engine.importance import Importance, hyperparameter_importance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# With fewer trials for each hyperparameter the ranking is mostly noise.
TRIALS_PER_HYPERPARAMETER = 5


class ImportanceDisplay:
    """Share of the variance of the score that is due to each hyperparameter, as bars.

    Use `from_search` to make one.

    Parameters
    ----------
    importance : Importance
        From `hyperparameter_importance`.
    doubt : str, default=None
        Why the shares cannot be relied on; it is the title, and the bars are faint.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    bars_ : tuple of two BarContainer
        Share alone, and share with others.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sknn_tune import BayesSearchCV, ImportanceDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1)}
    >>> search = BayesSearchCV(SVC(), space, n_iter=6, cv=3, random_state=0).fit(X, y)
    >>> display = ImportanceDisplay.from_search(search, n_samples=256)
    >>> display.doubt
    'too few trials to tell: 6 for 2 hyperparameters'
    """

    def __init__(self, importance: Importance, *, doubt: str | None = None) -> None:
        self.importance, self.doubt = importance, doubt

    @classmethod
    def from_search(
        cls,
        search: BayesSearchCV,
        *,
        n_samples: int = 4096,
        random_state: RandomState = 0,
        ax: Axes | None = None,
    ) -> ImportanceDisplay:
        """Draw the importance of the hyperparameters of a fitted `BayesSearchCV`.

        Parameters
        ----------
        search : BayesSearchCV
        n_samples : int, default=4096
            As in `hyperparameter_importance`.
        random_state : int, RandomState instance or None, default=0
            Seed of the configurations at which the surrogate is asked.
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        display : ImportanceDisplay
        """
        importance = hyperparameter_importance(
            search, n_samples=n_samples, random_state=random_state
        )
        return cls(importance, doubt=_doubt(search, len(importance.names))).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> ImportanceDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        self : ImportanceDisplay
        """
        found = self.importance
        names = found.ranked()
        height = float(np.clip(0.32 * len(names) + 1.2, 2.0, 12.0))
        self.figure_, self.ax_ = new_axes(ax, figsize=(6.4, height))
        rows = np.arange(len(names))
        alone = np.array([found.alone[name] for name in names])
        others = np.array([found.total[name] for name in names]) - alone
        strong, weak = (0.9, 0.4) if self.doubt is None else (FAINT, FAINT / 2)
        self.bars_ = (
            self.ax_.barh(rows, alone, 0.7, color="C0", alpha=strong, label="alone"),
            self.ax_.barh(
                rows, others, 0.7, left=alone, color="C0", alpha=weak, label="with others"
            ),
        )
        self.ax_.set_yticks(rows, short_labels(names), **LITERAL)
        # Few bars must not be drawn as blocks.
        self.ax_.set_ylim(max(len(names), 2) - 0.4, -0.6)
        self.ax_.set_xlim(0, max(1.0, float((alone + others).max(initial=0.0))))
        self.ax_.set_xlabel("share of the variance of the score")
        self.ax_.set_title(self.doubt or "", fontsize="medium")
        self.ax_.legend(frameon=False, loc="lower right")
        return self


def _doubt(search, n_hyperparameters):
    """Return why the trials of a search do not tell what matters, None if they do."""
    results = search.cv_results_
    metric = search.refit if isinstance(search.refit, str) else metric_names(results)[0]
    scores = split_scores(results, metric).T
    scores = scores[np.isfinite(scores).all(axis=1)]
    if len(scores) < TRIALS_PER_HYPERPARAMETER * n_hyperparameters:
        return f"too few trials to tell: {len(scores)} for {n_hyperparameters} hyperparameters"
    if not rows_differ(scores):
        return "too few trials to tell: scores differ no more than the splits do"
    return None
