"""The volume that points dominate, and the space beyond.

Points are rows, one column for each objective; larger is better in all of them. A point dominates
another if it is at least as good in every objective and better in one.
"""

import itertools

import numpy as np

from sknn_tune.search.engine.gaussian_process import Floats


def hypervolume(points: Floats, reference: Floats) -> float:
    """Return the volume that points dominate above a reference point.

    Parameters
    ----------
    points : ndarray, shape (n, n_objectives)
    reference : ndarray, shape (n_objectives,)
        What is below it in some objective adds nothing.
    """
    points = points[(points > reference).all(axis=1)]
    if points.shape[1] == 1 or not len(points):
        return float(np.max(points[:, 0] - reference[0], initial=0.0))
    levels = np.unique(np.r_[reference[-1], points[:, -1]])
    return sum(
        (high - low) * hypervolume(points[points[:, -1] >= high, :-1], reference[:-1])
        for low, high in itertools.pairwise(levels)
    )


def boxes_beyond(points: Floats, reference: Floats) -> tuple[Floats, Floats]:
    """Divide what lies above a reference point and is dominated by no point into boxes.

    Slices along the last objective, each divided along the others. With two objectives there is
    one box more than there are non-dominated points, with three at most half their square.

    Parameters
    ----------
    points : ndarray, shape (n, n_objectives)
    reference : ndarray, shape (n_objectives,)

    Returns
    -------
    lower, upper : ndarray, shape (n_boxes, n_objectives)
        Corners; upper ones may be infinite. Boxes do not overlap.
    """
    points = points[(points > reference).all(axis=1)]
    if len(reference) == 1:
        return np.array([[np.max(points, initial=reference[0])]]), np.array([[np.inf]])
    levels = np.unique(np.r_[reference[-1], points[:, -1], np.inf])
    lower, upper = [], []
    for low, high in itertools.pairwise(levels):
        below, above = boxes_beyond(points[points[:, -1] >= high, :-1], reference[:-1])
        lower.append(np.column_stack([below, np.full(len(below), low)]))
        upper.append(np.column_stack([above, np.full(len(above), high)]))
    return np.vstack(lower), np.vstack(upper)
