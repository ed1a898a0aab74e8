"""The main job on real data: a pipeline tuned on the digits, scikit-learn's own MLP beside it."""

import time

import numpy as np
import sklearn.neural_network
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import sknn_tune

GRID = {
    "network__hidden_layer_sizes": [(50,), (100,)],
    "network__batch_size": [32, 200],
    "network__alpha": [1e-4, 1e-1],
}
_FOLDS = 3


def run_demo(grid=GRID):
    """Tune both classifiers over the same grid and print times and accuracies.

    Parameters
    ----------
    grid : dict, default=GRID
        What `GridSearchCV` searches: parameters of the step ``network``.
    """
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.float32)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    print(f"The digits: {len(X_train)} rows to tune on, {len(X_test)} rows held out.")

    began = time.perf_counter()
    _pipeline(sknn_tune.MLPClassifier).fit(X_train, y_train)
    print(f"First fit, with compilation or loading of machine code: {_seconds_since(began):.1f} s")

    print(f"{'':14}{'seconds':>8}{'cross-validated':>18}{'held out':>10}  best parameters")
    seconds = {}
    for name, estimator in [
        ("sknn_tune", sknn_tune.MLPClassifier),
        ("scikit-learn", sklearn.neural_network.MLPClassifier),
    ]:
        search = GridSearchCV(_pipeline(estimator), grid, cv=_FOLDS)
        began = time.perf_counter()
        search.fit(X_train, y_train)
        seconds[name] = _seconds_since(began)
        print(
            f"{name:14}{seconds[name]:8.2f}{search.best_score_:18.4f}"
            f"{search.score(X_test, y_test):10.4f}  {_describe(search.best_params_)}"
        )
    n_fits = len(search.cv_results_["params"]) * _FOLDS + 1
    ratio = seconds["scikit-learn"] / seconds["sknn_tune"]
    print(f"{n_fits} fits each; scikit-learn took {ratio:.1f} times as long.")


def _pipeline(estimator):
    network = estimator(early_stopping=True, random_state=0)
    return Pipeline([("scale", StandardScaler()), ("network", network)])


def _seconds_since(began):
    return time.perf_counter() - began


def _describe(parameters):
    return ", ".join(f"{name.split('__')[-1]}={value}" for name, value in parameters.items())
