"""Means over resamples that share rows: a corrected standard error and a paired test.

The scores of resamples are not independent, since their training sets overlap. The variance of
their mean is therefore not s²/k but larger; Nadeau and Bengio estimate it by (1/k + n_test /
n_train) s² (Inference for the generalization error, Machine Learning 52, 2003, section 3).
"""

import numpy as np
from scipy import stats


def standard_error(values, test_share):
    """Return the standard error of the mean over resamples.

    Parameters
    ----------
    values : array-like of shape (n_splits, ...)
        One value, or an array of them, for each resample; at least 2.
    test_share : float
        Rows tested on over rows trained on, the mean over the resamples.

    Returns
    -------
    error : float or ndarray
        Of the shape of one value.
    """
    values = np.asarray(values, dtype=float)
    return np.sqrt((1 / len(values) + test_share) * values.var(axis=0, ddof=1))


def paired_test(differences, test_share):
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


def adjust_holm(p_values):
    """Return p-values made larger for having tested several times (Holm 1979)."""
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p)
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted
