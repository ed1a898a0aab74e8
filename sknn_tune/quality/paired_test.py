"""Means over resamples that share rows: a corrected standard error and a paired test.

The scores of resamples are not independent, since their training sets overlap. The variance of
their mean is therefore not s²/k but larger; Nadeau and Bengio estimate it by (1/k + n_test /
n_train) s² (Inference for the generalization error, Machine Learning 52, 2003, section 3).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats


def standard_error(values: ArrayLike, test_share: float) -> NDArray[np.float64]:
    """Return the standard error of the mean over resamples.

    Parameters
    ----------
    values : array-like of shape (n_splits, ...)
        One value, or an array of them, for each resample; at least 2.
    test_share : float
        Rows tested on over rows trained on, the mean over the resamples.

    Returns
    -------
    error : ndarray of shape (...)
        Of the shape of one value.

    Examples
    --------
    >>> from sknn_tune.quality.paired_test import standard_error
    >>> float(standard_error([0.8, 0.9, 0.7], test_share=0.5).round(3))
    0.091
    """
    values = np.asarray(values, dtype=float)
    variances = np.asarray(values.var(axis=0, ddof=1))
    return np.sqrt((1 / len(values) + test_share) * variances)


def paired_test(differences: ArrayLike, test_share: float) -> tuple[float, float]:
    """Test whether the mean difference over resamples is zero.

    Parameters
    ----------
    differences : array-like of shape (n_splits,)
        Score of one model minus that of another on the same resample.
    test_share : float
        Rows tested on over rows trained on.

    Returns
    -------
    t : float
        The corrected resampled t statistic; 0 where all differences are 0.
    p : float
        Two-sided p-value, from Student's t with n_splits - 1 degrees of freedom.
    """
    differences = np.asarray(differences, dtype=float)
    mean, error = differences.mean(), standard_error(differences, test_share)
    if np.allclose(differences, 0.0, rtol=0.0, atol=1e-12):
        return 0.0, 1.0
    if error <= 1e-12 * abs(mean):
        return float(np.copysign(np.inf, mean)), 0.0
    t = mean / error
    return float(t), float(2 * stats.t.sf(abs(t), len(differences) - 1))


def adjust_holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return p-values adjusted for the number of tests by Holm's method (1979).

    Parameters
    ----------
    p_values : array-like of shape (n_tests,)

    Returns
    -------
    adjusted : ndarray of shape (n_tests,)
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p)
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted
