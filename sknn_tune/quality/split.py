"""The train/dev/test split: fit on the first, choose on the second, report on the third."""

from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state, indexable

from sknn_tune.common.labels import count_labels
from sknn_tune.common.numeric import is_integer, is_real
from sknn_tune.common.typing import RandomState as RandomStateLike
from sknn_tune.quality.compat import take_rows

# Orders of the groups that are tried; the one with the best balance is taken.
N_ORDERS = 20
# Strata of a continuous target where groups must stay together.
N_STRATA = 5


def train_dev_test_split(
    *arrays: Any,
    dev_size: float = 0.2,
    test_size: float = 0.2,
    stratify: bool | ArrayLike | None = None,
    groups: ArrayLike | None = None,
    random_state: RandomStateLike = None,
) -> list[Any]:
    """Split data into three disjoint parts drawn from one distribution.

    Fit on the first part, choose hyperparameters and models by the second, and use the third only
    once, at the end: a score that was used for a choice is optimistic.

    Parameters
    ----------
    *arrays : sequence of arrays, DataFrames, lists or sparse matrices
        The data, all of the same length n_samples; usually X and y.
    dev_size : float or int, default=0.2
        Share of the rows for the dev part, or their number.
    test_size : float or int, default=0.2
        Share of the rows for the test part, or their number.
    stratify : bool or array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        Labels, numbers or times whose distribution should be the same in the three parts; True
        takes the second array. Numbers and times are spread along their order, without bins.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group stay in one part. The sizes are then approximate.
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
    if any(array is None for array in arrays):
        raise TypeError("train_dev_test_split got None in the place of an array.")
    arrays = tuple(indexable(*arrays))
    n_samples = arrays[0].shape[0] if hasattr(arrays[0], "shape") else len(arrays[0])
    sizes = _part_sizes(n_samples, dev_size, test_size)
    strata = _check_stratify(stratify, arrays, n_samples)
    rng = check_random_state(random_state)
    if groups is None:
        part = _split_rows(sizes, strata, rng)
    else:
        part = _split_groups(sizes, _check_groups(groups, n_samples), strata, rng)
    rows = [rng.permutation(np.flatnonzero(part == p)) for p in range(3)]
    return [take_rows(array, indices) for array in arrays for indices in rows]


def _part_sizes(n_samples: int, dev_size: Any, test_size: Any) -> NDArray[np.intp]:
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


def _number_of_rows(name: str, size: Any, n_samples: int) -> int:
    if is_integer(size) and 1 <= size < n_samples:
        return int(size)
    if is_real(size) and 0 < size < 1:
        # A share such as 0.2 of 150 rows must not round up to 31.
        return max(1, int(np.ceil(size * n_samples - 1e-9)))
    raise ValueError(
        f"{name} must be a share between 0 and 1 or a number of rows from 1 to {n_samples - 1}, "
        f"got {size!r}."
    )


def _check_length(name: str, values: Any, n_samples: int) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim == 0:
        raise ValueError(f"{name} must hold one value for each row, got {values!r}.")
    if len(array) != n_samples:
        raise ValueError(f"{name} has {len(array)} rows, the data {n_samples}.")
    return array


def _check_groups(groups: Any, n_samples: int) -> NDArray[np.intp]:
    """Return the number of each row's group."""
    values = _check_length("groups", groups, n_samples)
    if values.ndim != 1:
        raise ValueError(f"groups must be one-dimensional, got an array of shape {values.shape}.")
    return count_labels(values)[1]


def _check_stratify(
    stratify: Any, arrays: tuple[Any, ...], n_samples: int
) -> NDArray[np.float64] | NDArray[np.intp] | None:
    """Return one number for each row, near in order where rows are alike; None without strata."""
    if stratify is None or (isinstance(stratify, bool | np.bool_) and not stratify):
        return None
    if isinstance(stratify, bool | np.bool_):
        if len(arrays) < 2:
            raise ValueError("stratify=True takes the labels of the second array; only X is given.")
        stratify = arrays[1]
    values = _check_length("stratify", stratify, n_samples)
    is_time = values.dtype.kind in "mM"
    if is_time:
        values = np.where(np.isnat(values), np.nan, values.astype(np.int64).astype(float))
    if values.dtype.kind in "fc" and not np.isfinite(values).all():
        raise ValueError("stratify contains nan or infinity; fill them in, or leave the rows out.")
    if is_time or (values.dtype.kind == "f" and (values != np.rint(values)).any()):
        if values.size != n_samples:
            raise ValueError("stratify must be labels or a single column of numbers, got several.")
        return values.ravel()
    labels, codes, counts = count_labels(values)
    if counts.min() < 3:
        rarest = labels[counts.argmin()]
        raise ValueError(
            f"stratify: the label {rarest} occurs in only {counts.min()} rows; three parts need at "
            "least 3. Merge rare labels, or leave stratify=None."
        )
    return codes


def _split_rows(
    sizes: NDArray[np.intp], strata: NDArray[Any] | None, rng: RandomState
) -> NDArray[np.intp]:
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


def _split_groups(
    sizes: NDArray[np.intp],
    group: NDArray[np.intp],
    strata: NDArray[Any] | None,
    rng: RandomState,
) -> NDArray[np.intp]:
    """Part of each row, whole groups together, the strata balanced."""
    n_groups = group.max() + 1
    if n_groups < 3:
        raise ValueError(f"groups must hold at least 3 groups for three parts, got {n_groups}.")
    if strata is None:
        strata = np.zeros(len(group), dtype=int)
    elif strata.dtype.kind == "f":
        strata = np.argsort(np.argsort(strata)) * N_STRATA // len(strata)
    counts = np.zeros((n_groups, strata.max() + 1))
    np.add.at(counts, (group, strata), 1)
    wanted = np.outer(sizes / sizes.sum(), counts.sum(axis=0))
    orders = [rng.permutation(n_groups) for _ in range(N_ORDERS)]
    placed = [_place_groups(order, counts, wanted) for order in orders]
    return min(placed, key=lambda found: found[1])[0][group]


def _place_groups(
    order: NDArray[np.intp], counts: NDArray[np.float64], wanted: NDArray[np.float64]
) -> tuple[NDArray[np.intp], float]:
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
