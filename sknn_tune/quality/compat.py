"""Every private scikit-learn name that `quality` needs, and nothing else."""

from typing import Any

from sklearn.utils import _safe_indexing as take_rows

__all__ = ["best_possible_score", "take_rows"]


def best_possible_score(scorer: Any) -> float:
    """Return the score of a perfect model: 0 where the score is a negative loss, else 1."""
    return 0.0 if getattr(scorer, "_sign", 1) < 0 else 1.0
