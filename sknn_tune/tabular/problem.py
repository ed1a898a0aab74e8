"""The data that a user passes to `fit`, validated and encoded for the members."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_regressor
from sklearn.utils import check_array, check_consistent_length, column_or_1d

from sknn_tune.mlp.compat import check_sample_weight
from sknn_tune.mlp.labels import plain_labels, short_or_objects
from sknn_tune.tabular.columns import Schema, Table, learn_table, read_table
from sknn_tune.tabular.encoding import TableEncoder
from sknn_tune.tabular.folds import Split
from sknn_tune.tabular.member import Rows
from sknn_tune.tabular.targets import Targets


class Labelled(NamedTuple):
    """A table with targets and weights, validated."""

    table: Table
    y: Any  #: (n_rows,) or (n_rows, n_outputs)
    weights: np.ndarray  #: float64 (n_rows,), as given

    def encode(
        self,
        encoder: TableEncoder,
        targets: Targets,
        dtype: np.dtype,
        factors: np.ndarray | float = 1.0,
    ) -> Rows:
        """The rows as members see them, their weights times factors."""
        weights = self.weights * factors
        weights = weights / weights.max()  # what is huge or tiny in float64 is not in float32
        return Rows(
            encoder.encode(self.table, dtype),
            targets.encode(self.y, dtype),
            np.ascontiguousarray(weights, dtype),
        )


@dataclass(frozen=True)
class Problem:
    """What members learn from."""

    schema: Schema
    encoder: TableEncoder
    targets: Any  #: a `Targets`
    given: Labelled
    rows: Rows
    splits: list[Split]  #: one for each member
    validation: Rows | None


def rows_to_learn(estimator: Any, X: Any, y: Any, sample_weight: Any) -> tuple[Schema, Labelled]:
    """Check the rows that `fit` gets; the estimator gets ``n_features_in_`` and names."""
    schema, table = learn_table(estimator, X, y, estimator.categorical_features)
    y = _checked_y(y, is_regressor(estimator))
    check_consistent_length(table.numbers, y)
    return schema, Labelled(table, y, _checked_weights(table, sample_weight))


def rows_to_validate(estimator: Any, validation_set: tuple, schema: Schema) -> Labelled | None:
    """Check the validation set that `fit` gets; None where there is none."""
    X, y, sample_weight = validation_set
    if X is None and y is None:
        if sample_weight is not None:
            raise ValueError("sample_weight_val needs X_val and y_val, which are None.")
        return None
    if X is None or y is None:
        missing, given = ("X_val", "y_val") if X is None else ("y_val", "X_val")
        raise ValueError(f"{given} needs {missing}, which is None; pass both or neither.")
    with _naming("X_val"):
        table = read_table(estimator, X, schema)
    with _naming("y_val"):
        y = _checked_y(y, is_regressor(estimator))
        check_consistent_length(table.numbers, y)
    with _naming("sample_weight_val"):
        weights = _checked_weights(table, sample_weight)
    return Labelled(table, y, weights)


def _checked_y(y, is_numeric):
    y = check_array(
        y if is_numeric else short_or_objects(y, "y"),
        accept_sparse=False if is_numeric else "csr",
        dtype="numeric" if is_numeric else None,
        ensure_2d=False,
        input_name="y",
    )
    y = column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
    return y if is_numeric else plain_labels(y, "y")


def _checked_weights(table, sample_weight):
    n_rows = len(table.numbers)
    if sample_weight is None:
        return np.ones(n_rows)
    weights = check_sample_weight(
        sample_weight, np.empty((n_rows, 1)), dtype=np.float64, ensure_non_negative=True
    )
    if not weights.any():
        raise ValueError("sample_weight is zero for all samples.")
    with np.errstate(over="ignore"):
        return weights if np.isfinite(weights.sum()) else weights / weights.max()


@contextmanager
def _naming(parameter: str) -> Iterator[None]:
    """Say in an error which parameter it is about."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{parameter}: {error}") from error
