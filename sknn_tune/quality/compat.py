"""Every private scikit-learn name that the quality wing needs, and nothing else."""

from sklearn.utils import _safe_indexing as take_rows

__all__ = ["take_rows", "best_possible_score"]


def best_possible_score(scorer):
    """Return the score of a perfect model: 0 for losses with the sign turned, else 1."""
    return 0.0 if getattr(scorer, "_sign", 1) < 0 else 1.0
