"""Fits that are timed: from a handful of rows to networks whose time is all matrix products."""

from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits, make_classification


class Workload(NamedTuple):
    """Data, and the network that is fitted to them."""

    name: str
    X: np.ndarray
    y: np.ndarray
    hidden: tuple
    batch_size: int
    epochs: int

    @property
    def sizes(self):
        """Width of every layer, from input to output."""
        return [self.X.shape[1], *self.hidden, len(np.unique(self.y))]

    @property
    def parameters(self):
        """Parameters of both estimators: exactly ``epochs`` epochs of adam."""
        return {
            "hidden_layer_sizes": self.hidden,
            "batch_size": self.batch_size,
            "max_iter": self.epochs,
            "tol": 0.0,
            "n_iter_no_change": 10**6,
            "random_state": 0,
        }


def workloads(dtype):
    """Return all workloads, with X of a dtype."""
    digits, digit = load_digits(return_X_y=True)
    digits = (digits / 16).astype(dtype)
    made, group = make_classification(20_000, 100, n_informative=20, n_classes=3, random_state=0)
    made = made.astype(dtype)
    few = np.ascontiguousarray(digits[:150, :4])
    return [
        Workload("150x4, hidden 16, batch 32", few, digit[:150] % 3, (16,), 32, 60),
        Workload("digits, hidden 100, batch 32", digits, digit, (100,), 32, 8),
        Workload("digits, hidden 100, batch 200", digits, digit, (100,), 200, 25),
        Workload("20,000x100, hidden 100, batch 200", made, group, (100,), 200, 4),
        Workload("20,000x100, hidden 64, 64, 64, batch 64", made, group, (64, 64, 64), 64, 2),
        Workload("20,000x100, hidden 256, 256, batch 256", made, group, (256, 256), 256, 2),
    ]
