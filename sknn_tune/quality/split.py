"""The train/dev/test split: learn on the first, choose on the second, judge once on the third."""

import numpy as np
from sklearn.utils import check_random_state, indexable
from sklearn.utils.multiclass import type_of_target

from sknn_tune.common.labels import count_labels
from sknn_tune.common.numeric import is_integer, is_real
from sknn_tune.quality.compat import take_rows

PARTS = ("train", "dev", "test")
# Orders of the groups that are tried; the best balanced one is taken.
N_ORDERS = 20
# Strata of a continuous target where groups must stay together.
N_STRATA = 5


def train_dev_test_split(
    *arrays, dev_size=0.2, test_size=0.2, stratify=None, groups=None, random_state=None
):
    """Split data into three disjoint parts drawn from one distribution.

    Fit on the first part, choose hyperparameters and models by the second, and look at the third
    once, at the very end: a score by which something was chosen is no longer an honest one.

    Parameters
    ----------
    *arrays : sequence of arrays, DataFrames, lists or sparse matrices
        The data, all of the same length n_samples; mostly X and y.
    dev_size : float or int, default=0.2
        Share of the rows for the dev part, or their number.
    test_size : float or int, default=0.2
        Share of the rows for the test part, or their number.
    stratify : bool or array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        Labels or numbers whose distribution shall be the same in the three parts; True takes
        the second array. Numbers are spread along their order, without bins.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group stay in one part. The sizes are then met as nearly as the groups allow.
    random_state : int, RandomState instance or None, default=None
        Seed of the split.

    Returns
    -------
    parts : list, three for each array
        ``X_train, X_dev, X_test, y_train, y_dev, y_test``, each of the type of its array.

    Raises
    ------
    TypeError, ValueError
        If a size, the strata or the groups cannot be used, or a part would be empty.

    See Also
    --------
    sklearn.model_selection.train_test_split : Two parts.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknn_tune import train_dev_test_split
    >>> X, y = load_iris(return_X_y=True)
    >>> X_train, X_dev, X_test, y_train, y_dev, y_test = train_dev_test_split(
    ...     X, y, stratify=y, random_state=0
    ... )
    >>> len(X_train), len(X_dev), len(X_test)
    (90, 30, 30)
    >>> [(y_dev == label).sum().item() for label in range(3)]
    [10, 10, 10]
    """
    if not arrays:
        raise ValueError("train_dev_test_split needs at least one array.")
    arrays = indexable(*arrays)
    n_samples = arrays[0].shape[0] if hasattr(arrays[0], "shape") else len(arrays[0])
    sizes = _part_sizes(n_samples, dev_size, test_size)
    strata = _check_stratify(stratify, arrays, n_samples)
    rng = check_random_state(random_state)
    if groups is None:
        part = _split_rows(sizes, strata, rng)
    else:
        part = _split_groups(sizes, _check_length("groups", groups, n_samples), strata, rng)
    rows = [rng.permutation(np.flatnonzero(part == p)) for p in range(3)]
    return [take_rows(array, indices) for array in arrays for indices in rows]


def _part_sizes(n_samples, dev_size, test_size):
    """Numbers of rows of the three parts."""
    n_dev = _number_of_rows("dev_size", dev_size, n_samples)
    n_test = _number_of_rows("test_size", test_size, n_samples)
    n_train = n_samples - n_dev - n_test
    if n_train < 1:
        raise ValueError(
            f"dev_size={dev_size} and test_size={test_size} leave none of the {n_samples} rows "
            "to train on."
        )
    return np.array([n_train, n_dev, n_test])


def _number_of_rows(name, size, n_samples):
    if is_integer(size) and 1 <= size < n_samples:
        return int(size)
    if is_real(size) and 0 < size < 1:
        # A share such as 0.2 of 150 rows must not round up to 31.
        return max(1, int(np.ceil(size * n_samples - 1e-9)))
    raise ValueError(
        f"{name} must be a share between 0 and 1 or a number of rows from 1 to {n_samples - 1}, "
        f"got {size!r}."
    )


def _check_length(name, values, n_samples):
    values = np.asarray(values)
    if len(values) != n_samples:
        raise ValueError(f"{name} has {len(values)} rows, the data {n_samples}.")
    return values


def _check_stratify(stratify, arrays, n_samples):
    """Return one number for each row, near in order where rows are alike; None without strata."""
    if stratify is None or stratify is False:
        return None
    if stratify is True:
        if len(arrays) < 2:
            raise ValueError("stratify=True takes the labels of the second array; only X is given.")
        stratify = arrays[1]
    values = _check_length("stratify", stratify, n_samples)
    if type_of_target(values) == "continuous":
        return values.astype(float)
    labels, codes, counts = count_labels(values)
    if counts.min() < 3:
        rarest = labels[counts.argmin()]
        raise ValueError(
            f"stratify: {rarest!r} occurs in {counts.min()} rows only; at least 3 are needed for "
            "three parts. Merge rare labels, or leave stratify=None."
        )
    return codes


def _split_rows(sizes, strata, rng):
    """Part of each row: the rows in order of their stratum get labels that alternate evenly."""
    order = rng.permutation(sizes.sum())
    if strata is None:
        return np.repeat(np.arange(3), sizes)[order]
    order = order[np.argsort(strata[order], kind="stable")]
    # The k-th of m labels of a part falls at random into the k-th of m equal stretches.
    places = np.concatenate([(np.arange(size) + rng.random_sample(size)) / size for size in sizes])
    part = np.empty(len(order), dtype=int)
    part[order] = np.repeat(np.arange(3), sizes)[np.argsort(places)]
    return part


def _split_groups(sizes, groups, strata, rng):
    """Part of each row, whole groups together, the strata balanced."""
    names, group = np.unique(groups, return_inverse=True)
    if len(names) < 3:
        raise ValueError(f"groups must hold at least 3 groups for three parts, got {len(names)}.")
    if strata is None:
        strata = np.zeros(len(group), dtype=int)
    elif strata.dtype.kind == "f":
        strata = np.argsort(np.argsort(strata)) * N_STRATA // len(strata)
    counts = np.zeros((len(names), strata.max() + 1))
    np.add.at(counts, (group, strata), 1)
    wanted = np.outer(sizes / sizes.sum(), counts.sum(axis=0))
    orders = [rng.permutation(len(names)) for _ in range(N_ORDERS)]
    placed = [_place_groups(order, counts, wanted) for order in orders]
    return min(placed, key=lambda found: found[1])[0][group]


def _place_groups(order, counts, wanted):
    """Put each group in turn where it lowers chi-square most; return parts and chi-square."""
    part = np.empty(len(order), dtype=int)
    missing = wanted.copy()
    empty = [0, 1, 2]
    for n_left, g in zip(range(len(order), 0, -1), order, strict=True):
        change = (counts[g] * (counts[g] - 2 * missing) / wanted).sum(axis=1)
        allowed = empty if n_left == len(empty) else [0, 1, 2]
        part[g] = min(allowed, key=change.__getitem__)
        missing[part[g]] -= counts[g]
        empty = [p for p in empty if p != part[g]]
    return part, (missing**2 / wanted).sum()
