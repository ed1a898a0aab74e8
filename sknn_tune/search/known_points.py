"""Configurations that are known before a search: the user's, and those of the estimator."""

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.base import BaseEstimator

from sknn_tune.common.numeric import is_real
from sknn_tune.search import compat
from sknn_tune.search.engine.choices import MISSING, Draws
from sknn_tune.search.engine.dimensions import Dimension
from sknn_tune.search.engine.identity import kind_of
from sknn_tune.search.engine.space import Space


def known_points(
    space: Space,
    n_iter: int,
    initial_params: Sequence[Mapping[str, Any]] | None,
    estimator: BaseEstimator | None,
    proposed: Sequence[Mapping[str, Any]] = (),
) -> list[Mapping[str, Any]]:
    """Return the configurations to evaluate first: the estimator's own, the user's, proposed ones.

    Parameters
    ----------
    space : Space
    n_iter : int
        Number of configurations that may be evaluated.
    initial_params : sequence of dict or None
        The user's.
    estimator : estimator object or None
        Its own parameters come first where they lie in the space and there is room; None leaves
        them out.
    proposed : sequence of dict, default=()
        What the estimator proposes, the best first. Those in the space take the room that is
        left, but not more than half of `n_iter`.

    Raises
    ------
    TypeError, ValueError
        If the user's are too many, or not in the space.
    """
    points: list[Mapping[str, Any]] = list(initial_params or ())
    if len(points) > n_iter:
        raise ValueError(
            f"initial_params has {len(points)} configurations, but n_iter={n_iter}; "
            "they count in n_iter, raise it."
        )
    for i, point in enumerate(points):
        if not isinstance(point, dict):
            raise TypeError(f"initial_params[{i}] must be a dict, got {point!r}.")
        try:
            points[i] = space.adopt(point)
        except ValueError as error:
            raise ValueError(f"initial_params[{i}]: {error}") from error
    own = None if estimator is None else _own_params(estimator, space)
    if own is not None and len(points) < n_iter:
        points = [own, *points]
    inside = [point for point in proposed if space.contains(point)]
    return points + inside[: min(n_iter // 2, n_iter - len(points))]


def _own_params(estimator: BaseEstimator, space: Space) -> dict[str, Any] | None:
    """Return the estimator's own configuration where it lies in `space`, else None.

    A value of another kind does not: `min_samples_leaf=1`, one row, is not `uniform(0, 1)`'s 1.0.
    """
    current = estimator.get_params(deep=True)
    for branch in space.branches:
        own = {
            name: _as_in_space(estimator, name, current[name], space.dimensions[i])
            for name, i in branch.items()
            if name in current
        }
        found = space.find(own)
        if found is None or kind_of(list(own.values())) != kind_of(list(found.values())):
            continue
        if all(_is_given(found[name], space.dimensions[i]) for name, i in branch.items()):
            return found
    return None


def _as_in_space(estimator: BaseEstimator, name: str, value: Any, dimension: Dimension) -> Any:
    """Return a number in the kind that the space has, where the estimator takes 1 and 1.0 alike."""
    if not is_real(value) or not compat.takes_any_real(estimator, name):
        return value
    kinds = [value, float(value)] + ([int(value)] if float(value).is_integer() else [])
    found = (dimension.find(number) for number in kinds)
    return next((number for number in found if number is not MISSING), value)


def _is_given(value: Any, dimension: Dimension) -> bool:
    """Whether the space gives a value; of what can only be sampled, what was drawn tells."""
    return not isinstance(dimension, Draws) or dimension.has_drawn(value)
