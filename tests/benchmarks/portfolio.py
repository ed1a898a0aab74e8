"""The configurations that "auto" begins with: make the list, and measure it on sets left out.

    python tests/benchmarks/portfolio.py RESULTS.jsonl [--seeds 2]

On each of the 16 core sets of the data folder (at most 1,000 rows, three folds, 40 epochs,
log-loss or R2):

1. `BayesSearchCV(model, "auto")` without a head start, 25 trials a seed. It is the level to reach,
   and of its first seed the best configuration becomes a candidate, beside scikit-learn's own.
2. Every candidate is evaluated on every set.
3. Candidates are chosen one after the other, each the one that lowers the mean loss of the best so
   far the most (greedy, as in Feurer et al. 2022, arXiv 2007.04074). Of losses the share of the way
   from the best score known of a set to the median of the search counts. The first list printed is
   that of all sets, which the package holds; for each set there is another one without it: neither
   its scores nor its candidates decide.
4. A search of ten trials begins with the list of the sets other than its own.

RESULTS gets a line for each evaluation; what is there already is not run again.
"""

import argparse
import functools
import json
import warnings
from pathlib import Path
from pprint import pprint

import numpy as np
from common import DATA, describe_run, load, print_header, print_row
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import BayesSearchCV, MLPClassifier, MLPRegressor

N_ROWS, N_EPOCHS, N_FOLDS = 1000, 40, 3
N_TRIALS, N_SHORT, N_LIST, N_BEST = 25, 10, 5, 1
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
    """Lines of a file: set, seed, origin of the configuration, configuration, score."""

    def __init__(self, path):
        self._path = path
        self.lines = [json.loads(line) for line in path.open()] if path.exists() else []

    def add(self, **line):
        self.lines.append(line)
        with self._path.open("a") as file:
            print(json.dumps(line), file=file)

    def of(self, **values):
        """Lines with these values."""
        return [line for line in self.lines if values.items() <= line.items()]

    def scores(self, **values):
        return np.array([line["score"] for line in self.of(**values)])


# ------------------------------------------------------------ searches and candidates
def search(results, method, name, seed, n_iter, first=()):
    """Run a search, unless its trials are in the results."""
    if results.of(method=method, set=name, seed=seed):
        return
    X, y, model, scoring = problem(name)
    step = type(model).__name__.lower()
    run = BayesSearchCV(
        make_pipeline(StandardScaler(), model),
        "auto",
        n_iter=n_iter,
        scoring=scoring,
        cv=N_FOLDS,
        refit=False,
        random_state=seed,
        start_from_estimator=False,
        initial_params=[with_prefix(params, step, SETS[name]) for params in first],
    ).fit(X, y)
    table = run.cv_results_
    for params, score in zip(table["params"], table["mean_test_score"], strict=True):
        plain = {key.partition("__")[2]: value for key, value in params.items()}
        results.add(method=method, set=name, seed=seed, params=plain, score=finite(score))


def finite(score):
    return float(np.nan_to_num(score, nan=-1e6, neginf=-1e6))


def with_prefix(params, step, is_regression):
    """A configuration as a search of the pipeline takes it."""
    own = {key: value for key, value in params.items() if key != "label_smoothing"}
    own["hidden_layer_sizes"] = tuple(own["hidden_layer_sizes"])
    if not is_regression:
        own["label_smoothing"] = params.get("label_smoothing", 0.0)
    return {f"{step}__{key}": value for key, value in own.items()}


def candidates(results):
    """Configurations to choose from, and the set that each comes from."""
    found = [(PLAIN, None)]
    for name in SETS:
        trials = results.of(method="auto", set=name, seed=0)
        for trial in sorted(trials, key=lambda line: -line["score"])[:N_BEST]:
            found.append((rounded(trial["params"]), name))
    return found


def rounded(params):
    """A configuration with two digits, as the list is to be read."""
    return {
        key: float(f"{value:.2g}") if isinstance(value, float) else value
        for key, value in {"label_smoothing": 0.0, **params}.items()
    }


def evaluate(results, params, name):
    if results.of(method="candidate", set=name, params=params):
        return
    X, y, model, scoring = problem(name)
    pipe = make_pipeline(StandardScaler(), model)
    pipe.set_params(**with_prefix(params, type(model).__name__.lower(), SETS[name]))
    scores = cross_val_score(pipe, X, y, scoring=scoring, cv=N_FOLDS, error_score=np.nan)
    results.add(method="candidate", set=name, params=params, score=finite(scores.mean()))


# ------------------------------------------------------------ the choice
def losses(results, name, scores):
    """Scores as shares of the way from the best known to the median of the search, at most 1."""
    best = results.scores(set=name).max()
    median = np.median(results.scores(method="auto", set=name))
    return np.minimum((best - np.asarray(scores)) / (best - median), 1.0)


def choose(results, found, without=None):
    """The list, best first, of sets other than `without`."""
    names = [name for name in SETS if name != without]
    allowed = [params for params, origin in found if without is None or origin != without]
    table = np.array(
        [
            losses(results, name, [score_of(results, params, name) for params in allowed])
            for name in names
        ]
    )
    chosen, reached = [], np.ones(len(names))
    for _ in range(N_LIST):
        best = int(np.minimum(table, reached[:, None]).mean(axis=0).argmin())
        reached = np.minimum(reached, table[:, best])
        chosen.append(allowed[best])
    return chosen, reached.mean()


def score_of(results, params, name):
    return results.of(method="candidate", set=name, params=params)[0]["score"]


# ------------------------------------------------------------ the measurement
def summarize(results, seeds):
    """Print for each set what the searches have after ten and 25 trials, as losses."""
    print_header(
        "set",
        f"auto, {N_SHORT}",
        f"auto, {N_TRIALS}",
        f"the {N_LIST} of the list",
        f"list and auto, {N_SHORT}",
    )
    rows = []
    for name in SETS:
        for seed in range(seeds):
            auto = losses(results, name, results.scores(method="auto", set=name, seed=seed))
            ours = losses(results, name, results.scores(method="list", set=name, seed=seed))
            rows.append([auto[:N_SHORT].min(), auto.min(), ours[:N_LIST].min(), ours.min()])
        print_row(name, *(f"{v:.3f}" for v in np.mean(rows[-seeds:], axis=0)))
    rows = np.array(rows)
    print_row("mean", *(f"{v:.3f}" for v in rows.mean(axis=0)))
    print_row("median", *(f"{v:.3f}" for v in np.median(rows, axis=0)))
    gap = rows[:, 3] - rows[:, 1]
    rng = np.random.default_rng(0)
    by_set = gap.reshape(len(SETS), seeds).mean(axis=1)
    draws = rng.choice(by_set, (2000, len(by_set))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    print(
        f"\nTen with the list minus 25 without: {gap.mean():+.3f} [{low:+.3f}, {high:+.3f}] "
        f"(sets drawn again); better or equal in {int((gap <= 0).sum())} of {len(gap)}."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    describe_run()
    results = Results(arguments.results)
    for name in SETS:
        search(results, "auto", name, 0, N_TRIALS)
    found = candidates(results)
    for name in SETS:
        for params, _ in found:
            evaluate(results, params, name)
    chosen, loss = choose(results, found)
    print(f"The list of all sets, of mean loss {loss:.3f}:")
    pprint(chosen, sort_dicts=False, width=100)
    lists = {name: choose(results, found, without=name)[0] for name in SETS}
    for seed in range(arguments.seeds):
        for name in SETS:
            search(results, "auto", name, seed, N_TRIALS)
            search(results, "list", name, seed, N_SHORT, lists[name])
    summarize(results, arguments.seeds)


if __name__ == "__main__":
    main()
