"""Scores on other data sets as the prior of a search, against dense formulas and in searches."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import BayesSearchCV, MLPClassifier, MLPRegressor
from sknn_tune.search.engine.gaussian_process import (
    NO_BASIS,
    GaussianProcess,
    Prior,
    group_distances,
    matern52,
    negative_log_posterior,
    squared_distances,
)
from sknn_tune.search.engine.optimizer import SequentialOptimizer
from sknn_tune.search.engine.related_tasks import RelatedResults, RelatedTasks, basis_of
from sknn_tune.search.engine.space import Space
from sknn_tune.search.engine.surrogate import Surrogate
from sknn_tune.search.estimators import default_results

THETA = np.array([-0.5, 0.2, 0.4, -0.3, -2.5])
GROUPS = np.arange(3)


@pytest.fixture
def known():
    """Features of configurations and what they scored on four data sets."""
    rng = np.random.default_rng(0)
    X = rng.random((40, 3))
    tasks = [np.sin(3 * X[:, 0] + a) + a * X[:, 1] for a in (0.0, 0.3, 0.6, 0.9)]
    return X, np.stack(tasks, axis=1)


@pytest.fixture
def basis(known):
    return RelatedTasks(known[0], GROUPS, known[1])


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    X = rng.random((15, 3))
    return X, np.sin(3 * X[:, 0] + 0.5) + 0.1 * rng.normal(size=15)


# ------------------------------------------------------------ a Gaussian process with a basis
def dense(basis, X, y, at):
    """Posterior mean and covariance at `at` by the formulas of the joint distribution."""

    def covariance(A, B):
        lengths = np.exp(THETA[:3])
        kernel = np.exp(THETA[3]) * matern52(squared_distances(A / lengths, B / lengths))
        return kernel + basis(A) @ basis(B).T

    K = covariance(X, X) + np.exp(THETA[4]) * np.eye(len(X))
    k = covariance(at, X)
    mean = basis(at) @ basis.weights + k @ np.linalg.solve(K, y - basis(X) @ basis.weights)
    return mean, covariance(at, at) - k @ np.linalg.solve(K, k.T)


def test_the_posterior_is_that_of_the_joint_distribution(basis, data):
    X, y = data
    at = np.random.default_rng(2).random((9, 3))
    gp = GaussianProcess(X, GROUPS, y[:, None], THETA, basis)
    mean, cov = dense(basis, X, y, at)
    ours, std = gp.predict(at)
    assert np.allclose(ours[:, 0], mean, rtol=0, atol=1e-9)
    assert np.allclose(std**2, cov.diagonal(), rtol=0, atol=1e-9)
    assert np.allclose(gp.at_observed()[:, 0], dense(basis, X, y, X)[0], rtol=0, atol=1e-9)


def test_an_observation_moves_the_mean_as_foretold(basis, data):
    X, y = data
    here, there = np.random.default_rng(3).random((2, 1, 3))
    gp = GaussianProcess(X, GROUPS, y[:, None], THETA, basis)
    mean, moves = gp.predict_shift(here, there)
    (expected,), std = gp.predict(there)
    surprise = expected + np.hypot(std, np.sqrt(gp.noise))
    after = GaussianProcess(
        np.vstack([X, there]), GROUPS, np.r_[y, surprise][:, None], THETA, basis
    )
    assert abs(after.predict(here)[0] - mean)[0, 0] == pytest.approx(moves[0], rel=1e-6)


def test_draws_have_the_moments_of_the_posterior(basis, data):
    X, y = data
    at = np.random.default_rng(4).random((3, 3))
    gp = GaussianProcess(X, GROUPS, y[:, None], THETA, basis)
    draws = gp.sample(at, np.random.default_rng(0), 40_000)
    mean, std = gp.predict(at)
    assert np.allclose(draws.mean(axis=1), mean[:, 0], atol=0.02)
    assert np.allclose(draws.var(axis=1), std**2 + gp.noise, rtol=0.04)
    fantasies = gp.with_fantasies(at, np.random.default_rng(0), 5)
    assert fantasies.basis is basis


def test_gradients_by_finite_differences(basis, data):
    X, y = data
    gp = GaussianProcess(X, GROUPS, np.c_[y, y**2], THETA, basis)
    at = np.random.default_rng(6).random((4, 3))
    _, _, mean_slope, std_slope = gp.predict_with_gradient(at)
    basis_slope = basis.slope(at)
    for f, step in enumerate(1e-5 * np.eye(3)):
        (above, std_above), (below, std_below) = gp.predict(at + step), gp.predict(at - step)
        assert np.allclose(mean_slope[:, f], (above - below) / 2e-5, atol=1e-6)
        assert np.allclose(std_slope[:, f], (std_above - std_below) / 2e-5, atol=1e-6)
        slope = (basis(at + step) - basis(at - step)) / 2e-5
        assert np.allclose(basis_slope[:, f], slope, atol=1e-6)


def test_gradient_of_the_marginal_likelihood_by_finite_differences(basis, data):
    X, y = data
    D, prior, H = group_distances(X, GROUPS, 3), Prior(3), basis(X)
    fixed = H @ H.T
    gradient = negative_log_posterior(THETA, D, y, prior, fixed)[1]
    for i, step in enumerate(1e-5 * np.eye(len(THETA))):
        above = negative_log_posterior(THETA + step, D, y, prior, fixed)[0]
        below = negative_log_posterior(THETA - step, D, y, prior, fixed)[0]
        assert gradient[i] == pytest.approx((above - below) / 2e-5, rel=1e-6, abs=1e-6)


def test_without_a_basis_nothing_is_added(data):
    X, y = data
    gp = GaussianProcess(X, GROUPS, y[:, None], THETA)
    assert NO_BASIS(X).shape == (15, 0)
    assert np.allclose(gp.covariance(gp.points, gp.points).diagonal(), np.exp(THETA[3]), rtol=1e-12)
    assert np.allclose(gp.predict(X + 99.0)[0], 0.0, atol=1e-12)


# ------------------------------------------------------------ the functions
def test_expected_is_the_mean_of_the_data_sets(known, basis):
    X, scores = known
    expected = basis(X) @ basis.weights
    mean = ((scores - scores.mean(axis=0)) / scores.std(axis=0)).mean(axis=1)
    assert np.corrcoef(expected, mean)[0, 1] > 0.99


def test_deviations_of_data_sets_have_unit_variance_together(known, basis):
    """The more data sets there are, the less each counts: their mean square is the prior's."""
    X, scores = known
    z = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    expected = ((z - z.mean(axis=1, keepdims=True)) ** 2).mean(axis=1)
    assert np.allclose((basis(X)[:, 2:] ** 2).sum(axis=1).mean(), expected.mean(), rtol=0.1)


def test_every_data_set_is_a_sum_of_the_functions(known, basis):
    X, scores = known
    H = basis(X)
    for column in scores.T:
        z = (column - column.mean()) / column.std()
        weights = np.linalg.lstsq(H, z, rcond=None)[0]
        assert np.sqrt(np.mean((H @ weights - z) ** 2)) < 0.1


def test_the_scale_of_a_data_set_does_not_matter(known, basis):
    X, scores = known
    other = RelatedTasks(X, GROUPS, 1e4 * scores - 7.0)
    assert np.allclose(other(X), basis(X), atol=1e-6)


# ------------------------------------------------------------ searches that know them
AB = {"a": uniform(0, 1), "b": uniform(0, 1)}


def valley(centre):
    """Minus the squared distance from a centre."""
    return lambda params: -((params["a"] - centre[0]) ** 2) - (params["b"] - centre[1]) ** 2


def table_of(centres, n=40):
    """Configurations, and what they scored on data sets with these centres."""
    configurations = [{"a": a, "b": b} for a, b in np.random.default_rng(0).random((n, 2))]
    scores = [[valley(centre)(params) for centre in centres] for params in configurations]
    return configurations, np.array(scores)


def results_with_centres(centres):
    return RelatedResults(*table_of(centres))


def best_after(n_trials, truth, results, seed):
    optimizer = SequentialOptimizer(Space(AB), seed, related_results=results)
    for _ in range(n_trials):
        params = optimizer.ask()
        optimizer.tell(params, truth(params))
    return optimizer.best_score_


NEAR = [(0.75, 0.2), (0.8, 0.3), (0.85, 0.2), (0.8, 0.15)]


def test_a_search_begins_where_others_were_good():
    truth, results = valley((0.82, 0.22)), results_with_centres(NEAR)
    informed = [best_after(4, truth, results, seed) for seed in range(5)]
    plain = [best_after(4, truth, None, seed) for seed in range(5)]
    assert min(informed) > -0.005
    assert np.mean(plain) < -0.02


def test_a_search_is_not_misled():
    truth, results = valley((0.1, 0.9)), results_with_centres(NEAR)
    reached = [best_after(15, truth, results, seed) for seed in range(5)]
    assert min(reached) > -0.02
    assert np.median(reached) > -0.001


def test_the_same_trials_give_the_same_proposal():
    first, second = (
        SequentialOptimizer(Space(AB), 0, related_results=results_with_centres(NEAR))
        for _ in range(2)
    )
    for params in ({"a": 0.1, "b": 0.2}, {"a": 0.7, "b": 0.3}, {"a": 0.5, "b": 0.5}):
        first.tell(params, valley((0.8, 0.2))(params))
        second.tell(params, valley((0.8, 0.2))(params))
    assert first.ask() == first.ask() == second.ask()


def test_the_surrogate_predicts_what_others_scored_where_there_are_no_trials():
    space, results = Space(AB), results_with_centres(NEAR)
    basis = basis_of(space, results)
    trials = [{"a": 0.1, "b": 0.9}, {"a": 0.3, "b": 0.8}, {"a": 0.2, "b": 0.5}]
    codes = np.array([space.encode(params) for params in trials])
    scores = np.array([valley((0.8, 0.2))(params) for params in trials])
    for known, is_better in ((basis, True), (NO_BASIS, False)):
        surrogate = Surrogate(space, codes, scores, basis=known)
        good, bad = surrogate.predict_smooth(
            np.array([space.encode(p) for p in ({"a": 0.8, "b": 0.2}, {"a": 0.0, "b": 1.0})])
        )[0]
        assert (good > max(scores)) == is_better
        assert good > bad or not is_better


# ------------------------------------------------------------ what estimators offer with "auto"
class Knowing(BaseEstimator):
    """Knows of other data sets, on which b near 1 was good."""

    def __init__(self, a=0.5, b=0.5):
        self.a, self.b = a, b

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def score(self, X, y):
        return -((self.b - 0.9) ** 2)

    def _default_param_distributions(self):
        return AB

    def _default_related_results(self, n_samples):
        return table_of([(0.5, 0.95), (0.4, 0.9), (0.6, 0.9)], n_samples)


X, y = np.zeros((60, 1)), np.zeros(60)


def search_of(model, distributions="auto", **kwargs):
    kwargs = {"n_iter": 5, "cv": 2, "random_state": 0, "refit": False} | kwargs
    return BayesSearchCV(model, distributions, **kwargs).fit(X, y)


@pytest.mark.parametrize("nested", [False, True])
def test_results_are_offered_with_the_names_of_the_search(nested):
    model = make_pipeline(StandardScaler(), Knowing()) if nested else Knowing()
    prefix = "knowing__" if nested else ""
    results = default_results(model, 30)
    assert len(results.configurations) == len(results.scores) == 30
    assert set(results.configurations[0]) == {f"{prefix}a", f"{prefix}b"}
    informed, plain = (
        abs(
            np.array(
                [
                    params[f"{prefix}b"]
                    for params in search_of(model, **options).cv_results_["params"]
                ]
            )
            - 0.9
        )
        for options in ({}, {"start_from_estimator": False})
    )
    assert informed[3:].max() < plain[3:].min()


def test_no_results_are_asked_for_where_they_do_not_belong(monkeypatch):
    def refuse(self, n_samples):
        raise AssertionError("was asked")

    monkeypatch.setattr(Knowing, "_default_related_results", refuse)
    search_of(Knowing(), AB)
    search_of(Knowing(), start_from_estimator=False)
    search_of(Knowing(), objective=["score", "-fit_time"])
    search_of(Knowing(), resource="n_samples", min_resources=10)
    with pytest.raises(AssertionError, match="was asked"):
        search_of(Knowing())


class Narrower(MLPClassifier):
    """Has another space, in which some of our configurations lie, or none."""

    def _default_param_distributions(self, n_samples=None):
        return super()._default_param_distributions(n_samples) | {"alpha": loguniform(1e-4, 1e-2)}


class Other(MLPClassifier):
    def _default_param_distributions(self, n_samples=None):
        return {"l1_ratio": uniform(), "alpha": loguniform(1e-4, 1e-2)}


class Branches(MLPClassifier):
    def _default_param_distributions(self, n_samples=None):
        return [{"alpha": loguniform(1e-4, 1e-2)}, {"dropout": uniform(0, 0.5)}]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("model", [Narrower, Other, Branches])
def test_what_lies_outside_the_space_of_a_subclass_is_left_out(model):
    space = Space(model()._default_param_distributions(75))
    basis = basis_of(space, default_results(model(), 75))
    assert (basis is NO_BASIS) == (model is not Narrower)
    search = BayesSearchCV(model(max_iter=1), "auto", n_iter=4, cv=2, random_state=0)
    assert len(search.fit(*load_iris(return_X_y=True)).cv_results_["params"]) == 4


@pytest.mark.parametrize(
    "scores",
    [
        np.zeros(30),
        np.zeros((29, 3)),
        np.zeros((3, 30)),
        np.zeros((30, 0)),
        np.full((30, 3), np.nan),
        np.where(np.eye(30) > 0, np.inf, 0.0),
    ],
)
def test_scores_that_are_no_table_are_refused(monkeypatch, scores):
    configurations = table_of(NEAR, 30)[0]
    monkeypatch.setattr(Knowing, "_default_related_results", lambda self: (configurations, scores))
    expected = (
        rf"Knowing._default_related_results\(\) must return .* shape {re.escape(str(scores.shape))}"
    )
    with pytest.raises(ValueError, match=expected):
        search_of(Knowing())


def test_lists_and_frames_of_scores_are_taken(monkeypatch):
    configurations, scores = table_of(NEAR, 30)
    for table in (scores.tolist(), pd.DataFrame(scores)):
        monkeypatch.setattr(
            Knowing, "_default_related_results", lambda self, table=table: (configurations, table)
        )
        assert np.array_equal(default_results(Knowing(), 30).scores, scores)


def test_the_table_that_all_searches_share_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        MLPClassifier()._default_related_results()[1][:] = 0


def test_estimators_need_not_know_any(monkeypatch):
    monkeypatch.delattr(Knowing, "_default_related_results")
    assert default_results(Knowing(), 30) is None
    monkeypatch.setattr(Knowing, "_default_related_results", lambda self: None, raising=False)
    assert default_results(Knowing(), 30) is None
    assert search_of(Knowing()).cv_results_["params"]


@pytest.mark.parametrize("n_rows", [20, 100, 1000, None])
@pytest.mark.parametrize("model", [MLPClassifier(), MLPRegressor()])
def test_our_results_lie_in_our_space(n_rows, model):
    space = Space(model._default_param_distributions(n_rows))
    configurations, scores = model._default_related_results(n_rows)
    assert all(map(space.contains, configurations))
    assert scores.shape == (len(configurations), 16)
    assert np.isfinite(scores).all()


def test_what_was_learned_with_adam_is_not_told_of_other_solvers():
    assert default_results(MLPClassifier(solver="sgd"), 100) is None
    assert default_results(MLPClassifier(solver="adamw"), 100) is not None


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_search_of_ours_resumes_from_its_journal(tmp_path):
    model = MLPClassifier(max_iter=9, random_state=0)
    options = {"cv": 2, "random_state": 0, "refit": False}
    whole = BayesSearchCV(model, "auto", n_iter=12, **options).fit(*load_iris(return_X_y=True))
    for n_iter in (10, 12):
        search = BayesSearchCV(
            model, "auto", n_iter=n_iter, storage=tmp_path / "search.db", **options
        ).fit(*load_iris(return_X_y=True))
    assert search.cv_results_["params"] == whole.cv_results_["params"]
