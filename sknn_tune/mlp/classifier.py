"""The classifier: its parameters, what it predicts."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from sklearn.base import ClassifierMixin

from sknn_tune.common.typing import MatrixLike, RandomState
from sknn_tune.mlp.base import BaseMLP
from sknn_tune.mlp.checkpoint import StartMode
from sknn_tune.mlp.class_weights import class_factors
from sknn_tune.mlp.compat import available_if, checks_parameters, constrained
from sknn_tune.mlp.configuration import LossOption
from sknn_tune.mlp.docstrings import class_docstring
from sknn_tune.mlp.parameters import CLASSIFIER
from sknn_tune.mlp.stored_state import damaged
from sknn_tune.mlp.targets import ClassTargets, Kind
from sknn_tune.network.activations import ELU, LeakyReLU
from sknn_tune.network.schedules import Schedule


@constrained(CLASSIFIER)
class MLPClassifier(ClassifierMixin, BaseMLP):
    __doc__ = class_docstring("MLPClassifier", losses=())

    label_smoothing: float
    class_weight: dict | Literal["balanced"] | None

    classes_: np.ndarray

    _kind: Kind
    _has_sparse_labels: bool

    def __init__(
        self,
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
        label_smoothing: float = 0.0,
        class_weight: dict | Literal["balanced"] | None = None,
    ) -> None:
        self._store(locals())

    @available_if(BaseMLP._partial_fit_is_available)
    @checks_parameters
    def partial_fit(
        self,
        X: MatrixLike,
        y: MatrixLike,
        sample_weight: Any = None,
        classes: Any = None,
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
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels or a label indicator matrix.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; None weighs all as 1.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come; needed at the first call only.
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
        validation_set = (X_val, y_val, sample_weight_val)
        return self._partial_fit(X, y, sample_weight, validation_set, classes)

    def predict(self, X: MatrixLike) -> np.ndarray:
        """Predict classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Classes, or a label indicator matrix.
        """
        p = self._predictions(X)
        return self._targets.decode(p)

    def predict_proba(self, X: MatrixLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes) or (n_samples, n_labels)
            Probabilities in the order of ``classes_``, of the dtype of the network.
        """
        p = self._predictions(X)
        return self._targets.probabilities(p)

    def predict_log_proba(self, X: MatrixLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.

        Returns
        -------
        log_p : ndarray of shape (n_samples, n_classes) or (n_samples, n_labels)
            ``log(predict_proba(X))``.
        """
        p = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(p, out=p)

    if TYPE_CHECKING:  # ClassifierMixin's, which has no annotations

        def score(self, X: MatrixLike, y: MatrixLike, sample_weight: Any = None) -> float: ...

    @property
    def _targets(self) -> ClassTargets:
        targets = ClassTargets(np.asarray(self.classes_), self._kind, self._has_sparse_labels)
        if not targets.is_sound(self._network.sizes[-1]):
            raise damaged("classes_", self.classes_)
        return targets

    def _learn_targets(self, y: Any, mode: StartMode, classes: Any) -> ClassTargets:
        if mode is StartMode.FROM_SCRATCH:
            targets = ClassTargets.learn(y)
        elif mode is StartMode.FIRST_BATCH:
            targets = ClassTargets.learn_from_first_batch(y, classes)
        else:
            targets = self._targets
            if classes is not None:
                targets.check_classes(classes)
        if mode is not StartMode.FROM_SCRATCH:
            targets.check(y, all_needed=not mode.is_partial_fit)
        self.classes_, self._kind, self._has_sparse_labels = targets
        return targets

    def _loss(self, targets: ClassTargets) -> LossOption:
        return targets.loss(self.label_smoothing)

    def _score_predictions(
        self, predictions: np.ndarray, targets: np.ndarray, weights: np.ndarray
    ) -> float:
        return self._targets.accuracy(predictions, targets, weights)

    def _weigh_classes(
        self, weights: np.ndarray, codes: np.ndarray, targets: ClassTargets, mode: StartMode
    ) -> np.ndarray:
        if self.class_weight is None:
            return weights
        factors = class_factors(self.class_weight, targets, codes, weights, mode.is_partial_fit)
        return (weights * factors).astype(weights.dtype)

    def _classes_and_kind(self) -> tuple:
        return self.classes_, self._kind

    def _default_param_distributions(self, n_samples: int | None = None) -> dict[str, Any]:
        return {
            **super()._default_param_distributions(n_samples),
            "label_smoothing": [0.0, 0.05, 0.1],
        }

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
