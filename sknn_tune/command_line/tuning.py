"""A search that ends in time: how many rows to score on, how many epochs can be paid for."""

import time
import warnings
from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, make_scorer
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold, StratifiedShuffleSplit

from sknn_tune.command_line.model import make_model, make_space
from sknn_tune.search import BayesSearchCV

# Fewer rows are scored in folds, more on one dev part: (rows, folds).
FOLDS = ((1_000, 5), (5_000, 3))
DEV_SHARE, MAX_DEV_ROWS = 0.2, 10_000
# Passes over the rows: the most that a configuration gets, and halves of it.
MAX_EPOCHS, MIN_EPOCHS, N_HALVINGS = 80, 4, 3
TIMED_EPOCHS, WARM_UP_ROWS = 2, 600
# The first configuration at its full length may take this share of the time that is left.
FIRST_SHARE = 0.06
# Rows times epochs of the longest configuration where the time does not decide.
STORED_WORK = 1_000_000
# What is searched with where compilation has used up the time: one configuration and the refit.
LEAST_SECONDS = 3.0
# Of the time that is left; the rest is for the refit, which is never cut short.
SEARCH_SHARE = 0.75


class Clock(NamedTuple):
    """When to be done."""

    end: float  #: in the seconds of time.monotonic

    @classmethod
    def of(cls, seconds):
        """A clock that starts now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self):
        """Seconds left, at least 0."""
        return max(self.end - time.monotonic(), 0.0)


def tune(columns, task, codes, y, clock, *, n_iter=50, seed=0, storage=None, verbose=0):
    """Search the space of `make_space` until the time or the number of trials is used up.

    Parameters
    ----------
    columns : list of Column
    task : {"classification", "regression"}
    codes : ndarray of shape (n_rows, n_columns)
        What `make_codes` gives.
    y : ndarray of shape (n_rows,)
        The target.
    clock : Clock
        When to be done, the refit included.
    n_iter : int, default=50
        Most configurations to try.
    seed : int, default=0
        Of the splits and of the search.
    storage : path-like or None, default=None
        A file that keeps the trials; a search that it holds goes on.
    verbose : int, default=0
        1 shows the progress.

    Returns
    -------
    search : BayesSearchCV
        Fitted; the winner is fitted on all rows given.
    """
    n_rows = len(y)
    with warnings.catch_warnings():
        # The time, not the loss, says when a fit ends; rare classes may be missing from a fold.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        warnings.filterwarnings("ignore", "The total space of parameters", UserWarning)
        splitter = make_splitter(task, n_rows, seed)
        model = make_model(columns, task, n_rows, TIMED_EPOCHS)
        seconds = _seconds_of_an_epoch(model, codes, y, splitter)
        affordable = FIRST_SHARE * clock.left / (seconds * splitter.get_n_splits())
        # A stored search goes on in the same space, however long an epoch takes this time.
        epochs = _epochs(affordable if storage is None else STORED_WORK / n_rows)
        search = BayesSearchCV(
            make_model(columns, task, n_rows, epochs[-1]),
            make_space(task, n_rows, epochs),
            n_iter=n_iter,
            cv=splitter,
            scoring=make_scoring(task, y),
            random_state=seed,
            max_time=max(SEARCH_SHARE * clock.left, LEAST_SECONDS),
            refit=False,
            storage=storage,
            verbose=verbose,
        )
        search.fit(codes, y)
        # Not by the search, which would cut a refit short at its deadline, halfway down the rate.
        winner = clone(search.estimator).set_params(**search.best_params_)
        search.best_estimator_ = winner.fit(codes, y)
        return search.set_params(refit=True)


def make_splitter(task, n_rows, seed):
    """Return the splits that configurations are scored on: folds, or one dev part of many rows."""
    stratified = task == "classification"
    for limit, n_folds in FOLDS:
        if n_rows < limit:
            kind = StratifiedKFold if stratified else KFold
            return kind(n_folds, shuffle=True, random_state=seed)
    kind = StratifiedShuffleSplit if stratified else ShuffleSplit
    n_dev = min(int(DEV_SHARE * n_rows), MAX_DEV_ROWS)
    return kind(1, test_size=n_dev, random_state=seed)


def make_scoring(task, y):
    """Return what the search maximises: minus the log-loss, or R2."""
    if task == "regression":
        return "r2"
    # All classes are named: a small fold may lack one.
    return make_scorer(
        log_loss, labels=np.unique(y), response_method="predict_proba", greater_is_better=False
    )


def describe_splits(splitter, n_rows):
    """Say in words what configurations are scored on."""
    if splitter.get_n_splits() > 1:
        return f"{splitter.get_n_splits()} folds of {n_rows} rows"
    return f"{splitter.test_size} dev rows, trained on {n_rows - splitter.test_size}"


def _seconds_of_an_epoch(model, codes, y, splitter):
    """Time the first configuration; the fit before compiles the kernels or loads them."""
    train, dev = next(splitter.split(codes, y))
    # All classes, and enough rows to fill a batch.
    few = np.union1d(np.unique(y[train], return_index=True)[1], np.arange(WARM_UP_ROWS))
    few = few[few < len(train)]
    for rows in (train[few], train):
        began = time.monotonic()
        fitted = clone(model).fit(codes[rows], y[rows])
        fitted.predict(codes[dev])
    return (time.monotonic() - began) / TIMED_EPOCHS


def _epochs(affordable):
    """Numbers of epochs to choose from, each twice the one before."""
    most = int(np.clip(affordable, MIN_EPOCHS, MAX_EPOCHS))
    return sorted({most >> i for i in range(N_HALVINGS)})
