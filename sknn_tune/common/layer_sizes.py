"""A distribution of layer sizes with structure: depth, width and taper."""

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from sknn_tune.common.numeric import is_integer

# A whole network narrows (or widens) at most by this factor from its first to its last layer.
MAX_TAPER = 8.0


class hidden_layers:
    """Distribution of tuples of layer sizes, described by depth, width and taper.

    A tuple is drawn from three independent uniform numbers: the number of layers, the logarithm
    of the geometric mean of the widths, and the logarithm of the ratio of the first width to the
    last. Widths in between follow a geometric progression and are rounded; a width beyond
    `units` is clipped. So a search learns "three layers of about 100 units, narrowing" rather than
    an unordered category. `RandomizedSearchCV` takes the object as well.

    Parameters
    ----------
    n_layers : tuple of (int, int) or int, default=(1, 4)
        Smallest and largest number of layers, both included; at least 1. An int fixes it.
    units : tuple of (int, int), default=(8, 512)
        Smallest and largest width of a layer, both included; at least 1.

    Raises
    ------
    TypeError
        If a bound is not an integer.
    ValueError
        If a bound is smaller than 1 or the bounds are not in order.

    Examples
    --------
    >>> from sknn_tune.common.layer_sizes import hidden_layers
    >>> sizes = hidden_layers(n_layers=(1, 3), units=(16, 256))
    >>> sizes.from_unit([0.5, 0.5, 0.5])
    (64, 64)
    >>> sizes.from_unit([0.9, 0.5, 0.9])
    (147, 64, 28)
    >>> sizes.to_unit((64, 64)).round(3).tolist()
    [0.5, 0.5, 0.5]
    >>> len(sizes.rvs(random_state=0)) in (1, 2, 3)
    True
    """

    def __init__(
        self, n_layers: int | tuple[int, int] = (1, 4), units: tuple[int, int] = (8, 512)
    ) -> None:
        if is_integer(n_layers):
            n_layers = (n_layers, n_layers)
        self.n_layers = _bounds("n_layers", n_layers)
        self.units = _bounds("units", units)

    @property
    def levels(self) -> tuple[int, int, int]:
        """Number of values of depth, width and taper in the unit cube; 0 means continuous."""
        return (self.n_layers[1] - self.n_layers[0] + 1, 0, 0)

    def __repr__(self) -> str:
        return f"hidden_layers(n_layers={self.n_layers}, units={self.units})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, hidden_layers) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    @overload
    def rvs(
        self, size: None = None, random_state: int | RandomState | None = None
    ) -> tuple[int, ...]: ...

    @overload
    def rvs(
        self, size: int, random_state: int | RandomState | None = None
    ) -> list[tuple[int, ...]]: ...

    def rvs(
        self, size: int | None = None, random_state: int | RandomState | None = None
    ) -> tuple[int, ...] | list[tuple[int, ...]]:
        """Draw one tuple, or a list of `size` tuples.

        Parameters
        ----------
        size : int, default=None
            Number of tuples; None returns one tuple, not a list.
        random_state : int, RandomState instance or None, default=None
            Source of randomness.

        Returns
        -------
        tuple of int, or list of such tuples
        """
        u = check_random_state(random_state).uniform(size=(1 if size is None else size, 3))
        drawn = [self.from_unit(row) for row in u]
        return drawn[0] if size is None else drawn

    def contains(self, value: object) -> bool:
        """Whether `value` is a tuple of sizes within the bounds of depth and width."""
        return (
            isinstance(value, tuple | list)
            and self.n_layers[0] <= len(value) <= self.n_layers[1]
            and all(map(is_integer, value))
            and all(self.units[0] <= v <= self.units[1] for v in value)
        )

    def from_unit(self, u: Sequence[float] | NDArray[np.float64]) -> tuple[int, ...]:
        """Map depth, width and taper, each in [0, 1], to a tuple of layer sizes."""
        low, high = self.n_layers
        depth = min(low + int(u[0] * (high - low + 1)), high)
        first, last = np.log(self.units)
        middle = first + u[1] * (last - first)
        tilt = (2 * u[2] - 1) * np.log(MAX_TAPER) if depth > 1 else 0.0
        widths = np.rint(np.exp(middle + tilt * np.linspace(0.5, -0.5, depth)))
        return tuple(int(w) for w in np.clip(widths, *self.units))

    def settle(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points of the unit cube, (..., 3), with the taper of a single layer at 0.5."""
        low, high = self.n_layers
        is_single = u[..., 0] * (high - low + 1) < 2 - low
        return np.where(is_single[..., None] & (np.arange(3) == 2), 0.5, u)

    def to_unit(self, value: Sequence[int]) -> NDArray[np.float64]:
        """Map a tuple of layer sizes to depth, width and taper, each in [0, 1]."""
        low, high = self.n_layers
        first, last = np.log(self.units)
        logs = np.log(np.asarray(value, dtype=float))
        depth = (len(value) - low + 0.5) / (high - low + 1)
        width = (logs.mean() - first) / (last - first) if last > first else 0.5
        taper = 0.5 + (logs[0] - logs[-1]) / (2 * np.log(MAX_TAPER))
        return np.clip([depth, width, taper], 0.0, 1.0)


def _bounds(name: str, pair: Any) -> tuple[int, int]:
    """Check a pair of ordered positive integers."""
    is_pair = isinstance(pair, tuple | list) and len(pair) == 2
    if not is_pair or not all(map(is_integer, pair)):
        raise TypeError(f"{name} must be a pair (low, high) of integers, got {pair!r}.")
    low, high = (int(v) for v in pair)
    if not 1 <= low <= high:
        raise ValueError(f"{name} must satisfy 1 <= low <= high, got {pair!r}.")
    return low, high
