"""Print the time of plain fits beside another checkout of the project.

    python tests/benchmarks/two_trees.py OTHER [rounds]

OTHER is the root of the other checkout. Two processes, one for each tree, fit the same problems in
turns; the ratio is that of this tree to the other, the interval that of the median ratio (95 %,
percentile bootstrap over the rounds).
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from common import describe_run, print_header, print_row

ROOT = Path(__file__).parents[2]
PROBLEMS = [(50, 4, 5, 1), (500, 20, 50, 5), (2_000, 20, 100, 10), (5_000, 50, 100, 5)]
WORKER = """
import sys, time, warnings
import numpy as np
from sknn_tune import MLPClassifier
warnings.simplefilter("ignore")
fits = []
for n, p, units, max_iter in {problems}:
    X = np.random.RandomState(0).normal(size=(n, p))
    model = MLPClassifier((units,), max_iter=max_iter, random_state=0)
    fits.append((model, X, X[:, 0] > 0, max(2, 10_000 // n // max_iter)))
for model, X, y, _ in fits:
    model.fit(X, y)
for _ in sys.stdin:
    for model, X, y, repeats in fits:
        seconds = []
        for _ in range(repeats):
            began = time.perf_counter()
            model.fit(X, y)
            seconds.append(time.perf_counter() - began)
        print(min(seconds), flush=True)
"""


class Worker:
    """A process that fits with the package of one tree."""

    def __init__(self, tree):
        environment = os.environ | {"PYTHONPATH": str(Path(tree).resolve())}
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER.format(problems=PROBLEMS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd="/",
        )  # fmt: skip

    def seconds(self):
        """Shortest time of each problem in one round."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return [float(self._process.stdout.readline()) for _ in PROBLEMS]

    def stop(self):
        self._process.stdin.close()
        self._process.wait()


def _interval(ratios):
    """95 % interval of the median."""
    draws = np.random.default_rng(0).choice(ratios, (2_000, len(ratios)))
    return np.quantile(np.median(draws, axis=1), [0.025, 0.975])


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 21
    workers = Worker(sys.argv[1]), Worker(ROOT)
    sys.argv[1:2] = ["OTHER"]
    describe_run()
    seconds = np.array([[worker.seconds() for worker in workers] for _ in range(rounds)])
    for worker in workers:
        worker.stop()
    print_header(
        "rows x features, units, epochs", "other, ms", "this, ms", "ratio", "median ratio", "95 %"
    )
    for problem, (other, this) in zip(PROBLEMS, seconds.transpose(2, 1, 0), strict=True):
        n, p, units, max_iter = problem
        ratios = this.min() / other.min(), np.median(this / other)
        figures = [f"{figure:.3f}" for figure in (1e3 * other.min(), 1e3 * this.min(), *ratios)]
        interval = " to ".join(f"{bound:.3f}" for bound in _interval(this / other))
        print_row(f"{n} x {p}, {units}, {max_iter}", *figures, interval)


if __name__ == "__main__":
    main()
