"""GridSearchCV as a user calls it: 36 fits on the digits, with processes and with threads.

python tests/benchmarks/grid_search.py [--repeats 3]
"""

import argparse
import functools
import warnings

import numpy as np
import sklearn.neural_network
from common import describe_run, paired_seconds, print_header, print_row
from joblib import parallel_config
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import sknn_tune

GRID = {
    "network__hidden_layer_sizes": [(32,), (64,), (64, 32)],
    "network__alpha": [1e-4, 1e-2],
    "network__learning_rate_init": [1e-3, 1e-2],
}


def search(estimator, X, y, n_jobs, backend):
    """Run the search; returns the fitted GridSearchCV."""
    network = estimator(max_iter=40, batch_size=64, random_state=0)
    pipeline = Pipeline([("scale", StandardScaler()), ("network", network)])
    with parallel_config(backend=backend), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GridSearchCV(pipeline, GRID, cv=3, n_jobs=n_jobs).fit(X, y)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    describe_run()
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.float32)

    ours = functools.partial(search, sknn_tune.MLPClassifier, X, y)
    theirs = functools.partial(search, sklearn.neural_network.MLPClassifier, X, y)
    runs = {
        "sknn_tune, n_jobs=1": functools.partial(ours, 1, "threading"),
        "sknn_tune, n_jobs=2, threads": functools.partial(ours, 2, "threading"),
        "sknn_tune, n_jobs=2, processes": functools.partial(ours, 2, "loky"),
        "scikit-learn, n_jobs=2, processes": functools.partial(theirs, 2, "loky"),
    }
    scores = [run().best_score_ for run in runs.values()]  # also compiles, starts the workers
    seconds = np.median(paired_seconds(list(runs.values()), repeats), axis=0)
    print_header("36 fits", "seconds", "scikit-learn takes", "best score")
    for name, value, score in zip(runs, seconds, scores, strict=True):
        print_row(name, f"{value:.2f}", f"{seconds[-1] / value:.2f}x", f"{score:.4f}")
    print(f"\n1 -> 2 threads: {seconds[0] / seconds[1]:.2f}x")


if __name__ == "__main__":
    main()
