"""Importance: shares of variance that are known beforehand."""

import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from sknn_tune import BayesSearchCV, hyperparameter_importance
from sknn_tune.search.engine.importance import functional_anova


def test_shares_of_ishigamis_function():
    def ishigami(unit):
        x, y, z = (np.pi * (2 * unit - 1)).T
        return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)

    found = functional_anova(ishigami, ["x", "y", "z"], [[0], [1], [2]], 3)
    # Analytic values (Ishigami and Homma 1990).
    assert found.alone == pytest.approx({"x": 0.3139, "y": 0.4424, "z": 0.0}, abs=0.01)
    assert found.total == pytest.approx({"x": 0.5576, "y": 0.4424, "z": 0.2437}, abs=0.01)
    assert found.pairs["x", "z"] == pytest.approx(0.2437, abs=0.01)
    assert found.variance == pytest.approx(13.845, rel=0.01)


def test_groups_of_columns_count_as_one():
    found = functional_anova(lambda u: u[:, 0] * u[:, 1] + u[:, 2], ["ab", "c"], [[0, 1], [2]], 4)
    # Var(ab) = 1/9 - 1/16, Var(c) = 1/12.
    shares = np.array([1 / 9 - 1 / 16, 1 / 12])
    expected = dict(zip(("ab", "c"), shares / shares.sum(), strict=True))
    assert found.alone == pytest.approx(expected, abs=0.01)
    assert found.total == pytest.approx(expected, abs=0.01)


def test_a_constant_function_hangs_on_nothing():
    found = functional_anova(lambda u: np.full(len(u), 3.0), ["a", "b"], [[0], [1]], 2)
    assert set(found.total.values()) == {0.0}


class MadeScore(BaseEstimator):
    """Score 2a + cos(pi b) + 3 (c - 1/2) [word is "yes"], every parameter uniform in its space."""

    def __init__(self, a=0.5, b=0.5, c=1.0, word="no", idle=1.0):
        self.a, self.b, self.c, self.word, self.idle = a, b, c, word, idle

    def fit(self, X, y=None):
        return self

    def score(self, X, y=None):
        c = np.log10(self.c)
        return 2 * self.a + np.cos(np.pi * self.b) + 3 * (c - 0.5) * (self.word == "yes")


def test_known_shares_are_found_through_the_surrogate():
    space = {
        "a": uniform(0, 1),
        "b": uniform(0, 1),
        "c": loguniform(1, 10),
        "word": ["no", "yes"],
        "idle": uniform(0, 1),
    }
    # Trials all over the space: those of a search crowd at its best end.
    rng = np.random.default_rng(0)
    points = [
        {
            "a": rng.uniform(),
            "b": rng.uniform(),
            "c": 10 ** rng.uniform(),
            "word": str(rng.choice(["no", "yes"])),
            "idle": rng.uniform(),
        }
        for _ in range(90)
    ]
    search = BayesSearchCV(
        MadeScore(), space, n_iter=90, initial_params=points, cv=2, refit=False, random_state=0
    ).fit(np.zeros((4, 1)))
    found = hyperparameter_importance(search)
    # Variances: 4/12; 1/2; 9/12 halved by the word, half of that alone and half with it.
    parts = {"a": 4 / 12, "b": 1 / 2, "c": 9 / 48, "word": 0.0, "idle": 0.0}
    both, total = 9 / 48, 4 / 12 + 1 / 2 + 9 / 24
    assert found.alone == pytest.approx({n: v / total for n, v in parts.items()}, abs=0.05)
    assert found.pairs["c", "word"] == pytest.approx(both / total, abs=0.05)
    assert found.total["word"] == pytest.approx(both / total, abs=0.05)
    assert found.variance == pytest.approx(total, rel=0.15)


def test_branches_are_a_factor_of_their_own(digits_search):
    found = hyperparameter_importance(digits_search, n_samples=256)
    assert found.names == ["(branch)", "C", "gamma"]
    assert 0 < max(found.total.values()) <= 1
    assert found.to_frame().columns.tolist() == ["alone", "with others", "total"]
    assert found.to_frame().index.tolist() == found.ranked()
    assert "gamma" in repr(found)
    assert "gamma" in found._repr_html_()


@pytest.fixture(scope="module")
def digits_search():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 3))
    branches = [
        {"kernel": ["linear"], "C": loguniform(1e-3, 1e3)},
        {"kernel": ["rbf"], "C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 10)},
    ]
    y = X[:, 0] * X[:, 1] > 0
    return BayesSearchCV(SVC(), branches, n_iter=15, cv=3, random_state=0).fit(X, y)


def test_same_seed_same_shares(digits_search):
    first, again = (hyperparameter_importance(digits_search, n_samples=64).alone for _ in "12")
    assert first == again
    state = np.random.RandomState(0)
    other = hyperparameter_importance(digits_search, n_samples=64, random_state=state).alone
    assert other != first


@pytest.mark.parametrize("n_samples", [0, 100, "many", 2.0])
def test_bad_number_of_samples_is_named(digits_search, n_samples):
    with pytest.raises(ValueError, match="n_samples must be a power of two, got"):
        hyperparameter_importance(digits_search, n_samples=n_samples)


def test_a_search_without_a_surrogate_is_named():
    with pytest.raises(TypeError, match="GridSearchCV has no surrogate"):
        hyperparameter_importance(GridSearchCV(SVC(), {"C": [1]}))
