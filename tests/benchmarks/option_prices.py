"""What an option costs: time of an epoch with it over the time without, hidden 256, batch 256.

    python tests/benchmarks/option_prices.py [repeats]

Runs are interleaved and the ratio is the median over the pairs, float32, one BLAS thread.
"""

import os
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning

from sknn_tune import MLPClassifier
from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.optimizers import OPTIMIZERS

PLAIN = {"hidden_layer_sizes": (256, 256), "batch_size": 256, "max_iter": 1, "random_state": 0}
OPTIONS = [
    {"dropout": 0.2},
    {"input_dropout": 0.2},
    {"batch_norm": True},
    {"batch_norm": "input"},
    {"batch_norm": "both"},
    {"residual": True},
    {"l1_ratio": 0.5},
    {"penalize_intercept": True},
    {"penalty_scale": "dataset"},
    {"clip_norm": 1.0},
    {"label_smoothing": 0.1},
    {"class_weight": "balanced"},
    {"learning_rate": "cosine"},
    *({"solver": name} for name in OPTIMIZERS if name != "adam"),
    *({"activation": name} for name in ACTIVATIONS if name != "relu"),
]


def seconds(X, y, **options):
    """Wall time of a fit of one epoch."""
    model = MLPClassifier(**PLAIN, **options)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
    return time.perf_counter() - start


def main(repeats):
    """Print a row for each option, first the plain network against itself."""
    X, y = make_classification(10_000, 100, n_informative=20, n_classes=3, random_state=0)
    X = X.astype(np.float32)
    seconds(X, y)
    for options in [{}, *OPTIONS]:
        pairs = [(seconds(X, y), seconds(X, y, **options)) for _ in range(repeats)]
        price = np.median([with_option / plain for plain, with_option in pairs]) - 1
        text = ", ".join(f"{name}={value!r}" for name, value in options.items()) or "plain again"
        print(f"{text:28s} {price:+7.1%}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
