"""What configurations of the space of "auto" scored on 16 public data sets.

The table is made by ``tests/benchmarks/portfolio.py``, of three folds of at most 1,000 rows, 40
epochs, log-loss or R2. Its first rows are configurations that are good together: each lowers the
mean loss of the best so far the most.
"""

import csv
import functools
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: How each column of a configuration is read; the others are scores.
_READ: Mapping[str, Callable[[str], Any]] = {
    "hidden_layer_sizes": lambda text: tuple(map(int, text.split())),
    "activation": str,
    "learning_rate_init": float,
    "learning_rate": str,
    "batch_size": int,
    "alpha": float,
    "dropout": float,
    "batch_norm": lambda text: text == "True",
    "label_smoothing": float,
}


class Portfolio(NamedTuple):
    """Configurations and their scores, of shape (n_configurations, n_data_sets)."""

    configurations: tuple[dict[str, Any], ...]
    scores: NDArray[np.float64]


@functools.cache
def portfolio() -> Portfolio:
    """Return the table; `label_smoothing` is for classifiers only."""
    path = resources.files(__package__).joinpath("portfolio.csv")
    with path.open() as file:
        rows = list(csv.DictReader(file))
    configurations = tuple({key: read(row[key]) for key, read in _READ.items()} for row in rows)
    scores = np.array([[float(v) for key, v in row.items() if key not in _READ] for row in rows])
    scores.flags.writeable = False  # shared by all searches
    return Portfolio(configurations, scores)
