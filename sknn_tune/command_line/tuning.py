"""A search that ends in time: how many epochs can be paid for, and what to refit."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, make_scorer

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.model import make_network, make_space
from sknn_tune.command_line.scores import Metric, predict_test
from sknn_tune.command_line.splits import Pairs
from sknn_tune.search import BayesSearchCV

# Passes over the rows: the most that a configuration gets, and halves of it.
MAX_EPOCHS, MIN_EPOCHS, N_HALVINGS = 80, 4, 3
TIMED_EPOCHS, _WARM_UP_ROWS = 2, 64
# The first configuration at its full length may take this share of the time that is left.
FIRST_SHARE = 0.06
# Rows times epochs of the longest configuration where the time does not decide.
STORED_WORK = 1_000_000
# What is searched with where the time is used up: one configuration and the refit.
LEAST_SECONDS = 3.0
# Of the time that is left; the rest is for the refits, which are never cut short.
SEARCH_SHARE = 0.7
# Networks that may be averaged.
MOST_MEMBERS = 5


class Matrix(NamedTuple):
    """Rows as a network takes them."""

    X: np.ndarray  #: (n_rows, n_features), float32
    y: np.ndarray  #: (n_rows,)
    task: str  #: "classification" or "regression"
    pairs: Pairs  #: rows to fit on and to compare configurations on


@contextmanager
def budget_warnings_ignored() -> Iterator[None]:
    """Silence warnings about what is meant: the time, not the loss, says when a fit ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Rare classes may be missing from a fold.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        warnings.filterwarnings("ignore", "The total space of parameters", UserWarning)
        yield


def compile_kernels(task: str) -> None:
    """Fit a few made rows, which compiles the kernels or loads them from the cache.

    Parameters
    ----------
    task : {"classification", "regression"}
    """
    numbers = np.linspace(-1, 1, _WARM_UP_ROWS, dtype="float32")
    y = np.where(numbers > 0, "a", "b") if task == "classification" else numbers
    X = numbers[:, np.newaxis]
    make_network(task, _WARM_UP_ROWS, TIMED_EPOCHS).fit(X, y).predict(X)


def count_epochs(data: Matrix, clock: Clock, *, stored: bool) -> list[int]:
    """Return the numbers of epochs to choose from, each half of the next.

    Parameters
    ----------
    data : Matrix
    clock : Clock
        When the search has to be done.
    stored : bool
        Whether the search may be resumed, however long an epoch takes then.
    """
    if stored:
        affordable = STORED_WORK / len(data.y)
    else:
        train = data.pairs[0][0]
        began = time.monotonic()
        make_network(data.task, len(data.y), TIMED_EPOCHS).fit(data.X[train], data.y[train])
        seconds = (time.monotonic() - began) / TIMED_EPOCHS
        affordable = FIRST_SHARE * clock.left / (seconds * len(data.pairs))
    most = int(np.clip(affordable, MIN_EPOCHS, MAX_EPOCHS))
    return sorted({most >> i for i in range(N_HALVINGS)})


def tune(
    data: Matrix,
    epochs: list[int],
    clock: Clock,
    *,
    metric: Metric,
    n_iter: int = 50,
    seed: int = 0,
    storage: str | Path | None = None,
    verbose: int = 0,
) -> BayesSearchCV:
    """Search the space of `make_space` until the time or the number of trials is used up.

    Parameters
    ----------
    data : Matrix
    epochs : list of int
        Numbers of epochs to choose from.
    clock : Clock
        When to be done, a refit included.
    metric : Metric
        What is optimised.
    n_iter : int, default=50
        Most configurations to try.
    seed : int, default=0
    storage : path-like or None, default=None
        A file that keeps the trials; a search that it holds is resumed.
    verbose : int, default=0
        1 shows the progress.

    Returns
    -------
    search : BayesSearchCV
        Fitted, its winner not refitted.
    """
    n_rows = len(data.y)
    search = BayesSearchCV(
        make_network(data.task, n_rows, epochs[-1]),
        make_space(data.task, n_rows, epochs),
        n_iter=n_iter,
        cv=data.pairs,
        scoring=make_scoring(metric, data.y),
        random_state=seed,
        max_time=max(SEARCH_SHARE * clock.left, LEAST_SECONDS),
        # Not by the search, which would cut a refit short at its deadline, halfway down the rate.
        refit=False,
        storage=storage,
        verbose=verbose,
    )
    return search.fit(data.X, data.y)


def refit(search: BayesSearchCV, data: Matrix) -> Any:
    """Return the winner of a search, fitted on all rows."""
    return clone(search.estimator).set_params(**search.best_params_).fit(data.X, data.y)


def average(search: BayesSearchCV, data: Matrix, clock: Clock, metric: Metric) -> Any | None:
    """Return the average of the best networks where it is better on the dev rows.

    Parameters
    ----------
    search : BayesSearchCV
        Fitted.
    data : Matrix
    clock : Clock
        When to be done.
    metric : Metric

    Returns
    -------
    average : estimator or None
        Fitted on all rows. None where a single network is as good, or the time does not suffice.
    """
    best = _affordable_members(search, clock)
    if len(best) < 2:
        return None
    members = [clone(search.estimator).set_params(**search.cv_results_["params"][i]) for i in best]
    train, dev = data.pairs[0]
    values = []
    for member in members:
        fitted = clone(member).fit(data.X[train], data.y[train])
        prediction = predict_test(fitted, data.X[dev], data.y[dev])
        values.append(prediction.values)
    means = np.cumsum(values, axis=0) / np.arange(1, len(values) + 1).reshape(
        -1, *[1] * prediction.values.ndim
    )
    losses = [metric.loss(prediction.truth, mean).mean() for mean in means]
    n_members = int(np.argmin(losses)) + 1
    if n_members == 1:
        return None
    named = [(f"network{i}", member) for i, member in enumerate(members[:n_members], start=1)]
    if data.task == "regression":
        return VotingRegressor(named).fit(data.X, data.y)
    return VotingClassifier(named, voting="soft").fit(data.X, data.y)


def make_scoring(metric: Metric, y: np.ndarray) -> Any:
    """Return what the search maximises."""
    if metric.name == "log-loss":
        # All classes are named: a small fold may lack one.
        return make_scorer(
            log_loss, labels=np.unique(y), response_method="predict_proba", greater_is_better=False
        )
    return {
        "accuracy": "accuracy",
        "R2": "r2",
        "rmse": "neg_root_mean_squared_error",
        "mae": "neg_mean_absolute_error",
    }[metric.name]


def _affordable_members(search: BayesSearchCV, clock: Clock) -> list[int]:
    """The best rows of the search whose fits on dev and on all rows fit into the time."""
    results = search.cv_results_
    scores = results["mean_test_score"]
    order = [int(i) for i in np.argsort(-scores, kind="stable") if np.isfinite(scores[i])]
    chosen, left = [], 0.8 * clock.left
    for i in order[:MOST_MEMBERS]:
        # Once on the training rows, once on all of them.
        left -= 2.5 * results["mean_fit_time"][i]
        if left < 0:
            break
        chosen.append(i)
    return chosen
