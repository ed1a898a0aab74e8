"""Multi-fidelity search on real training, beside searches that spend as many epochs.

    python tests/benchmarks/search_fidelity.py [--out results.jsonl] [--seeds 5]
        [--data adult,letter,california] [--methods random,bayes,halving,top_k]

Tunes our MLP behind a scaler on 10,000 rows, three folds, at most 54 epochs. `random` is
RandomizedSearchCV with 60 full trials: the score to reach in a sixth of its epochs. The others get
a seventh of 60 * 54 epochs, which is less, as some of those fits stop early: `bayes` is
BayesSearchCV with `resource="max_iter"`, its best score looked at when so many are made; `halving`
HalvingRandomSearchCV, whose rungs round up to 516; `top_k` gives one epoch to 60 configurations
and carries the best few through. Epochs are those of one fold, counted as trained, by `n_iter_`
(halving's as given out). Prints the scores with the full resource, their medians, and for `bayes`
the share of random's epochs after which it had random's score. Lines already in --out are not run
again.
"""

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
from common import describe_run, load, print_header, print_row
from scipy.stats import loguniform, uniform
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    HalvingRandomSearchCV,
    KFold,
    ParameterSampler,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import BayesSearchCV, MLPClassifier, MLPRegressor, hidden_layers

N_ROWS, MOST, LEAST, FACTOR, N_CONFIGURATIONS = 10_000, 54, 2, 3, 60
BUDGET = N_CONFIGURATIONS * MOST // 7
SPACE = {
    "hidden_layer_sizes": hidden_layers(n_layers=(1, 3), units=(16, 128)),
    "activation": ["relu", "tanh", "logistic"],
    "alpha": loguniform(1e-6, 1e0),
    "learning_rate_init": loguniform(1e-4, 1e-1),
    "batch_size": [64, 128, 256],
    "dropout": uniform(0.0, 0.5),
}


def problem(name):
    """Return data, model, space and scoring."""
    X, y, task = load(name)
    order = np.random.default_rng(0).permutation(len(X))[:N_ROWS]
    X, y = X[order].astype(np.float32), y[order]
    is_regression = task == "regression"
    if is_regression:
        y = ((y - y.mean()) / y.std()).astype(np.float32)
    cls = MLPRegressor if is_regression else MLPClassifier
    model = make_pipeline(StandardScaler(), cls(max_iter=MOST, random_state=0))
    step = model.steps[-1][0]
    space = {f"{step}__{key}": values for key, values in SPACE.items()}
    splitter = KFold if is_regression else StratifiedKFold
    splits = list(splitter(3, shuffle=True, random_state=0).split(X, y))
    return X, y, model, space, splits


def score_and_epochs(estimator, X, y):
    """The default score, and the epochs that the fit has come to."""
    return {"score": estimator.score(X, y), "epochs": estimator[-1].n_iter_}


# ------------------------------------------------------------ the methods
# Each returns epochs and best score so far, whenever that rose.
def run_random(X, y, model, space, splits, seed):
    search = RandomizedSearchCV(
        model,
        space,
        n_iter=N_CONFIGURATIONS,
        cv=splits,
        random_state=seed,
        scoring=score_and_epochs,
        refit=False,
    ).fit(X, y)
    results = search.cv_results_
    return [(np.nansum(results["mean_test_epochs"]), np.nanmax(results["mean_test_score"]))]


def run_bayes(X, y, model, space, splits, seed):
    search = BayesSearchCV(
        model,
        space,
        n_iter=N_CONFIGURATIONS * 3 // 2,  # gets more than BUDGET
        cv=splits,
        random_state=seed,
        scoring=score_and_epochs,
        objective="score",
        refit=False,
        resource=f"{model.steps[-1][0]}__max_iter",
        min_resources=LEAST,
        factor=FACTOR,
    ).fit(X, y)
    results = search.cv_results_
    made, best, trace = {}, -np.inf, []
    # A fit that was resumed has made more epochs than on the rung below.
    for i, configuration in enumerate(results["configuration"]):
        made[configuration] = np.nan_to_num(results["mean_test_epochs"][i])
        if results["n_resources"][i] == MOST and results["mean_test_score"][i] > best:
            best = results["mean_test_score"][i]
            trace.append((sum(made.values()), best))
    return trace


def run_halving(X, y, model, space, splits, seed):
    # Each rung starts from scratch: 27 configurations cost 4 * 54 epochs.
    search = HalvingRandomSearchCV(
        model,
        space,
        n_candidates=BUDGET * 27 // (4 * MOST),
        cv=SameSplits(splits),
        random_state=seed,
        refit=False,
        resource=f"{model.steps[-1][0]}__max_iter",
        min_resources=LEAST,
        max_resources=MOST,
        factor=FACTOR,
    ).fit(X, y)
    results = search.cv_results_
    full = results["n_resources"] == results["n_resources"].max()
    return [(results["n_resources"].sum(), results["mean_test_score"][full].max())]


def run_top_k(X, y, model, space, splits, seed):
    def evaluate(params, n_epochs):
        model.set_params(**params, **{f"{model.steps[-1][0]}__max_iter": n_epochs})
        results = cross_validate(
            model, X, y, cv=splits, scoring=score_and_epochs, error_score=np.nan
        )
        return np.nanmean(results["test_epochs"]), results["test_score"].mean()

    drawn = list(ParameterSampler(space, N_CONFIGURATIONS, random_state=seed))
    first = np.nan_to_num([evaluate(params, 1)[1] for params in drawn], nan=-np.inf)
    spent, best, trace = N_CONFIGURATIONS, -np.inf, []
    for i in np.argsort(-first):
        epochs, score = evaluate(drawn[i], MOST)
        spent += epochs
        if spent > BUDGET:
            return trace
        best = max(best, score)
        trace.append((spent, best))
    return trace


class SameSplits:
    """Splits as a splitter: successive halving takes no list."""

    def __init__(self, splits):
        self.splits, self.random_state, self.shuffle = splits, 0, False

    def get_n_splits(self, X=None, y=None, groups=None):
        return len(self.splits)

    def split(self, X, y=None, groups=None):
        yield from self.splits


METHODS = {
    "random": run_random,
    "bayes": run_bayes,
    "halving": run_halving,
    "top_k": run_top_k,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("search_fidelity.jsonl"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data", default="adult,letter,california")
    parser.add_argument("--methods", default=",".join(METHODS))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    describe_run()
    lines = [json.loads(line) for line in arguments.out.open()] if arguments.out.exists() else []
    done = {(line["data"], line["method"], line["seed"]) for line in lines}
    for seed in range(arguments.seeds):
        for name in arguments.data.split(","):
            for method in arguments.methods.split(","):
                if (name, method, seed) in done:
                    continue
                began = time.time()
                trace = METHODS[method](*problem(name), seed)
                line = {
                    "data": name,
                    "method": method,
                    "seed": seed,
                    "trace": [(float(epochs), float(score)) for epochs, score in trace],
                    "seconds": round(time.time() - began, 1),
                }
                lines.append(line)
                print(json.dumps(line), flush=True)
                with arguments.out.open("a") as file:
                    print(json.dumps(line), file=file)
    summarize({(line["data"], line["seed"], line["method"]): line["trace"] for line in lines})


def best_at(trace, epochs):
    """The best score after so many epochs."""
    return max((score for spent, score in trace if spent <= epochs), default=np.nan)


def summarize(traces):
    """Print a row for each data set and seed, and medians for each data set."""
    print()
    print_header("data, seed", *METHODS, "bayes reached random's after")
    names = dict.fromkeys(name for name, *_ in traces)
    for name in names:
        seeds = dict.fromkeys(seed for data, seed, _ in traces if data == name)
        rows = [row_of({m: traces.get((name, seed, m), []) for m in METHODS}) for seed in seeds]
        for seed, row in zip(seeds, rows, strict=True):
            print_row(f"{name}, {seed}", *(f"{score:.4f}" for score in row[:-1]), f"{row[-1]:.3f}")
        print_row(f"{name}, median", *(f"{score:.4f}" for score in np.median(rows, axis=0)))


def row_of(traces):
    """Scores of the methods, random's with all its epochs, and when bayes had random's score."""
    (all_epochs, goal), *_ = traces["random"] or [(np.nan, np.nan)]
    # The searches of scikit-learn are looked at when they are over: halving's last rung is its own.
    whole = ("random", "halving")
    scores = [best_at(t, np.inf if m in whole else BUDGET) for m, t in traces.items()]
    reached = min((spent for spent, score in traces["bayes"] if score >= goal), default=np.inf)
    return [*scores, reached / all_epochs]


if __name__ == "__main__":
    main()
