"""What more members of the default network gain, in twice the time that it takes.

    python tests/benchmarks/companion.py FILE TARGET [--seed 0]

Prints the scores of the test rows: of the default network, of the companion, of their average, and
the gain of the average with its 95 % interval; and whether the command would use it. SEED draws the
test rows.
"""

import argparse
import warnings
from pathlib import Path

from sklearn.exceptions import ConvergenceWarning

from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.contest.companion import fit_companion, is_of_use
from sknn_tune.command_line.contest.leaderboard import Leaderboard
from sknn_tune.command_line.contest.networks import average
from sknn_tune.command_line.contest.preparation import make_preparation
from sknn_tune.command_line.contest.problem import make_problem
from sknn_tune.command_line.contest.scores import choose_metric, difference_of
from sknn_tune.command_line.contest.tuning import Candidate
from sknn_tune.command_line.files.table import read_table

SECONDS, TIMES = 40.0, 2.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("target")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    problem = make_problem(read_table(chosen.file), chosen.target, seed=chosen.seed)
    steps = make_preparation(problem.columns)
    problem = problem._replace(
        X=steps.fit_transform(problem.X), X_test=steps.transform(problem.X_test)
    )
    metric = choose_metric(None, problem.task)
    board = Leaderboard(metric, problem.y_test)
    default = Candidate.fit(problem, {}, Clock.of(SECONDS))
    companion = fit_companion(problem, default, Clock.of(TIMES * default.seconds))
    both = average([default.network, companion.network], problem)
    losses = [
        board.losses(network, problem.X_test)
        for network in (default.network, companion.network, both)
    ]
    scores = " | ".join(f"{metric.of(of_rows, problem.y_test):.4f}" for of_rows in losses)
    gain = difference_of(metric, losses[2], losses[0], problem.y_test)
    used = "yes" if is_of_use(companion, default, problem, metric) else "no"
    print(
        f"| {Path(chosen.file).stem}, {chosen.seed} | {metric.name} | {scores} | {gain.value:.4f} "
        f"({gain.low:.4f} to {gain.high:.4f}) | {used} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
