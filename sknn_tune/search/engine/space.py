"""The space of a search: parameters to codes, codes to features.

A configuration is a row of codes: the branch first, then a stretch for each dimension. Codes of
dimensions that the branch does not have are nan. Two configurations are the same exactly where
their features are.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from sknn_tune.search.engine.choices import MISSING
from sknn_tune.search.engine.dimensions import Dimension
from sknn_tune.search.engine.entries import make_dimension
from sknn_tune.search.engine.gaussian_process import Floats
from sknn_tune.search.engine.identity import kind_of

Params = Mapping[str, Any]
ParamDistributions = Mapping[str, Any] | Sequence[Mapping[str, Any]]

# A finite space up to this size is enumerated whole.
MAX_ENUMERATED = 4096


class Space:
    """Every configuration that a search may try.

    Parameters
    ----------
    param_distributions : dict or list of dict
        What `RandomizedSearchCV` and `GridSearchCV` take: for each parameter a list of values, a
        scipy.stats distribution, an object with `rvs`, or a distribution with structure such as
        `hidden_layers`. A list of dicts is a list of branches; parameters that two branches
        describe alike are one dimension.

    Attributes
    ----------
    n_points : int or float
        Number of configurations; infinite for a space with a continuous dimension.
    levels : ndarray of int, shape (n_codes,)
        Number of values of each code; 0 for a number in [0, 1].
    ordered : ndarray of bool, shape (n_codes,)
        False where neighbouring codes mean nothing: categories, the branch.
    continuous : tuple of two ndarrays of int
        Places of the codes that are numbers in [0, 1], and the features they appear in unchanged.
    groups : ndarray of int, shape (n_features,)
        The length scale that each feature belongs to.

    Raises
    ------
    TypeError, ValueError
        Naming the parameter, what was given and what is allowed.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sknn_tune.search.engine.space import Space
    >>> space = Space({"C": loguniform(1e-2, 1e2), "kernel": ["rbf", "poly"]})
    >>> space.contains({"C": 1.0, "kernel": "rbf"})
    True
    >>> space.contains({"C": 1e3, "kernel": "rbf"})
    False
    >>> space.n_points
    inf
    >>> Space({"n_neighbors": [1, 3, 5], "p": [1, 2]}).n_points
    6
    """

    def __init__(self, param_distributions: ParamDistributions):
        self.branches: list[dict[str, int]] = []
        self.dimensions: list[Dimension] = []
        self._starts: list[int] = []
        known: dict[tuple, int] = {}
        n_codes = 1
        for branch in _check_branches(param_distributions):
            members: dict[str, int] = {}
            for name, values in branch.items():
                dimension = make_dimension(name, values)
                key = (name, type(dimension).__name__, repr(dimension.describe()))
                if key not in known:
                    known[key] = len(self.dimensions)
                    self.dimensions.append(dimension)
                    self._starts.append(n_codes)
                    n_codes += dimension.n_codes
                members[name] = known[key]
            self.branches.append(members)
        self.levels = np.array(
            [len(self.branches)] + [n for d in self.dimensions for n in d.levels], dtype=int
        )
        self.ordered = np.array(
            [False] + [d.ordered for d in self.dimensions for _ in d.levels], dtype=bool
        )
        self.groups = self._make_groups()
        self.continuous = self._place_continuous()
        self.n_points = self._count()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Space) and self.describe() == other.describe()

    def __hash__(self) -> int:
        return hash(repr(self.describe()))

    def __repr__(self) -> str:
        return f"Space({self.describe()!r})"

    def describe(self) -> list[dict[str, Any]]:
        """Return the space as plain lists, dicts and strings (to store, to compare)."""
        return [
            {name: self.dimensions[i].describe() for name, i in members.items()}
            for members in self.branches
        ]

    # ------------------------------------------------------------ one configuration
    def contains(self, params: Params) -> bool:
        """Whether `params` names exactly the parameters of a branch, with values of it."""
        return self.find(params) is not None

    def find(self, params: Params, *, loosely: bool = False) -> dict[str, Any] | None:
        """Return the configuration of the space that `params` is, None where there is none.

        Its values are the space's: the objects that were listed, numbers of the kind that the
        distribution draws.

        Parameters
        ----------
        params : dict
            Name to value.
        loosely : bool, default=False
            Whether values that went through a table are found too: an integer that became a
            float, text that a value prints as, None that got lost.
        """
        located = self._locate(params) or (self._locate(params, loosely=True) if loosely else None)
        return None if located is None else located[1]

    def adopt(self, params: Params) -> dict[str, Any]:
        """Return `find`; raise ValueError if the configuration is not in the space."""
        return self._require(params)[1]

    def encode(self, params: Params) -> Floats:
        """Return the codes of a configuration.

        Parameters
        ----------
        params : dict
            Name to value.

        Returns
        -------
        codes : ndarray of float, shape (n_codes,)

        Raises
        ------
        ValueError
            If the configuration is not in the space.
        """
        branch, found = self._require(params)
        codes = np.full(len(self.levels), np.nan)
        codes[0] = branch
        for name, i in self.branches[branch].items():
            codes[self.stretch(i)] = self.dimensions[i].encode(found[name])
        return codes

    def decode(self, codes: Floats) -> dict[str, Any]:
        """Return the configuration that `codes`, of shape (n_codes,), stand for."""
        members = self.branches[int(codes[0])]
        return {
            name: self.dimensions[i].decode(codes[self.stretch(i)]) for name, i in members.items()
        }

    def sample(self, rng: np.random.Generator) -> dict[str, Any]:
        """Return one configuration drawn at random.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.
        """
        return self.decode(self.sample_codes(rng.random((1, len(self.levels))))[0])

    def to_json(self, params: Params) -> dict[str, Any]:
        """Return a configuration as JSON can hold it: numbers as they are, choices as indices."""
        branch, found = self._require(params)
        stored = {
            name: self.dimensions[i].to_json(found[name])
            for name, i in self.branches[branch].items()
        }
        return {"branch": branch, "values": stored}

    def from_json(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return the configuration that `to_json` stored."""
        members = self.branches[stored["branch"]]
        return {
            name: self.dimensions[i].from_json(stored["values"][name])
            for name, i in members.items()
        }

    # ------------------------------------------------------------ many configurations
    def sample_codes(self, unit: Floats) -> Floats:
        """Map points of the unit cube, shape (n, n_codes), to rows of codes."""
        codes = np.where(self.levels > 0, np.floor(unit * self.levels), unit)
        codes = np.minimum(codes, np.where(self.levels > 0, self.levels - 1, 1.0))
        return self.blank_inactive(codes)

    def blank_inactive(self, codes: Floats) -> Floats:
        """Return `codes` with nan where a row's branch has no such dimension."""
        if len(self.branches) == 1:
            return codes
        codes = codes.copy()
        for b, members in enumerate(self.branches):
            absent = np.ones(len(self.levels), dtype=bool)
            absent[0] = False
            for i in members.values():
                absent[self.stretch(i)] = False
            codes[np.ix_(codes[:, 0] == b, absent)] = np.nan
        return codes

    def features(self, codes: Floats) -> Floats:
        """Return what the surrogate sees of rows of codes.

        Parameters
        ----------
        codes : ndarray, shape (n, n_codes)

        Returns
        -------
        X : ndarray of float, shape (n, n_features)
            Absent dimensions have the value in the middle, the same for all rows.
        """
        parts = []
        if len(self.branches) > 1:
            parts.append(np.eye(len(self.branches))[codes[:, 0].astype(int)] / np.sqrt(2.0))
        for i, dimension in enumerate(self.dimensions):
            own = codes[:, self.stretch(i)]
            absent = np.isnan(own[:, 0])
            if absent.any():
                block = np.full((len(codes), len(dimension.groups)), 0.5)
                block[~absent] = dimension.features(own[~absent])
            else:
                block = dimension.features(own)
            parts.append(block)
        return np.hstack(parts) if parts else np.empty((len(codes), 0))

    def enumerate(self) -> Floats:
        """Return the codes of all configurations of a finite space, (n_points, n_codes)."""
        rows = []
        for b, members in enumerate(self.branches):
            columns = [np.arange(self.levels[s]) for i in members.values() for s in self.places(i)]
            mesh = np.meshgrid(*columns, indexing="ij") if columns else []
            block = np.full((mesh[0].size if columns else 1, len(self.levels)), np.nan)
            block[:, 0] = b
            for values, place in zip(
                mesh, [s for i in members.values() for s in self.places(i)], strict=True
            ):
                block[:, place] = values.ravel()
            rows.append(block)
        return np.vstack(rows)

    def stretch(self, i: int) -> slice:
        """Return the slice of codes of dimension `i`."""
        return slice(self._starts[i], self._starts[i] + self.dimensions[i].n_codes)

    def places(self, i: int) -> range:
        """Return the positions of the codes of dimension `i`."""
        return range(self._starts[i], self._starts[i] + self.dimensions[i].n_codes)

    # ------------------------------------------------------------ within
    def _locate(self, params: Params, loosely: bool = False) -> tuple[int, dict[str, Any]] | None:
        """The branch of a configuration, and the configuration with the values of the space.

        Where several branches have it, the first with values of the same kinds: 4 is one of
        `[2, 4]` rather than 4.0 of a continuous distribution.
        """
        located = None
        for branch, members in enumerate(self.branches):
            if members.keys() == params.keys() or (loosely and params.keys() < members.keys()):
                found = {
                    name: self.dimensions[i].find(params.get(name), loosely=loosely)
                    for name, i in members.items()
                }
                if any(value is MISSING for value in found.values()):
                    continue
                if all(kind_of(found[name]) == kind_of(value) for name, value in params.items()):
                    return branch, found
                located = located or (branch, found)
        return located

    def _require(self, params: Params) -> tuple[int, dict[str, Any]]:
        located = self._locate(params)
        if located is None:
            raise ValueError(f"{params!r} is not in the space: {self._why_outside(params)}")
        return located

    def _why_outside(self, params: Params) -> str:
        for members in self.branches:
            if members.keys() != params.keys():
                continue
            for name, i in members.items():
                if self.dimensions[i].find(params[name]) is MISSING:
                    value = params[name]
                    kind = type(value).__name__
                    return (
                        f"parameter {name!r} does not allow {value!r} (of type {kind}); "
                        f"allowed is {self.dimensions[i].describe()}."
                    )
        names = " or ".join(str(sorted(members)) for members in self.branches)
        return f"it must name the parameters {names}, got {sorted(params)}."

    def _make_groups(self) -> NDArray[np.intp]:
        groups = [0] * len(self.branches) if len(self.branches) > 1 else []
        for dimension in self.dimensions:
            first = groups[-1] + 1 if groups else 0
            groups += [first + g for g in dimension.groups]
        return np.array(groups, dtype=int)

    def _place_continuous(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        places, columns = [], []
        column = len(self.branches) if len(self.branches) > 1 else 0
        for i, dimension in enumerate(self.dimensions):
            for offset, n_levels in enumerate(dimension.levels):
                if n_levels == 0:
                    places.append(self._starts[i] + offset)
                    columns.append(column + offset)
            column += len(dimension.groups)
        return np.array(places, dtype=int), np.array(columns, dtype=int)

    def _count(self) -> float:
        total = sum(
            math.prod(self.dimensions[i].n_values for i in members.values())
            for members in self.branches
        )
        return total if math.isinf(total) else int(total)


def same_features(F: Floats, X: Floats) -> NDArray[np.bool_]:
    """Return which rows of `F` are which rows of `X`, boolean of shape (len(F), len(X))."""
    if not F.shape[1]:
        return np.ones((len(F), len(X)), dtype=bool)
    return cdist(F, X, "chebyshev") < 1e-9


def _check_branches(param_distributions: Any) -> Sequence[Mapping[str, Any]]:
    if isinstance(param_distributions, dict):
        param_distributions = [param_distributions]
    if not isinstance(param_distributions, list | tuple):
        raise TypeError(
            "param_distributions must be a dict or a list of dicts, "
            f"got {param_distributions!r} of type {type(param_distributions).__name__}."
        )
    if not param_distributions:
        raise ValueError("param_distributions is an empty list; give at least one dict.")
    for branch in param_distributions:
        if not isinstance(branch, dict):
            raise TypeError(f"param_distributions must hold dicts only, got {branch!r} among them.")
        for name in branch:
            if not isinstance(name, str):
                raise TypeError(
                    f"param_distributions: a parameter name must be a string, got {name!r}."
                )
    return param_distributions
