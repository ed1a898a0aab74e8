"""More members for the default network in the time that is left."""

from types import SimpleNamespace

import numpy as np
import pytest
from test_tuning import encoded

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest import companion
from sknn_tune.command_line.contest.companion import fit_companion, is_of_use
from sknn_tune.command_line.contest.networks import make_network, make_tried_network
from sknn_tune.command_line.contest.scores import METRICS
from sknn_tune.command_line.contest.tuning import Candidate

ALIKE, SPREAD, PLAIN = [0.1] * 10, [0.18, 0.02] * 5, [0.02, 0.18] * 5


@pytest.fixture(scope="module")
def problem():
    return encoded("regression")[1]


def candidate_of(weights=ALIKE, unseen=0.0, seconds=10.0):
    network = SimpleNamespace(n_members=10, member_weights_=np.array(weights))
    return Candidate({}, network, unseen, seconds)


def params_of(problem, monkeypatch, default, seconds, n_epochs=20):
    """With which parameters a companion is fitted."""
    made = make_tried_network(problem).set_params(max_epochs=n_epochs)
    monkeypatch.setattr(companion, "make_tried_network", lambda problem: made)
    monkeypatch.setattr(
        companion.Candidate, "fit", classmethod(lambda cls, problem, params, clock: params)
    )
    return fit_companion(problem, default, Clock.of(seconds))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1000, {"max_epochs": 40, "n_members": 10}),
        (20, {"max_epochs": 40, "n_members": 7}),
        (10, {"n_members": 7}),
        (5, None),
    ],
)
def test_a_companion_is_as_large_as_there_is_time_for(problem, monkeypatch, seconds, expected):
    found = params_of(problem, monkeypatch, candidate_of(), seconds)
    assert found == (expected and expected | {"random_state": 1})


def test_of_few_rows_a_companion_learns_no_longer(problem, monkeypatch):
    assert "max_epochs" not in params_of(problem, monkeypatch, candidate_of(), 1000, 100)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (ALIKE, {}),
        (SPREAD, {"numeric_embedding": "piecewise_linear"}),
        (PLAIN, {"numeric_embedding": None}),
    ],
)
def test_a_companion_has_the_better_kind_of_members(problem, monkeypatch, weights, expected):
    found = params_of(problem, monkeypatch, candidate_of(weights), 1000)
    assert {name: found[name] for name in found if name == "numeric_embedding"} == expected


def test_weights_of_members_tell_their_kinds(problem):
    network = make_network(problem, 60.0).set_params(max_epochs=2).fit(problem.X, problem.y)
    of_kinds = np.array(network.member_weights_).reshape(-1, 2)
    assert np.allclose(of_kinds, of_kinds[0])
    ensemble = network._ensemble
    assert [bool(a.embeddings) for a in ensemble.architectures[:2]] == [True, True]
    n_inputs = [len(theta) for theta in ensemble.thetas]
    assert n_inputs[0] > n_inputs[1], "the first spreads numbers over bins"


def test_a_companion_counts_if_the_average_is_better_on_unseen_rows(problem):
    noise = np.random.default_rng(0).normal(size=len(problem.y))
    default, metric = candidate_of(unseen=problem.y + noise), METRICS["R2"]
    assert is_of_use(candidate_of(unseen=problem.y - noise), default, problem, metric)
    assert not is_of_use(candidate_of(unseen=problem.y + 2 * noise), default, problem, metric)
    assert not is_of_use(candidate_of(unseen=None), default, problem, metric)


def test_without_unseen_rows_there_is_no_companion(problem, monkeypatch):
    assert params_of(problem, monkeypatch, candidate_of(unseen=None), 1000) is None
