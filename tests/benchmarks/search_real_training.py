"""Tune real models on real data: BayesSearchCV beside random search, Optuna and scikit-optimize.

    python tests/benchmarks/search_real_training.py [--out results.jsonl] [--seeds 3] [--trials 30]
        [--models mlp,svm,hgb] [--data vehicle,credit_g,airfoil,concrete] [--methods ...]

Every method has the same number of trials, the same three folds and the same space; the winner
is fitted on all training rows and scored on rows that no search has seen. Prints, for each model,
the mean test score and mean rank of the methods over the data sets and seeds that all of them
have finished, and the same for the winner's cross-validated score. Lines already in --out are
not run again. The data lie in ../shared/data beside the project; Optuna and scikit-optimize are
left out where they are not installed.
"""

import argparse
import importlib.util
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from common import load
from scipy.stats import loguniform, randint, rankdata, uniform
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import (
    KFold,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from sknn_tune import BayesSearchCV, MLPClassifier, MLPRegressor

MAX_ROWS = 1500

MODELS = {
    "mlp": (MLPClassifier, MLPRegressor),
    "svm": (SVC, SVR),
    "hgb": (HistGradientBoostingClassifier, HistGradientBoostingRegressor),
}
LAYERS = [(16,), (32,), (64,), (128,), (16, 16), (32, 32), (64, 64), (128, 64), (64, 32, 16)]
SPACES = {
    "mlp": {
        "hidden_layer_sizes": LAYERS,
        "activation": ["relu", "tanh", "logistic"],
        "alpha": loguniform(1e-6, 1e0),
        "learning_rate_init": loguniform(1e-4, 1e-1),
        "batch_size": [16, 32, 64, 128, 256],
        "max_iter": randint(10, 61),
        "beta_1": uniform(0.8, 0.19),
        "dropout": uniform(0.0, 0.5),
    },
    "svm": {
        "C": loguniform(1e-2, 1e3),
        "gamma": loguniform(1e-4, 1e1),
        "kernel": ["rbf", "sigmoid"],
    },
    "hgb": {
        "learning_rate": loguniform(1e-2, 5e-1),
        "max_iter": randint(10, 51),
        "max_leaf_nodes": randint(4, 33),
        "min_samples_leaf": randint(2, 61),
        "l2_regularization": loguniform(1e-6, 1e2),
        "max_features": uniform(0.3, 0.7),
    },
}


def load_parts(name):
    """Return the first rows of a data set, split in a training and a test part, and its task."""
    X, y, task = load(name)
    X, y = X[:MAX_ROWS], y[:MAX_ROWS]
    if task == "regression":
        y = (y - y.mean()) / y.std()
    stratify = None if task == "regression" else y
    parts = train_test_split(X, y, test_size=0.3, random_state=0, stratify=stratify)
    return parts, task


def make_model(kind, task):
    """Return the model behind a scaler, and its space under the pipeline's names."""
    cls = MODELS[kind][task == "regression"]
    fixed = {"max_iter": 20_000} if kind == "svm" else {"random_state": 0}
    model = make_pipeline(StandardScaler(), cls(**fixed))
    step = model.steps[-1][0]
    return model, {f"{step}__{name}": values for name, values in SPACES[kind].items()}


# ------------------------------------------------------------ the methods
def search_class(cls):
    """Return a method that runs a search class of scikit-learn's interface."""

    def run(model, space, X, y, cv, n_trials, seed):
        search = cls(model, space, n_iter=n_trials, cv=cv, random_state=seed, refit=False)
        search.fit(X, y)
        return search.best_params_, search.best_score_

    return run


def ask_and_tell(make_study):
    """Return a method that runs an optimizer by its ask and tell."""

    def run(model, space, X, y, cv, n_trials, seed):
        ask, tell = make_study(space, seed)
        best = (None, -np.inf)
        for _ in range(n_trials):
            token, params = ask()
            score = cross_val_score(model.set_params(**params), X, y, cv=cv).mean()
            score = score if np.isfinite(score) else -1e3
            tell(token, score)
            if score > best[1]:
                best = (params, score)
        return best

    return run


def is_ordered(values):
    """Whether a list holds numbers, which the peers take in order."""
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def optuna_study(space, seed):
    """Optuna with its default sampler."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)

    def value(trial, name, values):
        if isinstance(values, list):
            top = len(values) - 1
            if is_ordered(values):
                return values[trial.suggest_int(name, 0, top)]
            return values[trial.suggest_categorical(name, list(range(top + 1)))]
        low, high = values.support()
        if values.dist.name == "randint":
            return trial.suggest_int(name, int(low), int(high))
        return trial.suggest_float(name, low, high, log=values.dist.name == "loguniform")

    def ask():
        trial = study.ask()
        return trial, {name: value(trial, name, values) for name, values in space.items()}

    return ask, study.tell


def skopt_study(space, seed):
    """scikit-optimize with its default settings."""
    from skopt import Optimizer
    from skopt.space import Categorical, Integer, Real

    def dimension(values):
        if isinstance(values, list):
            top = len(values) - 1
            return Integer(0, top) if is_ordered(values) else Categorical(list(range(top + 1)))
        low, high = values.support()
        if values.dist.name == "randint":
            return Integer(int(low), int(high))
        prior = "log-uniform" if values.dist.name == "loguniform" else "uniform"
        return Real(low, high, prior=prior)

    optimizer = Optimizer([dimension(v) for v in space.values()], random_state=seed)

    def ask():
        point = optimizer.ask()
        pairs = zip(space.items(), point, strict=True)
        return point, {n: v[int(x)] if isinstance(v, list) else x for (n, v), x in pairs}

    return ask, lambda point, score: optimizer.tell(point, -score)


METHODS = {
    "random": search_class(RandomizedSearchCV),
    "optuna": ask_and_tell(optuna_study),
    "skopt": ask_and_tell(skopt_study),
    "bayes": search_class(BayesSearchCV),
}


# ------------------------------------------------------------ running and reporting
def evaluate(kind, name, method, seed, n_trials):
    """Run one search; return its line for the results."""
    (X, X_test, y, y_test), task = load_parts(name)
    model, space = make_model(kind, task)
    splitter = KFold if task == "regression" else StratifiedKFold
    folds = list(splitter(3, shuffle=True, random_state=seed).split(X, y))
    start = time.time()
    params, cv_score = METHODS[method](model, space, X, y, folds, n_trials, seed)
    seconds = time.time() - start
    test_score = model.set_params(**params).fit(X, y).score(X_test, y_test)
    line = {"model": kind, "data": name, "method": method, "seed": seed, "trials": n_trials}
    return line | {"cv": cv_score, "test": test_score, "seconds": round(seconds, 1)}


def report(lines):
    """Print mean score and mean rank of each method, over what all methods have finished."""
    for kind in dict.fromkeys(line["model"] for line in lines):
        own = {(r["data"], r["seed"], r["method"]): r for r in lines if r["model"] == kind}
        methods = [m for m in METHODS if any(key[2] == m for key in own)]
        cases = sorted({k[:2] for k in own if all((*k[:2], m) in own for m in methods)})
        if not cases:
            continue
        print(f"\n{kind}: {len(cases)} searches each, on {sorted({c[0] for c in cases})}")
        print("| method | test score | rank | best CV score | rank | seconds |")
        print("|---|---|---|---|---|---|")
        table = {
            what: np.array([[own[(*c, m)][what] for m in methods] for c in cases])
            for what in ("test", "cv", "seconds")
        }
        ranks = {w: rankdata(-table[w].round(9), axis=1).mean(0) for w in ("test", "cv")}
        for j, m in enumerate(methods):
            print(
                f"| {m} | {table['test'][:, j].mean():.4f} | {ranks['test'][j]:.2f} | "
                f"{table['cv'][:, j].mean():.4f} | {ranks['cv'][j]:.2f} | "
                f"{table['seconds'][:, j].mean():.0f} |"
            )


def installed(method):
    """Whether the library that `method` needs is there."""
    return method not in ("optuna", "skopt") or importlib.util.find_spec(method) is not None


def main():
    """Run what is missing in --out, then report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("search_real_training.jsonl"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--models", default="mlp,svm,hgb")
    parser.add_argument("--data", default="vehicle,credit_g,airfoil,concrete")
    parser.add_argument("--methods", default=",".join(METHODS))
    options = parser.parse_args()
    warnings.filterwarnings("ignore")  # models that have not converged, folds that failed
    methods = [m for m in options.methods.split(",") if installed(m)]
    lines = [json.loads(s) for s in options.out.open()] if options.out.exists() else []
    done = {(r["model"], r["data"], r["method"], r["seed"], r["trials"]) for r in lines}
    for seed in range(options.seeds):
        for kind in options.models.split(","):
            for name in options.data.split(","):
                for method in methods:
                    if (kind, name, method, seed, options.trials) in done:
                        continue
                    lines.append(evaluate(kind, name, method, seed, options.trials))
                    print(lines[-1], file=sys.stderr, flush=True)
                    with options.out.open("a") as file:
                        file.write(json.dumps(lines[-1]) + "\n")
    report(lines)


if __name__ == "__main__":
    main()
