"""What is evaluated, stored and reported is a value of the space: of its kind, or listed."""

import enum
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from search_problems import X, y
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestRegressor
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

from sknn_tune import BayesSearchCV, hidden_layers
from sknn_tune.search.engine.space import Space


class Takes(BaseEstimator):
    """Takes any value for `a`; the score says nothing."""

    def __init__(self, a=None, b=0):
        self.a, self.b = a, b

    def fit(self, X, y=None):
        self.fitted_with_ = self.a
        return self

    def score(self, X, y=None):
        return 0.5 * float(np.mean(X))


def search_of(values, default=None, **kwargs):
    kwargs = {"n_iter": 12, "cv": 2, "random_state": 0, **kwargs}
    return BayesSearchCV(Takes(default), {"a": values}, **kwargs)


def evaluated(search):
    return [params["a"] for params in search.cv_results_["params"]]


def written(values):
    """Types and values as text, so that 1, 1.0 and True differ."""
    return sorted(f"{type(value).__name__} {value!r}" for value in values)


class Colour(enum.Enum):
    RED = 1


# ------------------------------------------------------------ lists
LISTS = {
    "int beside float": [1, 1.0, 0.5],
    "all of one number": [1, 1.0, True],
    "zeros": [0, 0.0, False, None],
    "text beside numbers": ["1", 1, "1.0", 1.0],
    "tuples": [(1, 2), (1.0, 2.0), (True, 2)],
    "nested tuples": [((1,), 2), ((1.0,), 2)],
    "dicts": [{0: 1, 1: 5}, {0: 1.0, 1: 5.0}, {0: 1, 1: 6}],
    "arrays": [np.array([1, 2]), np.array([1.0, 2.0])],
    "exact numbers": [Fraction(1, 2), Decimal("0.5"), 1],
    "enumerations": [Colour.RED, 1],
    "negative and positive": [-1, 1, -1.0],
    "infinite": [np.inf, 10, 10.0],
    "tables": [pd.Series([1, 2]), pd.Series([1, 3])],
    "bytes and text": [b"a", "a"],
    "sets": [frozenset({1}), frozenset({2})],
    "not a number": [np.nan, 0.0, -1.0],
    "not a number beside text": [np.nan, "missing", None],
}


@pytest.mark.filterwarnings(
    "ignore:The total space of parameters",
    "ignore:Series._data is deprecated:DeprecationWarning",  # numpy on a column of pandas 2.1
)
@pytest.mark.parametrize("values", LISTS.values(), ids=LISTS)
def test_values_of_several_kinds_are_all_evaluated(values):
    search = search_of(values, start_from_estimator=False).fit(X, y)
    assert written(evaluated(search)) == written(values)


@pytest.mark.filterwarnings("ignore:The total space of parameters")
@pytest.mark.parametrize(
    ("values", "distinct"),
    [
        ([1, 1, 2], [1, 2]),
        ([1, np.int64(1)], [1]),
        ([0.3, 0.1 + 0.2], [0.3]),
        (["a", np.str_("a"), "b"], ["a", "b"]),
        ([True, np.True_, False], [True, False]),
        ([np.nan, float("nan"), 0.0], [np.nan, 0.0]),
        ([(np.nan, 1.0), (float("nan"), 1.0), (2.0,)], [(np.nan, 1.0), (2.0,)]),
        ([(1, 2), [1, 2]], [(1, 2)]),
        ([SVC(), SVC(C=1.0), SVC(C=2)], [SVC(), SVC(C=2)]),
    ],
)
def test_values_that_are_there_twice_are_evaluated_once(values, distinct):
    search = search_of(values, start_from_estimator=False).fit(X, y)
    assert written(evaluated(search)) == written(distinct)


@pytest.mark.filterwarnings("ignore:The total space of parameters")
@pytest.mark.parametrize(
    ("values", "default", "is_started_from"),
    [
        ([1, 2, 3], 1.0, False),
        ([1, 2, 3], 2, True),
        ([1, 2, 3], np.int32(2), True),
        ([1, 2, 3], True, False),
        ([True, False], 1, False),
        ([0.0, 1.0], 0, False),
        ([0.1, 1.0], np.float64(1.0), True),
        (np.array([1, 2, 3]), 2, True),
        (np.array([0.5, 1.0]), 1, False),
        (np.array(["a", "b"]), "b", True),
        ([(1, 2), (3,)], (1.0, 2.0), False),
        ([(1, 2), (3,)], [3], True),
        (stats.randint(1, 9), 1.0, False),
        (stats.randint(1, 9), 3, True),
        (stats.randint(0, 2), True, False),
        (stats.uniform(0.01, 0.99), 1, False),
        (stats.uniform(0.01, 0.99), 0.5, True),
        (stats.uniform(0.01, 0.99), np.float32(0.5), True),
        (stats.uniform(0, 2), True, False),
        (hidden_layers((1, 2), (8, 64)), (16, 16), True),
        (hidden_layers((1, 2), (8, 64)), [16, 16], True),
    ],
)
def test_defaults_of_another_kind_are_not_started_from(values, default, is_started_from):
    first = evaluated(search_of(values, default, n_iter=1).fit(X, y))
    without = evaluated(search_of(values, default, n_iter=1, start_from_estimator=False).fit(X, y))
    if is_started_from:
        expected = Space({"a": values}).find({"a": default})["a"]
        assert np.array_equal(expected, default)
        assert written(first) == written([expected])
    else:
        assert written(first) == written(without)


def test_all_features_are_not_the_first_feature():
    """The whole story: `max_features=1.0`, the default, means all of them."""
    data = np.random.default_rng(0).normal(size=(120, 6))
    target = data @ np.arange(6)
    space = {"max_features": [1, 2, 3, 4]}
    model = RandomForestRegressor(5, random_state=0)
    search = BayesSearchCV(model, space, n_iter=4, cv=2, random_state=0).fit(data, target)
    assert written(p["max_features"] for p in search.cv_results_["params"]) == written([1, 2, 3, 4])
    assert search.best_estimator_.max_features == search.best_params_["max_features"] == 4
    assert type(search.best_estimator_.max_features) is int


def test_a_share_of_the_rows_is_not_a_number_of_rows():
    data, target = np.arange(60.0).reshape(30, 2), np.arange(30.0)
    space = {"min_samples_leaf": stats.uniform(0.01, 0.49)}
    search = BayesSearchCV(DecisionTreeRegressor(), space, n_iter=6, cv=2, random_state=0)
    tried = search.fit(data, target).cv_results_["params"]
    assert all(type(params["min_samples_leaf"]) is float for params in tried)


@pytest.mark.filterwarnings("ignore:The total space of parameters")
@pytest.mark.parametrize("first", [stats.uniform(0, 9), [2.0, 4.0], [True, False]])
@pytest.mark.parametrize("turned", [False, True])
def test_branches_that_differ_in_the_kind_of_a_value_only(first, turned, tmp_path):
    """4 and 4.0 are configurations of two branches, whichever comes first."""
    branches = [{"a": first}, {"a": [0, 1, 2, 4]}][:: -1 if turned else 1]
    search = BayesSearchCV(Takes("none"), branches, n_iter=12, cv=2, random_state=0)
    tried = evaluated(search.set_params(storage=tmp_path / "search.db").fit(X, y))
    assert {0, 1, 2, 4} <= {value for value in tried if type(value) is int}
    assert len(set(written(tried))) == len(tried)
    assert list(map(repr, evaluated(search.fit(X, y)))) == list(map(repr, tried))


# ------------------------------------------------------------ known points
@pytest.mark.parametrize(
    ("values", "given", "evaluated_as"),
    [
        ([1, 2, 3], np.int64(2), 2),
        ([1.0, 2.0], np.float64(2.0), 2.0),
        ([0.1, 0.3], 0.1 + 0.2, 0.3),
        ([np.float32(0.5), np.float32(1.0)], 0.5, np.float32(0.5)),
        ([(8,), (8, 8)], [8, 8], (8, 8)),
        (["a", "b"], np.str_("b"), "b"),
        ([True, False], np.False_, False),
        (stats.randint(1, 9), np.int8(4), 4),
        (stats.uniform(0, 10), 3, 3.0),
        (stats.uniform(0, 10), np.float32(2.5), 2.5),
        (stats.uniform(0, 10), 1 / 3, 1 / 3),
        (hidden_layers((1, 2), (8, 64)), np.array([16, 32]), (16, 32)),
    ],
)
def test_known_points_are_evaluated_as_the_space_has_them(values, given, evaluated_as):
    search = search_of(values, n_iter=2, initial_params=[{"a": given}]).fit(X, y)
    assert written([evaluated(search)[0]]) == written([evaluated_as])


@pytest.mark.parametrize(
    ("values", "given"),
    [
        ([1, 2, 3], 2.0),
        ([1, 2, 3], True),
        ([1.0, 2.0], 2),
        ([True, False], 1),
        ([(1, 2)], (1.0, 2.0)),
        (["1", "2"], 1),
        (stats.randint(1, 9), 2.0),
        (stats.randint(0, 9), True),
        (stats.uniform(0, 10), True),
        (stats.uniform(0, 10), "3"),
    ],
)
def test_known_points_of_another_kind_are_refused(values, given):
    search = search_of(values, initial_params=[{"a": given}])
    with pytest.raises(ValueError, match=rf"initial_params\[0\].*{type(given).__name__}.*allowed"):
        search.fit(X, y)


# ------------------------------------------------------------ storage
@pytest.mark.filterwarnings("ignore:The total space of parameters")
@pytest.mark.parametrize(
    "values",
    [
        [1, 1.0, 0.5, True],
        stats.randint(1, 9),
        stats.uniform(0, 1),
        stats.loguniform(1e-9, 1e9),
        stats.rv_discrete(values=([16, 32, 64], [0.5, 0.3, 0.2])),
        [(1,), (1.0,)],
        [np.nan, 0.0, None],
        hidden_layers((1, 3), (8, 64)),
    ],
)
def test_what_is_stored_is_what_was_run(values, tmp_path):
    path = tmp_path / "search.db"
    first = search_of(values, n_iter=3, storage=path).fit(X, y)
    resumed = search_of(values, n_iter=3, storage=path).fit(X, y)
    assert list(map(repr, evaluated(resumed))) == list(map(repr, evaluated(first)))
    assert repr(resumed.best_estimator_.fitted_with_) == repr(resumed.best_params_["a"])


# ------------------------------------------------------------ tables
TABLES = {
    "integers that became floats": ([16, 64, 128], [16.0, 64.0], [16, 64]),
    "integers of a distribution": (stats.randint(1, 99), [16.0, 64.0], [16, 64]),
    "floats that became integers": ([1.0, 10.0], [1, 10], [1.0, 10.0]),
    "text": ([1, "auto", None], ["1", "auto"], [1, "auto"]),
    "truth values as text": ([True, False], ["True", "False"], [True, False]),
    "tuples as text": ([(50,), (100, 50)], ["(100, 50)", "(50,)"], [(100, 50), (50,)]),
    "layers as text": (hidden_layers((1, 2), (8, 64)), ["(16, 32)", "(64,)"], [(16, 32), (64,)]),
    "numbers as text": (stats.uniform(0, 1), ["0.25", "0.5"], [0.25, 0.5]),
    "integers as text": (stats.randint(1, 9), ["3", "5.0"], [3, 5]),
    "None that became nan": ([None, 3, 5], [np.nan, 3.0], [None, 3]),
    "exactly if there are both": ([1, 1.0], [1.0, 1], [1.0, 1]),
}


@pytest.mark.parametrize(("values", "column", "found"), TABLES.values(), ids=TABLES)
def test_values_that_went_through_a_table_are_found(values, column, found):
    table = pd.DataFrame({"param_a": pd.Series(column, dtype=object), "mean_test_score": [1.0, 2]})
    space = Space({"a": values})
    from sknn_tune.search.storage.prior_results import read_prior_results

    rows = read_prior_results(table, space, "score")
    assert [repr(params["a"]) for params, _ in rows] == list(map(repr, found))


def test_a_table_of_scikit_learns_search_in_a_file(tmp_path):
    space = {"a": [16, 32, 64], "b": [None, 0.5]}
    first = BayesSearchCV(Takes(), space, n_iter=4, cv=2, random_state=0).fit(X, y)
    pd.DataFrame(first.cv_results_).drop(columns="params").to_csv(tmp_path / "results.csv")
    table = pd.read_csv(tmp_path / "results.csv")
    second = BayesSearchCV(Takes(), space, n_iter=2, cv=2, random_state=0, prior_results=table)
    tried = [str(p) for p in second.fit(X, y).cv_results_["params"]]
    assert not set(tried) & {str(params) for params in first.cv_results_["params"]}


# ------------------------------------------------------------ distributions
class Even(stats.rv_discrete):
    def _pmf(self, k):
        return np.where(k % 2 == 0, 0.2, 0.0)


DISCRETE = {
    "powers": (stats.rv_discrete(values=([16, 32, 64], [0.5, 0.3, 0.2])), {16, 32, 64}),
    "frozen": (stats.rv_discrete(values=([16, 32, 64], [0.5, 0.3, 0.2]))(), {16, 32, 64}),
    "shifted": (stats.rv_discrete(values=([16, 32], [0.5, 0.5]))(loc=1), {17, 33}),
    "one impossible": (stats.rv_discrete(values=([1, 2, 3], [0.5, 0.0, 0.5])), {1, 3}),
    "first impossible": (stats.rv_discrete(values=([1, 2, 3], [0.0, 0.5, 0.5])), {2, 3}),
    "unsorted": (stats.rv_discrete(values=([8, 2, 4], [0.2, 0.3, 0.5])), {2, 4, 8}),
    "fractions": (stats.rv_discrete(values=([0.25, 0.5], [0.5, 0.5])), {0.25, 0.5}),
    "negative": (stats.rv_discrete(values=([-5, 5], [0.5, 0.5])), {-5, 5}),
    "one value": (stats.rv_discrete(values=([7], [1.0])), {7}),
    "own probabilities": (Even(a=0, b=8)(), {0, 2, 4, 6, 8}),
    "contiguous": (stats.randint(3, 6), {3, 4, 5}),
    "binomial": (stats.binom(3, 0.5), {0, 1, 2, 3}),
    "certain": (stats.binom(3, 1.0), {3}),
}


@pytest.mark.filterwarnings("ignore:The total space of parameters")
@pytest.mark.parametrize(("dist", "possible"), DISCRETE.values(), ids=DISCRETE)
def test_only_possible_values_are_tried(dist, possible):
    tried = evaluated(search_of(dist, default="none").fit(X, y))
    assert set(tried) == possible
    assert {type(value) for value in tried} == {type(value) for value in possible}


class OnlyDraws(stats.rv_continuous):
    def _rvs(self, *args, size=None, random_state=None):
        return random_state.choice([0.25, 0.5], size=size)


class OverridesRvs(stats.rv_continuous):
    def rvs(self, *args, size=None, random_state=None):
        return float(np.random.default_rng(random_state.randint(99)).choice([1.5, 2.5]))


class RoundedNormal(type(stats.norm)):
    def rvs(self, *args, **kwargs):
        return round(super().rvs(*args, **kwargs), 1)


class RoundedDraws(type(stats.norm)):
    def _rvs(self, *args, size=None, random_state=None):
        return np.round(random_state.normal(size=size), 1)


class OwnQuantiles(stats.rv_continuous):
    def _cdf(self, x):
        return x**2


class Plain:
    def rvs(self, random_state=None):
        return int(random_state.randint(3))


class WithoutQuantiles:
    def rvs(self, random_state=None):
        return random_state.choice([0.5, 1.5])

    def ppf(self, q):
        raise NotImplementedError

    cdf = ppf


class DiscreteDraws(stats.rv_discrete):
    def _rvs(self, *args, size=None, random_state=None):
        return random_state.choice([8, 64], size=size)


class Words:
    def rvs(self, random_state=None):
        return str(random_state.choice(["x", "y"]))


@pytest.mark.filterwarnings("ignore:The total space of parameters")
@pytest.mark.parametrize(
    ("dist", "may_be"),
    [
        (OnlyDraws(), lambda v: v in (0.25, 0.5)),
        (OnlyDraws()(), lambda v: v in (0.25, 0.5)),
        (OverridesRvs(), lambda v: v in (1.5, 2.5)),
        (RoundedNormal(name="rounded"), lambda v: round(v, 1) == v),
        (RoundedDraws(name="rounded")(), lambda v: round(v, 1) == v),
        (OwnQuantiles(a=0, b=1)(), lambda v: 0 <= v <= 1),
        (Plain(), lambda v: type(v) is int and v in (0, 1, 2)),
        (Words(), lambda v: v in ("x", "y")),
        (WithoutQuantiles(), lambda v: v in (0.5, 1.5)),
        (DiscreteDraws(), lambda v: type(v) is int and v in (8, 64)),
        (DiscreteDraws()(), lambda v: type(v) is int and v in (8, 64)),
    ],
)
def test_what_can_only_be_sampled_is_sampled(dist, may_be):
    tried = evaluated(search_of(dist, default="none", n_iter=6).fit(X, y))
    assert len(set(tried)) >= 2
    assert all(map(may_be, tried))


class Above(stats.rv_continuous):
    def _rvs(self, *args, size=None, random_state=None):
        return random_state.uniform(2, 3, size=size)


class AsAnObject:
    def rvs(self, random_state=None):
        return float(random_state.uniform(2, 3))


@pytest.mark.parametrize("dist", [Above(a=2, b=3), Above(), Above()(), AsAnObject()])
@pytest.mark.parametrize("default", [1.0, 2.55, 2])
def test_a_default_that_nothing_gives_is_not_started_from(dist, default):
    tried = evaluated(search_of(dist, default, n_iter=3).fit(X, y))
    assert default not in tried
    assert all(type(value) is float and 2 <= value <= 3 for value in tried)


def test_known_points_beside_draws_are_of_their_kind():
    tried = evaluated(search_of(AsAnObject(), n_iter=1, initial_params=[{"a": 2}]).fit(X, y))
    assert written(tried) == written([2.0])


def test_numbers_beside_the_draws_are_evaluated_and_stored_as_they_are(tmp_path):
    class Normal:
        def rvs(self, random_state=None):
            return random_state.normal()

    kwargs = {"n_iter": 3, "initial_params": [{"a": 0.123}], "storage": tmp_path / "search.db"}
    first = search_of(Normal(), **kwargs).fit(X, y)
    assert evaluated(first)[0] == 0.123
    assert evaluated(search_of(Normal(), **kwargs).fit(X, y)) == evaluated(first)


# ------------------------------------------------------------ notations of others
@pytest.mark.parametrize(
    ("values", "instead"),
    [
        ((1e-3, 1e3, "log-uniform"), r"scipy\.stats\.loguniform\(0\.001, 1000\.0\)"),
        ((0.0, 2.0, "uniform"), r"scipy\.stats\.uniform\(0\.0, 2\.0\)"),
        ((1, 8, "uniform"), r"scipy\.stats\.randint\(1, 9\)"),
        ((1, 1024, "log-uniform", 2), r"scipy\.stats\.loguniform\(1, 1024\)"),
        ((1e-3, 1e3, "log"), r"scipy\.stats\.loguniform\(0\.001, 1000\.0\)"),
        ((0.0, 2.0, "linear"), r"scipy\.stats\.uniform\(0\.0, 2\.0\)"),
        ((1, 8, int), r"scipy\.stats\.randint\(1, 9\)"),
        ((0.0, 2.0, float), r"scipy\.stats\.uniform\(0\.0, 2\.0\)"),
        ([1e-3, 1e3, "log-uniform"], r"scipy\.stats\.loguniform\(0\.001, 1000\.0\)"),
    ],
)
def test_tuples_of_other_libraries_are_refused(values, instead):
    with pytest.raises(TypeError, match=rf"'a'.*another library; give {instead}"):
        Space({"a": values})


@pytest.mark.parametrize(
    ("values", "instead"), [((1, 8), r"randint\(1, 9\)"), ((0.5, 2.0), r"uniform\(0.5, 1.5\)")]
)
def test_tuples_of_two_numbers_are_read_as_choices_with_a_warning(values, instead):
    with pytest.warns(UserWarning, match=rf"'a'.*two choices.*{instead}.*list"):
        space = Space({"a": values})
    assert space.n_points == 2


@pytest.mark.parametrize("values", [(1, 2, 3), ("a", "b"), (8, 1), (True, False), (1, "a"), (1,)])
def test_other_tuples_are_choices(values):
    assert Space({"a": values}).n_points == len(values)


class Range:
    """As Optuna's FloatDistribution and IntDistribution look."""

    def __init__(self, low, high, log=False):
        self.low, self.high, self.log = low, high, log


class Categorical:
    def __init__(self, choices):
        self.choices = choices


@pytest.mark.parametrize(
    ("values", "instead"),
    [
        (Range(1e-3, 1.0, log=True), r"loguniform\(0\.001, 1\.0\)"),
        (Range(1, 8), r"randint\(1, 9\)"),
        (Range(0.0, 0.5), r"uniform\(0\.0, 0\.5\)"),
        (Categorical(("a", "b")), r"\['a', 'b'\]"),
    ],
)
def test_dimensions_of_other_libraries_name_the_equivalent(values, instead):
    with pytest.raises(TypeError, match=rf"'a'.*give .*{instead}"):
        Space({"a": values})


@pytest.mark.skipif(not hasattr(stats, "Normal"), reason="scipy's newer distributions")
def test_newer_distributions_of_scipy_name_the_older_ones():
    for dist, instead in [
        (stats.Normal(mu=1, sigma=2), r"norm\(1.0, 2.0\)"),
        (stats.Uniform(a=1, b=3), r"uniform\(1.0, 2.0\)"),
        (stats.make_distribution(stats.expon)(), "frozen"),
    ]:
        with pytest.raises(TypeError, match=rf"'a'.*{instead}"):
            Space({"a": dist})


def test_objects_with_ends_that_can_be_sampled_are_sampled():
    class Own(Range):
        def rvs(self, random_state=None):
            return random_state.uniform(self.low, self.high)

    assert 1 <= Space({"a": Own(1, 2)}).sample(np.random.default_rng(0))["a"] <= 2
