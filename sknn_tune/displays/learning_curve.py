"""What more rows bring."""

import numpy as np
from sklearn.model_selection import learning_curve

from sknn_tune.displays.style import FAINT, ink, new_axes


class LearningCurveDisplay:
    """Score on training and dev rows over the number of training rows.

    Use `from_estimator` to make one.

    Parameters
    ----------
    train_sizes : array-like of shape (n_sizes,)
        Numbers of training rows.
    train_scores : array-like of shape (n_sizes, n_folds)
        Scores on the rows trained on.
    dev_scores : array-like of shape (n_sizes, n_folds)
        Scores on the rows held out.
    reference : float, default=None
        A score to compare with: of a human, of the model in use.
    score_name : str, default="score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : dict of str to Line2D
        "training", "dev" and, where there is one, "reference".
    bands_ : list of PolyCollection
        One standard deviation over the folds.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sknn_tune import LearningCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(max_depth=1, random_state=0)
    >>> display = LearningCurveDisplay.from_estimator(tree, X, y, cv=3, random_state=0)
    >>> sorted(display.lines_)
    ['dev', 'training']
    """

    def __init__(
        self, train_sizes, train_scores, dev_scores, *, reference=None, score_name="score"
    ):
        self.train_sizes, self.train_scores = train_sizes, train_scores
        self.dev_scores, self.reference, self.score_name = dev_scores, reference, score_name

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        train_sizes=(0.1, 0.25, 0.5, 0.75, 1.0),
        cv=None,
        groups=None,
        scoring=None,
        reference=None,
        n_jobs=None,
        random_state=None,
        ax=None,
    ):
        """Fit an estimator on growing parts of the rows and draw its scores.

        Parameters
        ----------
        estimator : estimator object
        X, y : array-like
            The data.
        train_sizes : array-like, default=(0.1, 0.25, 0.5, 0.75, 1.0)
            Shares of the training rows, or their numbers.
        cv : int, cross-validation generator or iterable, default=None
            The folds; None is 5.
        groups : array-like of shape (n_samples,), default=None
            Groups, for splitters that want them.
        scoring : str or callable, default=None
            The metric; None is the estimator's own.
        reference : float, default=None
            A score to compare with.
        n_jobs : int, default=None
            Number of fits that run at the same time.
        random_state : int, RandomState instance or None, default=None
            Seed of the order in which rows are added.
        ax : matplotlib Axes, default=None

        Returns
        -------
        display : LearningCurveDisplay
        """
        sizes, train, dev = learning_curve(
            estimator,
            X,
            y,
            train_sizes=np.asarray(train_sizes),
            cv=cv,
            groups=groups,
            scoring=scoring,
            n_jobs=n_jobs,
            shuffle=True,
            random_state=random_state,
        )
        name = scoring if isinstance(scoring, str) else "score"
        return cls(sizes, train, dev, reference=reference, score_name=name).plot(ax=ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        self : LearningCurveDisplay
        """
        self.figure_, self.ax_ = new_axes(ax)
        self.lines_, self.bands_ = {}, []
        self._curve("training", self.train_scores, "C0")
        self._curve("dev", self.dev_scores, "C1")
        if self.reference is not None:
            self.lines_["reference"] = self.ax_.axhline(
                self.reference, color=ink(), lw=1, ls="--", label="reference"
            )
        self.ax_.set(xlabel="training rows", ylabel=self.score_name)
        self.ax_.legend(frameon=False)
        return self

    def _curve(self, name, scores, color):
        scores = np.asarray(scores, dtype=float)
        mean, std = scores.mean(axis=1), scores.std(axis=1, ddof=min(1, scores.shape[1] - 1))
        (self.lines_[name],) = self.ax_.plot(
            self.train_sizes, mean, "o-", ms=4, color=color, label=name
        )
        self.bands_.append(
            self.ax_.fill_between(
                self.train_sizes, mean - std, mean + std, color=color, alpha=FAINT, lw=0
            )
        )
