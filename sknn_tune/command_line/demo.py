"""Four ways to tune a network on the digits on one budget: by hand, grid, random, Bayesian."""

import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import sklearn.neural_network
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, train_test_split

import sknn_tune

N_TRIALS, N_SEEDS, N_FOLDS, N_ROWS, N_EPOCHS = 24, 5, 3, 400, 25
# What somebody with experience may try: one hyperparameter after the other.
_BY_HAND: dict[str, list[Any]] = {
    "hidden_layer_sizes": [(100,), (50,), (200,), (100, 100), (200, 200)],
    "learning_rate_init": [1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1],
    "alpha": [1e-4, 1e-2, 1e-1, 1.0],
    "batch_size": [16, 32, 64, 128],
    "dropout": [0.0, 0.2, 0.4],
    "activation": ["relu", "tanh"],
}
_GRID: dict[str, list[Any]] = {
    "hidden_layer_sizes": [(64,), (128,)],
    "learning_rate_init": [1e-4, 1e-3, 1e-2, 1e-1],
    "alpha": [1e-4, 1e-2, 1.0],
}
_DISTRIBUTIONS = {
    "hidden_layer_sizes": sknn_tune.hidden_layers(n_layers=(1, 3), units=(32, 256)),
    "learning_rate_init": loguniform(1e-4, 1e-1),
    "alpha": loguniform(1e-6, 1.0),
    "batch_size": [16, 32, 64, 128],
    "dropout": uniform(0, 0.5),
    "activation": ["relu", "tanh", "logistic"],
    "beta_1": uniform(0.8, 0.19),
}
_SEARCH = {"cv": N_FOLDS, "scoring": "neg_log_loss"}


class Digits(NamedTuple):
    """Rows to tune on, and rows that are held out."""

    X: np.ndarray
    X_test: np.ndarray
    y: np.ndarray
    y_test: np.ndarray


def run_demo(n_trials: int = N_TRIALS, n_seeds: int = N_SEEDS) -> None:
    """Tune in four ways with several seeds each; print log-losses and times.

    Parameters
    ----------
    n_trials : int, default=24
        Configurations that each way may try.
    n_seeds : int, default=5
        Searches of each way.
    """
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    digits = Digits(*train_test_split(X, y, train_size=N_ROWS, stratify=y, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the epochs are a budget
        _tune_in_four_ways(digits, n_trials, n_seeds)
        _compare_speed(digits)


def _tune_in_four_ways(digits: Digits, n_trials: int, n_seeds: int) -> None:
    print(f"The digits: {len(digits.X)} rows to tune on, {len(digits.X_test)} rows held out.")
    seconds = _timed(partial(_network(0).fit, digits.X, digits.y))[1]
    print(f"First fit, with compilation or loading of machine code: {seconds:.1f} s\n")
    print(
        f"{n_trials} configurations on {N_FOLDS} folds, {n_seeds} seeds. Log-loss of the best, "
        "smaller is better:\nmedian (lowest to highest)"
    )
    print(f"{'':10}{'folds':>24}{'held-out rows':>24}{'seconds a search':>18}")
    folds = {}
    for name, search in WAYS.items():
        rows = [_losses(partial(search, seed, n_trials), digits) for seed in range(n_seeds)]
        folds[name], held_out, seconds = np.transpose(rows)
        shown = f"{_spread(folds[name]):>24}{_spread(held_out):>24}{np.median(seconds):>18.1f}"
        print(f"{name:10}{shown}", flush=True)
    n_better = int(np.sum(folds["Bayesian"] < folds["random"]))
    print(f"Bayesian beats random search on the folds with {n_better} of {n_seeds} seeds.")


def _losses(make: Callable[[], Any], digits: Digits) -> tuple[float, float, float]:
    """Log-loss of a search on the folds and on the held-out rows, and its seconds."""
    search, seconds = _timed(partial(make().fit, digits.X, digits.y))
    return -search.best_score_, -search.score(digits.X_test, digits.y_test), seconds


def _random_search(seed: int, n_trials: int) -> RandomizedSearchCV:
    options = {"n_iter": n_trials, "random_state": seed} | _SEARCH
    return RandomizedSearchCV(_network(seed), _DISTRIBUTIONS, **options)


def _bayesian_search(seed: int, n_trials: int) -> sknn_tune.BayesSearchCV:
    options: dict[str, Any] = {"n_iter": n_trials, "random_state": seed} | _SEARCH
    return sknn_tune.BayesSearchCV(_network(seed), _DISTRIBUTIONS, **options)


def _grid_search(seed: int, n_trials: int) -> GridSearchCV:
    whole = n_trials >= N_TRIALS
    grid = _GRID if whole else {name: values[:1] for name, values in _GRID.items()}
    return GridSearchCV(_network(seed), grid, **_SEARCH)


class ByHand:
    """One hyperparameter after the other: try its values, keep the best, vary the next."""

    def __init__(self, seed: int, n_trials: int) -> None:
        self._seed, self._n_trials = seed, n_trials

    def fit(self, X: np.ndarray, y: np.ndarray) -> GridSearchCV:
        """Go through the hyperparameters until the trials are used up; return the last search."""
        best: dict[str, Any] = {}
        left, search = self._n_trials, None
        for name, values in _BY_HAND.items():
            if left > 0:
                grid = {key: [value] for key, value in best.items()} | {name: values[:left]}
                search = GridSearchCV(_network(self._seed), grid, **_SEARCH).fit(X, y)
                best, left = search.best_params_, left - len(values)
        return search


#: What makes a search, by its name.
WAYS: dict[str, Callable[[int, int], Any]] = {
    "by hand": ByHand,
    "grid": _grid_search,
    "random": _random_search,
    "Bayesian": _bayesian_search,
}


def _compare_speed(digits: Digits) -> None:
    """Print how well and how fast scikit-learn's network does the same fit."""
    accuracies, seconds = [], []
    for make in (sknn_tune.MLPClassifier, sklearn.neural_network.MLPClassifier):
        runs = [_timed(partial(_network(0, make).fit, digits.X, digits.y)) for _ in range(3)]
        accuracies.append(runs[0][0].score(digits.X_test, digits.y_test))
        seconds.append(min(run[1] for run in runs))
    print(
        f"\nThe same fit takes scikit-learn's network {seconds[1] / seconds[0]:.1f} times as long; "
        f"accuracy {accuracies[0]:.4f}, scikit-learn's {accuracies[1]:.4f}."
    )


def _network(seed: int, kind: Callable[..., Any] = sknn_tune.MLPClassifier) -> Any:
    return kind(max_iter=N_EPOCHS, n_iter_no_change=N_EPOCHS, random_state=seed)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def _spread(values: np.ndarray) -> str:
    return f"{np.median(values):.3f} ({values.min():.3f} to {values.max():.3f})"
