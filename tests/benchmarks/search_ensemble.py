"""Ensembles of what a search has found, beside the best single model, on 16 data sets.

    python tests/benchmarks/search_ensemble.py [--out lines.jsonl] [--data vehicle,airfoil]
        [--trials 30] [--seeds 1] [--n-members 10]

A search over our network with its "auto" space, by log-loss or squared error on three folds of
at most 1,500 rows; test rows are the others, at most 5,000. Printed for each data set: test
log-loss or RMSE of the winner and of the ensemble, the relative gain, and how much better the
ensemble's out-of-fold figure is than its figure on the test rows (in per cent; positive is
optimistic), the same for the winner's. Lines already in --out are not run again. The data lie in
../shared/data beside the project.
"""

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
from common import describe_run, load, print_header, print_row
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import BayesSearchCV, MLPClassifier, MLPRegressor

NAMES = [
    "credit_g", "vehicle", "phoneme", "satimage", "letter", "mnist_10k", "adult", "covertype_93k",
    "concrete", "airfoil", "abalone", "kin8nm", "cpu_act", "california", "protein", "diamonds",
]  # fmt: skip
MAX_TRAIN, MAX_TEST = 1500, 5000


def split(name, seed):
    """Return training and test rows, the target of a regression scaled by the training rows."""
    X, y, task = load(name)
    is_regression = task == "regression"
    n_train = min(MAX_TRAIN, 3 * len(y) // 4)
    X, X_test, y, y_test = train_test_split(
        X.astype(np.float32),
        y,
        train_size=n_train,
        test_size=min(MAX_TEST, len(y) - n_train),
        stratify=None if is_regression else y,
        random_state=seed,
    )
    if is_regression:
        mean, std = y.mean(), y.std()
        y, y_test = (y - mean) / std, (y_test - mean) / std
    return X, y, X_test, y_test, is_regression


def run(name, seed, n_trials, n_members):
    """Return the record of one data set."""
    X, y, X_test, y_test, is_regression = split(name, seed)
    kind = MLPRegressor if is_regression else MLPClassifier
    folds = (KFold if is_regression else StratifiedKFold)(3, shuffle=True, random_state=seed)
    scoring = "neg_root_mean_squared_error" if is_regression else "neg_log_loss"
    start = time.perf_counter()
    search = BayesSearchCV(
        make_pipeline(StandardScaler(), kind(max_iter=40, random_state=0)),
        "auto",
        n_iter=n_trials,
        cv=folds,
        scoring=scoring,
        keep_predictions=True,
        random_state=seed,
    ).fit(X, y)
    seconds = time.perf_counter() - start
    ensemble = search.ensemble(X, y, n_members=n_members)

    def test(model):
        if is_regression:
            return root_mean_squared_error(y_test, model.predict(X_test))
        return log_loss(y_test, model.predict_proba(X_test), labels=model.classes_)

    return {
        "data": name,
        "seed": seed,
        "trials": n_trials,
        "members": n_members,
        "distinct": len(ensemble.weights),
        "single": float(test(search.best_estimator_)),
        "ensemble": float(test(ensemble)),
        "single_oof": -ensemble.best_single_oof_score_,
        "ensemble_oof": -ensemble.oof_score_,
        "search_seconds": seconds,
        "ensemble_seconds": time.perf_counter() - start - seconds,
    }


def summarize(records):
    """Print a row for each data set, and the means."""
    print_header("data", "single", "ensemble", "gain %", "members", "optimism %", "single's %")
    table = []
    for name in [name for name in NAMES if name in {r["data"] for r in records}]:
        own = [r for r in records if r["data"] == name]
        single, ensemble, single_oof, ensemble_oof, distinct = (
            np.array([r[key] for r in own])
            for key in ("single", "ensemble", "single_oof", "ensemble_oof", "distinct")
        )
        row = (
            100 * np.mean(1 - ensemble / single),
            100 * np.mean(1 - ensemble_oof / ensemble),
            100 * np.mean(1 - single_oof / single),
        )
        table.append(row)
        gain, optimism, of_single = (f"{value:+.1f}" for value in row)
        means = [f"{values.mean():.4f}" for values in (single, ensemble)]
        print_row(name, *means, gain, f"{distinct.mean():.1f}", optimism, of_single)
    gains, optimism, of_single = np.array(table).T
    print(
        f"\nBetter on {(gains > 0).sum()} of {len(gains)}, mean gain {gains.mean():.1f} %, mean "
        f"optimism {optimism.mean():+.1f} % (single {of_single.mean():+.1f} %)."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("search_ensemble.jsonl"))
    parser.add_argument("--data", default=",".join(NAMES))
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--n-members", type=int, default=10)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    describe_run()
    lines = arguments.out.read_text().splitlines() if arguments.out.exists() else []
    records = [json.loads(line) for line in lines]
    done = {(r["data"], r["seed"]) for r in records}
    for seed in range(arguments.seeds):
        for name in arguments.data.split(","):
            if (name, seed) not in done:
                records.append(run(name, seed, arguments.trials, arguments.n_members))
                with arguments.out.open("a") as file:
                    print(json.dumps(records[-1]), file=file)
    summarize(records)


if __name__ == "__main__":
    main()
