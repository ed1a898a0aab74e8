"""Analysis of variance of a table of scores."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


def variance_components(scores: ArrayLike) -> dict[str, float]:
    """Estimate what splits and seeds contribute to the variance of a table of scores.

    The model is that of two-way analysis of variance with random effects, ``score[i, j] = mean +
    split[i] + seed[j] + both[i, j]``, the terms independent. Expected mean squares give unbiased
    estimates (Searle, Casella and McCulloch, Variance Components, 1992, section 4.3); negative
    ones are set to zero.

    Parameters
    ----------
    scores : array-like of shape (n_splits, n_seeds)
        One score for each split and seed; at least two splits.

    Returns
    -------
    components : dict of str to float
        Variances: ``split``, what another split changes; ``seed``, what another seed changes on
        the same split, which is the sum of ``seed_alone`` (seeds that are good on every split) and
        ``seed_with_split`` (seeds that are good on one split). With one seed these three are 0 and
        ``split`` holds everything.

    Examples
    --------
    >>> from sknn_tune.quality.variance import variance_components
    >>> variance_components([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])["seed"]
    0.5
    """
    scores = np.asarray(scores, dtype=float)
    n_splits, n_seeds = scores.shape
    by_split, by_seed = scores.mean(axis=1), scores.mean(axis=0)
    if (scores == scores[:, :1]).all():  # the mean of equal numbers may differ from them
        return {"split": float(scores[:, 0].var(ddof=1)), **_no_seed()}
    rest = scores - by_split[:, None] - by_seed + scores.mean()
    both = (rest**2).sum() / ((n_splits - 1) * (n_seeds - 1))
    split = by_split.var(ddof=1) - both / n_seeds
    alone = by_seed.var(ddof=1) - both / n_splits
    # Within a split seeds are all that varies, so this sum needs no subtraction.
    seed = scores.var(axis=1, ddof=1).mean()
    return {
        "split": float(max(split, 0.0)),
        "seed": float(seed),
        "seed_alone": float(np.clip(alone, 0.0, seed)),
        "seed_with_split": float(seed - np.clip(alone, 0.0, seed)),
    }


def _no_seed() -> dict[str, float]:
    return dict.fromkeys(("seed", "seed_alone", "seed_with_split"), 0.0)


def rows_differ(scores: ArrayLike, level: float = 0.05) -> bool:
    """Whether the means of the rows of a table differ by more than its noise.

    The F test of two-way analysis of variance without replication, which sets aside what the
    columns have in common.

    Parameters
    ----------
    scores : array-like of shape (n_rows, n_columns)
        Finite.
    level : float, default=0.05
        Probability of a false alarm.

    Returns
    -------
    differ : bool
        True where one row or one column leaves nothing to test.

    Examples
    --------
    >>> from sknn_tune.quality.variance import rows_differ
    >>> rows_differ([[1.0, 1.1], [2.0, 2.2], [3.0, 3.1]])
    True
    >>> rows_differ([[1.0, 1.1], [1.1, 1.0], [1.05, 1.04]])
    False
    """
    scores = np.asarray(scores, dtype=float)
    n_rows, n_columns = scores.shape
    if min(n_rows, n_columns) < 2:
        return True
    by_row, by_column = scores.mean(axis=1), scores.mean(axis=0)
    rest = scores - by_row[:, None] - by_column + scores.mean()
    noise = (rest**2).sum() / ((n_rows - 1) * (n_columns - 1))
    between = n_columns * by_row.var(ddof=1)
    if noise <= 1e-12 * between:
        return bool(between > 0)
    p = stats.f.sf(between / noise, n_rows - 1, (n_rows - 1) * (n_columns - 1))
    return bool(p < level)
