"""Several objectives: fronts, volumes and improvements against brute force and Monte Carlo."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm

from sknn_tune.common.dominance import non_dominated
from sknn_tune.search.engine.acquisition import log_expected_improvement
from sknn_tune.search.engine.hypervolume_improvement import (
    MARGIN,
    ExpectedHypervolumeImprovement,
)
from sknn_tune.search.engine.pareto import boxes_beyond, hypervolume

SEEDS = pytest.mark.parametrize("seed", range(6))
SIZES = pytest.mark.parametrize("n_objectives", [1, 2, 3])


def points_of(seed, n_objectives, n=9):
    """Random points, some equal in an objective and one of them twice."""
    rng = np.random.default_rng(seed)
    points = np.round(rng.normal(size=(n, n_objectives)), 1)
    return np.vstack([points, points[:1]])


@SEEDS
@SIZES
def test_non_dominated_by_brute_force(seed, n_objectives):
    points = points_of(seed, n_objectives)
    expected = [not any(np.all(q >= p) and np.any(q > p) for q in points) for p in points]
    assert_array_equal(non_dominated(points), expected)


def test_failed_trials_are_never_on_the_front():
    points = np.array([[np.nan, 9.0], [1.0, 1.0], [9.0, np.nan]])
    assert_array_equal(non_dominated(points), [False, True, False])
    assert not non_dominated(points[:1]).any()


@SEEDS
@SIZES
def test_hypervolume_by_inclusion_and_exclusion(seed, n_objectives):
    points, reference = points_of(seed, n_objectives, 6), np.full(n_objectives, -1.0)
    expected = sum(
        (-1) ** (size + 1) * np.prod(np.clip(np.min(chosen, axis=0) - reference, 0, None))
        for size in range(1, len(points) + 1)
        for chosen in itertools.combinations(points, size)
    )
    assert hypervolume(points, reference) == pytest.approx(expected)


@SEEDS
@SIZES
def test_boxes_divide_what_no_point_dominates(seed, n_objectives):
    points, reference = points_of(seed, n_objectives), np.full(n_objectives, -1.0)
    lower, upper = boxes_beyond(points, reference)
    for y in np.random.default_rng(seed).uniform(-2, 3, size=(500, n_objectives)):
        inside = ((lower < y) & (y < upper)).all(axis=1).sum()
        is_free = (y > reference).all() and not (points >= y).all(axis=1).any()
        assert inside == is_free


class Normal:
    """Independent normal predictions of one objective, linear in a single feature."""

    def __init__(self, observed, slope, std_slope):
        self.observed, self.slope, self.std_slope = observed, slope, std_slope

    def predict(self, X):
        mean = X[:, 0, None] * self.slope + self.observed[:1]
        return mean, 0.3 + self.std_slope * X[:, 0] ** 2

    def predict_with_gradient(self, X):
        mean, std = self.predict(X)
        mean_slope = np.tile(np.atleast_1d(self.slope), (len(X), 1, 1))
        mean_slope = np.broadcast_to(mean_slope, (len(X), 1, mean.shape[1]))
        return mean, std, mean_slope, 2 * self.std_slope * X

    def at_observed(self):
        return self.observed


def models(seed, n_objectives, n_columns=1):
    rng = np.random.default_rng(seed)
    return [
        Normal(rng.normal(size=(7, n_columns)), rng.normal(), rng.uniform(0.1, 1))
        for _ in range(n_objectives)
    ]


@SEEDS
@pytest.mark.parametrize("n_objectives", [2, 3])
def test_expected_improvement_by_monte_carlo(seed, n_objectives):
    posteriors, X = models(seed, n_objectives), np.array([[-0.7], [0.2], [1.1]])
    found = np.exp(ExpectedHypervolumeImprovement(posteriors)(X))
    observed = np.column_stack([p.observed[:, 0] for p in posteriors])
    reference = observed.min(axis=0) - MARGIN * np.ptp(observed, axis=0) - 1e-9
    before, rng = hypervolume(observed, reference), np.random.default_rng(seed)
    for row, expected in zip(X, found, strict=True):
        draws = np.column_stack([
            rng.normal(*(part.ravel()[0] for part in p.predict(row[None])), size=2000)
            for p in posteriors
        ])  # fmt: skip
        gains = [hypervolume(np.vstack([observed, y]), reference) - before for y in draws]
        error = np.std(gains) / np.sqrt(len(gains))
        assert abs(np.mean(gains) - expected) < 4 * error + 1e-6


@SEEDS
def test_with_one_objective_it_is_the_expected_improvement(seed):
    (posterior,) = models(seed, 1, n_columns=1)
    X = np.linspace(-3, 3, 7)[:, None]
    mean, std = posterior.predict(X)
    expected = log_expected_improvement(mean[:, 0], std, posterior.observed.max())
    assert_allclose(ExpectedHypervolumeImprovement([posterior])(X), expected, rtol=1e-10)


@SEEDS
@pytest.mark.parametrize(("n_objectives", "n_columns"), [(2, 1), (2, 3), (3, 1), (3, 2)])
def test_gradient_by_finite_differences(seed, n_objectives, n_columns):
    improvement = ExpectedHypervolumeImprovement(models(seed, n_objectives, n_columns))
    X = np.array([[-4.0], [-0.7], [0.2], [1.1], [9.0]])
    value, gradient = improvement.with_gradient(X)
    assert_allclose(value, improvement(X), rtol=1e-12)
    slope = (improvement(X + 1e-6) - improvement(X - 1e-6)) / 2e-6
    assert_allclose(gradient[:, 0], slope, rtol=1e-4, atol=1e-6)


def test_far_away_its_logarithm_is_finite_and_has_a_gradient():
    """The product of two tails of 40 standard deviations, where the volume itself underflows."""
    observed = np.array([[0.0], [1.0]])
    posteriors = [Normal(observed, 1.0, 0.0), Normal(observed[::-1] * 0.0, 1.0, 0.0)]
    value, gradient = ExpectedHypervolumeImprovement(posteriors).with_gradient(np.array([[-12.0]]))
    assert np.isfinite(value).all()
    assert value[0] < np.log(norm.pdf(38))
    assert gradient[0, 0] > 0


def test_observed_points_are_ordered_by_the_volume_they_own():
    values = np.array([[0.0, 3.0], [2.0, 2.0], [1.9, 2.1], [3.0, 0.0], [0.5, 0.5]])
    posteriors = [Normal(column[:, None], 1.0, 0.1) for column in values.T]
    order = ExpectedHypervolumeImprovement(posteriors).order_of_observed()
    reference = values.min(axis=0) - MARGIN * np.ptp(values, axis=0) - 1e-9
    whole = hypervolume(values, reference)
    own = [whole - hypervolume(np.delete(values, i, axis=0), reference) for i in range(5)]
    assert_array_equal(order, np.argsort(-np.array(own), kind="stable"))
