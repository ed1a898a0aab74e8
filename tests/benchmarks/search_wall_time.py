"""Wall time of tuning: BayesSearchCV with our MLP beside RandomizedSearchCV with scikit-learn's.

    python tests/benchmarks/search_wall_time.py [--seeds 3] [--rows 10000]

Adult, three folds, n_jobs=2, at most 50 epochs, log-loss. RandomizedSearchCV tries 30
configurations; BayesSearchCV with `resource="max_iter"` searches the same space until it has
reached that score, and must stop at a fifth of the other's time. Prints the seconds of
both, the share of the time after which the score was reached, and epochs summed over the folds.
"""

import argparse
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from common import describe_run, load, print_header, print_row
from scipy.stats import loguniform
from sklearn.metrics import log_loss
from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold
from sklearn.neural_network import MLPClassifier as ScikitLearnMLP
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import BayesSearchCV, MLPClassifier, search_history

MAX_ITER, N_TRIALS, N_JOBS, SHARE = 50, 30, 2, 5
SPACE = {
    "mlpclassifier__hidden_layer_sizes": [(32,), (64,), (128,), (32, 32), (64, 64), (128, 64)],
    "mlpclassifier__activation": ["relu", "tanh", "logistic"],
    "mlpclassifier__alpha": loguniform(1e-6, 1e0),
    "mlpclassifier__learning_rate_init": loguniform(1e-4, 1e-1),
    "mlpclassifier__batch_size": [64, 128, 256],
}


def score_and_epochs(estimator, X, y):
    """Log-loss, negative, and the epochs that the fit has come to."""
    return {
        "score": -log_loss(y, estimator.predict_proba(X), labels=estimator.classes_),
        "epochs": estimator[-1].n_iter_,
    }


def model(cls):
    """A scaler before a network."""
    return make_pipeline(StandardScaler(), cls(max_iter=MAX_ITER, random_state=0))


def random_search(X, y, splits, seed):
    """Return seconds, best score and epochs."""
    search = RandomizedSearchCV(
        model(ScikitLearnMLP),
        SPACE,
        n_iter=N_TRIALS,
        cv=splits,
        n_jobs=N_JOBS,
        random_state=seed,
        scoring=score_and_epochs,
        refit=False,
    )
    began = time.time()
    results = search.fit(X, y).cv_results_
    epochs = len(splits) * np.nansum(results["mean_test_epochs"])
    return time.time() - began, np.nanmax(results["mean_test_score"]), epochs


def bayesian_search(X, y, splits, seed, goal, max_time):
    """Return the seconds until `goal` was reached (nan: never), the best score, and epochs."""
    with tempfile.TemporaryDirectory() as folder:
        search = BayesSearchCV(
            model(MLPClassifier),
            SPACE,
            n_iter=1000,
            cv=splits,
            n_jobs=N_JOBS,
            random_state=seed,
            scoring=score_and_epochs,
            objective="score",
            refit=False,
            resource="mlpclassifier__max_iter",
            max_time=max_time,
            storage=Path(folder) / "search.db",
        )
        began = time.time()
        search.fit(X, y)
        history = search_history(Path(folder) / "search.db")
    began = pd.Timestamp(began, unit="s", tz="UTC")
    seconds = (pd.to_datetime(history["ended"], utc=True) - began).dt.total_seconds()
    full = history[history["n_resources"] == MAX_ITER]
    reached = full.index[full["score"] >= goal]
    last = history.index[-1] if len(reached) == 0 else reached[0]
    so_far = history.loc[:last]
    # A resumed fit counts with its last row.
    columns = [column for column in history if column.endswith("_test_epochs")]
    epochs = so_far.groupby("configuration")[columns].last().to_numpy().sum()
    at = np.nan if len(reached) == 0 else seconds[reached[0]]
    return at, full["score"].max(), epochs


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=10_000)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    describe_run()
    X, y, _ = load("adult")
    rows = np.random.default_rng(0).permutation(len(X))[: arguments.rows]
    X, y = X[rows].astype(np.float32), y[rows]
    splits = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
    model(MLPClassifier).set_params(mlpclassifier__max_iter=1).fit(X, y)  # compiled before
    print_header(
        "seed", "random, s", "log-loss", "epochs", "reached after, s", "log-loss", "epochs", "1 /"
    )
    for seed in range(arguments.seeds):
        seconds, goal, epochs = random_search(X, y, splits, seed)
        at, best, own_epochs = bayesian_search(X, y, splits, seed, goal, seconds / SHARE)
        print_row(
            seed,
            f"{seconds:.1f}",
            f"{-goal:.4f}",
            f"{epochs:.0f}",
            f"{at:.1f}",
            f"{-best:.4f}",
            f"{own_epochs:.0f}",
            f"{seconds / at:.1f}",
        )


if __name__ == "__main__":
    main()
