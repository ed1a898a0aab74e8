"""The maximiser against exhaustive search."""

import numpy as np
import pytest
from scipy.stats import uniform

from sknn_tune.search.engine.acquisition import ExpectedImprovement
from sknn_tune.search.engine.maximizer import maximize, unknown
from sknn_tune.search.engine.space import Space
from sknn_tune.search.engine.surrogate import Surrogate


def setting(space, n, seed):
    """An acquisition after n random trials of a random smooth score."""
    rng = np.random.default_rng(seed)
    codes = space.sample_codes(rng.random((n, len(space.levels))))
    X = space.features(codes)
    acquisition = ExpectedImprovement(
        Surrogate(space, codes, np.sin(X @ rng.normal(size=X.shape[1]) * 3)).posterior
    )
    return acquisition, codes, X, rng


@pytest.mark.parametrize("seed", range(4))
def test_discrete_space_against_exhaustive_search(seed):
    space = Space(
        {"a": list(range(12)), "b": list(range(9)), "c": [1, 2, 3], "d": list("uvwxyz")}
        | {"e": list(range(5))}
    )
    acquisition, codes, X, rng = setting(space, 20, seed)
    everything = unknown(space.enumerate(), space, X)
    best = acquisition(space.features(everything)).max()
    found = maximize(acquisition, space, codes, X, np.arange(3), rng)[:1]
    assert acquisition(space.features(found))[0] > best - 0.01


@pytest.mark.parametrize("seed", range(4))
def test_continuous_space_against_a_dense_sample(seed):
    space = Space({"a": uniform(), "b": uniform(), "c": uniform()})
    acquisition, codes, X, rng = setting(space, 15, seed)
    dense = acquisition(np.random.default_rng(9).random((20_000, 3))).max()
    found = maximize(acquisition, space, codes, X, np.arange(3), rng)[:1]
    assert acquisition(space.features(found))[0] > dense - 0.01


def test_rows_are_new_and_in_order():
    space = Space([{"a": list(range(40)), "b": uniform()}, {"c": ["x", "y"], "b": uniform()}])
    acquisition, codes, X, rng = setting(space, 12, 0)
    rows = maximize(acquisition, space, codes, X, np.arange(3), rng)
    assert len(unknown(rows, space, X)) == len(rows)
    values = acquisition(space.features(rows))
    assert values[0] == pytest.approx(values.max(), abs=1e-9)


def test_used_up_space_has_no_rows():
    space = Space({"a": [1, 2], "b": ["x", "y"]})
    codes = space.enumerate()
    acquisition = ExpectedImprovement(Surrogate(space, codes, np.arange(4.0)).posterior)
    rows = maximize(acquisition, space, codes, space.features(codes), np.arange(2), None)
    assert len(rows) == 0
