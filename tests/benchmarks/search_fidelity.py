"""Multi-fidelity search on real training, beside searches that spend as many epochs.

    python tests/benchmarks/search_fidelity.py [--out results.jsonl] [--seeds 5]
        [--data adult,letter,california] [--methods random,bayes,halving,top_k]

Tunes our MLP behind a scaler on 10,000 rows, three folds, at most 54 epochs. `random` is
RandomizedSearchCV with 60 full trials: the score to reach. `bayes` is BayesSearchCV with
`resource="max_iter"` and 60 configurations. `halving` (HalvingRandomSearchCV) and `top_k` (one
epoch for all, the best few in full) get as many epochs as that. Epochs are counted as trained,
by `n_iter_`. Prints the best score with the full resource and the epochs of each search, then
medians. Lines already in --out are not run again.
"""

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
from common import load
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
# Epochs of 60 configurations on rungs of 2, 6, 18 and 54 that go on where they paused, a fold.
BUDGET = 60 * 2 + 20 * 4 + 7 * 12 + 3 * 36
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


# ------------------------------------------------------------ the methods: best score, epochs
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
    return np.nanmax(results["mean_test_score"]), np.nansum(results["mean_test_epochs"])


def run_bayes(X, y, model, space, splits, seed):
    search = BayesSearchCV(
        model,
        space,
        n_iter=N_CONFIGURATIONS,
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
    # A fit that went on counts what it has come to; its last row tells.
    rows = {c: i for i, c in enumerate(results["configuration"])}
    epochs = results["mean_test_epochs"][list(rows.values())].sum()
    return results["mean_test_score"][results["n_resources"] == MOST].max(), epochs


def run_halving(X, y, model, space, splits, seed):
    # Each rung begins anew: 27 configurations cost 4 * 54 epochs.
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
    return results["mean_test_score"][full].max(), results["n_resources"].sum()


def run_top_k(X, y, model, space, splits, seed):
    n_full = (BUDGET - N_CONFIGURATIONS) // MOST

    def score(params, n_epochs):
        model.set_params(**params, **{f"{model.steps[-1][0]}__max_iter": n_epochs})
        scores = cross_validate(model, X, y, cv=splits, error_score=np.nan)["test_score"]
        return scores.mean()

    drawn = list(ParameterSampler(space, N_CONFIGURATIONS, random_state=seed))
    first = np.nan_to_num([score(params, 1) for params in drawn], nan=-np.inf)
    kept = [drawn[i] for i in np.argsort(-first)[:n_full]]
    return max(score(params, MOST) for params in kept), N_CONFIGURATIONS + n_full * MOST


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
    lines = [json.loads(line) for line in arguments.out.open()] if arguments.out.exists() else []
    done = {(line["data"], line["method"], line["seed"]) for line in lines}
    for seed in range(arguments.seeds):
        for name in arguments.data.split(","):
            for method in arguments.methods.split(","):
                if (name, method, seed) in done:
                    continue
                began = time.time()
                score, epochs = METHODS[method](*problem(name), seed)
                line = {
                    "data": name,
                    "method": method,
                    "seed": seed,
                    "score": float(score),
                    "epochs": float(epochs),
                    "seconds": round(time.time() - began, 1),
                }
                lines.append(line)
                print(json.dumps(line), flush=True)
                with arguments.out.open("a") as file:
                    print(json.dumps(line), file=file)
    print("\ndata        method     seeds  median score  median epochs a fold")
    for name in dict.fromkeys(line["data"] for line in lines):
        for method in dict.fromkeys(line["method"] for line in lines):
            own = [li for li in lines if (li["data"], li["method"]) == (name, method)]
            if own:
                score, epochs = (np.median([li[key] for li in own]) for key in ("score", "epochs"))
                print(f"{name:11} {method:10} {len(own):5}  {score:12.4f}  {epochs:10.0f}")


if __name__ == "__main__":
    main()
