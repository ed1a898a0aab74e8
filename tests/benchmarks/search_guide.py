"""The figures of docs/guide_search.md: three searches on one problem at one budget.

    python tests/benchmarks/search_guide.py [--seeds 5]

Tunes an MLPClassifier on scikit-learn's digits with 24 configurations and 3 folds, by
GridSearchCV, RandomizedSearchCV and BayesSearchCV; prints a line for each search, then the
median log-loss over the seeds. A grid has no seed; it runs once.
"""

import argparse
import time
import warnings

import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_tune import BayesSearchCV, MLPClassifier, hidden_layers

N_ITER = 24
GRID = {
    "mlpclassifier__hidden_layer_sizes": [(64,), (64, 64)],
    "mlpclassifier__alpha": [1e-4, 1e-2, 1],
    "mlpclassifier__learning_rate_init": [1e-4, 1e-3, 1e-2, 1e-1],
}
DISTRIBUTIONS = {
    "mlpclassifier__hidden_layer_sizes": hidden_layers(n_layers=(1, 3), units=(16, 256)),
    "mlpclassifier__activation": ["relu", "tanh", "logistic"],
    "mlpclassifier__alpha": loguniform(1e-6, 10),
    "mlpclassifier__learning_rate_init": loguniform(1e-4, 1e-1),
    "mlpclassifier__batch_size": [16, 32, 64, 128, 256],
    "mlpclassifier__beta_1": uniform(0.8, 0.19),
}


def searches(seed):
    """Yield the name of each search and the search, unfitted."""
    model = make_pipeline(StandardScaler(), MLPClassifier(max_iter=30, random_state=0))
    common = {"cv": 3, "scoring": "neg_log_loss"}
    if seed == 0:
        yield "GridSearchCV", GridSearchCV(model, GRID, **common)
    common |= {"n_iter": N_ITER, "random_state": seed}
    yield "RandomizedSearchCV", RandomizedSearchCV(model, DISTRIBUTIONS, **common)
    yield "BayesSearchCV", BayesSearchCV(model, DISTRIBUTIONS, **common)


def main():
    """Run all searches and print what they found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    seeds = parser.parse_args().seeds
    warnings.filterwarnings("ignore")  # thirty epochs are few, on purpose
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0, stratify=y)
    losses = {}
    for seed in range(seeds):
        for name, search in searches(seed):
            start = time.time()
            search.fit(X, y)
            found = -search.best_score_, -search.score(X_test, y_test)
            losses.setdefault(name, []).append(found)
            seconds = time.time() - start
            print(
                f"{name:20s} seed {seed}: CV {found[0]:.4f}, test {found[1]:.4f}, {seconds:.0f} s"
            )
    for name, found in losses.items():
        cv, test = np.median(found, axis=0)
        print(f"| {name} | {cv:.4f} | {test:.4f} |")


if __name__ == "__main__":
    main()
