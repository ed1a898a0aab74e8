"""How much each hyperparameter matters."""

import numpy as np

from sknn_tune.displays.style import new_axes, short_labels
from sknn_tune.search.engine.importance import hyperparameter_importance


class ImportanceDisplay:
    """Share of the variance of the score that hangs on each hyperparameter, as bars.

    Use `from_search` to make one.

    Parameters
    ----------
    importance : Importance
        From `hyperparameter_importance`.

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
    >>> len(display.bars_[0])
    2
    """

    def __init__(self, importance):
        self.importance = importance

    @classmethod
    def from_search(cls, search, *, n_samples=4096, random_state=0, ax=None):
        """Draw the importance of the hyperparameters of a fitted `BayesSearchCV`.

        Parameters
        ----------
        search : BayesSearchCV
        n_samples : int, default=4096
            As in `hyperparameter_importance`.
        random_state : int, RandomState instance or None, default=0
        ax : matplotlib Axes, default=None

        Returns
        -------
        display : ImportanceDisplay
        """
        importance = hyperparameter_importance(
            search, n_samples=n_samples, random_state=random_state
        )
        return cls(importance).plot(ax=ax)

    def plot(self, ax=None):
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
        style = {"height": 0.7}
        self.bars_ = (
            self.ax_.barh(rows, alone, color="C0", label="alone", **style),
            self.ax_.barh(
                rows, others, left=alone, color="C0", alpha=0.4, label="with others", **style
            ),
        )
        self.ax_.set_yticks(rows, short_labels(names))
        # A few categories must not be drawn as blocks, so the axis keeps room for four.
        self.ax_.set_ylim(max(len(names), 2) - 0.4, -0.6)
        self.ax_.set_xlim(0, max(1.0, float((alone + others).max(initial=0.0))))
        self.ax_.set_xlabel("share of the variance of the score")
        self.ax_.legend(frameon=False, loc="lower right")
        return self
