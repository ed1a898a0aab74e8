"""Reads a table column by column, and decides which are numeric and which are categories.

Data frames are read through the interface that pandas, polars and others share: ``columns``, and a
column by its name. Everything else is an array, which scikit-learn checks.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
from sklearn.utils.validation import validate_data

#: What the names of dtypes that hold categories, and times, start with.
_CATEGORY_DTYPES = (
    "category", "Categorical", "Enum", "str", "String", "string", "Utf8", "object", "Object",
    "period", "interval",
)  # fmt: skip
_TIME_DTYPES = {
    "datetime": "M", "Datetime": "M", "Date": "M", "timedelta": "m", "Duration": "m",
}  # fmt: skip
#: What columns hold by their kind of time, in words, and what makes a column of it.
_HOLDS = {
    "": ("numbers", "pandas.to_numeric"),
    "M": ("points in time", "pandas.to_datetime"),
    "m": ("durations", "pandas.to_timedelta"),
}


class Schema(NamedTuple):
    """Which columns a table has."""

    names: tuple[str, ...] | None  #: None where the columns have none
    is_categorical: tuple[bool, ...]
    times: tuple[str, ...]  #: "M" for points in time, "m" for durations, "" for anything else


class Table(NamedTuple):
    """The values of a table."""

    numbers: np.ndarray  #: float64 (n_rows, n_numeric), NaN where missing
    categories: list[np.ndarray]  #: object arrays (n_rows,), None where missing


def is_frame(X: Any) -> bool:
    """Whether X is a data frame."""
    return hasattr(X, "columns") and hasattr(X, "__getitem__") and not scipy.sparse.issparse(X)


def learn_table(estimator: Any, X: Any, y: Any, categorical_features: Any) -> tuple[Schema, Table]:
    """Read a table to learn from.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and ``feature_names_in_``.
    X : data frame or array-like of shape (n_rows, n_columns)
        The table.
    y : array-like
        The targets; checked to be there.
    categorical_features : 'from_dtype', array-like or None
        Which columns are categories.

    Returns
    -------
    schema : Schema
    table : Table
    """
    if isinstance(categorical_features, str) and categorical_features != "from_dtype":
        raise ValueError(
            "categorical_features must be 'from_dtype', None, a mask, indices or names of "
            f"columns, got {categorical_features!r}."
        )
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target "
            "y is None."
        )
    if not is_frame(X):
        return _learn_array(estimator, X, categorical_features)
    _check_frame(X)
    validate_data(estimator, X, skip_check_array=True)
    names = list(X.columns)
    if isinstance(categorical_features, str):
        is_categorical = [_holds_categories(_column(X, j)) for j in range(len(names))]
    else:
        is_categorical = _chosen(categorical_features, len(names), names).tolist()
    known = getattr(estimator, "feature_names_in_", None)
    schema = Schema(
        None if known is None else tuple(known.tolist()),
        tuple(is_categorical),
        tuple(_time_of(_column(X, j)) for j in range(len(names))),
    )
    return schema, _frame_table(X, schema)


def read_table(estimator: Any, X: Any, schema: Schema) -> Table:
    """Read a table of the same columns, which a data frame may have in another order."""
    if not is_frame(X):
        holds_objects = any(schema.is_categorical)
        array = _checked_array(estimator, X, holds_objects, reset=False)
        _check_times(array, schema, _time_of(X))
        return _array_table(array, schema)
    _check_frame(X)
    if schema.names is not None:
        given = list(X.columns)
        if given != list(schema.names) and sorted(map(str, given)) == sorted(schema.names):
            X = X[list(schema.names)]
    validate_data(estimator, X, reset=False, skip_check_array=True)
    return _frame_table(X, schema)


# ---------------------------------------------------------------------------------- data frames
def _check_frame(X):
    n_rows, n_columns = X.shape
    if n_rows == 0 or n_columns == 0:
        raise ValueError(
            f"Found array with {n_rows} sample(s) and {n_columns} feature(s) (shape={X.shape}) "
            "while a minimum of 1 is required."
        )
    names = list(X.columns)
    if len(set(names)) < len(names):
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        raise ValueError(f"The columns of X must have different names, got {twice} twice.")


def _column(X, j):
    """A column by its position, as the frame's own series."""
    return X.iloc[:, j] if hasattr(X, "iloc") else X[X.columns[j]]


def _dtype_name(series):
    return str(getattr(series, "dtype", ""))


def _holds_categories(series):
    name = _dtype_name(series)
    if not name.startswith(_CATEGORY_DTYPES):
        return False
    return not name.lower().startswith("object") or not _are_numbers(series)


def _are_numbers(series):
    values = (value for value in _objects(series) if value is not None)
    return all(isinstance(value, int | float | np.number) for value in values)


def _objects(series):
    """The values as Python objects, None where missing."""
    if _dtype_name(series) == "category":
        categories = np.asarray(series.cat.categories, dtype=object)
        levels = np.append(categories, np.array([None], dtype=object))
        return levels[series.cat.codes]  # -1, the code of a missing value, is the last level
    values = np.asarray(series, dtype=object)
    missing = np.fromiter((_is_missing(value) for value in values), bool, len(values))
    if missing.any():
        values = values.copy()
        values[missing] = None
    return values


def _is_missing(value):
    if value is None:
        return True
    try:
        return bool(value != value)  # NaN and NaT
    except (TypeError, ValueError):  # pandas' NA has no truth value
        return type(value).__name__ == "NAType"


def _frame_table(X, schema):
    numbers, categories = [], []
    for j, is_categorical in enumerate(schema.is_categorical):
        series = _column(X, j)
        if is_categorical:
            categories.append(_checked_categories(_objects(series), X.columns[j]))
        else:
            numbers.append(_numbers(series, X.columns[j], schema.times[j]))
    stacked = np.stack(numbers, axis=1) if numbers else np.empty((X.shape[0], 0))
    return Table(stacked, categories)


def _time_of(series):
    """The kind of time that a column holds, "" where it holds none."""
    dtype = _dtype_name(series)
    return next((time for name, time in _TIME_DTYPES.items() if dtype.startswith(name)), "")


def _numbers(series, name, time):
    """A column as float64, NaN where missing; times, of the kind in fit, count in seconds."""
    dtype = _dtype_name(series)
    if _time_of(series) != time:
        if any(value is not None for value in _objects(series)):
            raise _of_another_kind(name, time, dtype)
        return np.full(len(series), np.nan)
    if time:
        return _seconds(series)
    if dtype.startswith("complex"):
        raise ValueError(f"Complex data not supported, got it in column {name!r}.")
    try:
        if _is_plain(series):
            return np.asarray(series, dtype=np.float64)
        # Nullable and other dtypes: their missing values have no number.
        values = _objects(series)
        return np.array([np.nan if v is None else float(v) for v in values], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Column {name!r} holds values that are not numbers: {error}. What is a category is "
            "listed in categorical_features, or has such a dtype, in fit."
        ) from error


def _of_another_kind(name, time, dtype):
    holds, function = _HOLDS[time]
    return ValueError(
        f"Column {name!r} held {holds} in fit, it now has dtype {dtype}. Convert it, for instance "
        f"by {function}."
    )


def _is_plain(series):
    """Whether a column is one of numpy's numbers, which have no missing values but NaN."""
    dtype = getattr(series, "dtype", None)
    return isinstance(dtype, np.dtype) and dtype.kind in "fiub"


def _seconds(series):
    values = np.asarray(series)
    if values.dtype.kind not in "mM":  # with a time zone
        return np.array([np.nan if v is None else v.timestamp() for v in _objects(series)])
    seconds = values.astype(f"{values.dtype.kind}8[us]").astype(np.int64) / 1e6
    return np.where(np.isnat(values), np.nan, seconds)


def _checked_categories(values, name):
    try:
        set(values.tolist())
    except TypeError as error:
        kind = str(error).split("'")[1]  # unhashable type: 'list'
        raise ValueError(
            f"Column {name!r} holds {kind} values, which cannot be categories."
        ) from error
    return values


# --------------------------------------------------------------------------------------- arrays
def _learn_array(estimator, X, categorical_features):
    chosen_by_dtype = isinstance(categorical_features, str)
    holds_objects = not chosen_by_dtype and categorical_features is not None
    array = _checked_array(estimator, X, holds_objects, reset=True)
    n_columns = array.shape[1]
    chosen = None if chosen_by_dtype else categorical_features
    times = (_time_of(X),) * n_columns
    schema = Schema(None, tuple(_chosen(chosen, n_columns, None).tolist()), times)
    return schema, _array_table(array, schema)


def _checked_array(estimator, X, holds_objects, reset):
    if holds_objects:
        X = np.asarray(X, dtype=object) if not scipy.sparse.issparse(X) else X
        return validate_data(estimator, X, dtype=None, ensure_all_finite=False, reset=reset)
    X = _seconds(X) if _time_of(X) else X
    return validate_data(estimator, X, dtype=np.float64, ensure_all_finite=False, reset=reset)


def _check_times(array, schema, given):
    """Refuse numbers where there were times in fit, and the reverse; all but missing ones."""
    for j, (time, is_categorical) in enumerate(
        zip(schema.times, schema.is_categorical, strict=True)
    ):
        if is_categorical or time == given:
            continue
        if any(value is not None for value in _objects(array[:, j])):
            raise _of_another_kind(schema.names[j] if schema.names else j, time, array.dtype)


def _array_table(array, schema):
    chosen = np.array(schema.is_categorical, dtype=bool)
    if not chosen.any():
        return Table(np.asarray(array, np.float64), [])
    categories = [
        _checked_categories(_objects(array[:, j]), int(j)) for j in np.flatnonzero(chosen)
    ]
    columns = [_numbers(array[:, j], int(j), "") for j in np.flatnonzero(~chosen)]
    numbers = np.stack(columns, axis=1) if columns else np.empty((len(array), 0))
    return Table(numbers, categories)


# ---------------------------------------------------------------------------------- the choice
def _chosen(categorical_features: Any, n_columns: int, names: Sequence | None) -> np.ndarray:
    """Mask of the columns that `categorical_features` names."""
    mask = np.zeros(n_columns, dtype=bool)
    if categorical_features is None:
        return mask
    given = np.asarray(categorical_features)
    if given.size == 0:
        return mask
    if given.dtype.kind == "b":
        if given.shape != (n_columns,):
            raise ValueError(
                f"categorical_features as a mask must have shape ({n_columns},), got {given.shape}."
            )
        return given.copy()
    if given.dtype.kind in "iu":
        if given.min() < 0 or given.max() >= n_columns:
            raise ValueError(
                f"categorical_features as indices must be in [0, {n_columns - 1}], got "
                f"{given.tolist()}."
            )
        mask[given] = True
        return mask
    if given.dtype.kind not in "OU":
        raise ValueError(
            "categorical_features must be 'from_dtype', None, a mask, indices or names of "
            f"columns, got {categorical_features!r}."
        )
    unknown = sorted(set(map(str, given)) - set(map(str, names or ())))
    if unknown:
        raise ValueError(f"categorical_features names columns that X does not have: {unknown}.")
    return np.isin(np.array(names, dtype=str), given.astype(str))
