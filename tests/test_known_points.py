"""Configurations and results that a search is given to begin with."""

import io

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform, uniform
from search_problems import AB, Bowl, X, a_of, bowl_search, trials, y
from sklearn.datasets import load_iris
from sklearn.model_selection import RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sknn_tune import BayesSearchCV, MLPClassifier, MLPRegressor
from sknn_tune.search.engine.space import Space
from sknn_tune.search.estimators import default_space

IRIS = load_iris(return_X_y=True)


# ------------------------------------------------------------ known points
def test_the_estimators_own_parameters_come_first():
    search = bowl_search(Bowl(a=-3.25, b=0.7)).fit(X, y)
    assert trials(search)[0] == {"a": -3.25, "b": 0.7}
    assert len(trials(search)) == 8


def test_own_parameters_outside_the_space_are_skipped():
    search = bowl_search(Bowl(a=99.0)).fit(X, y)
    assert all(-5 <= a <= 5 for a in a_of(search))
    search = BayesSearchCV(SVC(), {"gamma": loguniform(1e-3, 1e1)}, n_iter=2).fit(*IRIS)
    assert all(isinstance(p["gamma"], float) for p in trials(search))


@pytest.mark.parametrize(
    ("model", "distributions", "first"),
    [
        (SVC(C=100.0), {"C": [1, 10, 100]}, 100),
        (SVC(C=100), {"C": [1.0, 10.0, 100.0]}, 100.0),
        (SVC(C=90), {"C": loguniform(1e-2, 1e2)}, 90.0),
        (make_pipeline(SVC(C=100.0)), {"svc__C": [1, 10, 100]}, 100),
    ],
)
def test_one_and_one_point_zero_are_the_same_where_the_estimator_says_so(
    model, distributions, first
):
    search = BayesSearchCV(model, distributions, n_iter=1, cv=2).fit(*IRIS)
    ((value,),) = (params.values() for params in trials(search))
    assert value == first
    assert type(value) is type(first)


def test_one_row_is_not_all_rows():
    tree = DecisionTreeClassifier(min_samples_leaf=1)
    search = BayesSearchCV(tree, {"min_samples_leaf": uniform(0, 1)}, n_iter=2, cv=2)
    assert all(params["min_samples_leaf"] != 1.0 for params in trials(search.fit(*IRIS)))


def test_own_parameters_can_be_left_out():
    search = bowl_search(Bowl(a=-3.25, b=0.7), start_from_estimator=False).fit(X, y)
    assert -3.25 not in a_of(search)


def test_own_parameters_in_their_branch():
    branches = [
        {"kernel": ["poly"], "C": loguniform(1e-2, 1e2), "degree": [2, 3]},
        {"kernel": ["rbf", "linear"], "C": loguniform(1e-2, 1e2)},
    ]
    search = BayesSearchCV(SVC(C=2.5), branches, n_iter=3, random_state=0).fit(*IRIS)
    assert trials(search)[0] == {"kernel": "rbf", "C": 2.5}


def test_initial_params_come_next_in_order():
    points = [{"a": 4.125, "b": 2.0}, {"a": -1.5, "b": 0.3}]
    search = bowl_search(Bowl(a=0.5, b=1.0), initial_params=points).fit(X, y)
    assert trials(search)[:3] == [{"a": 0.5, "b": 1.0}, *points]
    assert len(trials(search)) == 8


def test_initial_params_that_fill_the_search_leave_no_room_for_own():
    points = [{"a": 4.125, "b": 2.0}, {"a": -1.5, "b": 0.3}]
    search = bowl_search(initial_params=points, n_iter=2).fit(X, y)
    assert trials(search) == points


def test_a_known_point_is_evaluated_once():
    own = {"a": 0.0, "b": 1.0}
    search = bowl_search(initial_params=[{"a": 2.0, "b": 1.0}, own, own]).fit(X, y)
    assert trials(search)[:2] == [own, {"a": 2.0, "b": 1.0}]
    assert a_of(search).count(0.0) == 1


# ------------------------------------------------------------ results of an earlier search
@pytest.fixture(scope="module")
def earlier():
    return RandomizedSearchCV(Bowl(), AB, n_iter=30, cv=3, random_state=0).fit(X, y).cv_results_


def as_frame(results):
    return pd.DataFrame(results)


def as_frame_from_file(results):
    text = pd.DataFrame(results).to_csv(index=False)
    return pd.read_csv(io.StringIO(text))


@pytest.mark.parametrize("form", [dict, as_frame, as_frame_from_file])
def test_prior_results_are_learned_from(earlier, form):
    search = bowl_search(
        n_iter=2, prior_results=form(earlier), start_from_estimator=False, random_state=1
    ).fit(X, y)
    assert len(trials(search)) == 2
    assert not set(a_of(search)) & {p["a"] for p in earlier["params"]}
    # With thirty points known, the second guess is better than all of them.
    assert search.best_score_ > earlier["mean_test_score"].max()
    mean, _ = search.surrogate_.predict(earlier["params"])
    assert np.corrcoef(mean, earlier["mean_test_score"])[0, 1] > 0.9


def test_prior_results_outside_the_space_are_left_out(earlier):
    left = {"a": uniform(-5, 5), "b": loguniform(1e-3, 1e3)}
    outside = sum(p["a"] > 0 for p in earlier["params"])
    with pytest.warns(UserWarning, match=rf"prior_results: {outside} of 30 .* outside") as caught:
        search = bowl_search(distributions=left, n_iter=2, prior_results=earlier).fit(X, y)
    assert caught[0].filename == __file__
    assert all(a <= 0 for a in a_of(search))


def test_prior_results_with_failed_trials(earlier):
    scores = earlier["mean_test_score"].copy()
    scores[::3] = np.nan
    search = bowl_search(n_iter=3, prior_results={**earlier, "mean_test_score": scores}).fit(X, y)
    assert np.isfinite(search.cv_results_["posterior_mean"]).all()


def test_prior_results_of_branches():
    branches = [{"kernel": ["poly"], "degree": [2, 3, 4]}, {"kernel": ["rbf"], "C": [1.0, 2.0]}]
    first = RandomizedSearchCV(SVC(), branches, n_iter=3, random_state=1).fit(*IRIS).cv_results_
    assert len(set(first["param_kernel"])) == 2
    table = {name: column for name, column in first.items() if name != "params"}
    with pytest.warns(UserWarning, match="total space of parameters 5 .* 2 of n_iter=10 config"):
        search = BayesSearchCV(SVC(), branches, n_iter=10, prior_results=table).fit(*IRIS)
    assert not [p for p in trials(search) if p in first["params"]]


def test_prior_results_that_leave_nothing():
    space = {"a": [1.0, 2.0]}
    first = RandomizedSearchCV(Bowl(), space, n_iter=2, cv=3).fit(X, y).cv_results_
    with pytest.raises(ValueError, match="prior_results cover all 2"):
        bowl_search(distributions=space, prior_results=first).fit(X, y)


# ------------------------------------------------------------ what estimators offer with "auto"
class Offering(Bowl):
    """Offers four configurations, one of them outside its space."""

    offered = (
        {"a": 9.0, "b": 1.0},
        {"a": 2.0, "b": 3.0},
        {"a": 3.0, "b": 3.0},
        {"a": 4.0, "b": 3.0},
    )

    def _default_initial_params(self):
        return list(self.offered)


def starts_of(search):
    """The first parameters that a search has tried, of a pipeline's as of its last step's."""
    return [next(iter(params.values())) for params in trials(search)]


@pytest.mark.parametrize(("n_iter", "expected"), [(1, [0]), (4, [0, 2, 3]), (10, [0, 2, 3, 4])])
@pytest.mark.parametrize("nested", [False, True])
def test_offered_configurations_take_half_of_the_search(n_iter, expected, nested):
    model = make_pipeline(StandardScaler(), Offering()) if nested else Offering()
    tried = starts_of(bowl_search(model, "auto", n_iter=n_iter).fit(X, y))
    assert tried[: len(expected)] == expected
    assert not set(tried[len(expected) :]) & {2, 3, 4, 9}


def test_offered_configurations_come_after_those_of_the_user():
    points = [{"a": -1.5, "b": 3.0}, {"a": -2.5, "b": 3.0}]
    search = bowl_search(Offering(), "auto", n_iter=4, initial_params=points).fit(X, y)
    assert a_of(search) == [0.0, -1.5, -2.5, 2.0]


def test_offered_configurations_can_be_left_out(earlier):
    for kwargs in ({"start_from_estimator": False}, {"prior_results": earlier}):
        assert not set(a_of(bowl_search(Offering(), "auto", **kwargs).fit(X, y))) & {2, 3, 4}
    assert not set(a_of(bowl_search(Offering(), AB).fit(X, y))) & {2, 3, 4}


@pytest.mark.parametrize("n_rows", [20, 100, 1000, None])
@pytest.mark.parametrize("model", [MLPClassifier(), MLPRegressor()])
def test_our_configurations_lie_in_our_space(n_rows, model):
    space = Space(model._default_param_distributions(n_rows))
    offered = model._default_initial_params(n_rows)
    assert 1 < len(offered) <= 10
    assert all(map(space.contains, offered))
    assert len({repr(params) for params in offered}) == len(offered)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_search_of_ours_begins_with_them():
    model = MLPClassifier(max_iter=1, random_state=0)
    search = BayesSearchCV(model, "auto", n_iter=4, cv=2, random_state=0).fit(*IRIS)
    assert trials(search)[:2] == model._default_initial_params(75)[:2]


# ------------------------------------------------------------ the space of our estimators
@pytest.mark.parametrize("n_rows", [20, 60, 90, 200, 1000])
@pytest.mark.parametrize("nested", [False, True])
def test_no_batches_larger_than_the_rows_are_offered(n_rows, nested):
    model = MLPRegressor(max_iter=1)
    space = default_space(make_pipeline(StandardScaler(), model) if nested else model, n_rows)
    sizes = space["mlpregressor__batch_size" if nested else "batch_size"]
    assert sizes
    assert max(sizes) <= n_rows
    assert len(sizes) == sum(size <= n_rows for size in (32, 64, 128, 256)) or sizes == [n_rows]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_auto_of_few_rows_has_no_warning_of_batches():
    rng = np.random.default_rng(0)
    data, target = rng.normal(size=(70, 3)), rng.integers(0, 2, 70)
    search = BayesSearchCV(MLPClassifier(max_iter=2), "auto", n_iter=6, cv=2, random_state=0)
    tried = search.fit(data, target).cv_results_["params"]
    assert max(params["batch_size"] for params in tried) <= 35
