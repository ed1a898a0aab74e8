"""The network that is tuned, and the space it is tuned over."""

from typing import Any

import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import StandardScaler

from sknn_tune.common.layer_sizes import hidden_layers
from sknn_tune.mlp import MLPClassifier, MLPRegressor

# Below so many rows, the largest batches would leave too few steps.
LARGE_DATA = 10_000
# What is common to all configurations: a rate that falls to 0 ends where `max_iter` says.
_COMMON: dict[str, Any] = {
    "learning_rate": "cosine",
    "n_iter_no_change": np.inf,
    "random_state": 0,
}
_START: dict[str, Any] = {
    "hidden_layer_sizes": (128, 128),
    "activation": "silu",
    "learning_rate_init": 3e-3,
    "alpha": 1e-3,
    "dropout": 0.1,
}


def make_network(task: str, n_rows: int, epochs: int) -> Any:
    """Return the network whose parameters are those of the first configuration of the search.

    Parameters
    ----------
    task : {"classification", "regression"}
    n_rows : int
        Rows to learn from.
    epochs : int
        Passes over the rows.

    Returns
    -------
    network : estimator
        A regressor scales its target and scales its predictions back.
    """
    settings = _COMMON | _START | {"batch_size": _batch_sizes(n_rows)[-2], "max_iter": epochs}
    if task == "classification":
        return MLPClassifier(**settings)
    return TransformedTargetRegressor(MLPRegressor(**settings), transformer=StandardScaler())


def make_space(task: str, n_rows: int, epochs: list[int]) -> dict[str, Any]:
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
    network: dict[str, Any] = {
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
    prefix = "" if task == "classification" else "regressor__"
    return {prefix + name: values for name, values in network.items()}


def _batch_sizes(n_rows: int) -> list[int]:
    """Batches to choose from, from small to large; an epoch has four or more of them."""
    if n_rows >= LARGE_DATA:
        return [64, 128, 256, 512]
    return [size for size in (2, 4, 8, 16, 32, 64, 128) if size <= n_rows // 4][-4:]
