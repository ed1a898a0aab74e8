"""Print what cutting a run costs, and whether random cuts give the bits of the uncut run.

    python tests/benchmarks/continuation.py

A cut costs what a fit that resumes for one epoch takes beyond that epoch, `set_params` included.
Beside it a fit of one epoch from scratch. Shortest times of many, taken in turns.
"""

import warnings

import numpy as np
import scipy.sparse
from common import describe_run, paired_seconds, print_header, print_row
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sknn_tune import Cosine, CosineRestarts, MLPClassifier

SIZES = [(500, 20), (5_000, 50), (20_000, 100)]
RUNS = [
    {},
    {"dropout": 0.3, "input_dropout": 0.1, "batch_norm": "both"},
    {"learning_rate": Cosine(warmup=0.2, epochs=20), "early_stopping": True},
    {"learning_rate": CosineRestarts(period=4), "early_stopping": True, "scoring": "roc_auc"},
    {"solver": "sgd", "learning_rate": "adaptive", "n_iter_no_change": 1, "tol": 0.01},
]
N_EPOCHS = 24


def problem(n_rows, n_features):
    X = np.random.RandomState(0).normal(size=(n_rows, n_features)).astype(np.float32)
    return X, (X[:, 0] > 0).astype(int)


def cost(n_rows, n_features):
    """Milliseconds of an epoch, of a fit of one epoch, of going on by one, of the cut."""
    X, y = problem(n_rows, n_features)
    params = {"hidden_layer_sizes": (50,), "random_state": 0, "tol": 0, "n_iter_no_change": 10**6}
    run = MLPClassifier(warm_start="continue", max_iter=1, **params).fit(X, y)
    functions = [
        lambda: MLPClassifier(max_iter=1, **params).fit(X, y),
        lambda: MLPClassifier(max_iter=5, **params).fit(X, y),
        lambda: run.set_params(max_iter=run.n_iter_ + 1).fit(X, y),
    ]
    one, five, on = 1e3 * paired_seconds(functions, max(15, 100_000 // n_rows)).min(axis=0)
    epoch = (five - one) / 4
    return epoch, one, on, on - epoch


def count_equal(n_cuts):
    """How many of so many randomly cut runs have the bits of the uncut run."""
    random_state, equal = np.random.RandomState(0), 0
    dense, y = problem(400, 12)
    sparse = scipy.sparse.csr_matrix(np.where(dense > 1, dense, 0))
    for i in range(n_cuts):
        X = sparse if i % 3 == 0 else dense
        model = MLPClassifier((16,), warm_start="continue", random_state=i, **RUNS[i % len(RUNS)])
        whole = clone(model).set_params(max_iter=N_EPOCHS).fit(X, y)
        cuts = np.sort(random_state.randint(1, N_EPOCHS, random_state.randint(1, 6)))
        for max_iter in [*cuts.tolist(), N_EPOCHS]:
            model.set_params(max_iter=max_iter).fit(X, y)
        parts = zip(model.coefs_ + model.intercepts_, whole.coefs_ + whole.intercepts_, strict=True)
        same = all(np.array_equal(a, b) for a, b in parts)
        equal += same and model.loss_curve_ == whole.loss_curve_
    return equal


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    describe_run()
    columns = ["an epoch", "a fit of one epoch", "going on by one epoch", "a cut"]
    print_header("rows x features", *(f"{column}, ms" for column in columns))
    for size in SIZES:
        print_row(f"{size[0]} x {size[1]}", *(f"{value:.2f}" for value in cost(*size)))
    print(f"\n{count_equal(30)} of 30 randomly cut runs have the bits of the uncut run")


if __name__ == "__main__":
    main()
