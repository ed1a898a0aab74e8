"""The distribution of layer sizes."""

import pickle

import numpy as np
import pytest
from sklearn.model_selection import ParameterSampler

from sknn_tune.common.layer_sizes import hidden_layers


@pytest.mark.parametrize(
    ("n_layers", "units"), [((1, 4), (8, 512)), (2, (1, 3)), ((1, 1), (5, 5)), ((3, 5), (10, 1000))]
)
def test_draws_lie_within_the_bounds(n_layers, units):
    sizes = hidden_layers(n_layers, units)
    drawn = sizes.rvs(size=300, random_state=0)
    assert all(sizes.contains(t) for t in drawn)
    low, high = sizes.n_layers
    assert {len(t) for t in drawn} == set(range(low, high + 1))


def test_draws_reach_both_ends_and_both_tapers():
    drawn = hidden_layers((1, 3), (4, 64)).rvs(size=3000, random_state=0)
    widths = {w for t in drawn for w in t}
    assert {4, 64} <= widths
    assert any(t[0] > t[-1] for t in drawn)
    assert any(t[0] < t[-1] for t in drawn)


@pytest.mark.parametrize("sizes", [(64,), (100, 50), (30, 60, 120), (200, 200, 200, 200)])
def test_unit_cube_and_back(sizes):
    space = hidden_layers((1, 4), (8, 512))
    assert space.from_unit(space.to_unit(sizes)) == sizes


def test_the_taper_of_a_single_layer_has_one_value():
    u = np.random.default_rng(0).random((200, 3))
    for sizes in (hidden_layers((1, 3), (4, 64)), hidden_layers(1), hidden_layers((2, 3))):
        settled = sizes.settle(u)
        drawn = [sizes.from_unit(row) for row in u]
        assert drawn == [sizes.from_unit(row) for row in settled]
        is_single = np.array([len(t) == 1 for t in drawn])
        assert (settled[is_single, 2] == 0.5).all()
        assert np.array_equal(settled[~is_single], u[~is_single])


def test_width_is_on_a_logarithmic_scale():
    space = hidden_layers(1, (8, 512))
    widths = [space.to_unit((w,))[1] for w in (16, 32, 64, 128)]
    assert np.allclose(np.diff(widths), np.diff(widths)[0])


def test_serves_scikit_learns_sampler_and_random_state():
    grid = {"hidden_layer_sizes": hidden_layers((1, 2), (8, 32))}
    first, again = (list(ParameterSampler(grid, 5, random_state=3)) for _ in range(2))
    assert first == again
    assert hidden_layers().rvs(random_state=1) == hidden_layers().rvs(random_state=1)


def test_compares_by_value_and_pickles():
    sizes = hidden_layers((1, 2), (8, 32))
    assert sizes == hidden_layers((1, 2), (8, 32)) == pickle.loads(pickle.dumps(sizes))
    assert sizes != hidden_layers((1, 3), (8, 32))
    assert hash(sizes) == hash(hidden_layers((1, 2), (8, 32)))
    assert repr(sizes) == "hidden_layers(n_layers=(1, 2), units=(8, 32))"


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"n_layers": (0, 2)}, ValueError),
        ({"n_layers": (3, 2)}, ValueError),
        ({"n_layers": 0}, ValueError),
        ({"n_layers": 1.5}, TypeError),
        ({"n_layers": True}, TypeError),
        ({"n_layers": (1, 2, 3)}, TypeError),
        ({"n_layers": "12"}, TypeError),
        ({"units": (0, 5)}, ValueError),
        ({"units": (8, 4)}, ValueError),
        ({"units": 64}, TypeError),
        ({"units": (8, 64.0)}, TypeError),
    ],
)
def test_bad_bounds(bad, error):
    with pytest.raises(error, match=next(iter(bad))):
        hidden_layers(**bad)


@pytest.mark.parametrize("value", [(7,), (8, 8, 8), (), 10, (16.0,), (True,), None, "ab"])
def test_does_not_contain(value):
    assert not hidden_layers((1, 2), (8, 32)).contains(value)


def test_fixed_width_has_a_place():
    space = hidden_layers((1, 2), (16, 16))
    assert space.to_unit((16, 16))[1] == 0.5
    assert space.from_unit([0.9, 0.1, 0.9]) == (16, 16)
