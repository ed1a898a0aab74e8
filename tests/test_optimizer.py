"""Ask and tell: purity, no repetition, failures, pending points, and that it searches."""

import json
import math

import numpy as np
import pytest
from scipy.stats import loguniform, randint, uniform

from sknn_tune.common.layer_sizes import hidden_layers
from sknn_tune.search.engine.optimizer import BayesianOptimizer
from sknn_tune.search.engine.space import Space

MIXED = {
    "lr": loguniform(1e-5, 1),
    "depth": randint(1, 6),
    "kind": ["a", "b", "c"],
    "alpha": [0, 1e-4, 1e-3, 1e-2],
}
BRANCHES = [
    {"model": ["linear"], "C": loguniform(1e-3, 1e3)},
    {"model": ["net"], "sizes": hidden_layers((1, 3), (4, 64)), "lr": loguniform(1e-5, 1)},
]


def score_mixed(params):
    return (
        -((np.log10(params["lr"]) + 2.5) ** 2)
        - 0.3 * (params["depth"] - 3) ** 2
        - (params["kind"] != "b")
        - 50 * params["alpha"]
    )


def score_branches(params):
    if params["model"] == "linear":
        return 0.5 - 0.1 * np.log10(params["C"]) ** 2
    return 1 - abs(np.log(np.mean(params["sizes"]) / 20)) - abs(np.log10(params["lr"]) + 2)


def run(optimizer, score, n_trials):
    for _ in range(n_trials):
        params = optimizer.ask()
        optimizer.tell(params, score(params))
    return optimizer


@pytest.mark.parametrize(
    ("space", "score"),
    [(MIXED, score_mixed), (BRANCHES, score_branches)],
    ids=["mixed", "branches"],
)
def test_beats_random_search(space, score):
    rng = np.random.default_rng(0)
    drawn = Space(space)
    random = [max(score(drawn.sample(rng)) for _ in range(30)) for _ in range(20)]
    ours = [run(BayesianOptimizer(space, random_state=s), score, 30).best_score_ for s in range(3)]
    assert np.mean(ours) > np.quantile(random, 0.9)


def test_finds_the_optimum_of_a_smooth_function():
    space = {"x": uniform(-5, 10), "y": uniform(0, 15)}

    def negative_branin(p):
        x, y = p["x"], p["y"]
        valley = y - 5.1 * x**2 / (4 * np.pi**2) + 5 * x / np.pi - 6
        return -(valley**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10)

    optimizer = run(BayesianOptimizer(space, random_state=0), negative_branin, 40)
    assert optimizer.best_score_ > -0.45  # the optimum is -0.398


@pytest.mark.parametrize("space", [MIXED, BRANCHES], ids=["mixed", "branches"])
def test_a_resumed_search_equals_an_uninterrupted_one(space):
    score = score_mixed if space is MIXED else score_branches
    whole = run(BayesianOptimizer(space, random_state=7), score, 16)
    resumed = BayesianOptimizer(space, random_state=7)
    for params, value in whole.trials[:9]:
        resumed.tell(params, value)
    run(resumed, score, 7)
    assert resumed.trials == whole.trials


def test_asking_changes_nothing_and_seeds_matter():
    optimizer = run(BayesianOptimizer(MIXED, random_state=1), score_mixed, 8)
    assert optimizer.ask() == optimizer.ask()
    other = run(BayesianOptimizer(MIXED, random_state=2), score_mixed, 8)
    assert [t.params for t in optimizer.trials] != [t.params for t in other.trials]


def test_random_state_objects_give_the_stream_of_their_seed():
    from_int = BayesianOptimizer(MIXED, random_state=3)
    from_object = BayesianOptimizer(MIXED, random_state=np.random.RandomState(3))
    assert from_int.ask() == from_object.ask()


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_finite_space_is_used_up_without_repetition(n_jobs):
    space = {"a": [1, 2, 3], "b": ["x", "y"], "c": [None, 0.1]}
    optimizer, pending, seen = BayesianOptimizer(space, random_state=0), [], []
    for _ in range(40):
        params = optimizer.ask(pending=pending)
        if params is None and not pending:
            break
        if params is not None:
            pending.append(params)
            seen.append(json.dumps(params, sort_keys=True))
        if params is None or len(pending) == n_jobs:
            done = pending.pop(0)
            optimizer.tell(done, done["a"])
    assert len(seen) == len(set(seen)) == 12


def test_large_finite_space_does_not_repeat_near_its_optimum():
    space = {name: list(range(10)) for name in "abcd"}
    optimizer = run(BayesianOptimizer(space, random_state=0), lambda p: -sum(p.values()), 40)
    assert len({tuple(t.params.values()) for t in optimizer.trials}) == 40
    assert optimizer.best_score_ >= -3


def test_layer_sizes_do_not_repeat():
    space = {"sizes": hidden_layers((1, 2), (2, 6))}
    optimizer = run(BayesianOptimizer(space, random_state=0), lambda p: -sum(p["sizes"]), 20)
    tried = [t.params["sizes"] for t in optimizer.trials]
    assert len(set(tried)) == len(tried)


def test_space_of_one_configuration():
    optimizer = BayesianOptimizer({"a": [1]})
    assert optimizer.ask() == {"a": 1}
    optimizer.tell({"a": 1}, 0.0)
    assert optimizer.ask() is None


def test_known_points_come_first_in_order_and_once():
    known = [
        {"lr": 0.1, "depth": 2, "kind": "c", "alpha": 0},
        {"lr": 0.01, "depth": 4, "kind": "a", "alpha": 1e-3},
    ]
    optimizer = BayesianOptimizer(MIXED, random_state=0, initial_params=[*known, known[0]])
    run(optimizer, score_mixed, 3)
    assert [t.params for t in optimizer.trials[:2]] == known
    assert optimizer.trials[2].params not in known


def test_known_layer_sizes_are_tried_as_given():
    known = {"model": "net", "sizes": (50, 9, 33), "lr": 0.01}
    assert BayesianOptimizer(BRANCHES, initial_params=[known]).ask() == known


def test_prior_trials_teach():
    teacher = run(BayesianOptimizer(MIXED, random_state=0), score_mixed, 30)
    pupil = BayesianOptimizer(MIXED, random_state=1, prior_trials=teacher.trials)
    params = pupil.ask()
    assert score_mixed(params) > np.median([t.score for t in teacher.trials])
    assert params not in [t.params for t in teacher.trials]


@pytest.mark.parametrize("failure", [None, math.nan, math.inf, -math.inf])
def test_failures_are_survived_and_avoided(failure):
    def score(params):
        return failure if params["lr"] > 1e-3 else np.log10(params["lr"])

    optimizer = run(BayesianOptimizer({"lr": loguniform(1e-6, 1)}, random_state=0), score, 25)
    late = [t for t in optimizer.trials[12:] if math.isnan(t.score)]
    assert len(late) < 8
    assert optimizer.best_score_ > -4
    assert not math.isnan(optimizer.trials[optimizer.posterior_best()].score)


def test_a_mean_of_many_scores_is_believed_more():
    rng = np.random.default_rng(0)
    trials = [({"x": x}, -((x - 0.3) ** 2) + 0.1 * rng.normal()) for x in np.linspace(0, 1, 20)]
    params, scores = zip(*trials, strict=True)
    errors = []
    for n_scores in (1, 3, 30):
        engine = BayesianOptimizer(
            {"x": uniform(0, 1)}, prior_trials=trials, scores_per_trial=n_scores
        )
        errors.append(np.abs(engine.surrogate_.predict(params)[0] - scores).max())
    assert errors[0] > errors[1] > errors[2]


def test_everything_fails():
    optimizer = run(BayesianOptimizer(MIXED, random_state=0), lambda p: None, 10)
    assert len({str(t.params) for t in optimizer.trials}) == 10
    for ask in ("best_params_", "best_score_", "surrogate_"):
        with pytest.raises(ValueError, match="No trial"):
            getattr(optimizer, ask)


def test_equal_scores_do_not_stop_the_search():
    optimizer = run(BayesianOptimizer(MIXED, random_state=0), lambda p: 0.5, 12)
    assert len({str(t.params) for t in optimizer.trials}) == 12


def test_pending_points_are_not_asked_for_again_nor_crowded():
    optimizer = run(BayesianOptimizer({"x": uniform(0, 1)}, random_state=0), lambda p: -p["x"], 8)
    pending = []
    for _ in range(4):
        pending.append(optimizer.ask(pending=pending))
    x = np.sort([p["x"] for p in pending])
    assert (np.diff(x) > 1e-6).all()
    assert optimizer.ask(pending=pending[:2]) == pending[2]


def test_pending_point_counts_as_known():
    """A second worker is sent away from where the first one is, not beside it."""
    distances = []
    for seed in range(8):
        optimizer = BayesianOptimizer({"x": uniform(0, 1)}, random_state=seed)
        run(optimizer, lambda p: np.sin(9 * p["x"]), 6)
        first = optimizer.ask()
        distances.append(abs(optimizer.ask(pending=[first])["x"] - first["x"]))
    assert np.median(distances) > 0.02


def test_posterior_winner_is_less_lucky():
    """Noisy scores: the winner of the posterior is truly better than the best score, on average."""

    def truth(x):
        return -4 * (x - 0.5) ** 2

    gains = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        optimizer = BayesianOptimizer({"x": uniform(0, 1)}, random_state=seed)
        for x in rng.random(30):
            optimizer.tell({"x": x}, truth(x) + rng.normal(scale=0.5))
        winner = optimizer.trials[optimizer.posterior_best()].params["x"]
        gains.append(truth(winner) - truth(optimizer.best_params_["x"]))
    assert np.mean(gains) > 0


def test_without_points_the_surrogate_waits():
    with pytest.raises(ValueError, match="No trial"):
        _ = BayesianOptimizer(MIXED).surrogate_


def test_surrogate_follows_the_trials():
    optimizer = run(BayesianOptimizer(MIXED, random_state=0), score_mixed, 6)
    before = optimizer.surrogate_
    assert optimizer.surrogate_ is before
    run(optimizer, score_mixed, 1)
    assert optimizer.surrogate_ is not before


OUTSIDE = {"lr": 5.0, "depth": 2, "kind": "a", "alpha": 0}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: BayesianOptimizer(MIXED, initial_params=[OUTSIDE]), ValueError, "'lr'"),
        (lambda: BayesianOptimizer(MIXED, prior_trials=[(OUTSIDE, 1.0)]), ValueError, "'lr'"),
        (lambda: BayesianOptimizer(MIXED).tell(OUTSIDE, 1.0), ValueError, "'lr'"),
        (lambda: BayesianOptimizer(MIXED).ask(pending=[OUTSIDE]), ValueError, "'lr'"),
        (lambda: BayesianOptimizer({"a": [1]}).tell({"a": 1}, "good"), TypeError, "score"),
        (lambda: BayesianOptimizer({"a": [1]}, random_state="x"), ValueError, "seed"),
        (lambda: BayesianOptimizer({"a": 1}), TypeError, "'a'"),
        (lambda: BayesianOptimizer(MIXED, scores_per_trial=0), ValueError, "scores_per_trial.* 0"),
        (lambda: BayesianOptimizer(MIXED, scores_per_trial=1.5), ValueError, "scores_per_trial"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
