"""Made problems that the tests of the search share: scores and durations without a fit."""

import os
import time

import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator, RegressorMixin

from sknn_tune import BayesSearchCV

X = np.arange(12.0)[:, None]
y = np.arange(12.0)
AB = {"a": uniform(-5, 10), "b": loguniform(1e-3, 1e3)}
SPACE = {"a": uniform(-5, 10), "b": loguniform(1e-3, 1e3), "kind": ["plain", None, "odd"]}


class Hill(RegressorMixin, BaseEstimator):
    """A score with its maximum at a=1, b=10, that depends on the rows it is asked for.

    Parameters
    ----------
    seconds : float
        Length of a fit.
    log : str or None
        Directory where each fit leaves a line: its configuration and its first row.
    """

    def __init__(self, a=0.0, b=1.0, kind="plain", seconds=0.0, log=None, max_iter=9):
        self.a, self.b, self.kind = a, b, kind
        self.seconds, self.log, self.max_iter = seconds, log, max_iter

    def fit(self, X, y):
        time.sleep(self.seconds)
        self.n_rows_ = len(X)
        if self.log is not None:
            with open(os.path.join(self.log, str(os.getpid())), "a") as file:
                print(f"{self.a!r} {self.max_iter} {np.asarray(X)[0, 0]} {len(X)}", file=file)
        return self

    def score(self, X, y):
        loss = (self.a - 1) ** 2 + (np.log10(self.b) - 1) ** 2 + (self.kind is None)
        return -loss - 0.01 * float(np.mean(X)) - 1.0 / self.max_iter

    def predict(self, X):
        return np.zeros(len(X))


class Bowl(RegressorMixin, BaseEstimator):
    """A made score with its maximum 0 at a=1, b=10, and fits that fail on demand."""

    def __init__(self, a=0.0, b=1.0, layers=(100,), bias=None, fail=None):
        self.a, self.b, self.layers, self.bias, self.fail = a, b, layers, bias, fail

    def fit(self, X, y):
        if self.fail is not None and self.fail(self):
            raise RuntimeError("this configuration cannot be fitted")
        self.is_fitted_ = True
        return self

    def score(self, X, y):
        return -((self.a - 1) ** 2) - (np.log10(self.b) - 1) ** 2

    def predict(self, X):
        return np.zeros(len(X))

    def _default_param_distributions(self):
        return AB


def bowl_search(estimator=None, distributions=AB, **kwargs):
    kwargs = {"n_iter": 8, "cv": 3, "random_state": 0, **kwargs}
    return BayesSearchCV(Bowl() if estimator is None else estimator, distributions, **kwargs)


def trials(search):
    return search.cv_results_["params"]


def a_of(search):
    return [params["a"] for params in trials(search)]


def fits_of(directory):
    """Every fit that left a line: (a, max_iter, first row, number of rows)."""
    lines = [line for path in directory.iterdir() for line in path.read_text().splitlines()]
    return [tuple(map(float, line.split())) for line in lines]


class Counter(BaseEstimator):
    """Counts the epochs that it makes; resumes where it was paused."""

    made = []  # noqa: RUF012  shared by all clones on purpose

    def __init__(self, a=0.0, max_iter=27, warm_start=False):
        self.a, self.max_iter, self.warm_start = a, max_iter, warm_start

    def fit(self, X, y):
        if self.warm_start != "continue" or not hasattr(self, "n_iter_"):
            self.n_iter_ = 0
        Counter.made.append(self.max_iter - self.n_iter_)
        self.n_iter_ = self.max_iter
        return self

    def score(self, X, y):
        return -((self.a - 1) ** 2) - 1 / self.n_iter_

    def _can_continue(self, resource):
        return resource == "max_iter"


class Sometimes(Counter):
    def _can_continue(self, resource):
        return resource == "max_iter" and self.a < 0


class Restarter(Counter):
    def _can_continue(self, resource):
        return False


def fidelity_search(estimator=None, space=SPACE, **kwargs):
    defaults = {"n_iter": 9, "cv": 3, "random_state": 0, "resource": "max_iter", "refit": False}
    estimator = Hill(max_iter=27) if estimator is None else estimator
    return BayesSearchCV(estimator, space, **{**defaults, "min_resources": 3, **kwargs})


def rungs_of(results):
    """How many rows each amount of the resource has."""
    amounts, counts = np.unique(results["n_resources"], return_counts=True)
    return dict(zip(amounts.tolist(), counts.tolist(), strict=True))
