"""A training over its epochs: loss, validation, best epoch, learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sknn_tune.common.estimators import innermost_estimator
from sknn_tune.displays.style import LITERAL, ink, legend_below, new_axes, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class LossCurveDisplay:
    """Training loss, validation curve, best epoch and learning rate over the epochs.

    Use `from_estimator` to make one.

    Parameters
    ----------
    loss : array-like of shape (n_epochs,)
        Training loss of each epoch.
    validation_loss : array-like of shape (n_epochs,), default=None
        Loss on held-out rows.
    validation_score : array-like of shape (n_epochs,), default=None
        Score on held-out rows, drawn on a second axis.
    rate : array-like of shape (n_epochs,), default=None
        Learning rate, drawn on a third axis.
    first_epoch : int, default=1
        Number of the first entry; boosting counts the constant it starts from as 0.
    name : str, default=None
        Title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes of the loss.
    score_ax_, rate_ax_ : matplotlib Axes or None
        Axes of the validation score and of the learning rate.
    figure_ : matplotlib Figure
    lines_ : dict of str to Line2D
        "loss", and where there are any "validation loss", "validation score", "rate", "best".

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknn_tune import LossCurveDisplay, MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), max_iter=1000, early_stopping=True, random_state=0).fit(X, y)
    >>> display = LossCurveDisplay.from_estimator(model)
    >>> sorted(display.lines_)
    ['best', 'loss', 'rate', 'validation loss', 'validation score']
    """

    def __init__(
        self,
        loss: ArrayLike,
        *,
        validation_loss: ArrayLike | None = None,
        validation_score: ArrayLike | None = None,
        rate: ArrayLike | None = None,
        first_epoch: int = 1,
        name: str | None = None,
    ) -> None:
        self.loss, self.validation_loss = loss, validation_loss
        self.validation_score, self.rate = validation_score, rate
        self.first_epoch, self.name = first_epoch, name

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, ax: Axes | None = None, name: str | None = None
    ) -> LossCurveDisplay:
        """Draw the training of a fitted estimator.

        Parameters
        ----------
        estimator : estimator object
            Fitted, with `loss_curve_` (the networks of sknn_tune and scikit-learn) or
            `train_score_` (boosting); a Pipeline or a search that ends in one.
        ax : matplotlib Axes, default=None
            None makes new ones.
        name : str, default=None
            Title; None is the name of the class.

        Returns
        -------
        display : LossCurveDisplay

        Raises
        ------
        TypeError
            If the estimator keeps no curve.
        """
        model = innermost_estimator(estimator)
        curves = _curves(model)
        return cls(**curves, name=type(model).__name__ if name is None else name).plot(ax=ax)

    @property
    def best_epoch(self) -> int | None:
        """Epoch with the best validation score, else loss; None without both."""
        if self.validation_score is not None:
            scores = np.asarray(self.validation_score, dtype=float)
        elif self.validation_loss is not None:
            scores = -np.asarray(self.validation_loss, dtype=float)
        else:
            return None
        return int(np.nanargmax(scores)) + self.first_epoch if np.isfinite(scores).any() else None

    def plot(self, ax: Axes | None = None) -> LossCurveDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes new ones.

        Returns
        -------
        self : LossCurveDisplay
        """
        self.figure_, self.ax_ = new_axes(ax)
        self.lines_, self.score_ax_, self.rate_ax_ = {}, None, None
        self._line(self.ax_, "loss", self.loss, color="C0", label="training loss")
        if self.validation_loss is not None:
            self._line(self.ax_, "validation loss", self.validation_loss, color="C1")
        if self._spans_decades():
            self.ax_.set_yscale("log")
        self.ax_.set(xlabel="epoch", ylabel="loss")
        self.ax_.set_title(short(self.name or "", 48), **LITERAL)
        if self.validation_score is not None:
            self.score_ax_ = self._twin("validation score")
            self._line(self.score_ax_, "validation score", self.validation_score, color="C2")
        if self.rate is not None:
            # A second axis on the right would overprint the first.
            self.rate_ax_ = self._twin("learning rate", outward=56 * (self.score_ax_ is not None))
            style = {"color": ink(), "alpha": 0.6, "lw": 1, "ls": ":"}
            self._line(self.rate_ax_, "rate", self.rate, label="learning rate", **style)
            self.rate_ax_.set_ylim(bottom=0)
        if self.best_epoch is not None:
            self.lines_["best"] = self.ax_.axvline(
                self.best_epoch, color=ink(), lw=1, ls="--", label=f"best epoch ({self.best_epoch})"
            )
        legend_below(self.ax_, list(self.lines_.values()))
        return self

    def _spans_decades(self):
        validation = () if self.validation_loss is None else np.asarray(self.validation_loss)
        values = np.concatenate([np.asarray(self.loss), validation]).astype(float)
        values = values[np.isfinite(values)]
        return len(values) > 0 and values.min() > 0 and values.max() > 30 * values.min()

    def _line(self, ax, name, values, label=None, **style):
        epochs = self.first_epoch + np.arange(len(values))
        (self.lines_[name],) = ax.plot(epochs, values, label=label or name, **style)

    def _twin(self, label, outward=0):
        twin = self.ax_.twinx()
        twin.set_ylabel(label)
        twin.grid(False)
        twin.spines["right"].set_visible(True)
        twin.spines["right"].set_position(("outward", outward))
        return twin


def _curves(model):
    if getattr(model, "loss_curve_", None) is not None:
        return {
            "loss": np.asarray(model.loss_curve_, dtype=float),
            "validation_loss": _array(model, "validation_loss_curve_"),
            "validation_score": _array(model, "validation_scores_"),
            "rate": _array(model, "learning_rate_curve_"),
        }
    scores = _array(model, "train_score_")
    if scores is None:
        raise TypeError(
            f"{type(model).__name__} keeps no loss_curve_ or train_score_; it must be a fitted "
            "network or boosting (of networks, not with solver='lbfgs')."
        )
    if not hasattr(model, "validation_score_"):
        return {"loss": scores}
    # HistGradientBoosting keeps scores, of which larger is better; GradientBoosting keeps losses.
    validation = _array(model, "validation_score_")
    return {
        "loss": -scores,
        "validation_loss": None if validation is None else -validation,
        "first_epoch": 0,
    }


def _array(model, name):
    values = getattr(model, name, None)
    return None if values is None or len(values) == 0 else np.asarray(values, dtype=float)
