"""The pipeline that is tuned, and the space it is tuned over."""

import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from sknn_tune.common.layer_sizes import hidden_layers
from sknn_tune.mlp import MLPClassifier, MLPRegressor

# Rarer words of a column share one indicator.
MAX_CATEGORIES = 40
# Below so many rows, the largest batches would leave too few steps.
LARGE_DATA = 10_000
# What is common to all configurations: a rate that falls to 0 ends where `max_iter` says.
_COMMON = {"learning_rate": "cosine", "n_iter_no_change": np.inf, "random_state": 0}
_START = {
    "hidden_layer_sizes": (128, 128),
    "activation": "silu",
    "learning_rate_init": 3e-3,
    "alpha": 1e-3,
    "dropout": 0.1,
}


def make_codes(columns):
    """Return the step that turns words into codes; it is fitted once, before the search.

    Which words there are, and how often, is learnt behind it, in each fit anew.

    Parameters
    ----------
    columns : list of Column

    Returns
    -------
    codes : ColumnTransformer
        From an array of objects to float64, numbers first.
    """
    to_float = FunctionTransformer(np.asarray, kw_args={"dtype": "float64"})
    to_codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return ColumnTransformer(
        [
            ("numbers", to_float, _places(columns, "number")),
            ("categories", to_codes, _places(columns, "category")),
        ]
    )


def make_model(columns, task, n_rows, epochs):
    """Return the pipeline from codes to predictions: impute, scale, one-hot, network.

    Parameters
    ----------
    columns : list of Column
    task : {"classification", "regression"}
    n_rows : int
        Rows to learn from.
    epochs : int
        Passes over the rows of the first configuration.

    Returns
    -------
    model : Pipeline
        Its parameters are those of the first configuration of the search.
    """
    n_numbers = len(_places(columns, "number"))
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    words = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MAX_CATEGORIES, sparse_output=False
    )
    prepare = ColumnTransformer(
        [
            ("numbers", numbers, list(range(n_numbers))),
            ("categories", words, list(range(n_numbers, len(columns)))),
        ]
    )
    settings = _COMMON | _START | {"batch_size": _batch_sizes(n_rows)[-2], "max_iter": epochs}
    if task == "classification":
        network = MLPClassifier(**settings)
    else:
        network = TransformedTargetRegressor(MLPRegressor(**settings), transformer=StandardScaler())
    to_float32 = FunctionTransformer(np.asarray, kw_args={"dtype": "float32"})
    return Pipeline([("prepare", prepare), ("float32", to_float32), ("network", network)])


def make_space(task, n_rows, epochs):
    """Return the distributions that the search draws from.

    Parameters
    ----------
    task : {"classification", "regression"}
    n_rows : int
        Rows to learn from.
    epochs : list of int
        Numbers of passes over the rows to choose from.

    Returns
    -------
    distributions : dict
    """
    network = {
        "hidden_layer_sizes": hidden_layers(n_layers=(1, 3), units=(32, 256)),
        "activation": ["relu", "tanh", "silu"],
        "learning_rate_init": loguniform(5e-4, 2e-2),
        "batch_size": _batch_sizes(n_rows),
        "max_iter": epochs,
        "alpha": loguniform(1e-5, 1.0),
        "dropout": uniform(0.0, 0.5),
        "batch_norm": [False, True],
        "residual": [False, True],
    }
    prefix = "network__" if task == "classification" else "network__regressor__"
    return {prefix + name: values for name, values in network.items()}


def _places(columns, kind):
    return [place for place, column in enumerate(columns) if column.kind == kind]


def _batch_sizes(n_rows):
    """Batches to choose from, from small to large; an epoch has four or more of them."""
    if n_rows >= LARGE_DATA:
        return [64, 128, 256, 512]
    return [size for size in (2, 4, 8, 16, 32, 64, 128) if size <= n_rows // 4][-4:]
