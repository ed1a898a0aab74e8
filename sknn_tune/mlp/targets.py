"""Targets of classifiers and regressors, checked and encoded for the network."""

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import scipy.sparse
from sklearn.utils.multiclass import type_of_target, unique_labels

from sknn_tune.common.caller import warn_caller
from sknn_tune.mlp.configuration import LossOption
from sknn_tune.mlp.labels import plain_labels, short_or_objects
from sknn_tune.network.losses import LOSSES

Kind: TypeAlias = Literal["binary", "multiclass", "multilabel"]


class ClassTargets(NamedTuple):
    """Class labels or label indicators."""

    classes: np.ndarray  #: sorted
    kind: Kind
    is_sparse: bool  #: whether label indicators were given as a sparse matrix

    @classmethod
    def learn(cls, y: Any) -> "ClassTargets":
        """Learn the classes of labels."""
        kind, classes = _kind_and_classes(y)
        if len(classes) == 1:
            warn_caller(
                f"y has only one class, {classes.tolist()[0]!r}: nothing can be learnt.",
                RuntimeWarning,
            )
        return cls(classes, kind, scipy.sparse.issparse(y))

    @classmethod
    def learn_from_first_batch(cls, y: Any, classes: Any) -> "ClassTargets":
        """Learn the classes where labels are the first batch of several."""
        if classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if type_of_target(y).startswith("multilabel"):
            return cls.learn(y)
        return cls.learn(plain_labels(np.asarray(short_or_objects(classes, "classes")), "classes"))

    def is_sound(self, n_outputs: int) -> bool:
        """Whether these are the classes of a network of a number of outputs."""
        n_classes = self.classes.shape
        if self.kind == "binary":
            return n_outputs == 1 and n_classes in ((1,), (2,))
        return self.kind in ("multiclass", "multilabel") and n_classes == (n_outputs,)

    @property
    def n_outputs(self) -> int:
        """Number of outputs of the network."""
        return 1 if self.kind == "binary" else len(self.classes)

    def loss(self, label_smoothing: float) -> LossOption:
        """The log-loss of this kind of targets."""
        name = "log_loss" if self.kind == "multiclass" else "binary_log_loss"
        return LossOption(name, (float(label_smoothing),))

    def encode(self, y: Any, dtype: np.dtype, name: str = "y") -> np.ndarray:
        """0 and 1 for each label, or the number of the class; of shape (n_samples, n_targets)."""
        if self.kind == "multilabel":
            indicator = y.toarray() if scipy.sparse.issparse(y) else y
            return (indicator != 0).astype(dtype)
        order = np.argsort(self.classes)  # a user may have renamed the classes
        places = np.searchsorted(self.classes, y, sorter=order)
        return order[places].astype(dtype).reshape(-1, 1)

    def check(self, y: Any, all_needed: bool = False, name: str = "y") -> None:
        """Refuse labels of other classes, or labels without a class where all are needed."""
        kind, classes = _kind_and_classes(y)
        if "multilabel" in (kind, self.kind):
            if kind != self.kind or len(classes) != len(self.classes):
                raise ValueError(
                    f"{name} is {kind} with {len(classes)} columns or classes, the network "
                    f"was fitted on {self.kind} with {len(self.classes)}."
                )
            return
        given, known = set(classes.tolist()), set(self.classes.tolist())
        if all_needed and given != known:
            raise ValueError(
                f"warm_start can only be used where `{name}` has the same classes as in the "
                f"previous call to fit. Previously got {self.classes}, `{name}` has {classes}"
            )
        if not given <= known:
            raise ValueError(
                f"`{name}` has classes not in `self.classes_`. `self.classes_` has "
                f"{self.classes}. '{name}' has {classes}."
            )

    def check_classes(self, classes: Any) -> None:
        """Refuse other ``classes`` than those of the first call to partial_fit."""
        if not np.array_equal(self.classes, unique_labels(classes)):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: "
                f"{self.classes!r}"
            )

    def decode(self, p: np.ndarray) -> Any:
        """Predicted classes, or a label indicator matrix, of predicted probabilities."""
        codes = self._codes(p)
        if self.kind == "multilabel":
            return scipy.sparse.csr_matrix(codes) if self.is_sparse else codes
        return self.classes[codes[:, 0]]

    def probabilities(self, p: np.ndarray) -> np.ndarray:
        """A column for each class from the outputs of the network."""
        if len(self.classes) == 1:
            return np.ones_like(p)
        return np.hstack([1 - p, p]) if self.kind == "binary" else p

    def accuracy(self, p: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> float:
        """Weighted accuracy of predicted probabilities."""
        correct = (self._codes(p) == targets).all(axis=1)
        return float(np.average(correct, weights=weights))

    def strata(self, targets: np.ndarray) -> np.ndarray | None:
        """What a random split is stratified by: as in scikit-learn, one column of labels."""
        return targets.astype(bool) if self.kind == "binary" else None

    def _codes(self, p):
        """The decision for each row: the number of the class, or 0 and 1 for each label."""
        if self.kind == "multilabel":
            return (p > 0.5).astype(int)
        if self.kind == "multiclass":
            return p.argmax(axis=1, keepdims=True)
        return (p > 0.5).astype(int) * (len(self.classes) > 1)


class NumericTargets(NamedTuple):
    """Numbers."""

    loss: LossOption
    n_outputs: int

    @classmethod
    def learn(cls, y: np.ndarray, loss: LossOption) -> "NumericTargets":
        """Learn the number of outputs of targets, which the loss must allow."""
        _check_range(y, loss, "y")
        return cls.of(loss, _n_outputs(y, loss, "y"))

    @classmethod
    def of(cls, loss: LossOption, n_outputs: int) -> "NumericTargets":
        """Targets of a number of outputs."""
        # scikit-learn reports the mean over the outputs, and follows the gradient of the sum.
        factor = 1.0 / n_outputs if loss.name == "squared_error" else 1.0
        return cls(loss._replace(factor=factor), n_outputs)

    def encode(self, y: np.ndarray, dtype: np.dtype, name: str = "y") -> np.ndarray:
        """A column for each output."""
        with np.errstate(over="ignore"):
            targets = y.reshape(len(y), -1).astype(dtype)
        if not np.isfinite(targets).all():
            raise ValueError(f"{name} contains values too large for {dtype}, the dtype of X.")
        return np.broadcast_to(targets, (len(y), self.n_outputs))

    def check(self, y: np.ndarray, name: str = "y") -> None:
        """Refuse targets of another number of outputs, or that the loss does not allow."""
        _check_range(y, self.loss, name)
        if _n_outputs(y, self.loss, name) != self.n_outputs:
            raise ValueError(
                f"{name} must have as many columns as y, got {y.size // len(y)}."
                if name == "y_val"
                else f"y has {y.size // len(y)} columns, the network was fitted with "
                f"{self.n_outputs}."
            )

    def strata(self, targets: np.ndarray) -> None:
        """Random splits of numbers are not stratified."""
        return


def _n_outputs(y, loss, name):
    n_columns = y.size // len(y)
    if len(loss.params) > 1 and n_columns > 1:
        raise ValueError(
            f"several quantiles, {loss.params}, need a single target; {name} has {n_columns} "
            "columns."
        )
    return max(n_columns, len(loss.params))


def _check_range(y, loss, name):
    if y.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be numeric, got dtype {y.dtype}.")
    row = LOSSES[loss.name]
    too_low = y <= row.lowest_target if row.excludes_lowest else y < row.lowest_target
    if too_low.any():
        bound = "above" if row.excludes_lowest else "at least"
        raise ValueError(
            f"{name} must be {bound} {row.lowest_target:g} with loss={loss.name!r}, got "
            f"a minimum of {y.min():g}."
        )


def _kind_and_classes(y: Any) -> tuple[Kind, np.ndarray]:
    """The kind of labels and their sorted classes."""
    y = y if scipy.sparse.issparse(y) else np.asarray(y)
    if y.ndim == 1 and y.dtype.kind in "biuU":
        classes = np.unique(y)
        if len(classes) <= max(2, len(y) // 2):  # scikit-learn may warn of more
            return ("multiclass" if len(classes) > 2 else "binary"), classes
    try:
        kind = type_of_target(y, input_name="y")
        classes = np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])
    except TypeError as error:
        raise ValueError("y mixes labels of types that have no common order.") from error
    if kind == "multilabel-indicator":
        _refuse_other_indicators(y)
        return "multilabel", classes
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: {kind}. y must be class labels or a label indicator matrix; a "
            "regression target needs a regressor."
        )
    return ("multiclass" if len(classes) > 2 else "binary"), classes


def _refuse_other_indicators(y: Any) -> None:
    """Refuse 1 and 2, or -1 and 1, for no and yes: what is not 0 is read as yes."""
    if scipy.sparse.issparse(y):  # which hold one value beside 0
        return
    values = np.unique(y)
    if len(values) > 1 and 0 not in values:
        raise ValueError(
            f"y is a label indicator matrix with the values {values[0]} and {values[1]}; give 0 "
            "for rows without a label and 1 for those with it."
        )
