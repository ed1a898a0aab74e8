"""Fit and prediction time beside scikit-learn and PyTorch, and over the matrix products alone.

    python tests/benchmarks/speed.py [--dtype float32] [--repeats 5]

One BLAS thread each, timed in turns; ratios are medians over the rounds. PyTorch is left out
where it is not installed.
"""

import argparse
import functools
import importlib.util
import warnings

import numpy as np
import products
import sklearn.neural_network
from common import describe_run, median_ratios, paired_seconds, print_header, print_row
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits
from workloads import workloads

import sknn_tune

CHUNK_ROWS = 256


def fits_of(workload):
    """Functions that fit the workload: ours, scikit-learn's and, where installed, PyTorch's."""

    def fit(estimator):
        return estimator(**workload.parameters).fit(workload.X, workload.y)

    fits = [
        functools.partial(fit, sknn_tune.MLPClassifier),
        functools.partial(fit, sklearn.neural_network.MLPClassifier),
    ]
    if importlib.util.find_spec("torch"):
        import pytorch

        fits.append(functools.partial(pytorch.fit, workload))
    return fits


def compare_fits(dtype, repeats):
    """Print a row for each workload."""
    print_header("fit", "seconds", "scikit-learn", "PyTorch", "over products alone")
    for workload in workloads(dtype):
        fits = fits_of(workload)
        paired_seconds(fits, 1)  # compilation, first touch of memory
        seconds = paired_seconds(fits, repeats)
        alone = products.fit_seconds(
            len(workload.X), workload.sizes, workload.batch_size, workload.epochs, dtype
        )
        ours = np.median(seconds[:, 0])
        ratios = [f"{ratio:.2f}x" for ratio in median_ratios(seconds)[1:]]
        ratios += ["not installed"] * (2 - len(ratios))
        print_row(workload.name, f"{ours:.4f}", *ratios, f"{ours / alone:.2f}x")


def compare_predictions(dtype, repeats):
    """Print a row for `predict_proba`."""
    X = np.random.default_rng(0).normal(size=(100_000, 100)).astype(dtype)
    parameters = {"hidden_layer_sizes": (100,), "max_iter": 1, "random_state": 0}
    estimators = [sknn_tune.MLPClassifier, sklearn.neural_network.MLPClassifier]
    models = [cls(**parameters).fit(X[:2000], X[:2000, 0] > 0) for cls in estimators]
    calls = [functools.partial(model.predict_proba, X) for model in models]
    paired_seconds(calls, 1)
    seconds = paired_seconds(calls, repeats)
    alone = products.prediction_seconds(len(X), [100, 100, 1], CHUNK_ROWS, dtype)
    ours = np.median(seconds[:, 0])
    print()
    print_header("predict_proba", "seconds", "scikit-learn", "over products alone")
    ratio = median_ratios(seconds)[1]
    print_row("100,000x100, hidden 100", f"{ours:.4f}", f"{ratio:.2f}x", f"{ours / alone:.2f}x")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    describe_run()
    with threadpool_limits(1):
        compare_fits(options.dtype, options.repeats)
        compare_predictions(options.dtype, options.repeats)


if __name__ == "__main__":
    main()
