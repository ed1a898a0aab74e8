"""From typed columns to numbers: what each model takes, by scikit-learn's and skrub's encoders."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder

from sknn_tune.command_line.columns import Column

# Numbers that describe which words and parts of words a text has.
_TEXT_SIZE = 30


def make_preparation(columns: Sequence[Column]) -> Pipeline:
    """Return the steps from a frame to what a network takes.

    Numbers are scaled by their quartiles and clipped smoothly, so that one wild value does not
    decide; a missing one is the median and has a column that says so. Categories become
    indicators, dates their parts, the yearly and weekly ones as points on a circle, and text what
    it consists of.

    Parameters
    ----------
    columns : sequence of Column

    Returns
    -------
    preparation : Pipeline
        From the frame of `make_frame` to float32.
    """
    import skrub

    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype="float32")
    parts: list[tuple[str, Any, Any]] = [
        ("numbers", make_pipeline(skrub.SquashingScaler(), _impute()), _named(columns, "number")),
        ("categories", one_hot, _named(columns, "category")),
    ]
    for name in _named(columns, "date"):
        dates = make_pipeline(_encode_date(), skrub.SquashingScaler(), _impute())
        parts.append((f"date {name}", dates, name))
    parts += [(f"text {name}", _encode_text(), name) for name in _named(columns, "text")]
    return _as_pipeline(parts, "float32")


def make_tree_preparation(columns: Sequence[Column]) -> tuple[Pipeline, list[int]]:
    """Return the steps to what boosted trees take, and which columns of that are categories.

    Numbers stay as they are, gaps included; a category is one column of codes.

    Parameters
    ----------
    columns : sequence of Column

    Returns
    -------
    preparation : Pipeline
    categorical : list of int
    """
    categories = _named(columns, "category")
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    parts: list[tuple[str, Any, Any]] = [
        ("categories", codes, categories),
        ("numbers", "passthrough", _named(columns, "number")),
        *((f"date {name}", _encode_date(), name) for name in _named(columns, "date")),
        *((f"text {name}", _encode_text(), name) for name in _named(columns, "text")),
    ]
    return _as_pipeline(parts, "float64"), list(range(len(categories)))


def make_table_preparation(columns: Sequence[Column]) -> Pipeline:
    """Return the steps to what a network for tables takes: a frame of numbers and categories.

    Parameters
    ----------
    columns : sequence of Column

    Returns
    -------
    preparation : Pipeline
    """
    parts: list[tuple[str, Any, Any]] = [
        ("numbers", "passthrough", _named(columns, "number")),
        ("categories", "passthrough", _named(columns, "category")),
        *((f"date {name}", _encode_date(), name) for name in _named(columns, "date")),
        *((f"text {name}", _encode_text(), name) for name in _named(columns, "text")),
    ]
    encode = ColumnTransformer([part for part in parts if part[2]], verbose_feature_names_out=False)
    return Pipeline([("encode", encode.set_output(transform="pandas"))])


def _as_pipeline(parts: list[tuple[str, Any, Any]], dtype: str) -> Pipeline:
    columns = ColumnTransformer(
        [part for part in parts if part[2]], verbose_feature_names_out=False
    )
    convert = FunctionTransformer(np.asarray, kw_args={"dtype": dtype})
    return Pipeline([("encode", columns), ("convert", convert)])


def _named(columns: Sequence[Column], kind: str) -> list[str]:
    return [column.name for column in columns if column.kind == kind]


def _encode_date() -> Any:
    import skrub

    return skrub.DatetimeEncoder(periodic_encoding="circular", add_weekday=True)


def _encode_text() -> Any:
    import skrub

    return skrub.StringEncoder(n_components=_TEXT_SIZE, random_state=0)


def _impute() -> SimpleImputer:
    """Replace what is missing by 0, the median after scaling, and say where."""
    return SimpleImputer(strategy="constant", fill_value=0.0, add_indicator=True)
