"""Scores of models on the test rows, with intervals, and the comparison of two models."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from sknn_tune.command_line.errors import BadInput
from sknn_tune.common.wording import show_number

N_RESAMPLES = 2000
CONFIDENCE = 0.95
# Resamples held in memory at a time, times rows.
_BATCH_CELLS = 2_000_000
_NEXT_TO_NOTHING = 1e-2
_SMALLEST = float(np.finfo(np.float32).eps)

#: (rows, classes) → (n_rows,) losses of each row: smaller is better.
RowLoss = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Metric(NamedTuple):
    """A figure that is a function of the mean of each row's loss."""

    name: str
    task: str
    loss: RowLoss  #: (truth, prediction) → losses
    figure: Callable[[np.ndarray, np.ndarray], np.ndarray]  #: (mean loss, variance of y) → value
    larger_is_better: bool

    def of(self, losses: np.ndarray, y: np.ndarray) -> float:
        """Return the figure of all rows."""
        variance = np.var(y) if self.task == "regression" else 0.0
        return float(self.figure(np.asarray(losses.mean()), np.asarray(variance)))


class Interval(NamedTuple):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        value, low, high = self.shown()
        return f"{value} (95 % interval {low} to {high})"

    def shown(self) -> list[str]:
        """Return the three as text; what is next to nothing beside the others is 0."""
        nothing = _NEXT_TO_NOTHING * max(map(abs, self))
        return [show_number(number if abs(number) > nothing else 0.0) for number in self]


class FoldLosses(NamedTuple):
    """The losses of models that were fitted in folds of the rows to learn from."""

    rest: np.ndarray  #: (n_rows,) of these rows, each by a model that was fitted without it
    test: np.ndarray  #: (n_test_rows,) of the test rows, the mean over the models
    y: np.ndarray  #: (n_rows,) targets of the rows to learn from


class Prediction(NamedTuple):
    """The predictions of a model for the test rows."""

    values: np.ndarray  #: numbers, or probabilities of shape (n_rows, n_classes)
    truth: np.ndarray  #: numbers, or places of the right classes


def predict_test(model: Any, X: Any, y: np.ndarray) -> Prediction:
    """Return the predictions of a model as the metrics take them.

    Parameters
    ----------
    model : estimator
        A classifier that has `predict_proba`, or a regressor.
    X : array-like of shape (n_rows, n_columns)
    y : ndarray of shape (n_rows,)

    Returns
    -------
    prediction : Prediction
    """
    if not hasattr(model, "predict_proba"):
        return Prediction(np.asarray(model.predict(X), dtype=float).ravel(), y)
    probabilities = np.asarray(model.predict_proba(X), dtype=np.float64)
    return Prediction(probabilities, np.searchsorted(model.classes_, y))


def choose_metric(name: str | None, task: str) -> Metric:
    """Return a metric by its name, or that of the task."""
    if name is None:
        return METRICS["log-loss" if task == "classification" else "R2"]
    found = METRICS[name]
    if found.task != task:
        fitting = ", ".join(metric.name for metric in METRICS.values() if metric.task == task)
        raise BadInput(f"--metric {name} is not one of {task}; take one of {fitting}.")
    return found


def interval_of(metric: Metric, losses: np.ndarray, y: np.ndarray) -> Interval:
    """Return a metric of test rows with its bootstrap interval.

    Parameters
    ----------
    metric : Metric
    losses : ndarray of shape (n_rows,)
    y : ndarray of shape (n_rows,)

    Returns
    -------
    interval : Interval
    """
    (figures,) = _resampled_figures(metric, [losses], y)
    return Interval(metric.of(losses, y), *_ends(figures))


def difference_of(metric: Metric, ours: np.ndarray, theirs: np.ndarray, y: np.ndarray) -> Interval:
    """Return by how much a model is better than another, with a paired bootstrap interval.

    Parameters
    ----------
    metric : Metric
    ours, theirs : ndarray of shape (n_rows,)
        Losses of the same rows.
    y : ndarray of shape (n_rows,)

    Returns
    -------
    gain : Interval
        In units of the metric, positive where ours is better.
    """
    sign = 1 if metric.larger_is_better else -1
    of_ours, of_theirs = _resampled_figures(metric, [ours, theirs], y)
    gain = sign * (metric.of(ours, y) - metric.of(theirs, y))
    return Interval(gain, *_ends(sign * (of_ours - of_theirs)))


def adjusted_difference(
    metric: Metric,
    losses: tuple[np.ndarray, np.ndarray],
    y: np.ndarray,
    in_folds: tuple[FoldLosses, FoldLosses],
) -> Interval:
    """Return what `difference_of` does, less what the choice of the test rows adds.

    Models of the same kinds that were fitted in folds show it: they compare differently on
    the test rows than on the rows to learn from, though they have seen neither. What is taken off
    the gain on the test rows is a share of that difference, the one of least variance. Such a
    control variate is unbiased however unlike the models are, and the less alike, the smaller is
    the share (Angelopoulos, Duchi and Zrnic 2023, "PPI++").

    Parameters
    ----------
    metric : Metric
    losses : tuple of two ndarray of shape (n_test_rows,)
        Ours and theirs.
    y : ndarray of shape (n_test_rows,)
    in_folds : tuple of two FoldLosses
        Of what is like ours, and like theirs.

    Returns
    -------
    gain : Interval
        In units of the metric, positive where ours is better.
    """
    test = np.stack([*losses, *(folds.test for folds in in_folds)])
    rest = np.stack([folds.rest for folds in in_folds])
    share = _share_of_least_variance(test, rest)
    if metric.task == "regression":
        test, rest = _with_moments(test, y, y), _with_moments(rest, in_folds[0].y, y)

    def gain(of_test: np.ndarray, of_rest: np.ndarray) -> np.ndarray:
        means = np.maximum(of_test[:2] + share * (of_rest[:2] - of_test[2:4]), 0.0)
        variance = _variance(of_test[4:], of_rest[2:], len(y) / (len(y) + rest.shape[1]))
        ours, theirs = (metric.figure(mean, variance) for mean in means)
        return ours - theirs if metric.larger_is_better else theirs - ours

    # The means of the rest, of which there are many rows, are as good as normal.
    draws = np.random.default_rng(0).multivariate_normal(
        rest.mean(axis=1), np.cov(rest) / rest.shape[1], N_RESAMPLES, check_valid="ignore"
    )
    value = gain(test.mean(axis=1), rest.mean(axis=1))
    return Interval(float(value), *_ends(gain(_resampled_means(test), draws.T)))


def _share_of_least_variance(test: np.ndarray, rest: np.ndarray) -> float:
    """How much to take off a mean difference of ours and theirs of what those in folds show."""
    gains, in_folds = test[1] - test[0], test[3] - test[2]
    covariance = np.cov(gains, in_folds)
    noise = covariance[1, 1] + np.var(rest[1] - rest[0]) * len(gains) / rest.shape[1]
    return float(np.clip(covariance[0, 1] / noise, 0.0, 1.0)) if noise > 0 else 0.0


def _with_moments(samples: np.ndarray, y: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Samples, and what the variance of y is computed from."""
    centred = y - near.mean()
    return np.stack([*samples, centred, centred**2])


def _variance(of_test: np.ndarray, of_rest: np.ndarray, part: float) -> np.ndarray:
    """The variance of all targets from the moments of two parts; 0 without any."""
    if not len(of_test):
        return np.asarray(0.0)
    first, second = part * of_test + (1 - part) * of_rest
    return np.maximum(second - first**2, np.finfo(float).tiny)


def _resampled_figures(metric: Metric, losses: list[np.ndarray], y: np.ndarray) -> list[np.ndarray]:
    """The metric of resampled rows, the same rows for all losses."""
    if metric.task == "classification":
        return [metric.figure(means, means) for means in _resampled_means(np.stack(losses))]
    centred = y - y.mean()
    *means, first, second = _resampled_means(np.stack([*losses, centred, centred**2]))
    variance = np.maximum(second - first**2, np.finfo(float).tiny)
    return [metric.figure(mean, variance) for mean in means]


def _resampled_means(samples: np.ndarray) -> np.ndarray:
    """Means of resampled rows, the same rows for all samples: (n_samples, n_resamples)."""
    n_rows = samples.shape[1]
    rng = np.random.default_rng(0)
    means, done = np.empty((len(samples), N_RESAMPLES)), 0
    while done < N_RESAMPLES:
        n = min(max(1, _BATCH_CELLS // n_rows), N_RESAMPLES - done)
        rows = rng.integers(n_rows, size=(n, n_rows))
        for sample, mean in zip(samples, means, strict=True):
            mean[done : done + n] = sample[rows].mean(axis=1)
        done += n
    return means


def _ends(figures: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(figures, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


# ------------------------------------------------------------------------------- the metrics
def _log_losses(truth: np.ndarray, p: np.ndarray) -> np.ndarray:
    return -np.log(np.clip(p[np.arange(len(truth)), truth], _SMALLEST, 1.0))


def _misses(truth: np.ndarray, p: np.ndarray) -> np.ndarray:
    return (p.argmax(axis=1) != truth).astype(float)


def _squares(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return (truth - predicted) ** 2


def _distances(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return abs(truth - predicted)


def _mean(loss: np.ndarray, _variance: np.ndarray) -> np.ndarray:
    return loss


METRICS = {
    metric.name: metric
    for metric in (
        Metric("log-loss", "classification", _log_losses, _mean, False),
        Metric("accuracy", "classification", _misses, lambda loss, _: 1 - loss, True),
        Metric("R2", "regression", _squares, lambda loss, variance: 1 - loss / variance, True),
        Metric("rmse", "regression", _squares, lambda loss, _: np.sqrt(loss), False),
        Metric("mae", "regression", _distances, _mean, False),
    )
}
