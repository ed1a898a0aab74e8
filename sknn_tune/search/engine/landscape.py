"""What the surrogate of a search predicts over the whole space: axes, slices, averages.

The space is represented by its codes (see `sknn_tune.search.engine.space`), in which the
distributions of a search are uniform.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import qmc

from sknn_tune.common.numeric import is_real
from sknn_tune.search.engine.identity import are_same

# Values along an axis that has more of them, or infinitely many.
N_STEPS = 41
# Points of the other parameters that an average is taken over.
N_OTHERS = 128
# Points predicted at once.
CHUNK = 20_000


@dataclass(frozen=True)
class Axis:
    """The values of one hyperparameter as they are drawn.

    Attributes
    ----------
    name : str
        Its label in pictures.
    parameter : str
        The parameter.
    codes : ndarray of shape (n_values, n_codes)
        The values in the space's codes.
    values : list
        The values themselves.
    positions : ndarray of shape (n_values,)
        Where they are drawn: numbers at themselves, other values one after another.
    is_number, is_log : bool
        Whether the axis is one of numbers, and whether on a logarithmic scale.
    """

    name: str
    parameter: str
    codes: np.ndarray
    values: list[Any]
    positions: np.ndarray
    is_number: bool
    is_log: bool

    def place(self, value: Any) -> float:
        """Return the position of a value; nan for a category that is not on the axis."""
        if self.is_number:
            return float(value)
        matches = [i for i, known in enumerate(self.values) if are_same(known, value)]
        return float(matches[0]) if matches else np.nan


class Landscape:
    """The surrogate of a fitted search over the space of the search.

    Parameters
    ----------
    search : BayesSearchCV
        Fitted, with a surrogate.

    Attributes
    ----------
    names : list of str
        Hyperparameters in the order of the space; one that differs between branches is numbered.
    parameters : list of str
        The same without numbers.

    Raises
    ------
    TypeError
        If `search` has no surrogate.
    """

    def __init__(self, search: Any) -> None:
        self.surrogate: Any = getattr(search, "surrogate_", None)
        if self.surrogate is None:
            raise TypeError(
                f"{type(search).__name__} has no surrogate; a fitted BayesSearchCV with a finite "
                "score has one."
            )
        self.space = self.surrogate.space
        self.parameters = _names(self.space)
        self.names = _unique(self.parameters)

    def index(self, name: str) -> int:
        """Return the dimension of a parameter.

        Raises
        ------
        ValueError
            If there is none of that name.
        """
        if name not in self.names:
            raise ValueError(f"{name!r} is not a parameter of the search; there are {self.names}.")
        return self.names.index(name)

    def predict(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation of the score at rows of codes, without noise."""
        return self.surrogate.predict_smooth(codes)

    def axis(self, i: int) -> Axis:
        """Return the axis of dimension `i`."""
        dimension = self.space.dimensions[i]
        codes = _grid(dimension)
        values = [dimension.decode(row) for row in codes]
        numeric = all(map(is_real, values))
        positions = np.array(values, dtype=float) if numeric else np.arange(float(len(values)))
        order = np.argsort(positions, kind="stable")
        return Axis(
            self.names[i],
            self.parameters[i],
            codes[order],
            [values[j] for j in order],
            positions[order],
            numeric,
            numeric and is_log(positions),
        )

    def slice(self, i: int, at: dict[str, Any]) -> tuple[Axis, np.ndarray, np.ndarray]:
        """Return axis, mean and std along dimension `i`, all else as in the configuration `at`."""
        axis, start = self.axis(i), self.space.encode(at)
        codes = np.repeat(self._with_dimension(i, start[None, :]), len(axis.codes), axis=0)
        codes[:, self.space.stretch(i)] = axis.codes
        return axis, *self.predict(codes)

    def dependence(self, i: int) -> tuple[Axis, np.ndarray, np.ndarray]:
        """Return axis, mean and std along dimension `i`, averaged over all other parameters."""
        axis = self.axis(i)
        others = self._others((i,))
        mean, std = self._average(others, [(i, axis.codes)])
        return axis, mean, std

    def surface(self, i: int, j: int) -> tuple[Axis, Axis, np.ndarray, np.ndarray]:
        """Return two axes and mean and std, (len(axis j), len(axis i)), averaged over the rest."""
        first, second = self.axis(i), self.axis(j)
        others = self._others((i, j))
        pairs = np.indices((len(second.codes), len(first.codes))).reshape(2, -1)
        mean, std = self._average(others, [(i, first.codes[pairs[1]]), (j, second.codes[pairs[0]])])
        shape = len(second.codes), len(first.codes)
        return first, second, mean.reshape(shape), std.reshape(shape)

    def _others(self, dimensions: tuple[int, ...]) -> np.ndarray:
        """Codes spread over the space, in branches that have all of `dimensions`."""
        unit = qmc.Sobol(len(self.space.levels), seed=0).random(N_OTHERS)
        branches = [
            b
            for b, members in enumerate(self.space.branches)
            if set(dimensions) <= set(members.values())
        ]
        if not branches:
            raise ValueError(
                f"{' and '.join(self.names[i] for i in dimensions)} never occur together."
            )
        unit[:, 0] = (np.resize(branches, len(unit)) + 0.5) / len(self.space.branches)
        return self.space.sample_codes(unit)

    def _average(
        self, others: np.ndarray, columns: list[tuple[int, np.ndarray]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Average over `others`; the std is the mean one, as if errors were fully correlated."""
        n_values = len(columns[0][1])
        mean, std = np.zeros(n_values), np.zeros(n_values)
        for part in np.array_split(others, -(-len(others) * n_values // CHUNK)):
            codes = np.repeat(part, n_values, axis=0)
            for i, values in columns:
                codes[:, self.space.stretch(i)] = np.tile(values, (len(part), 1))
            m, s = self.predict(codes)
            mean += m.reshape(len(part), -1).sum(axis=0) / len(others)
            std += s.reshape(len(part), -1).sum(axis=0) / len(others)
        return mean, std

    def _with_dimension(self, i: int, codes: np.ndarray) -> np.ndarray:
        """`codes` unchanged if their branch has dimension `i`, else in the first that has it."""
        if i in self.space.branches[int(codes[0, 0])].values():
            return codes
        return self._others((i,))[:1]


def is_log(positions: Sequence[float] | np.ndarray) -> bool:
    """Whether numbers are better drawn on a logarithmic scale."""
    positions = np.asarray(positions, dtype=float)
    if len(positions) < 3 or positions.min() <= 0 or positions.max() < 20 * positions.min():
        return False
    steps = np.diff(np.sort(positions))
    ratios = np.diff(np.log(np.sort(positions)))
    return bool(ratios.std() / ratios.mean() < steps.std() / steps.mean())


def _names(space):
    names = [""] * len(space.dimensions)
    for members in space.branches:
        for name, i in members.items():
            names[i] = name
    return names


def _unique(names):
    return [
        f"{name} ({names[: i + 1].count(name)})" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]


def _grid(dimension):
    """Codes along a dimension; one of several codes varies its counted and its first other."""
    if dimension.n_codes == 1:
        return _steps(dimension.levels[0])[:, None]
    columns, n_free = [], 0
    for n_levels in dimension.levels:
        if n_levels:
            columns.append(_steps(n_levels))
        else:
            columns.append(np.array([0.1, 0.5, 0.9]) if not n_free else np.array([0.5]))
            n_free += 1
    mesh = np.meshgrid(*columns, indexing="ij")
    return np.stack([m.ravel() for m in mesh], axis=1)


def _steps(n_levels):
    if n_levels == 0:
        return np.linspace(0.0, 1.0, N_STEPS)
    return np.unique(np.linspace(0, n_levels - 1, min(n_levels, N_STEPS)).astype(int)).astype(float)
