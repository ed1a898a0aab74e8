"""What a search at scale costs and gains: busy workers, quality with two of them, overhead.

    python tests/benchmarks/search_scale.py [--parts busy,quality,overhead] [--seeds 10]

busy      60 trials of 3 folds whose fits sleep (uneven, 1:5), one worker and two.
quality   the tables in ../shared/data/hpo beside the project, 50 evaluations: one worker, and
          two worker processes whose fits sleep (1:5): share of the grid truly better than the
          best score's configuration (median over tables and seeds; lower is better).
overhead  ask, tell and journal, the median of trials 90 to 110; on a machine that others use,
          the processor's time says more than the clock.
"""

import argparse
import glob
import json
import tempfile
import time
from pathlib import Path

import numpy as np
from common import DATA, describe_run, print_header, print_row
from joblib import parallel_config
from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator

from sknn_tune import BayesSearchCV

SPACE = {
    "a": uniform(-5, 10),
    "b": loguniform(1e-3, 1e3),
    "c": randint(1, 200),
    "d": ["p", "q", "r"],
}


class Sleeper(BaseEstimator):
    """A fit that sleeps between `seconds` and five times that, by its configuration."""

    def __init__(self, a=0.0, b=1.0, c=1, d="p", seconds=0.0):
        self.a, self.b, self.c, self.d, self.seconds = a, b, c, d, seconds

    def fit(self, X, y=None):
        share = np.random.default_rng(int(abs(self.a) * 1e9)).random()
        time.sleep(self.seconds * (1 + 4 * share))
        return self

    def score(self, X, y=None):
        return -((self.a - 1) ** 2) - (np.log10(self.b) - 1) ** 2 - abs(self.c - 90) / 90


class Tabled(BaseEstimator):
    """Looks the score of a configuration up in a table of real trainings."""

    def __init__(self, path=None, seed=0, seconds=0.0, **params):
        self.path, self.seed, self.seconds, self.params = path, seed, seconds, params

    def get_params(self, deep=True):
        own = {"path": self.path, "seed": self.seed, "seconds": self.seconds}
        return own | self.params

    def set_params(self, **params):
        for name, value in params.items():
            if name in ("path", "seed", "seconds"):
                setattr(self, name, value)
            else:
                self.params[name] = value
        return self

    def fit(self, X, y=None):
        row = table(self.path)[1][tuple(self.params.items())]
        time.sleep(self.seconds * (1 + 4 * np.random.default_rng(row).random()))
        return self

    def score(self, X, y=None):
        errors, rows = table(self.path)[:2]
        row = rows[tuple(self.params.items())]
        order = np.random.default_rng([self.seed, row]).permutation(errors.shape[1])
        return -errors[row, order[int(X[0, 0])]]


TABLES: dict = {}


def table(path):
    """Return errors, the row of each configuration, and the grid, of a table."""
    if path not in TABLES:
        with np.load(path) as file:
            axes, errors = json.loads(str(file["axes"])), file["err"].astype(float)
        names, grids = [a[0] for a in axes], [a[2] for a in axes]
        rows = Rows(names, grids)
        TABLES[path] = errors, rows, dict(zip(names, grids, strict=True))
    return TABLES[path]


class Rows:
    """Configuration, as items, to row of the table."""

    def __init__(self, names, grids):
        self.names, self.grids = names, grids

    def __getitem__(self, items):
        params = dict(items)
        where = [g.index(params[n]) for n, g in zip(self.names, self.grids, strict=True)]
        return int(np.ravel_multi_index(where, [len(g) for g in self.grids]))


def sleeping_search(n_jobs, n_iter, seconds, **kwargs):
    """Return seconds of a search and the seconds that its workers were busy."""
    X, y = np.zeros((300, 2)), np.arange(300.0)
    search = BayesSearchCV(
        Sleeper(seconds=seconds), SPACE, n_iter=n_iter, cv=3, random_state=0, refit=False, **kwargs
    )
    began = time.perf_counter()
    results = search.set_params(n_jobs=n_jobs).fit(X, y).cv_results_
    return time.perf_counter() - began, 3 * results["mean_fit_time"].sum()


def busy():
    """Print how long 60 uneven trials take with one and two workers."""
    print_header("backend", "1 worker, s", "2 workers, s", "busy", "speed-up")
    for backend in ("threading", "loky"):
        with parallel_config(backend):
            sleeping_search(2, 6, 0.3)  # starts the workers
            # The two searches try different configurations, which sleep for different times.
            seconds, work = sleeping_search(2, 60, 0.15)
            alone, work_alone = sleeping_search(1, 60, 0.15)
        ratio = (alone / work_alone) / (seconds / work)
        print_row(
            backend,
            f"{alone:.1f}",
            f"{seconds:.1f}",
            f"{work / 2 / seconds:.1%}",
            f"{ratio:.2f}",
        )


def truly_better(path, seed, n_iter, n_jobs, seconds):
    """Return per cent of the grid truly better than the search's best configuration."""
    errors, rows, grid = table(path)
    mean = errors.mean(axis=1)
    fold = np.repeat(np.arange(3), 4)
    index = np.arange(12)
    search = BayesSearchCV(
        Tabled(path, seed, seconds),
        grid,
        n_iter=n_iter,
        cv=[(index, index[fold == k]) for k in range(3)],
        random_state=seed,
        n_jobs=n_jobs,
        refit=False,
        start_from_estimator=False,
    ).fit(fold[:, None].astype(float), index % 2)
    return 100 * (mean < mean[rows[tuple(search.best_params_.items())]]).mean()


def quality(n_seeds):
    """Print what two asynchronous workers find beside one."""
    paths = sorted(glob.glob(str(DATA / "hpo" / "*.npz")))
    found = {1: [], 2: []}
    for path in paths:
        for seed in range(n_seeds):
            found[1].append(truly_better(path, seed, 50, 1, 0.0))
            with parallel_config("loky"):
                found[2].append(truly_better(path, seed, 50, 2, 0.01))
    print_header("workers", "median % better", "mean % better", "searches")
    for n_jobs, values in found.items():
        print_row(n_jobs, f"{np.median(values):.3f}", f"{np.mean(values):.3f}", len(values))
    difference = np.sign(np.subtract(found[2], found[1]))
    print(
        f"\nTwo workers worse in {(difference > 0).sum()}, better in {(difference < 0).sum()}, "
        f"equal in {(difference == 0).sum()} of the pairs."
    )


def overhead():
    """Print what a trial costs the search, 100 trials behind it."""
    times = []

    class Clock(Sleeper):
        def fit(self, X, y=None):
            times.append((time.perf_counter(), time.process_time()))
            return self

    X, y = np.zeros((30, 2)), np.arange(30.0)
    index = np.arange(30)
    with tempfile.TemporaryDirectory() as folder:
        BayesSearchCV(
            Clock(),
            SPACE,
            n_iter=111,
            cv=[(index, index)],
            random_state=0,
            refit=False,
            storage=Path(folder) / "search.db",
        ).fit(X, y)
    clock, processor = np.median(1e3 * np.diff(times, axis=0)[90:110], axis=0)
    print_header("trials", "median ms by the clock", "of the processor")
    print_row("90-110", f"{clock:.1f}", f"{processor:.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--parts", default="busy,quality,overhead")
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    describe_run()
    for part in arguments.parts.split(","):
        print(f"\n## {part}\n")
        if part == "quality":
            quality(arguments.seeds)
        else:
            {"busy": busy, "overhead": overhead}[part]()


if __name__ == "__main__":
    main()
