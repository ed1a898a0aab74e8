"""Configurations that were good together on many tables: what a search with "auto" tries first.

Chosen by ``tests/benchmarks/portfolio.py`` on 16 public data sets of at most 1,000 rows, 40 epochs:
each next one is what lowers the mean loss of the best so far the most.
"""

from typing import Any

#: The best first, with values of the space of "auto"; `label_smoothing` is for classifiers only.
PORTFOLIO: tuple[dict[str, Any], ...] = (
    {
        "hidden_layer_sizes": (256, 91),
        "activation": "relu",
        "learning_rate_init": 0.011,
        "learning_rate": "cosine",
        "batch_size": 32,
        "alpha": 0.023,
        "dropout": 0.1,
        "batch_norm": True,
        "label_smoothing": 0.0,
    },
    {
        "hidden_layer_sizes": (256, 256, 91),
        "activation": "silu",
        "learning_rate_init": 0.0041,
        "learning_rate": "cosine",
        "batch_size": 32,
        "alpha": 0.00041,
        "dropout": 0.0,
        "batch_norm": False,
        "label_smoothing": 0.0,
    },
    {
        "hidden_layer_sizes": (90, 16),
        "activation": "tanh",
        "learning_rate_init": 0.0011,
        "learning_rate": "constant",
        "batch_size": 32,
        "alpha": 0.00028,
        "dropout": 0.5,
        "batch_norm": True,
        "label_smoothing": 0.1,
    },
    {
        "hidden_layer_sizes": (91, 256, 256),
        "activation": "tanh",
        "learning_rate_init": 0.0032,
        "learning_rate": "cosine",
        "batch_size": 64,
        "alpha": 1e-06,
        "dropout": 0.5,
        "batch_norm": False,
        "label_smoothing": 0.1,
    },
    {
        "hidden_layer_sizes": (256,),
        "activation": "relu",
        "learning_rate_init": 0.03,
        "learning_rate": "cosine",
        "batch_size": 32,
        "alpha": 0.0015,
        "dropout": 0.0,
        "batch_norm": False,
        "label_smoothing": 0.1,
    },
)
