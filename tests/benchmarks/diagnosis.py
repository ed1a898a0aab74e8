"""How often `diagnose` names the fault that was planted: made cases, ten of each."""

import argparse
import collections
import re
import time

import numpy as np
from common import describe_run, print_header, print_row
from sklearn.datasets import load_digits, make_classification, make_friedman1
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.neural_network import MLPClassifier as ScikitLearnMLP
from sklearn.neural_network import MLPRegressor as ScikitLearnRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sknn_tune import MLPClassifier, MLPRegressor, diagnose


def checkerboard(seed, n_rows=1200, noise=0.0):
    """Two classes on the squares of a board: nothing for a straight line."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-2, 2, (n_rows, 2))
    y = (np.floor(X).sum(axis=1) % 2).astype(int)
    return X, np.where(rng.random(n_rows) < noise, 1 - y, y)


def digits(seed, n_rows):
    """Some rows of the handwritten digits."""
    X, y = load_digits(return_X_y=True)
    rows = np.random.default_rng(seed).permutation(len(y))[:n_rows]
    return X[rows] / 16, y[rows]


def overlapping(seed, n_rows, flip):
    """Two classes, few of many features telling, labels redrawn at random."""
    return make_classification(
        n_rows, 20, n_informative=4, n_redundant=0, flip_y=flip, class_sep=1.5, random_state=seed
    )


def friedman(seed, n_rows, noise):
    """Friedman's first regression problem, scaled."""
    X, y = make_friedman1(n_rows, noise=noise, random_state=seed)
    return X, (y - y.mean()) / y.std()


def cases(seed):
    """Yield fault, name and the arguments of `diagnose`."""
    for kind, clf, reg in [
        ("scikit-learn", ScikitLearnMLP, ScikitLearnRegressor),
        ("ours", MLPClassifier, MLPRegressor),
    ]:
        small = clf(
            hidden_layer_sizes=(2,), max_iter=300, learning_rate_init=0.01, random_state=seed
        )
        yield "high_bias", f"{kind}: 2 units, checkerboard", small, checkerboard(seed)
        tiny = clf(
            hidden_layer_sizes=(1,), max_iter=300, learning_rate_init=0.01, random_state=seed
        )
        yield "high_bias", f"{kind}: 1 unit, digits", tiny, digits(seed, 1000)
        flat = reg(
            hidden_layer_sizes=(1,), max_iter=300, learning_rate_init=0.01, random_state=seed
        )
        yield "high_bias", f"{kind}: 1 unit, Friedman", flat, friedman(seed, 600, 0.3)
        large = clf(hidden_layer_sizes=(128, 128), alpha=0.0, max_iter=60, random_state=seed)
        yield "high_variance", f"{kind}: 128x128, 300 rows", large, overlapping(seed, 300, 0.05)
        yield "high_variance", f"{kind}: 128x128, 600 rows", large, overlapping(seed, 600, 0.1)
        wide = reg(hidden_layer_sizes=(128, 128), alpha=0.0, max_iter=60, random_state=seed)
        yield "high_variance", f"{kind}: 128x128, Friedman", wide, friedman(seed, 200, 2.0)
        fair = clf(hidden_layer_sizes=(16,), max_iter=200, random_state=seed)
        yield "noise", f"{kind}: half of the labels redrawn", fair, overlapping(seed, 1500, 0.6)
        board = clf(
            hidden_layer_sizes=(64,), max_iter=300, learning_rate_init=0.01, random_state=seed
        )
        yield "noise", f"{kind}: checkerboard, 30 % wrong", board, checkerboard(seed, 1500, 0.3)
        noisy = reg(hidden_layer_sizes=(16,), max_iter=300, random_state=seed)
        yield "noise", f"{kind}: Friedman, noise", noisy, friedman(seed, 1000, 8.0)
        usual = clf(hidden_layer_sizes=(64,), max_iter=300, random_state=seed)
        yield "too_few_rows", f"{kind}: 60 digits", usual, digits(seed, 60)
        yield "too_few_rows", f"{kind}: 40 rows", usual, overlapping(seed, 40, 0.0)
        sparse = reg(
            hidden_layer_sizes=(64,), max_iter=300, learning_rate_init=0.01, random_state=seed
        )
        yield "too_few_rows", f"{kind}: 40 rows, Friedman", sparse, friedman(seed, 40, 0.1)
        fast = clf(
            hidden_layer_sizes=(64,), learning_rate_init=1.0, max_iter=100, random_state=seed
        )
        yield "rate_too_high", f"{kind}: adam, rate 1", fast, digits(seed, 600)
        wild = clf(
            hidden_layer_sizes=(64,),
            solver="sgd",
            learning_rate_init=5.0,
            max_iter=100,
            random_state=seed,
        )
        yield "rate_too_high", f"{kind}: sgd, rate 5", wild, digits(seed, 600)
        gross = reg(
            hidden_layer_sizes=(64,), learning_rate_init=2.0, max_iter=100, random_state=seed
        )
        yield "rate_too_high", f"{kind}: adam, rate 2, Friedman", gross, friedman(seed, 500, 0.3)
        short = clf(hidden_layer_sizes=(64,), max_iter=3, random_state=seed)
        yield "not_converged", f"{kind}: 3 epochs", short, digits(seed, 600)
    stump = DecisionTreeClassifier(max_depth=2)
    yield "high_bias", "tree of depth 2, digits", stump, digits(seed, 1000)
    straight = make_pipeline(StandardScaler(), SVC(kernel="rbf", C=1e-3))
    yield "high_bias", "SVC, C=0.001 in a Pipeline", straight, digits(seed, 600)
    few = HistGradientBoostingClassifier(max_depth=1, max_iter=20)
    yield "high_bias", "boosting, 20 stumps", few, checkerboard(seed)
    yield "high_variance", "SVC, gamma=1", SVC(gamma=1.0, C=100), overlapping(seed, 600, 0.05)
    boosting = HistGradientBoostingClassifier(max_iter=50)
    yield "noise", "boosting, labels redrawn", boosting, overlapping(seed, 1000, 0.7)
    yield "noise", "SVC, labels redrawn", SVC(), overlapping(seed, 1000, 0.7)
    yield "balanced", "SVC, digits", SVC(), digits(seed, 1797)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", default="", help="pattern of fault/case")
    parser.add_argument("--n-jobs", type=int, default=None)
    options = parser.parse_args()
    describe_run()
    print_header("planted", "case", "named", "seconds", "else")
    found, seconds = collections.defaultdict(collections.Counter), collections.Counter()
    truth = {}
    for name in [f"{fault}/{case}" for fault, case, *_ in cases(0)]:
        if not re.search(options.only, name):
            continue
        for seed in range(options.seeds):
            fault, case, model, data = next(c for c in cases(seed) if f"{c[0]}/{c[1]}" == name)
            began = time.perf_counter()
            report = diagnose(model, *data, random_state=seed, n_jobs=options.n_jobs)
            seconds[name] += time.perf_counter() - began
            found[name][report.fault] += 1
            truth[name] = fault, case
        (fault, case), counts = truth[name], found[name]
        others = ", ".join(f"{k} {n}" for k, n in counts.items() if k != fault)
        each = f"{seconds[name] / options.seeds:.1f}"
        print_row(fault, case, f"{counts[fault]}/{options.seeds}", each, others)


if __name__ == "__main__":
    main()
