"""The regressor: its parameters, what it predicts and how it is scored."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import d2_pinball_score, r2_score

from sknn_tune.common.typing import MatrixLike, RandomState
from sknn_tune.mlp.base import BaseMLP
from sknn_tune.mlp.checkpoint import StartMode
from sknn_tune.mlp.compat import available_if, checks_parameters, constrained
from sknn_tune.mlp.configuration import LossOption, regression_loss
from sknn_tune.mlp.docstrings import class_docstring
from sknn_tune.mlp.parameters import REGRESSION_LOSSES, REGRESSOR
from sknn_tune.mlp.targets import NumericTargets
from sknn_tune.network.activations import ELU, LeakyReLU
from sknn_tune.network.losses import Huber, Quantile
from sknn_tune.network.schedules import Schedule


@constrained(REGRESSOR)
class MLPRegressor(RegressorMixin, BaseMLP):
    __doc__ = class_docstring("MLPRegressor", losses=REGRESSION_LOSSES)

    loss: str | Huber | Quantile

    def __init__(
        self,
        loss: str | Huber | Quantile = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | LeakyReLU | ELU | Sequence[str | LeakyReLU | ELU] = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | Literal["auto", "full"] = "auto",
        learning_rate: str | Schedule | Callable[[float], float] = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: RandomState = None,
        tol: float = 1e-4,
        verbose: bool | int | Literal["progress"] = False,
        warm_start: bool | Literal["continue"] = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        initializer: str = "auto",
        zero_output: bool = False,
        l1_ratio: float = 0.0,
        penalize_intercept: bool = False,
        penalty_scale: Literal["batch", "dataset"] = "batch",
        clip_norm: float | None = None,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        batch_norm: bool | Literal["input", "hidden", "both"] = False,
        residual: bool = False,
        scoring: str | Callable[..., float] | None = None,
    ) -> None:
        self._store(locals())

    @available_if(BaseMLP._partial_fit_is_available)
    @checks_parameters
    def partial_fit(
        self,
        X: MatrixLike,
        y: MatrixLike,
        sample_weight: Any = None,
        *,
        X_val: MatrixLike | None = None,
        y_val: MatrixLike | None = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Make one epoch over the given data, from where training stands.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; None weighs all as 1.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Input of a validation set; loss and score on it are recorded after the epoch. With
            ``early_stopping``, which needs it here, the estimator holds the parameters of the
            best epoch so far, and training resumes from those of the last.
        y_val : array-like, default=None
            Targets of the validation set.
        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of the validation set; None weighs all as 1.

        Returns
        -------
        self : object
            The estimator after one more epoch.
        """
        return self._partial_fit(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    def predict(self, X: MatrixLike) -> np.ndarray:
        """Predict targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions, of the dtype of the network; with several quantiles a column each.
        """
        predictions = self._predictions(X)
        return predictions[:, 0] if predictions.shape[1] == 1 else predictions

    def score(self, X: MatrixLike, y: MatrixLike, sample_weight: Any = None) -> float:
        """Score predictions: R2, or for quantiles the explained share of the pinball loss.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; None weighs all as 1.

        Returns
        -------
        score : float
            At most 1; 0 is what a constant reaches. With ``loss="quantile"`` it is
            `sklearn.metrics.d2_pinball_score`, the mean over several quantiles.
        """
        return self._quality(y, self._predictions(X), sample_weight)

    def _learn_targets(self, y: Any, mode: StartMode, classes: Any) -> NumericTargets:
        loss = regression_loss(self.loss)
        if mode.is_from_scratch:
            return NumericTargets.learn(y, loss)
        targets = NumericTargets.of(loss, self.n_outputs_)
        targets.check(y)
        return targets

    def _loss(self, targets: NumericTargets) -> LossOption:
        return targets.loss

    def _score_predictions(
        self, predictions: np.ndarray, targets: np.ndarray, weights: np.ndarray
    ) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            return self._quality(targets, predictions, weights)

    def _quality(self, y: Any, predictions: np.ndarray, weights: Any) -> float:
        loss = regression_loss(self.loss)
        if loss.name != "quantile":
            return r2_score(y, predictions, sample_weight=weights)
        if len(loss.params) == 1:
            (quantile,) = loss.params
            return d2_pinball_score(y, predictions, alpha=quantile, sample_weight=weights)
        y = np.asarray(y).reshape(len(predictions), -1)[:, 0]
        scores = [
            d2_pinball_score(y, column, alpha=quantile, sample_weight=weights)
            for quantile, column in zip(loss.params, predictions.T, strict=True)
        ]
        return float(np.mean(scores))
