"""Which part of the search engine earns what, on tables of real MLP results.

    python tests/benchmarks/search_ablation.py --seeds 10 --folds 1 3 --n-iter 50

Each variant takes one part of the engine away (or puts a usual one in its place) and repeats the
search from the same seeds. Printed for each: the median share of the grid that is truly better
than the best score so far, the share of (table, seed) pairs in which the variant beats the full
engine (ties count half), the mean difference of log10(share + 0.05) to the full engine with its
standard error, and the share for the winner of the posterior. Tables are read from
../shared/data/hpo (see its README for the layout).
"""

import argparse
import contextlib
import glob
import json
import time
from pathlib import Path
from unittest.mock import patch

import numpy as np
from scipy.special import ndtri

from sknn_tune.search.engine import (
    acquisition,
    design,
    gaussian_process,
    maximizer,
    optimizer,
    surrogate,
)
from sknn_tune.search.engine.optimizer import BayesianOptimizer

TABLES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "hpo"


class Table:
    """Every configuration of a grid with the error of 4 or 5 training seeds."""

    def __init__(self, path):
        with np.load(path) as stored:
            self.name, self.axes = str(stored["name"]), json.loads(str(stored["axes"]))
            self.errors = stored["err"].astype(float)
        self.truth = self.errors.mean(axis=1)
        self.ordered = np.sort(self.truth)
        self.space = {name: list(values) for name, _, values in self.axes}

    def row(self, params):
        places = [values.index(params[name]) for name, values in self.space.items()]
        return np.ravel_multi_index(places, [len(v) for v in self.space.values()])

    def percent_better(self, row):
        return 100 * np.searchsorted(self.ordered, self.truth[row]) / len(self.ordered)


# ------------------------------------------------------------ variants
class Standardised:
    """Scores standardised, not bent."""

    def __init__(self, scores):
        self.mean, self.std = scores.mean(), scores.std() or 1.0

    def forward(self, scores):
        return (scores - self.mean) / self.std

    def inverse(self, z):
        return self.mean + self.std * z


class Ranks:
    """Scores to the normal quantiles of their ranks."""

    def __init__(self, scores):
        self.known = np.unique(scores)
        below = np.searchsorted(np.sort(scores), self.known, "left")
        above = np.searchsorted(np.sort(scores), self.known, "right")
        self.quantiles = ndtri((below + above) / 2 / len(scores))

    def forward(self, scores):
        return np.interp(scores, self.known, self.quantiles)

    def inverse(self, z):
        return np.interp(z, self.quantiles, self.known)


class WidePrior(gaussian_process.Prior):
    """Length scales of Hvarfner et al. 2024, noise ~ LogNormal(-4, 1), scale fixed."""

    def __init__(self, n_groups):
        super().__init__(n_groups)
        self.mean[:-2], self.std[:-2] = np.sqrt(2) + 0.5 * np.log(n_groups), np.sqrt(3)
        self.mean[-1], self.std[-2] = -4.0, 0.01


class OverBestScore(acquisition.ExpectedImprovement):
    """Improvement over the best score seen instead of the best posterior mean."""

    def __init__(self, posterior):
        super().__init__(posterior)
        self._best = posterior.y.max(axis=0)


class GreatestMean(acquisition.ExpectedImprovement):
    """No exploration: the greatest posterior mean."""

    def __call__(self, X):
        return self._posterior.predict(X)[0].mean(axis=1)


def draw_at_random(self, codes, X, rng):
    """Random search in place of the engine's proposals."""
    return map(self.space.decode, self.space.sample_codes(rng.random((64, len(self.space.levels)))))


VARIANTS = {
    "full engine": [],
    "scores standardised only": [(surrogate, "OutputTransform", Standardised)],
    "ranks to normal quantiles": [(surrogate, "OutputTransform", Ranks)],
    "wide length-scale prior": [(gaussian_process, "Prior", WidePrior)],
    "over the best score": [(optimizer, "ExpectedImprovement", OverBestScore)],
    "no exploration": [(optimizer, "ExpectedImprovement", GreatestMean)],
    "design over the whole space": [(design, "DESIGN_WIDTH", 1.0)],
    "10 points of design": [(optimizer, "N_DESIGN", 10)],
    "random pool only": [(maximizer, "MAX_TURNS", 0)],
    "no roughness": [(surrogate, "ROUGHNESS", 0.0)],
    "random search": [(BayesianOptimizer, "_propose", draw_at_random)],
}


# ------------------------------------------------------------ running and reporting
def search(table, seed, folds, n_iter):
    """Return rows tried, mean errors seen, the posterior's winner, seconds of each ask + tell."""
    shown = np.random.default_rng([7919, seed]).permuted(table.errors, axis=1)[:, :folds]
    engine = BayesianOptimizer(table.space, random_state=seed, scores_per_trial=folds)
    rows, errors, seconds = [], [], []
    for _ in range(n_iter):
        start = time.perf_counter()
        params = engine.ask()
        asked = time.perf_counter()
        rows.append(table.row(params))
        errors.append(shown[rows[-1]].mean())
        told = time.perf_counter()
        engine.tell(params, -errors[-1])
        seconds.append(time.perf_counter() - told + asked - start)
    return np.array(rows), np.array(errors), rows[engine.posterior_best()], np.array(seconds)


def run(tables, seeds, folds, n_iter, budgets):
    """Return percent better of the incumbent, (runs, budgets), of the posterior's, and seconds."""
    at, posterior, seconds = [], [], []
    for table in tables:
        for seed in seeds:
            rows, errors, winner, spent = search(table, seed, folds, n_iter)
            at.append([table.percent_better(rows[np.argmin(errors[:b])]) for b in budgets])
            posterior.append(table.percent_better(winner))
            seconds.append(np.median(spent[44:55]) if n_iter >= 55 else np.median(spent))
    return np.array(at), np.array(posterior), np.array(seconds)


def report(name, result, full, budgets):
    at, posterior, seconds = result
    cells = []
    for b in range(len(budgets)):
        difference = np.log10(at[:, b] + 0.05) - np.log10(full[0][:, b] + 0.05)
        wins = 0.5 - 0.5 * np.sign(difference).mean()
        error = difference.std() / np.sqrt(len(difference))
        cells.append(
            f"{np.median(at[:, b]):.2f} | {wins:.2f} | {difference.mean():+.3f} ± {error:.3f}"
        )
    print(
        f"| {name} | " + " | ".join(cells) + f" | {np.median(posterior):.2f} "
        f"| {1e3 * np.median(seconds):.1f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", default=str(TABLES), help="folder of .npz tables")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--folds", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--n-iter", type=int, default=50)
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    options = parser.parse_args()
    tables = [Table(path) for path in sorted(glob.glob(f"{options.data}/*.npz"))]
    budgets = [b for b in (10, 25, 50, 100) if b <= options.n_iter]
    for folds in options.folds:
        seeds = range(options.first_seed, options.first_seed + options.seeds)
        print(f"\nscores a trial: {folds}; {len(tables)} tables x {options.seeds} seeds\n")
        heads = [f"%@{b} | wins@{b} | log10@{b}" for b in budgets]
        print("| variant | " + " | ".join(heads) + " | posterior % | ms |")
        print("|---" * (3 * len(budgets) + 3) + "|")
        full = None
        for name in options.variants:
            with contextlib.ExitStack() as stack:
                for module, attribute, value in VARIANTS[name]:
                    stack.enter_context(patch.object(module, attribute, value))
                result = run(tables, seeds, folds, options.n_iter, budgets)
            full = full or result
            report(name, result, full, budgets)


if __name__ == "__main__":
    main()
