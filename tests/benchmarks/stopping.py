"""Print what stopping on another score than accuracy is worth, on real data.

    python tests/benchmarks/stopping.py [seeds]

A network is trained with its own validation set through a pipeline. The same run is stopped by
different scores; the epoch that each chooses is judged on test rows by what the user is after.
"""

import sys
import warnings

import numpy as np
import sklearn
from common import describe_run, print_header, print_row, read_table
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sknn_tune import MLPClassifier

TABLES = ["credit_g", "telco_churn", "adult"]
MAX_ROWS = 6_000


def cost_score(estimator, X, y):
    """Minus the cost of decisions where missing a positive costs five times a false alarm."""
    p, positive = estimator.predict_proba(X)[:, 1], y == estimator.classes_[1]
    alarm = p > 1 / 6
    return -float(np.mean(np.where(positive, 5.0 * ~alarm, alarm)))


AIMS = {
    "log-loss": ("neg_log_loss", get_scorer("neg_log_loss")),
    "ROC AUC": ("roc_auc", get_scorer("roc_auc")),
    "cost 5:1": (cost_score, cost_score),
}


def fit(scoring, seed, X, y, X_val, y_val):
    network = MLPClassifier(
        (100,), learning_rate_init=3e-3, early_stopping=True, scoring=scoring, max_iter=100,
        n_iter_no_change=15, random_state=seed,
    ).set_fit_request(X_val=True, y_val=True)  # fmt: skip
    columns = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
    )
    steps = [("columns", columns), ("network", network)]
    return Pipeline(steps, transform_input=["X_val"]).fit(X, y, X_val=X_val, y_val=y_val)


def compare(table, seed):
    """Test values of each aim when stopped by accuracy and when stopped by the aim itself."""
    X, y = read_table(table)
    X, y = X.fillna(X.median(numeric_only=True))[:MAX_ROWS], y[:MAX_ROWS]
    X, X_test, y, y_test = train_test_split(X, y, stratify=y, test_size=0.4, random_state=seed)
    X, X_val, y, y_val = train_test_split(X, y, stratify=y, test_size=0.3, random_state=seed)
    data = X, y, X_val, y_val
    by_accuracy = fit("accuracy", seed, *data)
    values = []
    for scoring, judge in AIMS.values():
        own = fit(scoring, seed, *data)
        values.append((judge(by_accuracy, X_test, y_test), judge(own, X_test, y_test)))
    return values


def main():
    n_seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    warnings.simplefilter("ignore", ConvergenceWarning)
    sklearn.set_config(enable_metadata_routing=True)
    describe_run()
    print_header("data", "judged by", "stopped by accuracy", "stopped by itself", "better in")
    for table in TABLES:
        values = np.array([compare(table, seed) for seed in range(n_seeds)])
        for aim, (accuracy, own) in zip(AIMS, values.transpose(1, 2, 0), strict=True):
            wins = f"{np.sum(own > accuracy)} of {n_seeds}"
            print_row(table, aim, f"{accuracy.mean():.4f}", f"{own.mean():.4f}", wins)


if __name__ == "__main__":
    main()
