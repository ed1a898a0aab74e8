"""Which of several points no other one beats in everything."""

import numpy as np
from numpy.typing import NDArray


def non_dominated(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows no other row dominates; rows with nan are never among them.

    A row dominates another if it is at least as large in every column and larger in one.

    Parameters
    ----------
    points : ndarray, shape (n, n_objectives)

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    finite = ~np.isnan(points).any(axis=1)
    known = points[finite]
    is_as_large = (known[:, None] >= known).all(axis=2)
    is_larger = (known[:, None] > known).any(axis=2)
    out = np.zeros(len(points), dtype=np.bool_)
    out[finite] = ~(is_as_large & is_larger).any(axis=0)
    return out
