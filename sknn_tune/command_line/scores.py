"""How good the model is on the test rows, and how sure that is."""

from typing import NamedTuple

import numpy as np
from scipy.stats import bootstrap
from sklearn.dummy import DummyClassifier, DummyRegressor

N_RESAMPLES = 1000
# Resamples held in memory at a time, times rows.
_BATCH_CELLS = 2_000_000


class Score(NamedTuple):
    """A figure of the test rows, with its 95 % interval."""

    name: str
    value: float
    low: float
    high: float
    baseline: float  #: what a model reaches that looks at no feature

    def __str__(self):
        return (
            f"{self.value:.4g} (95 % interval {self.low:.4g} to {self.high:.4g}; "
            f"{self.baseline:.4g} without looking at the columns)"
        )


def score_classifier(model, X, y, X_test, y_test):
    """Log-loss and accuracy of a classifier on test rows.

    Parameters
    ----------
    model : estimator
        Fitted on `X` and `y`.
    X, X_test : ndarray of shape (n_rows, n_columns)
    y, y_test : ndarray of shape (n_rows,)

    Returns
    -------
    scores : list of Score
    """
    dummy = DummyClassifier(strategy="prior").fit(X, y)
    losses, hits = _losses_and_hits(model, X_test, y_test)
    dummy_losses, dummy_hits = _losses_and_hits(dummy, X_test, y_test)
    return [
        _score("log-loss", np.mean, (losses,), dummy_losses.mean()),
        _score("accuracy", np.mean, (hits,), dummy_hits.mean()),
    ]


def score_regressor(model, X, y, X_test, y_test):
    """R2 and mean absolute error of a regressor on test rows; see `score_classifier`."""
    dummy = DummyRegressor().fit(X, y)
    errors, dummy_errors = y_test - model.predict(X_test), y_test - dummy.predict(X_test)
    return [
        _score("R2", _r2, (errors, y_test), _r2(dummy_errors, y_test)),
        _score(
            "mean absolute error",
            np.mean,
            (abs(errors),),
            abs(dummy_errors).mean(),
        ),
    ]


def _losses_and_hits(model, X, y):
    """Log-loss of each row, and whether the likeliest class is the right one."""
    p = model.predict_proba(X).astype(np.float64)
    right = np.searchsorted(model.classes_, y)
    smallest = np.finfo(np.float32).eps
    losses = -np.log(np.clip(p[np.arange(len(y)), right], smallest, 1.0))
    return losses, (p.argmax(axis=1) == right).astype(float)


def _r2(errors, y, axis=-1):
    around_mean = y - y.mean(axis=axis, keepdims=True)
    return 1 - (errors**2).sum(axis=axis) / (around_mean**2).sum(axis=axis)


def _score(name, statistic, samples, baseline):
    """A statistic of rows with its bootstrap interval."""
    value = float(statistic(*samples))
    if any(np.ptp(sample) > 0 for sample in samples):
        interval = bootstrap(
            samples,
            statistic,
            paired=True,
            vectorized=True,
            n_resamples=N_RESAMPLES,
            batch=max(1, _BATCH_CELLS // len(samples[0])),
            method="percentile",
            random_state=np.random.default_rng(0),  # `rng` from scipy 1.15 on
        ).confidence_interval
        low, high = map(float, interval)
    else:
        low = high = value
    return Score(name, value, low, high, float(baseline))
