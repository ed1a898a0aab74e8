"""The resource of a search: its name, its rungs, and what they cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, is_classifier

from sknn_tune.common.labels import count_labels
from sknn_tune.common.numeric import is_integer
from sknn_tune.search.engine.optimizer import N_DESIGN
from sknn_tune.search.engine.space import Space
from sknn_tune.search.estimators import continuing

#: What is given out where no parameter is: rows of the training data.
ROWS = "n_samples"
# Size of the initial design: one in `factor` configurations, at most this many. On the lowest rung
# they are cheap, and the model needs them.
MOST_AT_FIRST = 16
# Of rows, no fewer for each label by default.
ROWS_PER_LABEL = 10
# Rungs below the full resource by default.
N_PROMOTIONS = 3


@dataclass(frozen=True)
class Resource:
    """The resource of a search; by default a single rung, the full resource.

    Parameters
    ----------
    name : str or None, default=None
        A parameter of the estimator, or "n_samples"; None gives every trial everything.
    rungs : tuple of int, default=(1,)
        The amounts, strictly rising; the last is the full resource.
    factor : float, default=1
        Ratio of each rung to the one below, about.
    continues : bool, default=False
        Whether fits continue where they were paused; otherwise each rung is paid in full.
    """

    name: str | None = None
    rungs: tuple[int, ...] = (1,)
    factor: float = 1.0
    continues: bool = False

    @property
    def steps(self) -> NDArray[np.int_]:
        """What each rung costs a configuration that comes from the rung below."""
        return np.diff(self.rungs, prepend=0) if self.continues else np.array(self.rungs)

    def is_full(self, n_resources: int | None) -> bool:
        """Whether an amount is the full resource; None is what trials without a resource have."""
        return n_resources in (None, self.rungs[-1])

    def parameters(self, n_resources: int | None) -> dict[str, int]:
        """Return what an amount sets among the estimator's parameters."""
        if self.name is None or self.name == ROWS or n_resources is None:
            return {}
        return {self.name: n_resources}

    def n_rows(self, n_train: int, n_resources: int | None, n_samples: int) -> int:
        """Return how many of `n_train` training rows an amount of the `n_samples` rows gives."""
        if self.name != ROWS or n_resources is None:
            return n_train
        return min(max(round(n_train * n_resources / n_samples), 1), n_train)

    def price(self, n_configurations: int) -> int:
        """Return the total resource of a number of configurations.

        What successive halving gives them, one in `factor` continuing from each rung, and no less
        than what it takes to start all of them and to train one in full.
        """
        shares = float(self.factor) ** -np.arange(len(self.rungs))
        halving = round(n_configurations * float(self.steps @ shares))
        one_in_full = self.rungs[-1] if len(self.rungs) > 1 else 0
        return max(halving, n_configurations * self.rungs[0] + one_in_full)

    def n_design(self, n_configurations: int) -> int:
        """Return the size of the initial design for a number of configurations."""
        if self.name is None:
            return N_DESIGN
        return min(max(math.ceil(n_configurations / self.factor), N_DESIGN), MOST_AT_FIRST)

    def columns(
        self, n_resources: Sequence[int], configurations: Sequence[int]
    ) -> dict[str, NDArray[np.int_]]:
        """Return the columns that the resource adds to `cv_results_`."""
        if self.name is None:
            return {}
        return {
            "n_resources": np.array(n_resources),
            "iter": np.searchsorted(self.rungs, n_resources),
            "configuration": np.array(configurations),
        }


def make_resource(
    name: str | None,
    least: int | str,
    most: int | str,
    factor: float,
    *,
    estimator: BaseEstimator,
    space: Space,
    n_samples: int,
    y: ArrayLike | None,
) -> Resource:
    """Return the resource of a search.

    Parameters
    ----------
    name : str or None
        The search's `resource`.
    least, most : int or "auto"
        Its `min_resources` and `max_resources`.
    factor : float
        Its `factor`.
    estimator : estimator object
    space : Space
    n_samples : int
        Rows of X.
    y : array-like or None
        The target.

    Raises
    ------
    ValueError
        Naming the parameter, what was given and what is allowed.
    """
    if name is None:
        return Resource()
    if any(name in branch for branch in space.branches):
        raise ValueError(
            f"resource={name!r} is in param_distributions as well; leave it out there."
        )
    full = _full_rows(most, n_samples) if name == ROWS else _full_parameter(name, most, estimator)
    if isinstance(least, str):
        first = max(1, round(full / factor**N_PROMOTIONS))
        if name == ROWS:
            n_labels = len(count_labels(y)[0]) if is_classifier(estimator) and y is not None else 1
            first = min(max(first, ROWS_PER_LABEL * n_labels), full)
    else:
        first = least
    if first > full:
        raise ValueError(f"min_resources={first} is greater than max_resources={full}.")
    n_steps = max(round(math.log(full / first, factor)), 0)
    # A factor near 1 rounds neighbours to the same amount.
    inner = sorted({round(first * factor**k) for k in range(n_steps)})
    rungs = (*[n for n in inner if n < full], full)
    continues = name != ROWS and bool(continuing(estimator, {}, name))
    return Resource(name, rungs, factor, continues)


def _full_rows(most: int | str, n_samples: int) -> int:
    """The full resource in rows."""
    rows = n_samples if isinstance(most, str) else most
    if rows > n_samples:
        raise ValueError(f"max_resources={rows} is greater than the {n_samples} rows of X.")
    return rows


def _full_parameter(name: str, most: int | str, estimator: BaseEstimator) -> int:
    """The full resource of a parameter."""
    current = estimator.get_params(deep=True)
    if name not in current:
        raise ValueError(
            f"resource={name!r} is neither 'n_samples' nor a parameter of "
            f"{type(estimator).__name__}, which has {sorted(current)}."
        )
    full = current[name] if isinstance(most, str) else most
    if not is_integer(full) or full < 1:
        raise ValueError(
            f"resource={name!r} must be a parameter that counts something: the "
            f"estimator has {full!r} there, which max_resources='auto' takes for the most. "
            "Give max_resources as a positive integer."
        )
    return int(full)
