"""How much the predictions of refits of one model agree."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.common.labels import count_labels


class Agreement:
    """Agreement of predictions between refits, over rows that neither was trained on.

    For labels it is the share of equal predictions. For numbers it is 1 minus the mean squared
    difference over twice the variance of all predictions: 1 where refits predict the same, 0
    where they agree no more than predictions for two random rows.

    Parameters
    ----------
    predictions : list of lists of ndarray
        ``predictions[i][j]`` are those of seed j on split i, for the rows held out there.
    held_out : list of ndarray of int
        The rows held out by each split.
    labels : bool
        Whether predictions are labels.

    Attributes
    ----------
    between_seeds : float
        Refits on the same rows with another seed; nan with one seed.
    between_splits : float
        Refits on other rows; nan where no row is held out by two splits, as in k-fold.
    """

    def __init__(
        self,
        predictions: Sequence[Sequence[NDArray[Any]]],
        held_out: Sequence[NDArray[np.intp]],
        labels: bool,
    ) -> None:
        points = _embed(predictions, labels)
        n_rows = 1 + max(rows.max() for rows in held_out)
        width = points[0][0].shape[1]
        total = _Moments(np.zeros(n_rows), np.zeros((n_rows, width)), np.zeros(n_rows))
        within = np.zeros(2)
        for rows, of_seeds in zip(held_out, points, strict=True):
            stacked = np.stack(of_seeds)
            own = _Moments(
                np.full(len(rows), float(len(of_seeds))),
                stacked.sum(axis=0),
                (stacked**2).sum(axis=(0, 2)),
            )
            within += own.pairs()
            for whole, part in zip(total.parts, own.parts, strict=True):
                np.add.at(whole, rows, part)
        self.between_seeds = _agreement(within)
        self.between_splits = _agreement(total.pairs() - within)


class _Moments:
    """Number, sum and sum of squares of points, for each row."""

    def __init__(
        self, number: NDArray[np.float64], total: NDArray[np.float64], squares: NDArray[np.float64]
    ) -> None:
        self.parts = number, total, squares

    def pairs(self) -> NDArray[np.float64]:
        """Sum of squared distances over all pairs of points of a row, and number of pairs."""
        number, total, squares = self.parts
        distances = number * squares - (total**2).sum(axis=1)
        return np.array([distances.sum(), (number * (number - 1) / 2).sum()])


def _agreement(pairs: NDArray[np.float64]) -> float:
    distance, number = pairs
    return float(1.0 - distance / (2.0 * number)) if number > 0.5 else float("nan")


def _embed(
    predictions: Sequence[Sequence[NDArray[Any]]], labels: bool
) -> list[list[NDArray[np.float64]]]:
    """Points whose squared distance is 2 for different labels, and on average for random rows."""
    flat = np.concatenate([p for of_seeds in predictions for p in of_seeds])
    if labels:
        codes = count_labels(flat)[1]
        points = np.eye(codes.max() + 1)[codes]
    else:
        columns = flat.astype(float).reshape(len(flat), -1)
        spread = np.where(columns.std(axis=0) > 0, columns.std(axis=0), 1.0)
        points = (columns - columns.mean(axis=0)) / spread / np.sqrt(columns.shape[1])
    ends = np.cumsum([len(p) for of_seeds in predictions for p in of_seeds])[:-1]
    pieces = iter(np.split(points, ends))
    return [[next(pieces) for _ in of_seeds] for of_seeds in predictions]
