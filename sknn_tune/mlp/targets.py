"""Targets of the two estimators: checked, encoded as the network wants them, weighed by class."""

from numbers import Real

import numpy as np
import scipy.sparse
from sklearn.utils.multiclass import type_of_target

from sknn_tune.common.caller import warn_caller
from sknn_tune.network.losses import LOSSES


class ClassTargets:
    """Class labels or label indicators."""

    def _learn_classes(self, y):
        self._target_type, self.classes_ = _target_type_and_classes(y)
        self._sparse_labels = scipy.sparse.issparse(y)
        if len(self.classes_) == 1:
            warn_caller(
                f"y has only one class, {self.classes_.tolist()[0]!r}: nothing can be learnt.",
                RuntimeWarning,
            )

    def _encode_targets(self, y, dtype, first_pass, incremental):
        """0 and 1 for each label, or the number of the class; of shape (n_samples, n_targets)."""
        if first_pass and not incremental:
            self._learn_classes(y)
        else:
            self._check_classes(y, all_needed=self.warm_start)
        self.n_outputs_ = self._n_scores()
        return self._encode(y, dtype)

    def _encode_validation_targets(self, y, dtype):
        self._check_classes(y, all_needed=False, name="y_val")
        return self._encode(y, dtype)

    def _encode(self, y, dtype):
        if self._target_type == "multilabel":
            indicator = y.toarray() if scipy.sparse.issparse(y) else y
            return (indicator != 0).astype(dtype)
        return np.searchsorted(self.classes_, y).astype(dtype).reshape(-1, 1)

    def _check_classes(self, y, all_needed, name="y"):
        target_type, classes = _target_type_and_classes(y)
        if "multilabel" in (target_type, self._target_type):
            if target_type != self._target_type or len(classes) != len(self.classes_):
                raise ValueError(
                    f"{name} is {target_type} with {len(classes)} columns or classes, the network "
                    f"was fitted on {self._target_type} with {len(self.classes_)}."
                )
            return
        given, known = set(classes.tolist()), set(self.classes_.tolist())
        if all_needed and given != known:
            raise ValueError(
                f"warm_start can only be used where `{name}` has the same classes as in the "
                f"previous call to fit. Previously got {self.classes_}, `{name}` has {classes}"
            )
        if not given <= known:
            raise ValueError(
                f"`{name}` has classes not in `self.classes_`. `self.classes_` has "
                f"{self.classes_}. '{name}' has {classes}."
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

    def _stratification(self, targets):
        return targets.astype(bool) if self._target_type == "binary" else None


class NumericTargets:
    """Numbers."""

    def _encode_targets(self, y, dtype, first_pass, incremental):
        n_outputs = self._n_columns(y)
        if not first_pass and self.n_outputs_ != n_outputs:
            raise ValueError(
                f"y has {y.size // len(y)} columns, the network was fitted with {self.n_outputs_}."
            )
        self.n_outputs_ = n_outputs
        return self._encode(y, dtype)

    def _encode_validation_targets(self, y, dtype):
        if self._n_columns(y, "y_val") != self.n_outputs_:
            raise ValueError(f"y_val must have as many columns as y, got {y.size // len(y)}.")
        return self._encode(y, dtype, "y_val")

    def _n_columns(self, y, name="y"):
        """Number of outputs that the targets ask for."""
        if y.dtype.kind not in "biuf":
            raise ValueError(f"{name} must be numeric, got dtype {y.dtype}.")
        loss, params, _ = self._loss()
        n_columns = y.size // len(y)
        if len(params) > 1 and n_columns > 1:
            raise ValueError(
                f"loss={self.loss!r} has several quantiles, which needs a single target; {name} "
                f"has {n_columns} columns."
            )
        self._check_range(y, loss, name)
        return max(n_columns, len(params))

    def _encode(self, y, dtype, name="y"):
        with np.errstate(over="ignore"):
            targets = y.reshape(len(y), -1).astype(dtype)
        if not np.isfinite(targets).all():
            raise ValueError(f"{name} contains values too large for {dtype}, the dtype of X.")
        return np.broadcast_to(targets, (len(y), self.n_outputs_))

    def _check_range(self, y, loss, name):
        row = LOSSES[loss]
        too_low = y <= row.lowest_target if row.excludes_lowest else y < row.lowest_target
        if too_low.any():
            bound = "above" if row.excludes_lowest else "at least"
            raise ValueError(
                f"{name} must be {bound} {row.lowest_target:g} with loss={self.loss!r}, got "
                f"a minimum of {y.min():g}."
            )

    def _n_scores(self):
        return self.n_outputs_

    def _stratification(self, targets):
        return None


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
