"""`sknn-tune fit` beside scikit-learn's default MLP and boosted trees, on whole CSV files.

    python tests/benchmarks/command_line.py [--max-time 60] [name ...]

The names are those of ``../shared/data``, of ``messy_files`` or of ``dressed_files``. Prints the
log-loss (classification) or R2 (regression) of the three and of our default network on the same
test rows, the seconds of the whole command against its --max-time, and the longest time that it was
silent.
"""

import argparse
import gzip
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import dressed_files
import messy_files
import sklearn.neural_network
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest.baselines import BOOSTING, make_baselines
from sknn_tune.command_line.contest.leaderboard import DEFAULT, Leaderboard
from sknn_tune.command_line.contest.preparation import (
    category_names,
    make_linear_preparation,
    make_preparation,
)
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.contest.scores import choose_metric
from sknn_tune.command_line.files.table import read_table
from sknn_tune.command_line.folder import load_model

MADE = {
    name: (lambda make=make: make()[0], target)
    for name, (make, target) in messy_files.FILES.items()
}
MADE |= dressed_files.FILES
NAMES = [
    *dressed_files.FILES,
    "german_prices",
    "orders",
    "patients",
    "california",
    "kin8nm",
    "phoneme",
]
OURS, MLP = "sknn-tune", "default MLP"


def default_network(problem):
    """scikit-learn's MLP with its own defaults behind our preparation, fitted."""
    if problem.task == "regression":
        network = sklearn.neural_network.MLPRegressor(random_state=0)
        network = TransformedTargetRegressor(network, transformer=StandardScaler())
    else:
        network = sklearn.neural_network.MLPClassifier(random_state=0)
    scaling = make_linear_preparation(category_names(problem.columns))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return Pipeline([*scaling.steps, ("network", network)]).fit(problem.X, problem.y)


def write_file(name, folder):
    """Write a file, and return it with the column to predict."""
    file = folder / f"{name}.csv"
    if name in MADE:
        make, target = MADE[name]
        file.write_text("\n".join(make()) + "\n", "utf-8")
        return file, target
    file.write_bytes(gzip.decompress((dressed_files.DATA / f"{name}.csv.gz").read_bytes()))
    return file, "target"


def run_command(file, target, out, max_time):
    """Return the seconds of the command, and the longest time without a word."""
    command = [sys.executable, "-u", "-m", "sknn_tune", "fit", str(file), "--target", target]
    command += ["--max-time", str(max_time), "--out", str(out)]
    began = last = time.monotonic()
    silence = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        while process.stdout.readline():
            silence, last = max(silence, time.monotonic() - last), time.monotonic()
    silence = max(silence, time.monotonic() - last)
    return time.monotonic() - began, silence


def _fact(summary, name):
    """The text of a fact of a summary."""
    lines = summary.read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith(name)).partition(":")[2].strip()


def _leaderboard_figure(summary, name):
    """The figure of a model on the leaderboard of a summary."""
    lines = summary.read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"  {name}")).split()[len(name.split())]


def run(name, max_time):
    """Print the row of a file; return whether ours is better than the MLP, and than the trees."""
    with tempfile.TemporaryDirectory() as folder:
        (file, target), out = write_file(name, Path(folder)), Path(folder) / "model"
        seconds, silence = run_command(file, target, out, max_time)
        problem = make_problem(read_table(file), target)
        board = Leaderboard(choose_metric(None, problem.task), problem.y_test)
        board.add(OURS, load_model(out).model, problem.X_test, seconds)
        tried, model = (_fact(out / "summary.txt", name) for name in ("Tried", "Model"))
        default = _leaderboard_figure(out / "summary.txt", DEFAULT)
    preparation = make_preparation(problem.columns)
    problem = problem._replace(
        X=preparation.fit_transform(problem.X), X_test=preparation.transform(problem.X_test)
    )
    board.add(MLP, default_network(problem), problem.X_test, 0.0)
    trees = next(c for c in make_baselines(problem) if c.name == BOOSTING)
    board.add(BOOSTING, trees.fit(Clock.of(1e6)), problem.X_test, 0.0)
    figures = {entry.name: entry.figure.value for entry in board}
    beside = [board.compare(OURS, other) for other in (MLP, BOOSTING)]
    print(
        f"| {name} | {board.metric.name} | {figures[OURS]:.4f} | {default} | {figures[MLP]:.4f} | "
        f"{beside[0].outcome} | {figures[BOOSTING]:.4f} | {beside[1].outcome} | "
        f"{seconds:.0f} | {silence:.0f} | {tried} | {model} |",
        flush=True,
    )
    return [comparison.outcome != "behind" for comparison in beside]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--max-time", type=float, default=60.0)
    chosen = parser.parse_args()
    names = [
        "file",
        "metric",
        "sknn-tune",
        "untuned",
        "default MLP",
        "",
        "boosting",
        "",
        "seconds",
        "silence",
    ]
    print("| " + " | ".join([*names, "tried", "model"]) + " |")
    print("| --- | --- |" + " ---: |" * 10, flush=True)
    rows = [run(name, chosen.max_time) for name in chosen.names]
    level = [sum(outcomes) for outcomes in zip(*rows, strict=True)]
    print(f"Not behind the MLP on {level[0]}, nor boosting on {level[1]} of {len(rows)}.")


if __name__ == "__main__":
    main()
