"""The search itself: order of trials, failures, objective, winner, parallelism."""

import warnings

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import loguniform, randint, uniform
from search_problems import AB, Bowl, X, a_of, bowl_search, trials, y
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, RandomizedSearchCV, ShuffleSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sknn_tune import BayesSearchCV, hidden_layers
from sknn_tune.search.engine.optimizer import BayesianOptimizer

IRIS = load_iris(return_X_y=True)


def right_half_fails(model):
    return model.a > 0


# ------------------------------------------------------------ reproducible
def test_the_same_seed_gives_the_same_trials():
    one, two = bowl_search().fit(X, y), bowl_search().fit(X, y)
    assert trials(one) == trials(two)
    assert_array_equal(one.cv_results_["posterior_mean"], two.cv_results_["posterior_mean"])


def test_another_seed_gives_other_trials():
    assert trials(bowl_search().fit(X, y)) != trials(bowl_search(random_state=1).fit(X, y))


def test_a_random_state_is_drawn_from():
    rng = np.random.RandomState(0)
    one, two = bowl_search(random_state=rng).fit(X, y), bowl_search(random_state=rng).fit(X, y)
    assert trials(one) != trials(two)
    again = bowl_search(random_state=np.random.RandomState(0)).fit(X, y)
    assert trials(one) == trials(again)


def test_a_longer_search_begins_with_the_shorter():
    assert trials(bowl_search(n_iter=12).fit(X, y))[:8] == trials(bowl_search(n_iter=8).fit(X, y))


def test_does_not_touch_the_global_random_state():
    np.random.seed(0)  # noqa: NPY002  the global state is what is tested
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    bowl_search().fit(X, y)
    assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_finds_the_top_of_a_hill():
    best = [bowl_search(n_iter=25, random_state=s).fit(X, y).best_score_ for s in range(3)]
    at_random = [
        RandomizedSearchCV(Bowl(), AB, n_iter=25, random_state=s, cv=3).fit(X, y).best_score_
        for s in range(3)
    ]
    assert np.median(best) > -0.01
    assert np.median(best) > np.median(at_random)


# ------------------------------------------------------------ splits and workers
class RowsSeen(Bowl):
    def score(self, X, y):
        return float(X.sum())


def test_all_trials_see_the_same_splits():
    cv = ShuffleSplit(3, test_size=4)  # draws new splits at each call
    search = bowl_search(RowsSeen(), cv=cv, n_iter=5, random_state=None).fit(X, y)
    for k in range(3):
        assert len(set(search.cv_results_[f"split{k}_test_score"])) == 1


@pytest.mark.parametrize("n_jobs", [2, 3])
def test_workers_up_to_the_splits_change_nothing(n_jobs):
    alone = bowl_search().fit(X, y)
    with parallel_config("threading"):
        together = bowl_search(n_jobs=n_jobs, asynchronous=False).fit(X, y)
    assert trials(together) == trials(alone)
    assert_array_equal(
        together.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"]
    )


def test_more_workers_than_splits_ask_together():
    with parallel_config("threading", n_jobs=7):
        one, two = (bowl_search(n_iter=10, asynchronous=False).fit(X, y) for _ in range(2))
    assert trials(one) == trials(two)
    assert len(set(a_of(one))) == 10
    for params, score in zip(trials(one), one.cv_results_["mean_test_score"], strict=True):
        assert_allclose(score, Bowl(**params).score(X, y))


def test_together_every_score_lands_in_its_row_and_split():
    alone = bowl_search(RowsSeen()).fit(X, y).cv_results_
    with parallel_config("threading", n_jobs=7):
        together = bowl_search(RowsSeen(), asynchronous=False).fit(X, y).cv_results_
    for k in range(3):
        assert_array_equal(together[f"split{k}_test_score"], alone[f"split{k}_test_score"])
    assert alone["split0_test_score"][0] != alone["split1_test_score"][0]


def test_worker_processes():
    search = bowl_search(n_jobs=2, n_iter=3, asynchronous=False).fit(X, y)
    assert trials(search) == trials(bowl_search(n_iter=3).fit(X, y))


# ------------------------------------------------------------ failed fits
def test_failed_fits_do_not_end_the_search():
    search = bowl_search(Bowl(a=3.0, fail=right_half_fails), n_iter=12)  # the first one fails
    with pytest.warns((FitFailedWarning, UserWarning)) as caught:
        search.fit(X, y)
    assert [w.category for w in caught] == [FitFailedWarning, UserWarning]  # one of each, no more
    scores = search.cv_results_["mean_test_score"]
    failed = np.array(a_of(search)) > 0
    assert len(scores) == 12
    assert failed[0]
    assert not failed.all()
    assert_array_equal(np.isnan(scores), failed)
    assert search.cv_results_["rank_test_score"][failed].min() > (~failed).sum()
    assert not failed[search.best_index_]
    # It learns where fits fail: fewer in the second half than at random.
    assert failed[6:].mean() <= 0.5


def test_failed_fits_with_error_score_raise():
    with pytest.raises(RuntimeError, match="cannot be fitted"):
        bowl_search(Bowl(a=3.0, fail=right_half_fails), error_score="raise").fit(X, y)


def test_all_fits_failed():
    with pytest.raises(ValueError, match="All the 12 fits failed"):
        bowl_search(Bowl(fail=lambda model: True), n_iter=4).fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_whatever_the_error_score_a_failed_fit_is_no_success():
    model = Bowl(a=3.0, fail=right_half_fails)
    search = bowl_search(model, error_score=1e6, selection="posterior", n_iter=10).fit(X, y)
    failed = np.array(a_of(search)) > 0
    assert_array_equal(search.cv_results_["mean_test_score"] == 1e6, failed)
    assert search.best_params_["a"] <= 0
    assert search.cv_results_["posterior_mean"].max() < 1e3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_the_posterior_winner_has_not_failed():
    """With one success, the model cannot tell the trials apart."""
    points = [{"a": a, "b": 1.0} for a in (3.0, -1.0, 2.0)]
    model = Bowl(fail=right_half_fails)
    search = bowl_search(model, initial_params=points, n_iter=3, selection="posterior").fit(X, y)
    assert search.best_params_ == points[1]


class FailsInTheFirstFold(Bowl):
    def fit(self, X, y):
        if len(X) < 12 and X[0, 0] != 0:
            raise RuntimeError("the first fold")
        return super().fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_without_a_finite_score_there_is_no_surrogate():
    rows = np.arange(24.0).reshape(12, 2)
    search = bowl_search(FailsInTheFirstFold(), error_score=-9.0).fit(rows, np.arange(12))
    assert np.isnan(search.cv_results_["posterior_mean"]).all()
    assert search.best_index_ == search.cv_results_["mean_test_score"].argmax()
    assert not hasattr(search, "surrogate_")


# ------------------------------------------------------------ objective and winner
def up_and_down(estimator, X, y):
    return {"up": estimator.a, "down": -estimator.a}


SCORERS = {
    "up": lambda estimator, X, y: estimator.a,
    "down": lambda estimator, X, y: -estimator.a,
}


@pytest.mark.parametrize("scoring", [SCORERS, up_and_down])
@pytest.mark.parametrize(
    ("kwargs", "expected"),
    [
        ({"refit": False}, "up"),
        ({"refit": "down"}, "down"),
        ({"refit": False, "objective": "down"}, "down"),
        ({"refit": "up", "objective": "down"}, "down"),
        ({"refit": lambda results: 0}, "up"),
    ],
)
def test_the_objective_among_several_metrics(scoring, kwargs, expected):
    search = bowl_search(scoring=scoring, n_iter=12, **kwargs).fit(X, y)
    mean, _ = search.surrogate_.predict([{"a": -4.0, "b": 1.0}, {"a": 4.0, "b": 1.0}])
    assert ("up" if mean[1] > mean[0] else "down") == expected
    assert max(a_of(search), key=abs) * (1 if expected == "up" else -1) > 3


def test_the_objective_of_a_function_is_checked_at_its_first_answer():
    with pytest.raises(ValueError, match=r"objective='sideways'.*'up', 'down'"):
        bowl_search(scoring=up_and_down, refit="up", objective="sideways").fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_a_function_of_several_metrics_after_a_failed_fit():
    model = Bowl(a=3.0, fail=right_half_fails)
    search = bowl_search(model, scoring=up_and_down, refit="down").fit(X, y)
    assert np.isnan(search.cv_results_["mean_test_up"][0])
    assert search.best_params_["a"] == min(a_of(search))


def test_posterior_columns_are_the_surrogates_answer():
    search = bowl_search(n_iter=10).fit(X, y)
    mean, std = search.surrogate_.predict(trials(search))
    assert_array_equal(search.cv_results_["posterior_mean"], mean)
    assert_array_equal(search.cv_results_["posterior_std"], std)
    assert mean.shape == std.shape == (10,)
    assert (std >= 0).all()


class Noisy(Bowl):
    """A hill under noise, where the best score misleads."""

    def score(self, X, y):
        rng = np.random.default_rng([self.bias, int(1000 * (self.a + 5))])
        return super().score(X, y) + 3 * rng.standard_normal()


def test_the_posterior_winner_is_less_of_luck():
    true, by_mean, by_posterior = Bowl(), [], []
    for noise in range(12):
        # Both rules choose from the same scores: the whole of a finite space.
        search = bowl_search(
            Noisy(bias=noise),
            {"a": np.linspace(-5, 5, 40)},
            cv=[(np.arange(6), np.arange(6, 12))],
            n_iter=40,
            selection="posterior",
        ).fit(X, y)
        assert search.best_index_ == search.cv_results_["posterior_mean"].argmax()
        winner = trials(search)[search.cv_results_["mean_test_score"].argmax()]
        by_mean.append(true.set_params(**winner).score(X, y))
        by_posterior.append(true.set_params(**search.best_params_).score(X, y))
    assert np.mean(by_posterior) > np.mean(by_mean)


def test_the_surrogate_knows_of_how_many_splits_a_score_is_the_mean():
    search = bowl_search(Noisy(bias=0), cv=3, n_iter=12).fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    engine = BayesianOptimizer(
        search.param_distributions,
        prior_trials=list(zip(trials(search), scores, strict=True)),
        scores_per_trial=3,
    )
    assert_allclose(
        search.cv_results_["posterior_mean"], engine.surrogate_.predict(trials(search))[0]
    )


def test_the_posterior_winner_is_refitted():
    search = bowl_search(Noisy(bias=0), selection="posterior").fit(X, y)
    assert search.best_estimator_.a == search.best_params_["a"]
    assert search.best_score_ == search.cv_results_["mean_test_score"][search.best_index_]


# ------------------------------------------------------------ spaces through the class
def test_a_finite_space_is_used_up_and_says_so():
    space = {"a": [-1.0, 0.0, 1.0], "b": [1.0, 10.0]}
    with pytest.warns(UserWarning, match="total space of parameters 6 .* n_iter=20") as caught:
        search = bowl_search(distributions=space, n_iter=20).fit(X, y)
    assert caught[0].filename == __file__
    assert len({tuple(p.items()) for p in trials(search)}) == len(trials(search)) == 6
    assert search.best_params_ == {"a": 1.0, "b": 10.0}


@pytest.mark.parametrize("space", [{}, {"a": [2.0]}, [{"a": [2.0]}]])
def test_a_space_of_one_point(space):
    search = bowl_search(distributions=space, n_iter=1).fit(X, y)
    score = search.cv_results_["mean_test_score"]
    assert_allclose(search.cv_results_["posterior_mean"], score)
    assert search.surrogate_.predict([search.best_params_])[0] == score


def test_values_of_all_kinds_reach_the_estimator_as_they_are():
    space = {
        "a": [0.5, 1, 2],
        "b": np.logspace(-1, 2, 4),
        "layers": [(10,), (20, 10), (50, 20, 10)],
        "bias": [None, True, "auto", 0.5],
    }
    search = bowl_search(distributions=space, n_iter=15).fit(X, y)
    for params in trials(search):
        assert params["layers"] in space["layers"]
        assert isinstance(params["layers"], tuple)
        assert any(params["bias"] is v for v in space["bias"])
        assert params["b"] in space["b"]
    assert {type(p["bias"]) for p in trials(search)} >= {bool, str}
    assert search.cv_results_["param_layers"].dtype == object


def test_layer_sizes_with_structure():
    space = {"layers": hidden_layers(n_layers=(1, 3), units=(8, 64)), "a": uniform(-5, 10)}
    search = bowl_search(distributions=space).fit(X, y)
    for params in trials(search):
        assert isinstance(params["layers"], tuple)
        assert 1 <= len(params["layers"]) <= 3
        assert all(8 <= units <= 64 for units in params["layers"])


def test_estimators_as_values():
    pipe = Pipeline([("scale", StandardScaler()), ("clf", SVC())])
    branches = [
        {
            "scale": [StandardScaler(), MinMaxScaler(), "passthrough"],
            "clf": [SVC()],
            "clf__C": loguniform(1e-2, 1e2),
        },
        {"clf": [DecisionTreeClassifier(random_state=0)], "clf__max_depth": randint(1, 5)},
    ]
    search = BayesSearchCV(pipe, branches, n_iter=10, random_state=0).fit(*IRIS)
    used = {type(p["clf"]).__name__ for p in trials(search)}
    assert used == {"SVC", "DecisionTreeClassifier"}
    assert not hasattr(branches[0]["clf"][0], "classes_")  # the user's objects stay unfitted
    assert search.best_estimator_.score(*IRIS) > 0.9


# ------------------------------------------------------------ "auto"
@pytest.mark.parametrize(
    ("estimator", "prefix"),
    [
        (Bowl(), ""),
        (make_pipeline(StandardScaler(), Bowl()), "bowl__"),
        (make_pipeline(StandardScaler(), Pipeline([("in", Bowl())])), "pipeline__in__"),
        (TransformedTargetRegressor(regressor=Bowl()), "regressor__"),
    ],
)
def test_auto_takes_the_space_that_the_estimator_offers(estimator, prefix):
    search = BayesSearchCV(estimator, "auto", n_iter=3, cv=3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the bowl predicts a constant
        search.fit(X, y)
    assert trials(search)[0] == {f"{prefix}a": 0.0, f"{prefix}b": 1.0}
    assert search.best_estimator_.get_params()[f"{prefix}a"] == search.best_params_[f"{prefix}a"]


class Branching(Bowl):
    def _default_param_distributions(self):
        return [{"a": [1.0, 2.0]}, {"b": [1.0, 2.0]}]


def test_auto_with_branches():
    search = bowl_search(make_pipeline(StandardScaler(), Branching()), "auto", n_iter=4).fit(X, y)
    assert {tuple(p) for p in trials(search)} == {("branching__a",), ("branching__b",)}


def test_auto_names_the_estimator_that_offers_nothing():
    model = make_pipeline(StandardScaler(), LogisticRegression())
    with pytest.raises(ValueError, match=r"param_distributions='auto'.*LogisticRegression"):
        bowl_search(model, "auto").fit(X, y)


def test_verbose_says_what_will_be_done(capsys):
    bowl_search(verbose=1, n_iter=3).fit(X, y)
    assert "Fitting 3 folds for each of 3 candidates, totalling 9 fits" in capsys.readouterr().out


def test_cv_may_be_an_iterator():
    def splits():
        return KFold(3).split(X)

    assert_array_equal(
        bowl_search(cv=splits()).fit(X, y).cv_results_["mean_test_score"],
        bowl_search(cv=list(splits())).fit(X, y).cv_results_["mean_test_score"],
    )


# ------------------------------------------------------------ reports of others' users
@pytest.mark.parametrize(("objective", "sign"), [(None, 1), ("up", 1), ("down", -1)])
@pytest.mark.parametrize("kind", ["dict", "function"])
def test_score_with_several_metrics_and_a_function_that_chooses(objective, sign, kind):
    scoring = up_and_down
    if kind == "dict":
        scoring = {"up": lambda e, X, y: e.a, "down": lambda e, X, y: -e.a}
    search = bowl_search(scoring=scoring, refit=lambda results: 2, objective=objective).fit(X, y)
    assert search.score(X, y) == sign * search.best_params_["a"]
    assert search.best_index_ == 2
