"""What is said where training has diverged."""

import numpy as np

from sknn_tune.network.blueprint import Network

DIVERGED = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed, or learning_rate_init is too high."
)


def check_finite(network: Network) -> None:
    """Refuse a network with a number that is not finite."""
    _, theta, statistics = network
    if not (np.isfinite(theta).all() and np.isfinite(statistics).all()):
        raise ValueError(DIVERGED)
