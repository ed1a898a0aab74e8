"""How much each hyperparameter matters: functional ANOVA over the surrogate of a search."""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import qmc

from sknn_tune.common.numeric import is_integer
from sknn_tune.common.tables import data_frame, html_table, text_table
from sknn_tune.common.typing import RandomState
from sknn_tune.search.engine.landscape import Landscape

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("hyperparameter", "alone", "with others", "total")
# Interactions of pairs are computed for this many of the most important parameters only.
N_PAIRED = 6


def hyperparameter_importance(
    search: Any, *, n_samples: int = 4096, random_state: RandomState = 0
) -> "Importance":
    """Decompose the variance of the score over the space by hyperparameter.

    The score that the surrogate expects, as a function of uniformly drawn configurations, is the
    sum of a mean, of a function of each hyperparameter alone, of each pair, and so on; the
    variances of these parts add up to the variance of the score. The share of a hyperparameter
    is the fraction of this variance that it explains.

    Parameters
    ----------
    search : BayesSearchCV
        Fitted.
    n_samples : int, default=4096
        Quasi-random configurations; a power of two. 512 give shares to about 0.02.
    random_state : int, RandomState instance or None, default=0
        Seed of the configurations.

    Returns
    -------
    importance : Importance

    Raises
    ------
    TypeError
        If the search has no surrogate.
    ValueError
        If `n_samples` is not a power of two.

    References
    ----------
    F. Hutter, H. Hoos, K. Leyton-Brown. An efficient approach for assessing hyperparameter
    importance. ICML 2014.

    A. Saltelli et al. Variance based sensitivity analysis of model output. Computer Physics
    Communications 181, 2010, table 2.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sknn_tune import BayesSearchCV, hyperparameter_importance
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "shrinking": [True, False]}
    >>> search = BayesSearchCV(SVC(), space, n_iter=12, cv=3, random_state=0).fit(X, y)
    >>> importance = hyperparameter_importance(search)
    >>> importance.ranked()
    ['C', 'shrinking']
    """
    if not is_integer(n_samples) or n_samples < 2 or n_samples & (n_samples - 1):
        raise ValueError(f"n_samples must be a power of two, got {n_samples!r}.")
    landscape = Landscape(search)
    space = landscape.space
    # A hyperparameter with one value has no effect.
    varied = [i for i, dimension in enumerate(space.dimensions) if dimension.n_values > 1]
    names = [landscape.names[i] for i in varied]
    columns = [list(space.places(i)) for i in varied]
    if len(space.branches) > 1:
        names, columns = ["(branch)", *names], [[0], *columns]

    def score(unit: np.ndarray) -> np.ndarray:
        return landscape.predict(space.sample_codes(unit))[0]

    return functional_anova(
        score,
        names,
        columns,
        len(space.levels),
        n_samples=int(n_samples),
        random_state=random_state,
    )


def functional_anova(
    function: Callable[[np.ndarray], np.ndarray],
    names: Sequence[str],
    columns: Sequence[list[int]],
    width: int,
    *,
    n_samples: int = 4096,
    random_state: RandomState = 0,
) -> "Importance":
    """Decompose the variance of a function over the unit cube by groups of its arguments.

    Parameters
    ----------
    function : callable
        Of points, (n, n_columns), uniform in the unit cube; returns (n,).
    names : list of str
        Names of the groups.
    columns : list of list of int
        Columns of each group.
    width : int
        Number of columns, those of no group included.
    n_samples : int, default=4096
        A power of two.
    random_state : int, RandomState instance or None, default=0

    Returns
    -------
    importance : Importance
    """
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(2**31 - 1)
    points = qmc.Sobol(2 * width, seed=random_state).random(n_samples)
    A, B = points[:, :width], points[:, width:]
    at_A, at_B = function(A), function(B)
    mean = 0.5 * (at_A.mean() + at_B.mean())
    at_A, at_B = at_A - mean, at_B - mean
    variance = 0.5 * ((at_A**2).mean() + (at_B**2).mean())

    def shared(group: list[int]) -> np.ndarray:
        """The function at A with the columns of a group as in B."""
        mixed = A.copy()
        mixed[:, group] = B[:, group]
        return function(mixed) - mean

    scale = variance if variance > 1e-18 * max(mean**2, 1e-300) else np.inf
    alone_shares, total_shares = [], []
    for group in columns:
        at_mixed = shared(group)
        alone_shares.append((at_B * (at_mixed - at_A)).mean() / scale)
        total_shares.append(0.5 * ((at_A - at_mixed) ** 2).mean() / scale)
    alone, total = np.clip(alone_shares, 0.0, 1.0), np.clip(total_shares, 0.0, 1.0)
    pairs = {}
    for i, j in combinations(sorted(np.argsort(-total)[:N_PAIRED]), 2):
        both = (at_B * (shared(columns[i] + columns[j]) - at_A)).mean() / scale
        pairs[names[i], names[j]] = float(max(both - alone[i] - alone[j], 0.0))
    return Importance(names, alone, total, pairs, float(variance))


class Importance:
    """Shares of the variance of the score; made by `hyperparameter_importance`.

    Attributes
    ----------
    names : list of str
        The hyperparameters; with several branches, "(branch)" among them.
    alone : dict of str to float
        Share that each has by itself, averaged over the others.
    total : dict of str to float
        The same with all interactions that it takes part in.
    pairs : dict of (str, str) to float
        Shares of interactions of two, among the six most important.
    variance : float
        Variance of the score over the space.
    """

    def __init__(
        self,
        names: Sequence[str],
        alone: np.ndarray,
        total: np.ndarray,
        pairs: dict[tuple[str, str], float],
        variance: float,
    ) -> None:
        self.names, self.pairs, self.variance = list(names), pairs, variance
        self.alone = dict(zip(names, map(float, alone), strict=True))
        self.total = dict(zip(names, map(float, np.maximum(alone, total)), strict=True))

    def ranked(self) -> list[str]:
        """Return the names, the most important first."""
        return sorted(self.names, key=self.total.__getitem__, reverse=True)

    def to_frame(self) -> "pd.DataFrame":
        """Return the shares as a DataFrame; needs pandas."""
        return data_frame(_COLUMNS, self._rows())

    def _rows(self) -> list[tuple[str, float, float, float]]:
        return [
            (name, self.alone[name], self.total[name] - self.alone[name], self.total[name])
            for name in self.ranked()
        ]

    def __repr__(self) -> str:
        return text_table(_COLUMNS, [(n, *(round(v, 3) for v in vs)) for n, *vs in self._rows()])

    def _repr_html_(self) -> str:
        return html_table(_COLUMNS, [(n, *(round(v, 3) for v in vs)) for n, *vs in self._rows()])
