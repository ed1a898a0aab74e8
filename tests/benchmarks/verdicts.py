"""Whether what `sknn-tune fit` says about boosting is what fresh splits of the file say.

    python tests/benchmarks/verdicts.py FILE TARGET [--model FOLDER] [--splits 20]

The model that a fit of FILE left in FOLDER, or else the default network, and boosted trees with
their defaults are fitted on other random rows and compared on the rows that are left. Prints the
verdict of the first split with its gain; the mean gain on the test rows of the fresh ones with a
95 % interval of its distribution, and what that says; and how many of the fresh splits have that
verdict, by the test rows only and by all rows.
"""

import argparse
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest.baselines import BOOSTING, make_baselines
from sknn_tune.command_line.contest.fold_losses import (
    choose_folds,
    losses_of_baseline,
    losses_of_network,
)
from sknn_tune.command_line.contest.leaderboard import DEFAULT, Leaderboard
from sknn_tune.command_line.contest.networks import average, make_network
from sknn_tune.command_line.contest.preparation import make_preparation
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.contest.scores import choose_metric
from sknn_tune.command_line.files.table import read_table
from sknn_tune.command_line.folder import load_model

OURS = "sknn-tune"


def split(table, target, seed):
    """A problem of numbers and categories, split by a seed."""
    problem = make_problem(table, target, seed=seed)
    preparation = make_preparation(problem.columns)
    X, X_test = preparation.fit_transform(problem.X), preparation.transform(problem.X_test)
    return problem._replace(X=X, X_test=X_test)


def fit_again(network, problem):
    """The same configurations, fitted without a limit of time."""
    parts = getattr(network, "estimators_", None)
    networks = [network] if parts is None else [part.estimator for part in parts]
    fitted = [clone(n).set_params(max_time=None).fit(problem.X, problem.y) for n in networks]
    return fitted[0] if parts is None else average(fitted, problem)


def compare(network, default, problem):
    """A fitted network beside boosted trees: on the test rows, and on all rows."""
    metric = choose_metric(None, problem.task)
    board = Leaderboard(metric, problem.y_test)
    board.add(OURS, network, problem.X_test, 0.0)
    trees = next(c for c in make_baselines(problem) if c.name == BOOSTING)
    board.add(BOOSTING, trees.fit(Clock.of(1e6)), problem.X_test, 0.0)
    on_test = board.compare(OURS, BOOSTING)
    board.add_folds(DEFAULT, losses_of_network(default, problem, metric))
    folds = choose_folds(problem, np.inf)
    board.add_folds(BOOSTING, losses_of_baseline(BOOSTING, problem, metric, folds))
    return on_test, board.compare(OURS, BOOSTING)


def compare_again(network, default, problem):
    """The same configurations beside boosted trees on other rows."""
    fitted = fit_again(default, problem)
    ours = fitted if network is default else fit_again(network, problem)
    return compare(ours, fitted, problem)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("target")
    parser.add_argument("--model")
    parser.add_argument("--splits", type=int, default=20)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    table = read_table(chosen.file)
    first = split(table, chosen.target, 0)
    network = default = make_network(first, 1.0)
    if chosen.model is not None:
        network = load_model(chosen.model).model.named_steps["network"]
    seeds = range(chosen.splits + 1)
    problems = (first if seed == 0 else split(table, chosen.target, seed) for seed in seeds)
    (_, outcome), *fresh = [compare_again(network, default, problem) for problem in problems]
    gains = np.array([on_test.gain.value for on_test, _ in fresh])
    low, high = np.quantile(gains, [0.025, 0.975])
    said = "win" if low > 0 else "behind" if high < 0 else "level"
    counts = [
        ", ".join(f"{n} {word}" for word, n in Counter(outcomes).items())
        for outcomes in (
            [on_test.outcome for on_test, _ in fresh],
            [on_all.outcome for _, on_all in fresh],
        )
    ]
    print(
        f"| {Path(chosen.file).stem} | {outcome.outcome} | {outcome.gain.value:.4f} | {said} | "
        f"{gains.mean():.4f} | {low:.4f} to {high:.4f} | {counts[0]} | {counts[1]} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
