"""The Gaussian process against scikit-learn's and against finite differences."""

import numpy as np
import pytest
from scipy.stats import loguniform, randint, uniform
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from sknn_tune.search.engine.gaussian_process import (
    GaussianProcess,
    Prior,
    fit_theta,
    group_distances,
    matern52,
    matern52_with_slope,
    negative_log_posterior,
)
from sknn_tune.search.engine.space import Space
from sknn_tune.search.engine.surrogate import ROUGHNESS, Surrogate, own_share


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.random((25, 4))
    return X, np.sin(5 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * rng.normal(size=25)


@pytest.mark.parametrize("seed", range(5))
def test_predictions_equal_scikit_learns(data, seed):
    X, y = data
    rng = np.random.default_rng(seed)
    theta = rng.normal([-0.5, 0.0, 0.5, 0.0, 0.0, -4.0], 0.5)
    ours = GaussianProcess(X, np.arange(4), y[:, None], theta)
    kernel = ConstantKernel(np.exp(theta[-2])) * Matern(np.exp(theta[:4]), nu=2.5)
    theirs = GaussianProcessRegressor(kernel, alpha=np.exp(theta[-1]), optimizer=None).fit(X, y)
    candidates = np.vstack([rng.random((40, 4)), X[:3]])
    mean, std = ours.predict(candidates)
    their_mean, their_std = theirs.predict(candidates, return_std=True)
    assert np.allclose(mean[:, 0], their_mean, rtol=0, atol=1e-8)
    assert np.allclose(std, their_std, rtol=0, atol=1e-8)
    assert np.allclose(ours.at_observed()[:, 0], theirs.predict(X), rtol=0, atol=1e-8)


def test_marginal_likelihood_equals_scikit_learns(data):
    X, y = data
    prior = Prior(4)
    theta = np.array([-0.5, 0.1, 0.4, 0.0, 0.3, -3.0])
    kernel = ConstantKernel(np.exp(theta[-2])) * Matern(np.exp(theta[:4]), nu=2.5)
    model = GaussianProcessRegressor(kernel, alpha=np.exp(theta[-1]), optimizer=None).fit(X, y)
    value = negative_log_posterior(theta, group_distances(X, np.arange(4), 4), y, prior)[0]
    constant = 0.5 * len(y) * np.log(2 * np.pi)
    expected = -model.log_marginal_likelihood() + prior.negative_log(theta)[0]
    assert value + constant == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_gradient_by_finite_differences(data, seed):
    X, y = data
    groups = np.array([0, 1, 1, 2])
    D, prior = group_distances(X, groups, 3), Prior(3)
    theta = np.random.default_rng(seed).normal(prior.mean, 0.7)
    gradient = negative_log_posterior(theta, D, y, prior)[1]
    for i in range(len(theta)):
        step = np.zeros(len(theta))
        step[i] = 1e-5
        above = negative_log_posterior(theta + step, D, y, prior)[0]
        below = negative_log_posterior(theta - step, D, y, prior)[0]
        slope = (above - below) / 2e-5
        assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_slope_of_the_kernel():
    r2 = np.linspace(0.01, 9, 50)
    slope = (matern52(r2 + 1e-6) - matern52(r2 - 1e-6)) / 2e-6
    correlation, minus_twice_slope = matern52_with_slope(r2)
    assert np.array_equal(correlation, matern52(r2))
    assert np.allclose(-0.5 * minus_twice_slope, slope, atol=1e-8)


def test_gradient_of_the_prediction(data):
    X, y = data
    gp = GaussianProcess(X, np.arange(4), np.c_[y, -y], np.array([-0.5, 0, 0.5, 0, 0, -4.0]))
    at = np.random.default_rng(3).random((6, 4))
    _, _, mean_slope, std_slope = gp.predict_with_gradient(at)
    for f in range(4):
        step = 1e-5 * np.eye(4)[f]
        (above, std_above), (below, std_below) = gp.predict(at + step), gp.predict(at - step)
        assert np.allclose(mean_slope[:, f], (above - below) / 2e-5, atol=1e-6)
        assert np.allclose(std_slope[:, f], (std_above - std_below) / 2e-5, atol=1e-6)


def test_fit_finds_which_dimension_matters():
    rng = np.random.default_rng(0)
    X = rng.random((60, 3))
    theta = fit_theta(X, np.arange(3), np.sin(9 * X[:, 1]) * 1.4)
    assert theta[1] < theta[0] - 0.5
    assert theta[1] < theta[2] - 0.5


def test_joint_samples_have_the_posterior_moments(data):
    X, y = data
    gp = GaussianProcess(X, np.arange(4), y[:, None], np.array([-0.5, 0, 0.5, 0, 0, -2.0]))
    at = np.random.default_rng(5).random((3, 4))
    draws = gp.sample(at, np.random.default_rng(0), 40_000)
    mean, std = gp.predict(at)
    assert np.allclose(draws.mean(axis=1), mean[:, 0], atol=0.02)
    assert np.allclose(draws.var(axis=1), std**2 + gp.noise, rtol=0.04)


def test_roughness_moves_the_mean_at_observed_points_towards_the_score(data):
    X, y = data
    gp = GaussianProcess(X, np.arange(4), y[:, None], np.array([0, 0, 0, 0, 0, -1.0]))
    smooth, rough, raw = (gp.at_observed(share)[:, 0] for share in (0.0, 0.5, 1.0))
    assert np.allclose(raw, y)
    assert np.allclose(rough, 0.5 * (smooth + y))


@pytest.mark.parametrize("n_scores", [1, 3, 10])
def test_own_share_is_the_slope_of_a_configurations_own_on_its_mean_score(n_scores):
    rng = np.random.default_rng(n_scores)
    own = np.sqrt(ROUGHNESS) * rng.normal(size=100_000)
    noise = np.sqrt(1 - ROUGHNESS) * rng.normal(size=(n_scores, 100_000)).mean(axis=0)
    slope = np.polyfit(own + noise, own, 1)[0]
    assert own_share(n_scores) == pytest.approx(slope, abs=0.01)


class TestSurrogate:
    space = Space({"x": uniform(0, 1)})

    def make(self, x, scores):
        codes = np.array([self.space.encode({"x": v}) for v in x])
        return Surrogate(self.space, codes, np.asarray(scores, dtype=float))

    def test_predicts_in_units_of_the_score(self):
        x = np.linspace(0, 1, 20)
        surrogate = self.make(x, 1000 + 50 * np.sin(4 * x))
        mean, std = surrogate.predict([{"x": 0.33}, {"x": 0.66}])
        assert np.allclose(mean, 1000 + 50 * np.sin([4 * 0.33, 4 * 0.66]), atol=5)
        assert ((std > 0) & (std < 30)).all()

    def test_a_diverged_trial_does_not_flatten_the_rest(self):
        x = np.linspace(0, 1, 20)
        scores = -((x - 0.4) ** 2)
        scores[-1] = -4e7
        mean = self.make(x, scores).predict([{"x": 0.4}, {"x": 0.1}])[0]
        assert mean[0] > mean[1]

    def test_failed_trials_count_as_the_worst(self):
        x = np.linspace(0, 1, 20)
        scores = np.where(x > 0.7, np.nan, x)
        mean = self.make(x, scores).predict([{"x": 0.55}, {"x": 0.9}])[0]
        assert mean[0] > mean[1]

    def test_predictions_at_observed_points_agree(self):
        x = np.linspace(0, 1, 15)
        scores = np.random.default_rng(0).normal(size=15)
        surrogate = self.make(x, scores)
        mean = surrogate.predict([{"x": v} for v in x])[0]
        codes = np.array([surrogate.space.encode({"x": v}) for v in x])
        smooth = surrogate.predict_smooth(codes)[0]
        # Between the smooth model's answer and the score itself, at the configuration's own share.
        ratio = (mean - smooth) / (scores - smooth)
        assert np.allclose(ratio, own_share(1), atol=0.1)

    def test_few_trials_decide_the_hyperparameters_and_all_condition(self, monkeypatch):
        x = np.linspace(0, 1, 60)
        scores = np.sin(9 * x)
        monkeypatch.setattr("sknn_tune.search.engine.gaussian_process.MAX_FITTED", 12)
        fitted = []

        def count_and_measure(X, *args):
            fitted.append(len(X))
            return group_distances(X, *args)

        monkeypatch.setattr(
            "sknn_tune.search.engine.gaussian_process.group_distances", count_and_measure
        )
        surrogate = self.make(x, scores)
        assert fitted == [12]
        between = np.linspace(0.01, 0.95, 30)
        candidates = [{"x": v} for v in between]
        mean, std = surrogate.predict(candidates)
        assert np.allclose(mean, np.sin(9 * between), atol=0.02)
        few_std = self.make(x[::5], scores[::5]).predict(candidates)[1]
        assert std.mean() < 0.9 * few_std.mean()

    def test_no_candidates(self):
        mean, std = self.make([0.1, 0.9], [0.0, 1.0]).predict([])
        assert mean.shape == std.shape == (0,)


# ------------------------------------------------------------ what scores can be
ENTRIES = [uniform(0, 1), loguniform(1e-6, 1e3), randint(1, 200), ["a", "b", "c"], [1, 10, 100]]
SHAPES = {
    "accuracies": lambda z: 1 / (1 + np.exp(-z)),
    "accuracies near one": lambda z: 1 - 10.0 ** (-3 - z),
    "log losses": lambda z: -np.exp(2 * z),
    "some that diverged": lambda z: np.where(z > 1, -(10.0 ** (4 * z)), -np.exp(z)),
    "of a wide range": lambda z: -(10.0 ** (5 * z)),
    "two values only": np.sign,
    "all alike": np.zeros_like,
}


def random_search(seed, shape):
    """The surrogate after some random trials, a few of which failed, in a random space."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(ENTRIES), size=rng.integers(1, 5), replace=False)
    space = Space({f"p{i}": ENTRIES[i] for i in chosen})
    codes = space.sample_codes(rng.random((rng.integers(2, 30), len(space.levels))))
    X = space.features(codes)
    z = np.sin(3 * X @ rng.normal(size=X.shape[1])) + 0.3 * rng.normal(size=len(X))
    scores = np.asarray(SHAPES[shape](z), dtype=float)
    scores[2:][rng.random(len(scores) - 2) < 0.1] = np.nan
    return Surrogate(space, codes, scores, rng.integers(1, 6)), scores, rng


@pytest.mark.parametrize("shape", SHAPES)
def test_predictions_are_of_the_order_of_the_scores_seen(shape):
    """At 200 random searches, near the trials and far from all of them."""
    for seed in range(-(-200 // len(SHAPES))):
        surrogate, scores, rng = random_search(seed, shape)
        codes = surrogate.space.sample_codes(rng.random((60, len(surrogate.space.levels))))
        span = np.nanmax(scores) - np.nanmin(scores)
        candidates = [surrogate.space.decode(row) for row in codes]
        for mean, std in (surrogate.predict(candidates), surrogate.predict_smooth(codes)):
            assert mean.min() >= np.nanmin(scores) - 0.26 * span - 1e-9
            assert mean.max() <= np.nanmax(scores) + 0.26 * span + 1e-9
            assert std.min() >= 0
            assert std.max() <= 1.5 * span + 1e-9
            assert span == 0 or std.max() > 0
        gains = surrogate.gain(np.array([-30.0, 0.0, 3.0]))
        assert (gains >= 0).all()
        assert gains.max() <= 1.5 * span + 1e-9


def test_the_uncertainty_grows_away_from_the_trials():
    space = Space({"x": uniform(0, 1)})
    codes = np.linspace(0, 0.3, 12)[:, None]
    codes = np.hstack([np.zeros_like(codes), codes])
    surrogate = Surrogate(space, codes, 0.9 + 0.05 * np.sin(20 * codes[:, 1]))
    near, far = surrogate.predict([{"x": 0.15}, {"x": 1.0}])[1]
    assert far > 3 * near
    assert far < 0.15
