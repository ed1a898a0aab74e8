"""Greedy selection of an ensemble with replacement (Caruana et al. 2004)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Score = Callable[[NDArray[np.float64]], float]


def select_members(
    score: Score, predictions: NDArray[np.floating], n_members: int
) -> NDArray[np.intp]:
    """Return how often each candidate is in the ensemble.

    Starting from nothing, the candidate is added that makes the score of the mean prediction
    largest, the same one again if it does, `n_members` times; the best of the ensembles on the
    way counts. The first one is the best single candidate, so that the ensemble is never worse
    than that on the rows it was selected on.

    Parameters
    ----------
    score : callable
        Of predictions, (n_rows, n_outputs); larger is better, nan is the worst.
    predictions : ndarray, shape (n_candidates, n_rows, n_outputs)
        Of equally good candidates the first is taken.
    n_members : int
        Members at most, repeated ones counted as often as they are in.

    Returns
    -------
    counts : ndarray of int, shape (n_candidates,)

    References
    ----------
    R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes. Ensemble selection from libraries of
    models. ICML 2004.
    """
    total = np.zeros(predictions.shape[1:])
    counts = np.zeros(len(predictions), dtype=np.intp)
    best, best_score = counts, -np.inf
    for size in range(1, n_members + 1):
        scores = np.array([score((total + each) / size) for each in predictions])
        chosen = int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))
        total += predictions[chosen]
        counts[chosen] += 1
        if scores[chosen] > best_score:
            best, best_score = counts.copy(), scores[chosen]
    return best
