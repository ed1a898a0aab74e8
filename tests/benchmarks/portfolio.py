"""What a search knows of our networks before its first trial: make the table, measure it.

    python tests/benchmarks/portfolio.py RESULTS.jsonl [--seeds 3]
        [--write sknn_tune/mlp/portfolio.csv]

On each of the 16 core sets of the data folder (at most 1,000 rows, three folds, 40 epochs,
log-loss or R2):

1. `BayesSearchCV(model, "auto", start_from_estimator=False)`, which knows nothing, 25 trials a
   seed. It is the level to reach. The two best configurations of its first seed become candidates,
   beside scikit-learn's own. 128 more are mixed of the values of these, 128 are spread over the
   space.
2. Every candidate is evaluated on every set.
3. Candidates are ordered: each next one lowers the mean loss of the best so far the most (greedy,
   as in Feurer et al. 2022, arXiv 2007.04074). Of losses the share of the way from the best score
   known of a set to the median of its searches counts. --write makes the table that the package
   holds.
4. A search of ten trials begins with the first three of the table without its own set: neither the
   scores of the set nor candidates with a value from its searches are in it. What it learns from
   the table is left out as well, or not ("list", "table").

RESULTS gets a line for each evaluation; what is there already is not run again.
"""

import argparse
import csv
import functools
import json
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
from common import DATA, describe_run, load, print_header, print_row
from scipy.stats import qmc
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import BayesSearchCV, MLPClassifier, MLPRegressor
from sknn_tune.search.engine.space import Space

N_ROWS, N_EPOCHS, N_FOLDS = 1000, 40, 3
N_TRIALS, N_SHORT, N_LIST, N_BEST = 25, 10, 3, 2
N_BATCHES, N_IN_BATCH = 2, 64
PLAIN = {
    "hidden_layer_sizes": [100],
    "activation": "relu",
    "learning_rate_init": 0.001,
    "learning_rate": "constant",
    "batch_size": 128,
    "alpha": 1e-4,
    "dropout": 0.0,
    "batch_norm": False,
    "label_smoothing": 0.0,
}


def core_sets():
    """Names of the core sets, and whether each is one of regression."""
    entries = json.loads((DATA / "index.json").read_text())["datasets"]
    return {e["name"]: e["task"] == "regression" for e in entries if e["core"]}


SETS = core_sets()


@functools.cache
def rows(name):
    """The first rows of a set."""
    X, y, _ = load(name)
    return X[:N_ROWS].astype(np.float32), y[:N_ROWS].copy()


def problem(name):
    """Data, model and scoring of a set."""
    X, y = rows(name)
    if SETS[name]:
        y = ((y - y.mean()) / y.std()).astype(np.float32)
        return X, y, MLPRegressor(max_iter=N_EPOCHS, random_state=0), "r2"
    _, y, counts = np.unique(y, return_inverse=True, return_counts=True)
    kept = counts[y] >= N_FOLDS  # so that every fold has every label
    return X[kept], y[kept], MLPClassifier(max_iter=N_EPOCHS, random_state=0), "neg_log_loss"


class Results:
    """Lines of a file: set, method, seed, configuration, score."""

    def __init__(self, path):
        self._path = path
        self._known = defaultdict(list)
        self._candidates = {}
        for line in path.open() if path.exists() else ():
            self._keep(json.loads(line))

    def _keep(self, line):
        self._known[line["method"], line["set"], line["seed"]].append(line)
        if line["method"] == "candidate":
            self._candidates[line["set"], text_of(line["params"])] = line["score"]

    def add(self, method, name, seed, params, score):
        score = float(np.nan_to_num(score, nan=-1e6, neginf=-1e6))
        line = {"method": method, "set": name, "seed": seed, "params": params, "score": score}
        self._keep(line)
        with self._path.open("a") as file:
            print(json.dumps(line), file=file)

    def trials(self, method, name, seed):
        return self._known[method, name, seed]

    def scores(self, method, name, seed):
        return np.array([line["score"] for line in self.trials(method, name, seed)])

    def candidate(self, params, name):
        """The score of a candidate on a set, None where it is not known."""
        return self._candidates.get((name, text_of(params)))

    def ends(self, name):
        """The best score known of a set, and the median of the searches without a head start."""
        lines = [line for (_, of, _), lines in self._known.items() if of == name for line in lines]
        auto = [line["score"] for line in lines if line["method"] == "auto"]
        return max(line["score"] for line in lines), np.median(auto)


def text_of(params):
    return json.dumps(params, sort_keys=True)


# ------------------------------------------------------------ searches and candidates
def search(results, method, name, seed, n_iter, table=None):
    """Run a search, unless its trials are in the results; it may know the table of other sets."""
    if results.trials(method, name, seed):
        return
    X, y, model, scoring = problem(name)
    if table is not None:
        model = knowing(model, *table)
    run = BayesSearchCV(
        make_pipeline(StandardScaler(), model),
        "auto",
        n_iter=n_iter,
        scoring=scoring,
        cv=N_FOLDS,
        refit=False,
        random_state=seed,
        start_from_estimator=table is not None,
    ).fit(X, y)
    found = run.cv_results_
    for params, score in zip(found["params"], found["mean_test_score"], strict=True):
        plain = {key.partition("__")[2]: value for key, value in params.items()}
        results.add(method, name, seed, plain, score)


def knowing(model, configurations, scores):
    """The model with another table; without scores, with a list to begin with only."""
    offered = [own_params(params, model) for params in configurations]
    known = None if scores is None else (offered, scores)

    class Knowing(type(model)):
        def _default_initial_params(self):
            return offered[:N_LIST]

        def _default_related_results(self):
            return known

    Knowing.__name__ = type(model).__name__  # which names the step of the pipeline
    return Knowing(**model.get_params())


def own_params(params, model):
    """A configuration as a model takes it."""
    known = model.get_params()
    own = {key: value for key, value in params.items() if key in known}
    return own | {"hidden_layer_sizes": tuple(params["hidden_layer_sizes"])}


def candidates(results):
    """Configurations to choose from, and the sets whose searches have values of each."""
    good = [(PLAIN, {None})]
    for name in SETS:
        trials = sorted(results.trials("auto", name, 0), key=lambda line: -line["score"])
        good += [(rounded(trial["params"]), {name}) for trial in trials[:N_BEST]]
    mixed, spread = [], []
    space = Space(MLPClassifier()._default_param_distributions(N_ROWS // N_FOLDS))
    for batch in range(N_BATCHES):
        rng = np.random.default_rng(5 + batch)
        mixed += [mixture(good, rng) for _ in range(N_IN_BATCH)]
        unit = qmc.Sobol(len(space.levels), seed=11 + batch).random(N_IN_BATCH)
        spread += [(rounded(space.decode(row)), set()) for row in space.sample_codes(unit)]
    # One that was found twice is kept once.
    found = {text_of(params): (params, origins) for params, origins in good + mixed + spread}
    return list(found.values())


def mixture(good, rng):
    """A configuration each of whose values is that of one of the good, and the sets of these."""
    chosen = {key: good[rng.integers(len(good))] for key in PLAIN}
    params = {key: configuration[key] for key, (configuration, _) in chosen.items()}
    return params, set().union(*(origin for _, origin in chosen.values()))


def rounded(params):
    """A configuration with two digits, as the table is to be read."""
    plain = {key: v.item() if hasattr(v, "item") else v for key, v in params.items()}
    plain["hidden_layer_sizes"] = [int(width) for width in params["hidden_layer_sizes"]]
    return {
        key: float(f"{value:.2g}") if isinstance(value, float) else value
        for key, value in {"label_smoothing": 0.0, **plain}.items()
    }


def evaluate(results, params, name):
    """Cross-validate a candidate on a set, unless its score is in the results."""
    if results.candidate(params, name) is not None:
        return
    X, y, model, scoring = problem(name)
    pipe = make_pipeline(StandardScaler(), model.set_params(**own_params(params, model)))
    scores = cross_val_score(pipe, X, y, scoring=scoring, cv=N_FOLDS, error_score=np.nan)
    results.add("candidate", name, None, params, scores.mean())


# ------------------------------------------------------------ the table
def losses(results, name, scores):
    """Scores as shares of the way from the best known to the median of the search, at most 1."""
    best, median = results.ends(name)
    return np.minimum((best - np.asarray(scores)) / (best - median), 1.0)


def make_table(results, found, without=None):
    """Configurations, those first that together are good, and their scores on other sets."""
    names = [name for name in SETS if name != without]
    allowed = [params for params, origins in found if without is None or without not in origins]
    scores = np.array([[results.candidate(params, n) for n in names] for params in allowed])
    lost = np.array([losses(results, n, s) for n, s in zip(names, scores.T, strict=True)])
    order, reached = [], np.ones(len(names))
    for _ in range(N_LIST):
        best = int(np.minimum(lost, reached[:, None]).mean(axis=0).argmin())
        reached = np.minimum(reached, lost[:, best])
        order.append(best)
    order += [i for i in range(len(allowed)) if i not in order]
    return [allowed[i] for i in order], scores[order]


def write(path, configurations, scores):
    """Write a table as the package holds it."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*PLAIN, *SETS])
        for params, row in zip(configurations, scores, strict=True):
            widths = " ".join(map(str, params["hidden_layer_sizes"]))
            own = {**params, "hidden_layer_sizes": widths}
            writer.writerow([*(own[key] for key in PLAIN), *(f"{score:.4g}" for score in row)])


# ------------------------------------------------------------ the measurement
def summarize(results, seeds):
    """Print for each set what the searches have after ten and 25 trials, as losses."""
    print_header(
        "set",
        f"nothing known, {N_SHORT}",
        f"nothing known, {N_TRIALS}",
        f"the {N_LIST} of the list",
        f"list, {N_SHORT}",
        f"table, {N_SHORT}",
        f"table, {N_TRIALS}",
    )
    rows = []
    for name in SETS:
        for seed in range(seeds):
            auto, some, table = (
                losses(results, name, results.scores(method, name, seed))
                for method in ("auto", "list", "table")
            )
            short = [some[:N_LIST], some[:N_SHORT], table[:N_SHORT], table]
            rows.append([auto[:N_SHORT].min(), auto.min(), *(part.min() for part in short)])
        print_row(name, *(f"{v:.3f}" for v in np.mean(rows[-seeds:], axis=0)))
    rows = np.array(rows)
    print_row("mean", *(f"{v:.3f}" for v in rows.mean(axis=0)))
    print_row("median", *(f"{v:.3f}" for v in np.median(rows, axis=0)))
    compare("list", rows[:, 3] - rows[:, 1], seeds)
    compare("table", rows[:, 4] - rows[:, 1], seeds)


def compare(label, gap, seeds):
    """Print how far ten trials are from 25 that know nothing."""
    rng = np.random.default_rng(0)
    by_set = gap.reshape(len(SETS), seeds).mean(axis=1)
    low, high = np.quantile(rng.choice(by_set, (2000, len(by_set))).mean(axis=1), [0.025, 0.975])
    print(
        f"\nTen with the {label} minus 25 without: {gap.mean():+.3f} [{low:+.3f}, {high:+.3f}] "
        f"(sets drawn again); better or equal in {int((gap <= 0).sum())} of {len(gap)}."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    describe_run()
    results = Results(arguments.results)
    for name in SETS:
        search(results, "auto", name, 0, N_TRIALS)
    found = candidates(results)
    for params, _ in found:
        for name in SETS:
            evaluate(results, params, name)
    if arguments.write is not None:
        write(arguments.write, *make_table(results, found))
    tables = {name: make_table(results, found, without=name) for name in SETS}
    for seed in range(arguments.seeds):
        for name, (configurations, scores) in tables.items():
            search(results, "auto", name, seed, N_TRIALS)
            search(results, "list", name, seed, N_SHORT, (configurations, None))
            search(results, "table", name, seed, N_TRIALS, (configurations, scores))
    summarize(results, arguments.seeds)


if __name__ == "__main__":
    main()
