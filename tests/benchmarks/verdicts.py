"""Whether what `sknn-tune fit` says about boosting is what fresh splits of the file say.

    python tests/benchmarks/verdicts.py FILE TARGET [--model FOLDER] [--splits 20]

The model that a fit of FILE left in FOLDER, or else the default network, and boosted trees with
their defaults are fitted on other random rows and compared on the rows that are left. Prints the
verdict of the first split, the mean gain over the fresh ones with a 95 % interval of its
distribution, what that says, and the spread of the gains over the width that the bootstrap of the
test rows gives each: above 1 by what the rows to learn from add.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sknn_tune.command_line.baselines import BOOSTING, make_baselines
from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.folder import load_model
from sknn_tune.command_line.leaderboard import Leaderboard
from sknn_tune.command_line.networks import average, make_network
from sknn_tune.command_line.preparation import make_preparation
from sknn_tune.command_line.problem import make_problem
from sknn_tune.command_line.scores import choose_metric
from sknn_tune.command_line.table import read_table

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


def compare(network, problem):
    """The gain of a fitted network over boosted trees on the test rows."""
    board = Leaderboard(choose_metric(None, problem.task), problem.y_test)
    board.add(OURS, network, problem.X_test, 0.0)
    trees = next(c for c in make_baselines(problem) if c.name == BOOSTING)
    board.add(BOOSTING, trees.fit(Clock.of(1e6)), problem.X_test, 0.0)
    return board.compare(OURS, BOOSTING)


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
    network = make_network(first, 1.0)
    if chosen.model is not None:
        network = load_model(chosen.model).model.named_steps["network"]
    seeds = range(chosen.splits + 1)
    problems = (first if seed == 0 else split(table, chosen.target, seed) for seed in seeds)
    outcome, *fresh = [compare(fit_again(network, problem), problem) for problem in problems]
    gains = np.array([comparison.gain.value for comparison in fresh])
    low, high = np.quantile(gains, [0.025, 0.975])
    widths = [(c.gain.high - c.gain.low) / (2 * 1.96) for c in fresh]
    ratio = gains.std(ddof=1) / np.mean(widths)
    said = "win" if low > 0 else "behind" if high < 0 else "level"
    print(
        f"| {Path(chosen.file).stem} | {outcome.outcome} | {outcome.gain.value:.4f} | {said} | "
        f"{gains.mean():.4f} | {low:.4f} to {high:.4f} | {ratio:.2f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
