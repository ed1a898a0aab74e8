"""Time and memory that fits and predictions of the estimators of tables take, on made rows.

python tests/benchmarks/tabular_costs.py encoding    # with bins and without
python tests/benchmarks/tabular_costs.py wide        # 20,000 rows of 50 columns
python tests/benchmarks/tabular_costs.py predict     # rows a second
python tests/benchmarks/tabular_costs.py scale       # 1,000,000 rows of 20 columns, and memory
"""

import argparse
import resource
import time

import numpy as np
from common import describe_run

from sknn_tune import TabularMLPRegressor


def made(n_rows, n_columns):
    """Rows, and targets that bend and interact."""
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(n_rows, n_columns))
    y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + np.abs(X[:, 3])
    return X, y + 0.1 * random_state.normal(size=n_rows)


def seconds_of_fit(model, X, y):
    """Processor and wall seconds of a fit."""
    start, start_cpu = time.perf_counter(), time.process_time()
    model.fit(X, y)
    return time.process_time() - start_cpu, time.perf_counter() - start


def encoding(n_jobs, max_epochs):
    """A fit with numbers over bins and one with numbers as they are, the same steps."""
    X, y = made(10_000, 50)
    times = {}
    for embedding in ("piecewise_linear", None):
        params = {"n_members": 1, "hidden_layer_sizes": (256,) * 3, "batch_size": 256}
        model = TabularMLPRegressor(
            **params, numeric_embedding=embedding, max_epochs=10, cv=5, random_state=0
        )
        model.fit(X[:500], y[:500])  # compiles
        times[embedding] = min(seconds_of_fit(model, X, y)[0] for _ in range(3))
        print(f"{embedding}: {times[embedding]:.2f} processor seconds")
    print(f"ratio {times['piecewise_linear'] / times[None]:.2f}")


def wide(n_jobs, max_epochs):
    """20,000 rows of 50 columns."""
    report(*made(20_000, 50), n_jobs, max_epochs)


def scale(n_jobs, max_epochs):
    """A million rows of 20 columns."""
    report(*made(1_000_000, 20), n_jobs, max_epochs)


def report(X, y, n_jobs, max_epochs):
    """Print what a fit takes, beyond the memory that is taken before it."""
    model = TabularMLPRegressor(random_state=0, n_jobs=n_jobs, max_epochs=max_epochs)
    model.fit(X[:500], y[:500])  # compiles
    before = peak_memory()
    cpu, wall = seconds_of_fit(model, X, y)
    print(
        f"{len(X):,} rows of {X.shape[1]} columns: {cpu:.1f} processor seconds, {wall:.1f} in all,"
    )
    print(f"{peak_memory() - before:.2f} GB of memory above the {before:.2f} before")
    print(f"epochs {[len(curve) for curve in model.loss_curves_]}, R2 {model.oof_score_:.4f}")


def peak_memory():
    """The most memory that was taken so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def predict(n_jobs, max_epochs):
    """Rows a second that a fitted model predicts."""
    for n_columns in (8, 20, 50):
        X, y = made(100_000, n_columns)
        model = TabularMLPRegressor(random_state=0, n_jobs=n_jobs, max_epochs=1)
        model.fit(X[:5000], y[:5000])
        start, start_cpu = time.perf_counter(), time.process_time()
        model.predict(X)
        wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        print(f"{n_columns} columns: {len(X) / wall:,.0f} rows/s, {len(X) / cpu:,.0f} a processor")


COMMANDS = {function.__name__: function for function in (encoding, wide, predict, scale)}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument(
        "--max-epochs", type=lambda text: text if text == "auto" else int(text), default="auto"
    )
    arguments = parser.parse_args()
    describe_run()
    COMMANDS[arguments.command](arguments.n_jobs, arguments.max_epochs)


if __name__ == "__main__":
    main()
