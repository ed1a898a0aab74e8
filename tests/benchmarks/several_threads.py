"""One fit, and one prediction, in one thread and in two: an epoch of large layers beside PyTorch's.

    python tests/benchmarks/several_threads.py [--repeats 3]

Seconds of an epoch are the difference of two fits, so that what any fit costs is left out.
PyTorch is left out where it is not installed.
"""

import argparse
import importlib.util
import time
import warnings

import numpy as np
from common import describe_run, print_header, print_row
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits
from workloads import Workload

from sknn_tune import MLPClassifier

SHAPES = {
    "5,120x100, hidden 1024, 1024, batch 512": ((1024, 1024), 512),
    "5,120x100, hidden 512, 512, batch 256": ((512, 512), 256),
    "5,120x100, hidden 256, 256, batch 256": ((256, 256), 256),
}
N_THREADS = (1, 2)


def _seconds(function):
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def _fit_ours(workload, n_threads):
    with threadpool_limits(n_threads):
        MLPClassifier(**workload.parameters).fit(workload.X, workload.y)


def _fit_torch(workload, n_threads):
    import pytorch

    pytorch.fit(workload, n_threads)


def _epoch_seconds(fit, workload, n_threads):
    few, many = workload._replace(epochs=1), workload._replace(epochs=4)
    return (_seconds(lambda: fit(many, n_threads)) - _seconds(lambda: fit(few, n_threads))) / 3


def compare_fits(X, y, repeats):
    """Print a row for each shape."""
    fits = {"sknn_tune": _fit_ours}
    if importlib.util.find_spec("torch"):
        fits["PyTorch"] = _fit_torch
    print_header("an epoch", "library", "1 thread, s", "2 threads, s", "ratio")
    for name, (hidden, batch_size) in SHAPES.items():
        workload = Workload(name, X, y, hidden, batch_size, 1)
        seconds = {(library, n): [] for library in fits for n in N_THREADS}
        for library, n_threads in seconds:
            fits[library](workload, n_threads)
        for _ in range(repeats):
            for library, n_threads in seconds:
                taken = _epoch_seconds(fits[library], workload, n_threads)
                seconds[library, n_threads].append(taken)
        for library in fits:
            one, two = (np.median(seconds[library, n]) for n in N_THREADS)
            print_row(name, library, f"{one:.4f}", f"{two:.4f}", f"{one / two:.2f}x")


def compare_predictions(repeats):
    """Print a row for `predict_proba`."""
    X = np.random.default_rng(0).normal(size=(100_000, 100)).astype(np.float32)
    model = MLPClassifier(max_iter=1, random_state=0).fit(X[:2000], X[:2000, 0] > 0)
    seconds = {n: [] for n in N_THREADS}
    for _ in range(repeats + 1):
        for n_threads, taken in seconds.items():
            with threadpool_limits(n_threads):
                taken.append(_seconds(lambda: model.predict_proba(X)))
    one, two = (np.median(seconds[n][1:]) for n in N_THREADS)
    print()
    print_header("predict_proba", "1 thread, s", "2 threads, s", "ratio")
    print_row("100,000x100, hidden 100", f"{one:.4f}", f"{two:.4f}", f"{one / two:.2f}x")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    warnings.simplefilter("ignore", ConvergenceWarning)
    describe_run()
    X, y = make_classification(5_120, 100, n_informative=20, n_classes=3, random_state=0)
    compare_fits(X.astype(np.float32), y, repeats)
    compare_predictions(repeats)


if __name__ == "__main__":
    main()
