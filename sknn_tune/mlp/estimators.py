"""The two estimators: their parameters, what they predict and how they are scored."""

from numbers import Real
from typing import ClassVar

import numpy as np
import scipy.sparse
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import d2_pinball_score, r2_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from sknn_tune.mlp.base import BaseMLP
from sknn_tune.mlp.compat import Interval, StrOptions, check_first_partial_fit, fit_context
from sknn_tune.mlp.docstrings import class_docstring
from sknn_tune.mlp.targets import ClassTargets, NumericTargets
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.options import Option

_CLASSIFICATION_LOSSES = {"log_loss", "binary_log_loss"}
_REGRESSION_LOSSES = set(LOSSES) - _CLASSIFICATION_LOSSES


class MLPClassifier(ClassifierMixin, ClassTargets, BaseMLP):
    __doc__ = class_docstring("MLPClassifier", losses=())

    _parameter_constraints: ClassVar[dict] = {
        **BaseMLP._parameter_constraints,
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        initializer="auto",
        zero_output=False,
        l1_ratio=0.0,
        penalize_intercept=False,
        penalty_scale="batch",
        clip_norm=None,
        dropout=0.0,
        input_dropout=0.0,
        batch_norm=False,
        residual=False,
        scoring=None,
        label_smoothing=0.0,
        class_weight=None,
    ):
        self._store(locals())

    @available_if(BaseMLP._partial_fit_is_available)
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X,
        y,
        sample_weight=None,
        classes=None,
        *,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
    ):
        """Make one epoch over the given data, going on from the present parameters.

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
            best epoch so far, and training goes on from those of the last.
        y_val : array-like, default=None
            Targets of the validation set.
        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of the validation set; None weighs all as 1.

        Returns
        -------
        self : object
            The estimator after one more epoch.
        """
        if check_first_partial_fit(self, classes):
            known = y if type_of_target(y).startswith("multilabel") else classes
            self._learn_classes(known)
        validation_set = (X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, validation_set, incremental=True)

    def predict(self, X):
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
        return self._decide(self._predictions(X))

    def predict_proba(self, X):
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
        if len(self.classes_) == 1:
            return np.ones_like(p)
        return np.hstack([1 - p, p]) if self._target_type == "binary" else p

    def predict_log_proba(self, X):
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

    def _default_param_distributions(self):
        return {**super()._default_param_distributions(), "label_smoothing": [0.0, 0.05, 0.1]}

    def _label_types(self):
        check_is_fitted(self)
        return self.classes_, self._target_type

    def _decide(self, p):
        codes = self._codes(p)
        if self._target_type == "multilabel":
            return scipy.sparse.csr_matrix(codes) if self._sparse_labels else codes
        return self.classes_[codes[:, 0]]

    def _codes(self, p):
        """The decision for each row: the number of the class, or 0 and 1 for each label."""
        if self._target_type == "multilabel":
            return (p > 0.5).astype(int)
        if self._target_type == "multiclass":
            return p.argmax(axis=1, keepdims=True)
        return (p > 0.5).astype(int) * (len(self.classes_) > 1)

    def _loss(self):
        multiclass = getattr(self, "_target_type", None) == "multiclass"
        name = "log_loss" if multiclass else "binary_log_loss"
        return name, (float(self.label_smoothing),), 1.0

    def _validation_score(self, predictions, targets, weights):
        """Weighted accuracy."""
        right = (self._codes(predictions) == targets).all(axis=1)
        return float(np.average(right, weights=weights))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class MLPRegressor(RegressorMixin, NumericTargets, BaseMLP):
    __doc__ = class_docstring("MLPRegressor", losses=sorted(_REGRESSION_LOSSES))

    _parameter_constraints: ClassVar[dict] = {
        **BaseMLP._parameter_constraints,
        "loss": [StrOptions(_REGRESSION_LOSSES), Option],
    }

    def __init__(
        self,
        loss="squared_error",
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        initializer="auto",
        zero_output=False,
        l1_ratio=0.0,
        penalize_intercept=False,
        penalty_scale="batch",
        clip_norm=None,
        dropout=0.0,
        input_dropout=0.0,
        batch_norm=False,
        residual=False,
        scoring=None,
    ):
        self._store(locals())

    @available_if(BaseMLP._partial_fit_is_available)
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None
    ):
        """Make one epoch over the given data, going on from the present parameters.

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
            best epoch so far, and training goes on from those of the last.
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
        return self._fit(X, y, sample_weight, validation_set, incremental=True)

    def predict(self, X):
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

    def _loss(self):
        """Name, parameter for each output, and factor of the reported loss."""
        name = getattr(self.loss, "name", self.loss)
        if name not in _REGRESSION_LOSSES:
            raise ValueError(
                f"loss must be one of {sorted(_REGRESSION_LOSSES)}, Huber(...) or Quantile(...), "
                f"got {self.loss!r}."
            )
        if isinstance(self.loss, Option):
            self.loss.check()
        params = getattr(self.loss, "params", (LOSSES[name].param,))
        # scikit-learn reports the mean over the outputs, and follows the gradient of the sum.
        n_outputs = getattr(self, "n_outputs_", 1)
        return name, params, 1.0 / n_outputs if name == "squared_error" else 1.0

    def score(self, X, y, sample_weight=None):
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

    def _validation_score(self, predictions, targets, weights):
        with np.errstate(over="ignore", invalid="ignore"):
            return self._quality(targets, predictions, weights)

    def _quality(self, y, predictions, weights):
        name, params, _ = self._loss()
        if name != "quantile":
            return r2_score(y, predictions, sample_weight=weights)
        if len(params) == 1:
            return d2_pinball_score(y, predictions, alpha=params[0], sample_weight=weights)
        y = np.asarray(y).reshape(len(predictions), -1)[:, 0]
        scores = [
            d2_pinball_score(y, column, alpha=q, sample_weight=weights)
            for q, column in zip(params, predictions.T, strict=True)
        ]
        return float(np.mean(scores))
