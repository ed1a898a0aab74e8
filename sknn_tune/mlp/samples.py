"""The data that a user passes to `fit`, validated and encoded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import numpy as np
import scipy.sparse
from sklearn.base import RegressorMixin
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.validation import validate_data

from sknn_tune.mlp.compat import check_sample_weight, safe_indexing
from sknn_tune.mlp.labels import plain_labels, short_or_objects
from sknn_tune.mlp.plain_arrays import are_plain_targets, fits, is_plain_input, learn_columns
from sknn_tune.mlp.sparse_format import check_format

_DTYPES = (np.float64, np.float32)
_SPARSE = ("csr", "csc")


class Targets(Protocol):
    """Targets of one kind, which check and encode further targets of that kind."""

    @property
    def n_outputs(self) -> int:
        """Number of outputs of the network."""

    def check(self, y: Any, *, name: str = "y") -> None:
        """Refuse targets of another kind."""

    def encode(self, y: Any, dtype: np.dtype, name: str = "y") -> np.ndarray:
        """What the loss compares with the outputs, of shape (n_samples, n_targets)."""

    def strata(self, codes: np.ndarray) -> np.ndarray | None:
        """What a random split of encoded targets is stratified by; None for nothing."""


class Given(NamedTuple):
    """Rows as a scorer needs them: nearly as a user passes them."""

    X: Any
    y: Any
    sample_weight: np.ndarray | None

    def take(self, rows: np.ndarray) -> "Given":
        """Some of the rows."""
        return Given(*(None if part is None else safe_indexing(part, rows) for part in self))


class Rows(NamedTuple):
    """Rows of data, validated."""

    X: Any  #: (n_samples, n_features), dense or compressed rows
    y: Any  #: (n_samples,) or (n_samples, n_outputs)
    weights: np.ndarray  #: (n_samples,)
    given: Given


class Samples(NamedTuple):
    """Rows of data, validated and encoded."""

    X: Any  #: (n_samples, n_features), dense or compressed rows
    targets: np.ndarray  #: (n_samples, n_targets)
    weights: np.ndarray  #: (n_samples,)
    given: Given

    @property
    def arrays(self) -> tuple[Any, np.ndarray, np.ndarray]:
        """What the network works on."""
        return self.X, self.targets, self.weights

    def take(self, rows: np.ndarray, for_scorer: bool) -> "Samples":
        """Some of the samples; as given only if they are for a scorer."""
        given = self.given.take(rows) if for_scorer else Given(None, None, None)
        return Samples(self.X[rows], self.targets[rows], self.weights[rows], given)


def training_rows(
    estimator: Any, X: Any, y: Any, sample_weight: Any, dtype: np.dtype | None
) -> Rows:
    """Check the rows to learn from.

    Parameters
    ----------
    estimator : BaseMLP
        Gets ``n_features_in_`` and ``feature_names_in_``, or has them.
    X, y, sample_weight : array-like
        Arguments of ``fit``.
    dtype : dtype or None
        That of the network; None where there is none yet, which then takes that of X.
    """
    is_numeric = isinstance(estimator, RegressorMixin)
    if scipy.sparse.issparse(y) and is_numeric:
        raise ValueError("y must be dense, got a sparse matrix.")
    y = y if is_numeric else short_or_objects(y, "y")
    if is_plain_input(X) and are_plain_targets(y, len(X)) and (dtype is None or fits(estimator, X)):
        valid_X = X
        learn_columns(estimator, X)
    else:
        valid_X, y = _validate(estimator, X, y, is_numeric, reset=dtype is None)
    valid_X = _rows(valid_X if dtype is None else cast(valid_X, dtype))
    y = _without_lone_column(y)
    y = y if is_numeric else plain_labels(y, "y")
    weights = _sample_weights(valid_X, sample_weight)
    given_X = valid_X if scipy.sparse.issparse(X) else X  # of a format that has rows
    return Rows(valid_X, y, weights, _given(given_X, y, sample_weight, weights))


def _validate(estimator, X, y, is_numeric, reset):
    """X and y as scikit-learn converts them."""
    check_format(X, "X")
    check_format(y, "y")
    with _hint_at_nan():
        valid_X, y = validate_data(
            estimator,
            X,
            y,
            accept_sparse=list(_SPARSE),
            multi_output=True,
            y_numeric=is_numeric,
            dtype=_DTYPES,
            reset=reset,
        )
    if valid_X is not X:  # which may have been of a format that is not checked
        check_format(valid_X, "X")
    return valid_X, y


def validation_samples(
    estimator: Any, validation_set: tuple, targets: Targets, dtype: np.dtype
) -> Samples | None:
    """Check and encode a validation set that a user passes; None where there is none.

    Parameters
    ----------
    estimator : BaseMLP
        Has ``n_features_in_`` and ``feature_names_in_``.
    validation_set : tuple of (X_val, y_val, sample_weight_val)
        Arguments of ``fit``.
    targets : Targets
        Those of the rows to learn from.
    dtype : dtype
        That of the network.
    """
    X, y, sample_weight = validation_set
    if X is None and y is None:
        if sample_weight is not None:
            raise ValueError("sample_weight_val needs X_val and y_val, which are None.")
        return None
    if X is None or y is None:
        missing, given = ("X_val", "y_val") if X is None else ("y_val", "X_val")
        raise ValueError(f"{given} needs {missing}, which is None; pass both or neither.")
    valid_X = _validation_X(estimator, X, dtype)
    y = _validation_y(y, isinstance(estimator, RegressorMixin))
    check_consistent_length(valid_X, y, sample_weight)
    with _naming("sample_weight_val"):
        weights = _sample_weights(valid_X, sample_weight)
        if not weights.any():
            raise ValueError("all are zero.")
        check_total(weights)
    targets.check(y, name="y_val")
    given = _given(X, y, sample_weight, weights)
    return Samples(valid_X, targets.encode(y, valid_X.dtype, "y_val"), weights, given)


def prediction_rows(estimator: Any, X: Any, dtype: np.dtype) -> Any:
    """Check rows to predict, of the dtype of the network."""
    if is_plain_input(X) and fits(estimator, X):
        return cast(X, dtype)
    check_format(X, "X")
    with _hint_at_nan():
        valid_X = validate_data(
            estimator, X, accept_sparse=list(_SPARSE), dtype=_DTYPES, reset=False
        )
    if valid_X is not X:  # which may have been of a format that is not checked
        check_format(valid_X, "X")
    return cast(_rows(valid_X), dtype)


def check_total(weights: np.ndarray) -> None:
    """Refuse sample weights whose sum is zero or not finite."""
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not np.finfo(weights.dtype).tiny <= total < np.inf:
        raise ValueError(
            f"The sample weights, sample_weight times class_weight, sum to {total:.3g}, which is "
            f"beyond the range of {weights.dtype}. Scale them, for instance to a mean of 1."
        )


def _rows(X: Any) -> Any:
    """Dense X as it is; sparse X in compressed rows."""
    return X.tocsr() if scipy.sparse.issparse(X) else X


def cast(X: Any, dtype: np.dtype) -> Any:
    """X in the dtype of the network."""
    if X.dtype == dtype:
        return X
    with np.errstate(over="ignore"):
        cast = X.astype(dtype)
    values = cast.data if scipy.sparse.issparse(cast) else cast
    if not np.isfinite(values).all():
        raise ValueError(f"Input X contains values too large for {dtype}, the network's dtype.")
    return cast


def _validation_X(estimator, X_val, dtype):
    check_format(X_val, "X_val")
    X = check_array(
        X_val,
        accept_sparse=list(_SPARSE),
        dtype=_DTYPES,
        input_name="X_val",
        ensure_min_samples=2,
    )
    if X.shape[1] != estimator.n_features_in_:
        raise ValueError(
            f"X_val must have the {estimator.n_features_in_} features of X, got {X.shape[1]}."
        )
    validate_data(estimator, X_val, reset=False, skip_check_array=True)  # names of the columns
    check_format(X, "X_val")  # which may have been of a format that is not checked
    return _rows(cast(X, dtype))


def _validation_y(y_val, is_numeric):
    check_format(y_val, "y_val")
    with _naming("y_val"):
        y = check_array(
            y_val if is_numeric else short_or_objects(y_val, "y_val"),
            accept_sparse=False if is_numeric else "csr",
            dtype="numeric" if is_numeric else None,
            ensure_2d=False,
        )
    y = _without_lone_column(y)
    return y if is_numeric else plain_labels(y, "y_val")


def _sample_weights(X, sample_weight):
    if sample_weight is None:
        return np.ones(X.shape[0], X.dtype)
    with np.errstate(over="ignore"):  # an infinity is refused
        try:
            weights = check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
        except ValueError as error:
            if "non-zero" not in str(error) or not np.any(sample_weight):
                raise
            weights = np.zeros(0)  # as scikit-learn before 1.9 returns them
    if not weights.any() and np.any(sample_weight):
        raise ValueError(
            f"The sample weights are all zero in {X.dtype}, the dtype of X. Scale them, for "
            "instance to a mean of 1."
        )
    return weights


@contextmanager
def _naming(parameter: str) -> Iterator[None]:
    """Say in an error which parameter it is about."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{parameter}: {error}") from error


@contextmanager
def _hint_at_nan() -> Iterator[None]:
    """Replace the hint of scikit-learn's error about NaN, which recommends other estimators."""
    try:
        yield
    except ValueError as error:
        first, _, hint = str(error).partition("\n")
        if "HistGradientBoosting" not in hint:
            raise
        raise ValueError(
            f"{first} Impute missing values, for instance by SimpleImputer in a pipeline. If there "
            "are none in the data, an earlier step of the pipeline makes them, as StandardScaler "
            "does of values whose squares overflow."
        ) from None


def _given(X, y, sample_weight, weights):
    return Given(X, y, None if sample_weight is None else weights)


def _without_lone_column(y):
    return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
