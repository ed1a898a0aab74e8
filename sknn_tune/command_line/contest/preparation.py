"""From typed columns to numbers and categories, and from these to what each model takes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder

from sknn_tune.command_line.columns.kinds import Column

# Of a category, for a linear model.
_MOST_INDICATORS = 100
# Numbers that describe which words and parts of words texts have: of all columns, of the least and
# of the most for one. The last ones say little, and many of them drown what the others say.
_TEXT_NUMBERS, _SHORTEST_TEXT, _LONGEST_TEXT = 60, 5, 30


def make_preparation(columns: Sequence[Column]) -> Pipeline:
    """Return the steps to a frame of numbers and categories, which a network for tables takes.

    Numbers and categories stay as they are. Dates become their parts, the yearly and weekly ones
    as points on a circle, and text what it consists of, both as numbers.

    Parameters
    ----------
    columns : sequence of Column

    Returns
    -------
    preparation : Pipeline
        From the frame of `make_frame` to one of numbers and categories.
    """
    texts = _named(columns, "text")
    parts: list[tuple[str, Any, Any]] = [
        ("numbers", "passthrough", _named(columns, "number")),
        ("categories", "passthrough", category_names(columns)),
        *((f"date {name}", _encode_date(), name) for name in _named(columns, "date")),
        *((f"text {name}", _encode_text(len(texts)), name) for name in texts),
    ]
    encode = ColumnTransformer([part for part in parts if part[2]], verbose_feature_names_out=False)
    return Pipeline([("encode", encode.set_output(transform="pandas"))])


def make_linear_preparation(categories: Sequence[str]) -> Pipeline:
    """Return the step from a frame of numbers and categories to what a linear model takes.

    Numbers are scaled by their quartiles and clipped smoothly, so that one wild value does not
    decide; a missing one is the median and has a column that says so. Categories become
    indicators, one for all words but the most frequent if they are many.

    Parameters
    ----------
    categories : sequence of str
        Which columns are categories.

    Returns
    -------
    preparation : Pipeline
    """
    import skrub

    # A missing number is 0, the median after scaling.
    impute = SimpleImputer(strategy="constant", fill_value=0.0, add_indicator=True)
    numbers = make_pipeline(skrub.SquashingScaler(), impute)
    indicators = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=_MOST_INDICATORS, sparse_output=False
    )
    return _beside(indicators, categories, numbers)


def make_tree_preparation(categories: Sequence[str]) -> Pipeline:
    """Return the step from a frame of numbers and categories to what boosted trees take.

    Numbers stay as they are, gaps included; a category is one column of codes, which come first.

    Parameters
    ----------
    categories : sequence of str
        Which columns are categories.

    Returns
    -------
    preparation : Pipeline
    """
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    return _beside(codes, categories, "passthrough")


def category_names(columns: Sequence[Column]) -> list[str]:
    """Return the names of the columns that are categories."""
    return _named(columns, "category")


def _beside(of_categories: Any, categories: Sequence[str], of_numbers: Any) -> Pipeline:
    """Encode categories, and the numbers beside them."""
    encode = ColumnTransformer(
        [("categories", of_categories, list(categories))],
        remainder=of_numbers,
        verbose_feature_names_out=False,
    )
    convert = FunctionTransformer(np.asarray, kw_args={"dtype": "float64"})
    return Pipeline([("encode", encode), ("convert", convert)])


def _named(columns: Sequence[Column], kind: str) -> list[str]:
    return [column.name for column in columns if column.kind == kind]


def _encode_date() -> Any:
    import skrub

    return skrub.DatetimeEncoder(periodic_encoding="circular", add_weekday=True)


def _encode_text(n_texts: int) -> Any:
    # Here, as skrub takes a second to import.
    from sknn_tune.command_line.contest.text_encoder import TextEncoder

    size = int(np.clip(_TEXT_NUMBERS // n_texts, _SHORTEST_TEXT, _LONGEST_TEXT))
    return TextEncoder(n_components=size, random_state=0)
