"""MLPClassifier and MLPRegressor: scikit-learn's estimators on compiled networks."""

import warnings
from numbers import Real
from typing import ClassVar

import numpy as np
import scipy.sparse
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import d2_pinball_score, r2_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target

from sknn_tune.compat import Interval, StrOptions, check_first_partial_fit, fit_context
from sknn_tune.mlp_base import BaseMLP
from sknn_tune.mlp_docs import class_docstring
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.options import Option

_CLASSIFICATION_LOSSES = {"log_loss", "binary_log_loss"}
_REGRESSION_LOSSES = set(LOSSES) - _CLASSIFICATION_LOSSES


class MLPClassifier(ClassifierMixin, BaseMLP):
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
        label_smoothing=0.0,
        class_weight=None,
    ):
        self._store(locals())

    @available_if(BaseMLP._partial_fit_is_available)
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None, classes=None):
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

        Returns
        -------
        self : object
            The estimator after one more epoch.
        """
        if check_first_partial_fit(self, classes):
            known = y if type_of_target(y).startswith("multilabel") else classes
            self._learn_classes(known)
        return self._fit(X, y, sample_weight, incremental=True)

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

    def _decide(self, p):
        if self._target_type == "multilabel":
            return (p > 0.5).astype(int)
        chosen = p.argmax(axis=1) if self._target_type == "multiclass" else p[:, 0] > 0.5
        return self.classes_[chosen.astype(int) * (len(self.classes_) > 1)]

    def _learn_classes(self, y):
        self._target_type, self.classes_ = _target_type_and_classes(y)
        if len(self.classes_) == 1:
            warnings.warn(
                f"y has only one class, {self.classes_[0]!r}: nothing can be learnt.",
                RuntimeWarning,
                stacklevel=6,
            )

    def _encode_targets(self, y, dtype, first_pass, incremental):
        """0 and 1 for each label, or the number of the class; of shape (n_samples, n_targets)."""
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._learn_classes(y)
        else:
            self._check_classes(y)
        self.n_outputs_ = self._n_scores()
        if self._target_type == "multilabel":
            indicator = y.toarray() if scipy.sparse.issparse(y) else y
            return (indicator != 0).astype(dtype)
        return np.searchsorted(self.classes_, y).astype(dtype).reshape(-1, 1)

    def _check_classes(self, y):
        target_type, classes = _target_type_and_classes(y)
        if "multilabel" in (target_type, self._target_type):
            if target_type != self._target_type or len(classes) != len(self.classes_):
                raise ValueError(
                    f"y is {target_type} with {len(classes)} columns or classes, the network was "
                    f"fitted on {self._target_type} with {len(self.classes_)}."
                )
            return
        if self.warm_start and set(classes) != set(self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {classes}"
            )
        if len(np.setdiff1d(classes, self.classes_)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {classes}."
            )

    def _weigh_classes(self, weights, targets, incremental):
        """Sample weights times class weights."""
        if self.class_weight is None:
            return weights
        if isinstance(self.class_weight, dict):
            factors = self._weights_of_classes()[targets[:, 0].astype(int)]
        elif incremental:
            raise ValueError(
                "class_weight='balanced' is not supported by partial_fit, which sees only a part "
                "of the classes; pass the weights as a dict or as sample_weight."
            )
        else:
            factors = _balancing_factors(targets, weights)
        return (weights * factors).astype(weights.dtype)

    def _weights_of_classes(self):
        """The numbers of a ``class_weight`` dict in the order of the classes, 1 where absent."""
        given = self.class_weight
        if self._target_type == "multilabel":
            raise ValueError(
                f"class_weight must be 'balanced' or None with a multilabel y, got {given!r}."
            )
        if not all(isinstance(w, Real) and 0 <= w < np.inf for w in given.values()):
            raise ValueError(f"class_weight must be finite numbers of at least 0, got {given!r}.")
        classes = self.classes_.tolist()
        # A fold may lack a class; but a class without weight beside a weight without class is
        # a slip, such as '1' for 1.
        if set(given) - set(classes) and set(classes) - set(given):
            raise ValueError(f"class_weight has keys that are not among {classes}, got {given!r}.")
        return np.array([given.get(label, 1.0) for label in classes], dtype=float)

    def _n_scores(self):
        return 1 if self._target_type == "binary" else len(self.classes_)

    def _loss(self):
        multiclass = getattr(self, "_target_type", None) == "multiclass"
        name = "log_loss" if multiclass else "binary_log_loss"
        return name, (float(self.label_smoothing),), 1.0

    def _stratification(self, targets):
        return targets.astype(bool) if self._target_type == "binary" else None

    def _validation_score(self, predictions, targets, weights):
        """Weighted accuracy."""
        if not np.isfinite(predictions).all():
            return np.nan
        if self._target_type == "multiclass":
            right = predictions.argmax(axis=1) == targets[:, 0]
        else:
            right = ((predictions > 0.5) == targets).all(axis=1)
        return float(np.average(right, weights=weights))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _balancing_factors(targets, weights):
    """Factors that give the classes of each column of targets equal shares of the weight."""
    factors = np.ones(len(weights))
    for codes in targets.T.astype(int):
        shares = np.bincount(codes, weights)
        present = shares > 0
        scale = np.zeros(len(shares))
        scale[present] = shares.sum() / (present.sum() * shares[present])
        factors *= scale[codes]
    return factors


def _target_type_and_classes(y):
    """``"binary"``, ``"multiclass"`` or ``"multilabel"``, and the sorted classes."""
    y = y if scipy.sparse.issparse(y) else np.asarray(y)
    try:
        kind = type_of_target(y, input_name="y")
        classes = np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])
    except TypeError as error:
        raise ValueError("y mixes labels of types that have no common order.") from error
    if kind == "multilabel-indicator":
        return "multilabel", classes
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: {kind}. y must be class labels or a label indicator matrix; a "
            "regression target needs MLPRegressor."
        )
    return ("multiclass" if len(classes) > 2 else "binary"), classes


class MLPRegressor(RegressorMixin, BaseMLP):
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
    ):
        self._store(locals())

    @available_if(BaseMLP._partial_fit_is_available)
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """Make one epoch over the given data, going on from the present parameters.

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
        self : object
            The estimator after one more epoch.
        """
        return self._fit(X, y, sample_weight, incremental=True)

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

    def _encode_targets(self, y, dtype, first_pass, incremental):
        if y.dtype.kind not in "biuf":
            raise ValueError(f"y must be numeric, got dtype {y.dtype}.")
        y = y.reshape(len(y), -1)
        name, shapes, _ = self._loss()
        self._check_range(y, name)
        if len(shapes) > 1 and y.shape[1] > 1:
            raise ValueError(
                f"loss={self.loss!r} has several quantiles, which needs a single target; y has "
                f"{y.shape[1]} columns."
            )
        if not first_pass and self.n_outputs_ != max(y.shape[1], len(shapes)):
            raise ValueError(
                f"y has {y.shape[1]} columns, the network was fitted with {self.n_outputs_}."
            )
        self.n_outputs_ = max(y.shape[1], len(shapes))
        with np.errstate(over="ignore"):
            targets = y.astype(dtype)
        if not np.isfinite(targets).all():
            raise ValueError(f"y contains values too large for {dtype}, the dtype of X.")
        return np.broadcast_to(targets, (len(y), self.n_outputs_))

    def _check_range(self, y, name):
        row = LOSSES[name]
        too_low = y <= row.lowest_target if row.excludes_lowest else y < row.lowest_target
        if too_low.any():
            bound = "above" if row.excludes_lowest else "at least"
            raise ValueError(
                f"y must be {bound} {row.lowest_target:g} with loss={self.loss!r}, got a minimum "
                f"of {y.min():g}."
            )

    def _n_scores(self):
        return self.n_outputs_

    def _loss(self):
        """Name, own number for each output, and factor of the reported loss."""
        name = getattr(self.loss, "name", self.loss)
        if name not in _REGRESSION_LOSSES:
            raise ValueError(
                f"loss must be one of {sorted(_REGRESSION_LOSSES)}, Huber(...) or Quantile(...), "
                f"got {self.loss!r}."
            )
        if isinstance(self.loss, Option):
            self.loss.check()
        shapes = getattr(self.loss, "shapes", (LOSSES[name].shape,))
        # scikit-learn reports the mean over the outputs, and follows the gradient of the sum.
        n_outputs = getattr(self, "n_outputs_", 1)
        return name, shapes, 1.0 / n_outputs if name == "squared_error" else 1.0

    def _stratification(self, targets):
        return None

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
        if not np.isfinite(predictions).all():
            return np.nan
        with np.errstate(over="ignore", invalid="ignore"):
            return self._quality(targets, predictions, weights)

    def _quality(self, y, predictions, weights):
        name, shapes, _ = self._loss()
        if name != "quantile":
            return r2_score(y, predictions, sample_weight=weights)
        if len(shapes) == 1:
            return d2_pinball_score(y, predictions, alpha=shapes[0], sample_weight=weights)
        y = np.asarray(y).reshape(len(predictions), -1)[:, 0]
        scores = [
            d2_pinball_score(y, column, alpha=q, sample_weight=weights)
            for q, column in zip(shapes, predictions.T, strict=True)
        ]
        return float(np.mean(scores))
