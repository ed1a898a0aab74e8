"""Searches with several objectives: what is measured, stored, resumed, chosen and drawn."""

import pickle
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import uniform
from search_problems import SPACE, Hill, X, y
from sklearn.model_selection import RandomizedSearchCV

from sknn_tune import BayesSearchCV, Knee, ParetoDisplay, hidden_layers, search_history
from sknn_tune.search.engine.optimizer import SequentialOptimizer
from sknn_tune.search.engine.pareto import hypervolume
from sknn_tune.search.engine.pareto_optimizer import ParetoOptimizer, distinct
from sknn_tune.search.engine.space import Space


def size(model):
    """A made number of parameters, which grows where the score does."""
    return -abs(model.a + 4) - 0.3 * np.log10(model.b)


def other(model):
    return float(model.kind is None)


def search_of(objective=("score", size), **kwargs):
    kwargs = {"n_iter": 8, "cv": 3, "random_state": 0, "refit": False, **kwargs}
    return BayesSearchCV(Hill(), SPACE, objective=list(objective), **kwargs)


def without_times(results):
    return {name: column for name, column in results.items() if "_time" not in name}


def assert_same_results(one, two):
    one, two = without_times(one.cv_results_), without_times(two.cv_results_)
    assert one.keys() == two.keys()
    for name in one:
        assert list(map(repr, one[name])) == list(map(repr, two[name]))


# ------------------------------------------------------------ values and the front
def test_values_are_those_of_the_models_and_of_the_table():
    results = search_of(["score", size, "-score_time"]).fit(X, y).cv_results_
    models = [Hill(**params) for params in results["params"]]
    assert_allclose(results["objective_size"], [size(model) for model in models])
    assert_array_equal(results["objective_score"], results["mean_test_score"])
    assert_allclose(results["objective_-score_time"], -results["mean_score_time"])


def test_the_front_by_brute_force():
    search = search_of(n_iter=12).fit(X, y)
    results = search.cv_results_
    values = np.column_stack([results["objective_score"], results["objective_size"]])
    expected = [not any((q >= p).all() and (q > p).any() for q in values) for p in values]
    assert_array_equal(results["pareto_optimal"], expected)
    front = search.pareto_front_
    assert sorted(front.index) == np.flatnonzero(expected).tolist()
    assert front["score"].is_monotonic_decreasing
    assert front["size"].is_monotonic_increasing
    for row, params in zip(
        front.index, front.filter(like="param_").to_dict("records"), strict=True
    ):
        chosen = results["params"][row]
        assert params["param_a"] == chosen["a"]


def test_less_is_better_with_a_minus_sign():
    def scoring(estimator, X, y):
        return {"gain": estimator.score(X, y), "cost": abs(estimator.a + 4)}

    search = search_of(["gain", "-cost"], scoring=scoring).fit(X, y)
    assert_allclose(search.cv_results_["objective_-cost"], -search.cv_results_["mean_test_cost"])
    assert (search.pareto_front_["cost"] >= 0).all()


def test_a_single_metric_goes_by_its_name_too():
    one = search_of(["r2", size], scoring="r2").fit(X, y).cv_results_
    two = search_of(["score", size], scoring="r2").fit(X, y).cv_results_
    assert one["params"] == two["params"]


def test_workers_measure_the_same():
    one = search_of(n_iter=4, n_jobs=2, asynchronous=False).fit(X, y)
    for params, value in zip(one.cv_results_["params"], one.cv_results_["objective_size"],
                             strict=True):  # fmt: skip
        assert value == pytest.approx(size(Hill(**params)))


@pytest.mark.filterwarnings("ignore:objective 'sometimes' failed")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_trials_that_cannot_be_measured_or_fitted_are_not_on_the_front():
    def sometimes(model):
        if model.a > 0:
            raise RuntimeError("not measured")
        return -model.a

    class FailsOnTheLeft(Hill):
        def fit(self, X, y):
            if self.a < -3:
                raise RuntimeError("not fitted")
            return self

    search = BayesSearchCV(
        FailsOnTheLeft(), SPACE, n_iter=14, cv=2, objective=["score", sometimes], random_state=1
    ).fit(X, y)
    a = np.array([params["a"] for params in search.cv_results_["params"]])
    failed = (a > 0) | (a < -3)
    assert failed.any()
    assert_array_equal(np.isnan(search.cv_results_["objective_score"]), failed)
    assert not search.cv_results_["pareto_optimal"][failed].any()
    with pytest.raises(RuntimeError, match="not measured"):
        search.set_params(error_score="raise", estimator=Hill(a=1.0)).fit(X, y)


@pytest.mark.filterwarnings("ignore:objective 'wrong' failed")
def test_a_function_that_never_gives_a_number_ends_the_search():
    def wrong(model):
        return "many"

    with pytest.raises(ValueError, match="objective 'wrong' must return a number, got 'many'"):
        search_of(["score", wrong]).fit(X, y)


# ------------------------------------------------------------ the search itself
def test_it_covers_more_than_random_search():
    """Volume of the front above a point, the mean of five seeds."""

    def volume(results):
        params = [Hill(**p) for p in results["params"]]
        points = [[m.score(np.zeros((1, 1)), None), size(m)] for m in params]
        return hypervolume(np.array(points), np.array([-20.0, -10.0]))

    ours, theirs = [], []
    for seed in range(5):
        ours.append(volume(search_of(n_iter=20, random_state=seed).fit(X, y).cv_results_))
        random = RandomizedSearchCV(Hill(), SPACE, n_iter=20, cv=3, random_state=seed, refit=False)
        theirs.append(volume(random.fit(X, y).cv_results_))
    assert np.mean(ours) > np.mean(theirs)


def test_ask_depends_on_nothing_but_seed_trials_and_pending():
    space = Space(SPACE)

    def told():
        optimizer, rng = ParetoOptimizer(space, 0, 2), np.random.default_rng(0)
        for codes in space.sample_codes(rng.random((6, len(space.levels)))):
            params = space.decode(codes)
            optimizer.tell(params, (-(params["a"] ** 2), size(Hill(**params))))
        return optimizer

    one, two = told(), told()
    first = one.ask()
    assert one.ask() == first == two.ask()
    pending = two.ask(pending=[first])
    assert pending != first
    assert one.ask(pending=[first]) == pending


@pytest.mark.parametrize("several", [False, True])
def test_no_configuration_comes_again_under_another_name(several):
    """The taper of a single layer has no effect; the search may not try one for its sake."""
    space = Space({"layers": hidden_layers((1, 2), (4, 64)), "rate": uniform(0, 1)})
    optimizer = ParetoOptimizer(space, 0, 2) if several else SequentialOptimizer(space, 0)
    for _ in range(16):
        params = optimizer.ask()
        loss = 1 / sum(params["layers"]) + (params["rate"] - 0.3) ** 2
        optimizer.tell(params, (-loss, -float(sum(params["layers"]))) if several else -loss)
    layers = [trial.params["layers"] for trial in optimizer.trials]
    assert len(set(layers)) >= 10


def test_a_finite_space_is_used_up():
    space = Space({"a": [1, 2, 3], "b": ["p", "q"]})
    optimizer = ParetoOptimizer(space, 0, 2)
    for _ in range(6):
        params = optimizer.ask()
        optimizer.tell(params, (params["a"], -(params["a"] ** 2)))
    assert optimizer.ask() is None


@pytest.mark.parametrize(
    ("scores", "kept"),
    [
        ([0.90, 0.904, 0.91, -296.0, -296.0, -300.0, -1e7], [0.90, 0.91, -296.0, -1e7]),
        ([0.0, 0.0, 5.0], [0.0, 5.0]),
    ],
)
def test_the_scale_is_that_of_scores_that_differ(scores, kept):
    assert_array_equal(distinct(np.array(scores)), kept)


def test_the_first_objective_alone_is_the_score():
    search = search_of().fit(X, y)
    space = Space(SPACE)
    single = ParetoOptimizer(space, 0, 2, scores_per_trial=3)
    for params, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"],
                             strict=True):  # fmt: skip
        single.tell(params, (score, size(Hill(**params))))
    mean, std = single.surrogate_.predict(search.cv_results_["params"])
    assert_allclose(search.cv_results_["posterior_mean"], mean)
    assert_allclose(search.surrogate_.predict(search.cv_results_["params"])[1], std)
    assert list(search.surrogates_) == ["score", "size"]
    found = search.surrogates_["size"].predict(search.cv_results_["params"])[0]
    assert np.corrcoef(found, search.cv_results_["objective_size"])[0, 1] > 0.9


def test_with_a_resource_the_front_is_of_those_that_had_all_of_it():
    search = search_of(resource="max_iter", n_iter=9).fit(X, y)
    amounts = search.cv_results_["n_resources"]
    assert len(set(amounts)) > 1
    assert (amounts[search.cv_results_["pareto_optimal"]] == amounts.max()).all()
    assert Knee()(search.cv_results_) in search.pareto_front_.index


# ------------------------------------------------------------ stored and resumed
def test_a_search_in_pieces_is_the_search_in_one(tmp_path):
    path, whole = tmp_path / "search.db", search_of().fit(X, y)
    for n_iter in (2, 5, 8):
        pieces = search_of(n_iter=n_iter, storage=path).fit(X, y)
    assert_same_results(pieces, whole)
    history = search_history(path)
    assert_allclose(history["split0_size"], whole.cv_results_["objective_size"])
    assert history.attrs["objective"] == ["score", f"{__name__}.size"]


@pytest.mark.parametrize("objective", [["score", other], [size, "score"], ["score", "-fit_time"]])
def test_other_objectives_are_another_search(tmp_path, objective):
    search_of(n_iter=2, storage=tmp_path / "search.db").fit(X, y)
    with pytest.raises(ValueError, match="holds another search"):
        search_of(objective, storage=tmp_path / "search.db").fit(X, y)


def test_a_trial_without_its_measure_is_damaged(tmp_path):
    """What a search with one objective has written is taken for one with two."""
    path = tmp_path / "search.db"
    search_of(n_iter=3, storage=path).fit(X, y)
    with closing(sqlite3.connect(path)) as database, database:
        (record,) = database.execute("SELECT record FROM trials WHERE id = 2").fetchone()
        assert '"version": 2' in record
        database.execute(
            "UPDATE trials SET record = ? WHERE id = 2", (record.replace("measures", "measured"),)
        )
    with pytest.raises(ValueError, match="is damaged"):
        search_of(storage=path).fit(X, y)


# ------------------------------------------------------------ the winner
def test_knee_is_the_farthest_from_the_line_between_the_ends():
    rng = np.random.default_rng(0)
    for _ in range(20):
        values = rng.random((30, 2))
        table = {
            "objective_a": values[:, 0],
            "objective_-b": values[:, 1],
            "params": [{}] * 30,
        }
        front = [
            i
            for i, own in enumerate(values)
            if not any((q >= own).all() and (q > own).any() for q in values)
        ]
        if len(front) == 1:
            continue
        first, last = (values[max(front, key=lambda i, c=c: values[i, c])] for c in (0, 1))
        along = (last - first) / np.ptp(values[front], axis=0)
        offsets = (values[front] - first) / np.ptp(values[front], axis=0)
        distances = along[1] * offsets[:, 0] - along[0] * offsets[:, 1]
        assert Knee()(table) == front[int(np.argmax(distances * np.sign(along[1])))]


def test_knee_of_any_search():
    search = RandomizedSearchCV(Hill(), SPACE, n_iter=6, cv=2, random_state=0, refit=False)
    results = search.fit(X, y).cv_results_
    knee = Knee(["mean_test_score", "-mean_score_time"])
    assert 0 <= knee(results) < 6
    with pytest.raises(ValueError, match="several objectives are not in cv_results_"):
        Knee()(results)
    with pytest.raises(ValueError, match=r"\['-mean_size'\] are not in cv_results_"):
        Knee(["mean_test_score", "-mean_size"])(results)
    with pytest.raises(ValueError, match="finite value of every objective"):
        Knee(["a"])({"a": np.array([np.nan, np.inf])})


def test_refit_by_a_rule():
    search = search_of(refit=Knee()).fit(X, y)
    assert search.best_index_ == Knee()(search.cv_results_)
    assert search.best_estimator_.a == search.best_params_["a"]
    assert pickle.loads(pickle.dumps(search)).predict(X).shape == (12,)
    by_score = search_of(refit=True).fit(X, y)
    assert by_score.best_index_ == by_score.cv_results_["mean_test_score"].argmax()


def test_predictions_are_kept_beside_several_objectives():
    search = search_of(["r2", size], scoring="r2", keep_predictions=True).fit(X, y)
    assert search.ensemble(X, y).best_single_oof_score_ == search.cv_results_["mean_test_score"][0]


# ------------------------------------------------------------ the picture
@pytest.mark.parametrize("objective", [("score", size), ("score", "-score_time", size)])
def test_display(objective):
    pytest.importorskip("matplotlib").use("agg")
    search = search_of(objective, refit=Knee()).fit(X, y)
    display = ParetoDisplay.from_search(search)
    assert len(display.points_.get_offsets()) == 8
    assert len(display.front_.get_offsets()) == search.cv_results_["pareto_optimal"].sum()
    assert (display.line_ is None) == (len(objective) == 3)
    best = search.cv_results_["params"][search.best_index_]
    if len(objective) == 2:
        assert display.winner_.get_xdata()[0] == pytest.approx(size(Hill(**best)))
        assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("size", "score")


def test_display_needs_several_objectives():
    pytest.importorskip("matplotlib").use("agg")
    single = BayesSearchCV(Hill(), SPACE, n_iter=2, cv=2, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="has one objective"):
        ParetoDisplay.from_search(single)
    assert not hasattr(single, "pareto_front_")
    assert not hasattr(single, "surrogates_")


# ------------------------------------------------------------ what is refused
@pytest.mark.parametrize(
    ("kwargs", "says"),
    [
        ({"objective": ["score"]}, "two or three objectives, got 1"),
        ({"objective": ["score", size, "-fit_time", "-score_time"]}, "got 4"),
        ({"objective": ["score", "f1"]}, r"'f1' is not a metric of scoring, which has \['score'\]"),
        ({"objective": ["score", "fit_time"]}, "give '-fit_time'"),
        ({"objective": ["score", "-score"]}, "names the same twice"),
        ({"objective": [size, size]}, "two functions that are called 'size'"),
        ({"objective": ["score", size], "tol": 0.1}, "tol=0.1 belongs to one objective"),
        ({"objective": ["score", size], "selection": "posterior"}, "belongs to one objective"),
        ({"objective": ["score", size], "prior_results": {}}, "prior_results teach one objective"),
        ({"objective": ["r2", "max_error"], "scoring": ["r2", "neg_max_error"]}, "'max_error'"),
    ],
)
def test_bad_objectives(kwargs, says):
    with pytest.raises(ValueError, match=says):
        search_of(**kwargs).fit(X, y)


def test_an_objective_of_another_type():
    with pytest.raises(TypeError, match="got 3"):
        search_of(["score", 3]).fit(X, y)
