"""The regressor of tables."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import d2_pinball_score, r2_score

from sknn_tune.common.numeric import is_real
from sknn_tune.common.typing import MatrixLike, RandomState
from sknn_tune.mlp.compat import constrained
from sknn_tune.mlp.configuration import regression_loss
from sknn_tune.mlp.parameters import REGRESSION_LOSSES, REGRESSOR
from sknn_tune.network.losses import Huber, Quantile
from sknn_tune.tabular.base import BaseTabularMLP, OutOfFold
from sknn_tune.tabular.calibration import best_weights
from sknn_tune.tabular.docstrings import class_docstring
from sknn_tune.tabular.ensemble import Ensemble
from sknn_tune.tabular.intervals import Residuals
from sknn_tune.tabular.problem import Labelled, Problem
from sknn_tune.tabular.targets import NumberTargets
from sknn_tune.tabular.unseen import UnseenLoss, UnseenScores

_OWN = f"""
loss : {{{", ".join(map(repr, REGRESSION_LOSSES))}}}, Huber or Quantile, default='squared_error'
    What is minimised. 'poisson' needs targets of at least 0, 'gamma' targets above 0. 'huber'
    means ``Huber(delta=1.35)``, in the units of y; 'quantile' ``Quantile(0.5)``, the median;
    ``Quantile((0.1, 0.5, 0.9))`` predicts one column for each quantile of a single target.
"""
_OWN_ATTRIBUTES = """
n_outputs_ : int
    Number of columns that `predict` returns.
"""
_EXAMPLE = """
>>> from sklearn.datasets import load_diabetes
>>> from sknn_tune import TabularMLPRegressor
>>> X, y = load_diabetes(return_X_y=True, as_frame=True)
>>> model = TabularMLPRegressor(random_state=0).fit(X, y)
>>> model.oof_score_ > 0.3
True
>>> model.predict_interval(X.iloc[:1], coverage=0.9).shape
(1, 2)
"""


@constrained(REGRESSOR)
class TabularMLPRegressor(RegressorMixin, BaseTabularMLP):
    __doc__ = class_docstring(
        "Regressor of tables: an ensemble of networks that needs no tuning.",
        _OWN,
        _OWN_ATTRIBUTES,
        "HistGradientBoostingRegressor",
        "TabularMLPClassifier : The same for classes.",
        _EXAMPLE,
    )

    loss: str | Huber | Quantile

    _targets: NumberTargets
    _residuals: list[Residuals]

    def __init__(
        self,
        n_members: int = 10,
        *,
        hidden_layer_sizes: int | Sequence[int] = (128, 128, 128),
        learning_rate_init: float = 0.005,
        dropout: float = 0.1,
        weight_decay: float = 0.05,
        loss: str | Huber | Quantile = "squared_error",
        numeric_embedding: Literal["auto", "piecewise_linear"] | None = "auto",
        categorical_features: Any = "from_dtype",
        cv: Any = None,
        batch_size: int | Literal["auto", "full"] = "auto",
        max_epochs: int | Literal["auto"] = "auto",
        max_time: float | None = None,
        n_jobs: int | None = None,
        random_state: RandomState = None,
        verbose: bool | int | Literal["progress"] = False,
    ) -> None:
        self.n_members = n_members
        self.hidden_layer_sizes = hidden_layer_sizes
        self.learning_rate_init = learning_rate_init
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.loss = loss
        self.numeric_embedding = numeric_embedding
        self.categorical_features = categorical_features
        self.cv = cv
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.max_time = max_time
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def predict(self, X: MatrixLike) -> np.ndarray:
        """Predict targets.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions; with several quantiles a column each.
        """
        return _without_lone_column(self._restored(X))

    def predict_interval(self, X: MatrixLike, coverage: float = 0.9) -> np.ndarray:
        """Predict intervals that new targets lie in with a given probability.

        They are as wide as the errors on rows that members had not seen, of predictions of the
        same size: conformal intervals, whatever the loss.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.
        coverage : float, default=0.9
            Share of new targets that the intervals should hold, in (0, 1).

        Returns
        -------
        interval : ndarray of shape (n_samples, 2) or (n_samples, 2, n_outputs)
            Lower and upper end; of several quantiles, around the smallest and the largest.

        Raises
        ------
        AttributeError
            If some rows of `fit` were seen by all members.
        """
        _check_share("coverage", coverage)
        low, high = self._ends(self._restored(X))
        ends = []
        for j, residuals in enumerate(self._unseen_residuals("predict_interval")):
            middle, half = (low[:, j] + high[:, j]) / 2, (high[:, j] - low[:, j]) / 2
            margin = residuals.bound(coverage) * residuals.size_at(middle)
            ends.append(np.stack([middle - half - margin, middle + half + margin], axis=1))
        return ends[0] if len(ends) == 1 else np.stack(ends, axis=2)

    def predict_quantiles(
        self, X: MatrixLike, quantiles: float | Sequence[float] = (0.1, 0.5, 0.9)
    ) -> np.ndarray:
        """Predict quantiles from the errors on rows that members had not seen.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.
        quantiles : float or sequence of float, default=(0.1, 0.5, 0.9)
            Which ones, in (0, 1).

        Returns
        -------
        values : ndarray of shape (n_samples, n_quantiles) or (n_samples, n_quantiles, n_outputs)
            A column for each quantile.

        Raises
        ------
        AttributeError
            If some rows of `fit` were seen by all members.
        """
        shares = np.atleast_1d(np.asarray(quantiles, dtype=float))
        for share in shares:
            _check_share("quantiles", float(share))
        low, high = self._ends(self._restored(X))
        columns = []
        for j, residuals in enumerate(self._unseen_residuals("predict_quantiles")):
            middle = (low[:, j] + high[:, j]) / 2
            size = residuals.size_at(middle)
            columns.append(
                np.stack([middle + residuals.quantile(q) * size for q in shares], axis=1)
            )
        return columns[0] if len(columns) == 1 else np.stack(columns, axis=2)

    def score(self, X: MatrixLike, y: MatrixLike, sample_weight: Any = None) -> float:
        """Score predictions: R2, or for quantiles the explained share of the pinball loss.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.
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
        return self._quality(y, self._restored(X), sample_weight)

    @property
    def n_outputs_(self) -> int:
        """Number of columns that `predict` returns."""
        if not hasattr(self, "_targets"):
            raise AttributeError("n_outputs_ exists after fit.")
        return self._targets.n_outputs

    def _restored(self, X: Any) -> np.ndarray:
        """Predictions in the units of y, of shape (n_samples, n_outputs)."""
        predictions = self._predictions(X)
        return self._targets.scale.restored(predictions)

    def _ends(self, predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Between what new targets are expected: the outermost quantiles, or one number twice."""
        if len(self._targets.numbers.loss.params) < 2:
            return predictions, predictions
        return predictions.min(axis=1, keepdims=True), predictions.max(axis=1, keepdims=True)

    def _unseen_residuals(self, name: str) -> list[Residuals]:
        self._out_of_fold(name)
        return self._residuals

    def _learn_targets(self, given: Labelled) -> NumberTargets:
        return NumberTargets.learn(given.y, given.weights, regression_loss(self.loss))

    def _keep(self, ensemble: Ensemble, unseen: UnseenScores, problem: Problem) -> None:
        self._ensemble, self._targets = ensemble, problem.targets
        self._oof, self._residuals = None, []
        present = problem.rows.weights > 0
        if not unseen.covers(present):
            return
        loss = UnseenLoss(problem.rows, self._targets.measure, self._targets.n_outputs)
        self._ensemble = ensemble.weighted(best_weights(unseen, loss))
        y, weights = problem.given.y[present], problem.given.weights[present]
        of_network = unseen.predictions(weights=self._ensemble.weights)
        predictions = self._targets.scale.restored(of_network)
        # In the units of the network, where no square overflows.
        score = self._quality(problem.rows.targets[present], of_network[present], weights)
        self._oof = OutOfFold(_without_lone_column(predictions), float(score))
        low, high = self._ends(predictions[present])
        columns = y.reshape(len(y), -1).T
        self._residuals = [
            Residuals.learn(*column, weights) for column in zip(columns, low.T, high.T, strict=True)
        ]

    def _onnx_outputs(self, graph: Any, mean: str) -> Any:
        from sknn_tune.interchange.to_onnx import regression

        scaled = graph.apply("Mul", mean, self._targets.scale.scale)
        restored = graph.apply("Add", scaled, self._targets.scale.shift)
        return regression(graph, restored, self._targets.n_outputs)

    def _quality(self, y: Any, predictions: np.ndarray, weights: Any) -> float:
        shares = self._targets.numbers.loss.params
        if self._targets.numbers.loss.name != "quantile":
            return r2_score(y, predictions, sample_weight=weights)
        y = np.asarray(y).reshape(len(predictions), -1)
        n_columns = predictions.shape[1]
        y, shares = np.broadcast_to(y, predictions.shape), (shares * n_columns)[:n_columns]
        scores = [
            d2_pinball_score(y[:, j], predictions[:, j], alpha=q, sample_weight=weights)
            for j, q in enumerate(shares)
        ]
        return float(np.mean(scores))


def _without_lone_column(predictions):
    return predictions[:, 0] if predictions.shape[1] == 1 else predictions


def _check_share(name, value):
    if not (is_real(value) and 0 < value < 1):
        raise ValueError(f"{name} must be in (0, 1), got {value!r}.")
