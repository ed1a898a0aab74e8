"""Spaces: every kind of entry, codes and features, and what is refused."""

import json
import math

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterSampler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sknn_tune.common.layer_sizes import hidden_layers
from sknn_tune.search.engine.choices import place_numbers
from sknn_tune.search.engine.space import Space


class OnlyRvs:
    def rvs(self, random_state=None):
        return float(np.random.default_rng(random_state.randint(2**31)).normal())


class UnitQuantiles:
    """A distribution by hand: quantiles, and nothing of scipy."""

    def rvs(self, random_state=None):
        return random_state.uniform(2, 4)

    def ppf(self, q):
        return 2 + 2 * q

    def cdf(self, x):
        return (x - 2) / 2


KINDS = {
    "uniform": stats.uniform(-5, 10),
    "loguniform": stats.loguniform(1e-6, 1e3),
    "truncnorm": stats.truncnorm(-2, 2, loc=1, scale=3),
    "normal": stats.norm(3, 2),
    "exponential": stats.expon(scale=100),
    "beta": stats.beta(2, 5),
    "by hand": UnitQuantiles(),
    "randint": stats.randint(1, 20),
    "wide randint": stats.randint(0, 10**8),
    "poisson": stats.poisson(7),
    "geometric": stats.geom(0.1),
    "only rvs": OnlyRvs(),
    "geometric list": [1e-4, 1e-3, 1e-2, 1e-1],
    "numpy array": np.linspace(0, 1, 7),
    "range": range(2, 9),
    "words": ["relu", "tanh", "logistic"],
    "booleans": [True, False],
    "None among numbers": [None, 3, 5, 10],
    "words among numbers": ["scale", "auto", 0.01, 0.1, 1.0],
    "tuples": [(100,), (50, 50), (100, 50, 25)],
    "tuples that look alike": [(1, 2, 3, 4), (1, 3, 2, 4), (4, 1)],
    "mixed tuples": [(100,), None, "auto"],
    "estimators": [SVC(), DecisionTreeClassifier(), LogisticRegression(C=2)],
    "arrays": [np.zeros(3), np.ones(3)],
    "functions": [np.sin, np.cos],
    "bool beside int": [True, 1, 0],
    "infinite choice": [10, math.inf],
    "one value": [42],
    "one number only": stats.randint(3, 4),
    "layers": hidden_layers((1, 3), (8, 128)),
}


@pytest.mark.parametrize("values", KINDS.values(), ids=KINDS)
def test_every_kind_round_trips(values):
    space = Space({"p": values})
    rng = np.random.default_rng(0)
    for _ in range(60):
        params = space.sample(rng)
        assert space.contains(params)
        codes = space.encode(params)
        assert codes.shape == space.levels.shape
        again = space.decode(codes)
        feature, feature_again = (space.features(space.encode(p)[None]) for p in (params, again))
        # Widths are rounded: a tuple need not be the one that its own place in the cube decodes to.
        assert np.allclose(feature, feature_again, atol=0.05 if "layers" in str(values) else 1e-9)
        stored = json.loads(json.dumps(space.to_json(params)))
        assert repr(space.from_json(stored)) == repr(params)


@pytest.mark.parametrize("values", KINDS.values(), ids=KINDS)
def test_features_lie_in_the_unit_interval(values):
    space = Space({"p": values})
    codes = space.sample_codes(np.random.default_rng(0).random((200, len(space.levels))))
    X = space.features(codes)
    assert X.shape == (200, len(space.groups))
    assert X.min(initial=0) >= 0
    assert X.max(initial=1) <= 1


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "only rvs"])
def test_contains_what_scikit_learns_sampler_draws(kind):
    space = Space({"p": KINDS[kind]})
    inside = [space.contains(p) for p in ParameterSampler({"p": KINDS[kind]}, 1, random_state=0)]
    assert all(inside)


@pytest.mark.parametrize("kind", ["uniform", "loguniform", "beta", "by hand"])
def test_uniform_codes_follow_the_distribution(kind):
    space, rng = Space({"p": KINDS[kind]}), np.random.default_rng(0)
    drawn = [space.sample(rng)["p"] for _ in range(2000)]
    assert stats.kstest(drawn, KINDS[kind].cdf).pvalue > 1e-3


def test_random_integers_are_uniform_and_reach_both_ends():
    space, rng = Space({"p": stats.randint(1, 6)}), np.random.default_rng(0)
    counts = np.bincount([space.sample(rng)["p"] for _ in range(5000)], minlength=6)
    assert counts[0] == 0
    assert stats.chisquare(counts[1:]).pvalue > 1e-3


def test_infinite_ends_are_cut_off():
    space = Space({"p": stats.norm(0, 1)})
    corner = space.decode(np.array([0.0, 1.0]))
    assert 2 < corner["p"] < 5
    assert not space.contains({"p": 50.0})


def test_logarithmic_and_linear_lists():
    assert np.allclose(place_numbers([1e-3, 1e-2, 1e-1, 1]), [0, 1 / 3, 2 / 3, 1])
    assert np.allclose(place_numbers([0, 5, 10]), [0, 0.5, 1])
    assert np.allclose(place_numbers([10, 0, 5]), [1, 0, 0.5])
    assert np.allclose(place_numbers([0, 1e-5, 1e-4, 1e-3, 1e-2]), [0, 0.25, 0.5, 0.75, 1])


def distance(space, a, b):
    return np.linalg.norm(np.subtract(*(space.features(space.encode(p)[None]) for p in (a, b))))


def test_order_among_numbers_and_none_in_a_list():
    space = Space({"p": ["scale", 1, 10, 100]})
    assert distance(space, {"p": 1}, {"p": 10}) < distance(space, {"p": 1}, {"p": 100})
    assert distance(space, {"p": "scale"}, {"p": 1}) >= 1


def test_categories_are_equally_far_apart():
    space = Space({"p": ["a", "b", "c"]})
    assert distance(space, {"p": "a"}, {"p": "b"}) == pytest.approx(1)
    assert distance(space, {"p": "a"}, {"p": "c"}) == pytest.approx(1)


def test_tuples_are_near_where_depth_and_width_are():
    space = Space({"p": [(100,), (120,), (10, 10, 10)]})
    near, far = {"p": (120,)}, {"p": (10, 10, 10)}
    assert distance(space, {"p": (100,)}, near) < distance(space, {"p": (100,)}, far)


class TestBranches:
    space = Space(
        [
            {"clf": [SVC()], "C": stats.loguniform(1e-3, 1e3), "seed": [1, 2]},
            {"clf": [DecisionTreeClassifier()], "max_depth": [None, 2, 4], "seed": [1, 2]},
            {"empty": [0]},
        ]
    )

    def test_samples_belong_to_one_branch_and_reach_all(self):
        rng = np.random.default_rng(0)
        drawn = [self.space.sample(rng) for _ in range(60)]
        assert {frozenset(p) for p in drawn} == {frozenset(b) for b in self.space.branches}
        assert all(self.space.contains(p) for p in drawn)

    def test_absent_dimensions_tell_nothing_apart(self):
        a = {"clf": SVC(), "C": 1.0, "seed": 1}
        b = {"clf": DecisionTreeClassifier(), "max_depth": 2, "seed": 1}
        c = {"clf": DecisionTreeClassifier(), "max_depth": None, "seed": 1}
        assert np.isnan(self.space.encode(b)).sum() == 3  # svc, C, empty
        assert distance(self.space, a, b) > distance(self.space, c, c) == 0

    def test_drawn_codes_are_blank_where_the_branch_has_no_such_dimension(self):
        codes = self.space.sample_codes(np.random.default_rng(0).random((50, 7)))
        for row in codes:
            again = self.space.encode(self.space.decode(row))
            assert np.array_equal(np.isnan(row), np.isnan(again))
            assert np.allclose(*(self.space.features(c[None]) for c in (row, again)))

    def test_what_two_branches_describe_alike_is_one_dimension(self):
        assert len(self.space.dimensions) == 6

    def test_mixture_of_branches_is_outside(self):
        assert not self.space.contains({"clf": SVC(), "max_depth": 2, "seed": 1})
        assert not self.space.contains({"clf": SVC(), "C": 1.0})


def test_counts_and_enumerates():
    space = Space([{"a": [1, 2, 2], "b": ["x", "y", "z"]}, {"c": stats.randint(0, 5)}])
    assert space.n_points == 11
    rows = [space.decode(c) for c in space.enumerate()]
    assert len({str(p) for p in rows}) == 11
    assert Space({"a": stats.uniform(), "b": [1]}).n_points == math.inf


def test_compares_by_description():
    make = lambda high: Space({"a": stats.uniform(0, high), "b": ["x", SVC()]})  # noqa: E731
    assert make(1) == make(1)
    assert hash(make(1)) == hash(make(1))
    assert make(1) != make(2)
    assert json.loads(json.dumps(make(1).describe()))


def test_equal_values_of_other_types_are_found():
    space = Space({"a": [1, 2], "b": [0.1, 0.3], "c": [(1, 2), (3,)], "d": [SVC(), SVC(C=3)]})
    inside = {"a": np.int64(1), "b": 0.1 + 0.2, "c": [1, 2], "d": SVC(C=3)}
    assert space.contains(inside)
    assert space.decode(space.encode(inside))["b"] == 0.3
    assert not space.contains({**inside, "a": True})
    assert not space.contains({**inside, "d": SVC(C=4)})


@pytest.mark.parametrize(
    "params", [{"a": 0.5, "b": "z"}, {"a": 9.0, "b": "x"}, {"a": 0.5}, {"a": "0.5", "b": "x"}]
)
def test_encode_says_why_a_point_is_outside(params):
    space = Space({"a": stats.uniform(), "b": ["x", "y"]})
    with pytest.raises(ValueError, match=r"not in the space: .*'[ab]'"):
        space.encode(params)


class Broken:
    def rvs(self, random_state=None):
        raise RuntimeError("cannot draw")


@pytest.mark.parametrize(
    ("space", "error", "message"),
    [
        (None, TypeError, "param_distributions"),
        ("C", TypeError, "param_distributions"),
        (3, TypeError, "param_distributions"),
        ([], ValueError, "param_distributions"),
        ([{"a": [1]}, 5], TypeError, "param_distributions"),
        ({1: [1, 2]}, TypeError, "param_distributions"),
        ({"a": 5}, TypeError, "'a'"),
        ({"a": None}, TypeError, "'a'"),
        ({"a": "rbf"}, TypeError, "'a'"),
        ({"a": {"low": 1}}, TypeError, "'a'"),
        ({"a": {1, 2}}, TypeError, "'a'"),
        ({"a": (x for x in (1, 2))}, TypeError, "'a'"),
        ({"a": []}, ValueError, "'a'"),
        ({"a": np.empty(0)}, ValueError, "'a'"),
        ({"a": np.eye(2)}, ValueError, "'a'"),
        ({"a": np.array(3)}, (TypeError, ValueError), "'a'"),
        ({"a": stats.loguniform}, TypeError, "'a'"),
        ({"a": stats.randint}, TypeError, "'a'"),
        ({"a": stats.uniform(0, -1)}, ValueError, "'a'"),
        ({"a": stats.uniform(0, math.nan)}, ValueError, "'a'"),
        ({"a": stats.randint(5, 5)}, ValueError, "'a'"),
        ({"a": OnlyRvs}, TypeError, "'a'"),
        ({"a": Broken()}, ValueError, "'a'"),
        ([{"a": [1]}, {"b": 2}], TypeError, "'b'"),
    ],
)
def test_bad_spaces_name_the_parameter(space, error, message):
    with pytest.raises(error, match=message):
        Space(space)
