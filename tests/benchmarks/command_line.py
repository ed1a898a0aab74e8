"""`sknn-tune fit` beside scikit-learn's default MLP in the same pipeline, on whole CSV files.

    python tests/benchmarks/command_line.py [--max-time 60] [name ...]

Prints the log-loss (classification) or R2 (regression) of both on the same test rows, and the
seconds of the whole command against its --max-time. The data are read from ``../shared/data``.
"""

import argparse
import gzip
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import joblib
import sklearn.neural_network
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, r2_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune.command_line.model import make_codes, make_model
from sknn_tune.command_line.problem import make_problem
from sknn_tune.command_line.table import read_table

DATA = Path(__file__).parents[3] / "shared" / "data"
NAMES = [
    *("credit_g", "vehicle", "telco_churn", "satimage", "letter"),
    *("adult", "concrete", "abalone", "california", "diamonds"),
]


def test_score(model, problem):
    """Log-loss or R2 on the test rows."""
    if problem.task == "regression":
        return r2_score(problem.y_test, model.predict(problem.X_test))
    p = model.predict_proba(problem.X_test)
    return log_loss(problem.y_test, p, labels=model.classes_)


def default_network(problem):
    """scikit-learn's MLP with its own defaults behind our preparation, fitted."""
    prepare = make_model(problem.columns, problem.task, len(problem.y), 1).named_steps["prepare"]
    if problem.task == "regression":
        network = sklearn.neural_network.MLPRegressor(random_state=0)
        network = TransformedTargetRegressor(network, transformer=StandardScaler())
    else:
        network = sklearn.neural_network.MLPClassifier(random_state=0)
    steps = [("codes", make_codes(problem.columns)), ("prepare", prepare), ("network", network)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return Pipeline(steps).fit(problem.X, problem.y)


def run(name, max_time):
    """Print the row of a file; return whether ours is better."""
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / f"{name}.csv", Path(folder) / "model"
        file.write_bytes(gzip.decompress((DATA / f"{name}.csv.gz").read_bytes()))
        command = [sys.executable, "-m", "sknn_tune", "fit", str(file), "--target", "target"]
        began = time.monotonic()
        subprocess.run(
            [*command, "--max-time", str(max_time), "--out", str(out)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        seconds = time.monotonic() - began
        problem = make_problem(read_table(file), "target")
        ours = test_score(joblib.load(out / "model.joblib"), problem)
        tried = next(line for line in (out / "summary.txt").open() if line.startswith("Tried"))
    began = time.monotonic()
    theirs = test_score(default_network(problem), problem)
    better = ours > theirs if problem.task == "regression" else ours < theirs
    metric = "R2" if problem.task == "regression" else "log-loss"
    print(
        f"| {name} | {metric} | {ours:.4f} | {theirs:.4f} | {'yes' if better else 'no'} | "
        f"{seconds:.0f} | {tried.split()[1]} | {time.monotonic() - began:.0f} |",
        flush=True,
    )
    return better


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--max-time", type=float, default=60.0)
    chosen = parser.parse_args()
    print("| file | metric | sknn-tune | default MLP | better | seconds | tried | its seconds |")
    print("| --- | --- | ---: | ---: | --- | ---: | ---: | ---: |", flush=True)
    n_better = sum(run(name, chosen.max_time) for name in chosen.names)
    print(f"Better on {n_better} of {len(chosen.names)}.")


if __name__ == "__main__":
    main()
