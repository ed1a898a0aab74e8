"""Two objectives, error and number of parameters, on tables of real networks, beside Optuna's.

    python tests/benchmarks/search_objectives.py [--out lines.jsonl] [--seeds 20] [--n-iter 50]
        [--methods ours,random,nsga2,tpe,gp] [--data DIR] [--summary]

Every method sees the error of one training seed and the number of parameters. Printed is the
hypervolume of what it calls its front after 10, 25 and 50 evaluations, by the mean error over the
training seeds, as a share of what the whole table allows: of the error below the median of the
table and of the logarithm of the number of parameters; and the mean rank. Lines already in --out
are not run again. The tables and the reader of them lie in ../shared beside the project; Optuna is
left out where it is not installed.
"""

import argparse
import importlib.util
import itertools
import json
import logging
import time
import warnings
import zlib
from pathlib import Path

import numpy as np
from common import DATA, describe_run, print_header, print_row
from scipy.stats import rankdata

from sknn_tune import BayesSearchCV
from sknn_tune.common.dominance import non_dominated
from sknn_tune.search.engine.pareto import hypervolume

BUDGETS = (10, 25, 50)
#: Inputs of the networks, as far as known; others count as 10. They shift all numbers alike.
N_INPUTS = {"credit_g": 61, "vehicle": 18, "phoneme": 5, "kc1": 21, "protein_structure": 9}


def reader():
    """The module that reads the tables."""
    path = DATA.parent / "bench" / "hpo_tables.py"
    spec = importlib.util.spec_from_file_location("hpo_tables", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLES = reader()


def n_parameters(params, name):
    """Weights and biases of the network of a configuration, with one output."""
    if params.get("depth") is not None:
        widths = [params["width"]] * params["depth"]
    else:
        widths = [params["n_units_1"], params["n_units_2"]]
    inputs = next((n for key, n in N_INPUTS.items() if key in name), 10)
    sizes = [inputs, *widths, 1]
    return sum((a + 1) * b for a, b in itertools.pairwise(sizes))


class Problem:
    """A table with both objectives.

    Parameters
    ----------
    path : str
    seed : int
        Of the noise.
    """

    def __init__(self, path, seed):
        self.table, self.path, self.seed = TABLES.load(path), path, seed
        t = self.table
        self.shown = t.noisy(seed)[:, 0]
        names = [name for name, _, _ in t.axes]
        grids = np.meshgrid(*[np.arange(n) for n in t.shape], indexing="ij")
        places = np.stack([grid.ravel() for grid in grids], axis=1)
        self.sizes = np.array([
            n_parameters({n: v[i] for n, (_, _, v), i in zip(names, t.axes, row, strict=True)},
                         t.name)
            for row in places
        ], float)  # fmt: skip

    def values(self, errors, configurations):
        """Both objectives between 0 and 1 where they count; larger is better."""
        low, high = self.table.mean.min(), np.median(self.table.mean)
        sizes = np.log(self.sizes[configurations])
        smallest, largest = np.log(self.sizes.min()), np.log(self.sizes.max())
        return np.column_stack(
            [(high - errors) / (high - low), (largest - sizes) / (largest - smallest)]
        )

    def share(self, configurations):
        """Share of the attainable volume that the front of some configurations has."""
        configurations = np.asarray(configurations)
        front = configurations[
            non_dominated(self.values(self.shown[configurations], configurations))
        ]
        found = self.values(self.table.mean[front], front)
        every = self.values(self.table.mean, np.arange(len(self.sizes)))
        # Of equally large networks, only the best can be on the front.
        _, group = np.unique(self.sizes, return_inverse=True)
        best = np.lexsort((-every[:, 0], group))
        firsts = best[np.unique(group[best], return_index=True)[1]]
        zero = np.zeros(2)
        return hypervolume(found, zero) / hypervolume(every[firsts], zero)


class Size:
    """The number of parameters of a fitted model of a table, with a minus."""

    __name__ = "size"

    def __init__(self, name):
        self.name = name

    def __call__(self, model):
        return -n_parameters(model.get_params(), self.name)


def ours(problem, n_iter, seed):
    """The configurations that BayesSearchCV evaluates."""
    t, rows = problem.table, np.arange(4)
    search = BayesSearchCV(
        TABLES.TableModel(path=problem.path, run_seed=problem.seed),
        TABLES.lists(t),
        n_iter=n_iter,
        cv=[(rows, rows)],
        objective=["score", Size(t.name)],
        refit=False,
        random_state=seed,
    ).fit(np.zeros((4, 1)), rows % 2.0)
    return [t.flat(params, "lists") for params in search.cv_results_["params"]]


def random(problem, n_iter, seed):
    """Random configurations, none twice."""
    return np.random.default_rng(seed).choice(len(problem.sizes), n_iter, replace=False).tolist()


def optuna_with(name):
    """A function that lets one of Optuna's samplers search."""

    def run(problem, n_iter, seed):
        import optuna

        sampler = getattr(optuna.samplers, name)(seed=seed)
        study = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
        found, t = [], problem.table
        for _ in range(n_iter):
            trial = study.ask()
            params = {
                axis: trial.suggest_categorical(axis, values)
                if kind == "categorical"
                else trial.suggest_int(axis, 0, len(values) - 1)
                for axis, kind, values in t.axes
            }
            found.append(t.flat(params, "index"))
            study.tell(trial, [float(problem.shown[found[-1]]), float(problem.sizes[found[-1]])])
        return found

    return run


METHODS = {
    "ours": ours,
    "random": random,
    "nsga2": optuna_with("NSGAIISampler"),
    "tpe": optuna_with("TPESampler"),
    "gp": optuna_with("GPSampler"),
}


def run(method, path, seed, n_iter):
    """Return the record of one search."""
    problem = Problem(path, seed)
    start = time.perf_counter()
    own_seed = zlib.crc32(problem.table.name.encode()) % 10**6 * 100 + seed
    found = METHODS[method](problem, n_iter, own_seed)
    seconds = time.perf_counter() - start
    shares = {str(n): problem.share(found[:n]) for n in BUDGETS if n <= n_iter}
    return {
        "table": problem.table.name,
        "method": method,
        "seed": seed,
        "shares": shares,
        "seconds_per_trial": seconds / n_iter,
    }


def summarize(records):
    """Print shares and ranks over what all methods have finished."""
    by_key = {(r["table"], r["seed"], r["method"]): r for r in records}
    methods = [m for m in METHODS if m in {r["method"] for r in records}]
    pairs = sorted({(table, seed) for table, seed, _ in by_key})
    pairs = [pair for pair in pairs if all((*pair, m) in by_key for m in methods)]
    budgets = [str(n) for n in BUDGETS if str(n) in records[0]["shares"]]
    table = np.array([
        [[by_key[(*pair, m)]["shares"][n] for n in budgets] for m in methods] for pair in pairs
    ])  # fmt: skip
    ranks = rankdata(-table.round(9), axis=1).mean(axis=0)
    print(f"{len(pairs)} common runs on {len({t for t, _ in pairs})} tables\n")
    print_header(
        "method", *[f"share@{n} %" for n in budgets], *[f"rank@{n}" for n in budgets], "s a trial"
    )
    for i, method in enumerate(methods):
        own = [r["seconds_per_trial"] for r in records if r["method"] == method]
        print_row(
            method,
            *[f"{100 * value:.1f}" for value in table[:, i].mean(axis=0)],
            *[f"{rank:.2f}" for rank in ranks[i]],
            f"{np.median(own):.3f}",
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("search_objectives.jsonl"))
    parser.add_argument("--data", type=Path, default=DATA / "hpo")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--n-iter", type=int, default=50)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--summary", action="store_true", help="print what is in --out only")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    describe_run()
    lines = arguments.out.read_text().splitlines() if arguments.out.exists() else []
    records = [json.loads(line) for line in lines]
    done = {(r["table"], r["method"], r["seed"]) for r in records}
    names = [] if arguments.summary else arguments.methods.split(",")
    for seed in range(arguments.seeds):
        for path in sorted(arguments.data.glob("*.npz")):
            for method in names:
                if (TABLES.load(str(path)).name, method, seed) not in done:
                    records.append(run(method, str(path), seed, arguments.n_iter))
                    with arguments.out.open("a") as file:
                        print(json.dumps(records[-1]), file=file)
    summarize(records)


if __name__ == "__main__":
    main()
