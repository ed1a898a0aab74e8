"""What a fit is given, checked and in the network's terms."""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import scipy.sparse
from sklearn.base import is_regressor
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.validation import validate_data

from sknn_tune.mlp.compat import check_sample_weight, safe_indexing

_DTYPES = (np.float64, np.float32)
_SPARSE = ("csr", "csc")


class Samples(NamedTuple):
    """Rows of data, validated and encoded."""

    X: np.ndarray  #: or compressed rows, (n_samples, n_features)
    targets: np.ndarray  #: (n_samples, n_targets)
    weights: np.ndarray  #: (n_samples,)
    given: tuple  #: X, y and sample_weight as a scorer wants them; sample_weight may be None

    def take(self, rows):
        """Some of the samples."""
        given = (None if part is None else safe_indexing(part, rows) for part in self.given)
        return Samples(self.X[rows], self.targets[rows], self.weights[rows], tuple(given))


class FitData:
    """Checks the data that an estimator is fitted to and encodes them."""

    def _validate_data(self, X, y, reset):
        if scipy.sparse.issparse(y) and is_regressor(self):
            raise ValueError("y must be dense, got a sparse matrix.")
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=list(_SPARSE),
            multi_output=True,
            y_numeric=is_regressor(self),
            dtype=_DTYPES,
            reset=reset,
        )
        if not reset:
            X = cast(X, self._dtype)
        return checked_rows(X), _without_lone_column(y)

    def _samples(self, X, y, sample_weight, first_pass, incremental):
        """Samples to learn from."""
        given_X = X
        X, y = self._validate_data(X, y, reset=first_pass)
        given_weights = self._sample_weights(X, sample_weight)
        targets = self._encode_targets(y, X.dtype, first_pass, incremental)
        weights = self._weigh_classes(given_weights, targets, incremental)
        if not weights.any():
            raise ValueError("sample_weight or class_weight leaves no sample a weight above zero.")
        for_scorer = (given_X, y, None if sample_weight is None else given_weights)
        return Samples(X, targets, weights, self._if_scored(for_scorer))

    def _validation_samples(self, X_val, y_val, sample_weight_val):
        """A validation set of the user's own; None where there is none."""
        if X_val is None and y_val is None:
            if sample_weight_val is not None:
                raise ValueError("sample_weight_val needs X_val and y_val, which are None.")
            return None
        if X_val is None or y_val is None:
            missing, given = ("X_val", "y_val") if X_val is None else ("y_val", "X_val")
            raise ValueError(f"{given} needs {missing}, which is None; pass both or neither.")
        X = self._validate_validation_X(X_val)
        y = self._validate_validation_y(y_val)
        check_consistent_length(X, y, sample_weight_val)
        with _naming("sample_weight_val"):
            weights = self._sample_weights(X, sample_weight_val)
            if not weights.any():
                raise ValueError("all are zero.")
        targets = self._encode_validation_targets(y, X.dtype)
        for_scorer = (X_val, y, None if sample_weight_val is None else weights)
        return Samples(X, targets, weights, self._if_scored(for_scorer))

    def _validate_validation_X(self, X_val):
        X = check_array(
            X_val,
            accept_sparse=list(_SPARSE),
            dtype=_DTYPES,
            input_name="X_val",
            ensure_min_samples=2,
        )
        if X.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X_val must have the {self.n_features_in_} features of X, got {X.shape[1]}."
            )
        validate_data(self, X_val, reset=False, skip_check_array=True)  # names of the columns
        return checked_rows(cast(X, self._dtype))

    def _validate_validation_y(self, y_val):
        numeric = is_regressor(self)
        with _naming("y_val"):
            y = check_array(
                y_val,
                accept_sparse=False if numeric else "csr",
                dtype="numeric" if numeric else None,
                ensure_2d=False,
            )
        return _without_lone_column(y)

    def _if_scored(self, given):
        return (None, None, None) if self.scoring in (None, "loss") else given

    def _sample_weights(self, X, sample_weight):
        if sample_weight is None:
            return np.ones(X.shape[0], X.dtype)
        return check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)

    def _weigh_classes(self, weights, targets, incremental):
        return weights


@contextmanager
def _naming(parameter):
    """Say in an error which parameter it is about."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{parameter}: {error}") from error


def checked_rows(X):
    """Dense X as it is; sparse X in compressed rows that are safe to follow."""
    if not scipy.sparse.issparse(X):
        return X
    # Compiled code, and the conversion too, would follow wrong indices out of bounds. A view is
    # checked, because the check trims the arrays of what it looks at.
    type(X)((X.data, X.indices, X.indptr), shape=X.shape).check_format(full_check=True)
    return X.tocsr()


def cast(X, dtype):
    """X in the dtype of the network."""
    if X.dtype == dtype:
        return X
    with np.errstate(over="ignore"):
        cast = X.astype(dtype)
    values = cast.data if scipy.sparse.issparse(cast) else cast
    if not np.isfinite(values).all():
        raise ValueError(f"Input X contains values too large for {dtype}, the network's dtype.")
    return cast


def _without_lone_column(y):
    return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
