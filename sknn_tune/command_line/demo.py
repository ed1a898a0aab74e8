"""Four ways to tune a network on the digits on one budget: by hand, grid, random, Bayesian."""

import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import sklearn.neural_network
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import sknn_tune
from sknn_tune.common.parameter_names import without_path

N_TRIALS, N_FOLDS = 18, 3
# What a person tries who changes one thing at a time and keeps what was better.
_BY_HAND: dict[str, list[Any]] = {
    "network__hidden_layer_sizes": [(100,), (50,), (200,), (100, 100), (200, 200)],
    "network__learning_rate_init": [1e-4, 1e-3, 3e-3, 1e-2, 3e-2],
    "network__alpha": [1e-4, 1e-2, 1e-1, 1.0],
    "network__batch_size": [16, 32, 64, 200],
}
_GRID: dict[str, list[Any]] = {
    "network__hidden_layer_sizes": [(100,), (200,)],
    "network__learning_rate_init": [1e-3, 1e-2, 1e-1],
    "network__alpha": [1e-4, 1e-2, 1.0],
}
_DISTRIBUTIONS = {
    "network__hidden_layer_sizes": sknn_tune.hidden_layers(n_layers=(1, 3), units=(32, 256)),
    "network__learning_rate_init": loguniform(1e-4, 1e-1),
    "network__alpha": loguniform(1e-6, 1.0),
    "network__batch_size": [16, 32, 64, 128, 256],
}


def run_demo(n_trials: int = N_TRIALS) -> None:
    """Tune with the same number of trials four times; print log-losses, accuracies and times.

    Parameters
    ----------
    n_trials : int, default=18
        Configurations that each way may try.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # thirty epochs are the budget
        _tune_four_times(n_trials)


def _tune_four_times(n_trials: int) -> None:
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.float32)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    print(f"The digits: {len(X_train)} rows to tune on, {len(X_test)} rows held out.")
    seconds = _timed(partial(_pipeline().fit, X_train, y_train))[1]
    print(f"First fit, with compilation or loading of machine code: {seconds:.1f} s\n")

    print(f"{n_trials} configurations each, {N_FOLDS} folds; log-loss, smaller is better:")
    print(f"{'':10}{'folds':>8}{'held out':>10}{'accuracy':>10}{'seconds':>9}  best parameters")
    for name, search in _searches(n_trials):
        search, seconds = _timed(partial(search.fit, X_train, y_train))
        accuracy = np.mean(search.predict(X_test) == y_test)
        print(
            f"{name:10}{-search.best_score_:8.4f}{-search.score(X_test, y_test):10.4f}"
            f"{accuracy:10.4f}{seconds:9.1f}  {_describe(search.best_params_)}",
            flush=True,
        )
    print("One run proves little; the benchmarks of the documentation count many.")
    _compare_speed(X_train, X_test, y_train, y_test)


def _searches(n_trials: int) -> Iterator[tuple[str, Any]]:
    """The four searches by name."""
    settings: dict[str, Any] = {"cv": N_FOLDS, "scoring": "neg_log_loss"}
    by_hand = ByHand(_pipeline(), _BY_HAND, n_trials, settings)
    grid = _GRID if n_trials >= 18 else {name: values[:1] for name, values in _GRID.items()}
    yield "by hand", by_hand
    yield "grid", GridSearchCV(_pipeline(), grid, **settings)
    settings |= {"n_iter": n_trials, "random_state": 0}
    yield "random", RandomizedSearchCV(_pipeline(), _DISTRIBUTIONS, **settings)
    yield "Bayesian", sknn_tune.BayesSearchCV(_pipeline(), _DISTRIBUTIONS, **settings)


class ByHand:
    """One parameter after the other: try its values, keep the best, vary the next."""

    def __init__(
        self,
        estimator: Pipeline,
        values: dict[str, list[Any]],
        n_trials: int,
        settings: dict[str, Any],
    ) -> None:
        self._estimator, self._values = estimator, values
        self._n_trials, self._settings = n_trials, settings

    def fit(self, X: np.ndarray, y: np.ndarray) -> GridSearchCV:
        """Walk through the parameters until the trials are used up; return the last search."""
        best: dict[str, Any] = {}
        left, search = self._n_trials, None
        for name, values in self._values.items():
            if left > 0:
                grid = {key: [value] for key, value in best.items()} | {name: values[:left]}
                search = GridSearchCV(self._estimator, grid, **self._settings).fit(X, y)
                best, left = search.best_params_, left - len(values)
        return search


def _compare_speed(X_train, X_test, y_train, y_test):
    """Print how well and how fast scikit-learn's network does the same fit."""
    accuracies, seconds = [], []
    for make in (sknn_tune.MLPClassifier, sklearn.neural_network.MLPClassifier):
        runs = [_timed(partial(_pipeline(make).fit, X_train, y_train)) for _ in range(3)]
        accuracies.append(runs[0][0].score(X_test, y_test))
        seconds.append(min(run[1] for run in runs))
    print(
        f"\nThe same fit takes scikit-learn's network {seconds[1] / seconds[0]:.1f} times as long; "
        f"accuracy {accuracies[0]:.4f}, scikit-learn's {accuracies[1]:.4f}."
    )


def _pipeline(network=sknn_tune.MLPClassifier):
    network = network(max_iter=30, n_iter_no_change=30, random_state=0)
    return Pipeline([("scale", StandardScaler()), ("network", network)])


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def _describe(parameters):
    shown = {without_path(name): value for name, value in parameters.items()}
    return ", ".join(
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in shown.items()
    )
