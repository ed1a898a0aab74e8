"""False alarms of the paired test of `consistency`: 500 comparisons of equally good models."""

import argparse

import numpy as np
from common import describe_run, print_header, print_row
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit
from sklearn.tree import DecisionTreeClassifier

from sknn_tune.quality.paired_test import paired_test

MODELS = {
    "logistic regression": LogisticRegression(),
    "tree of depth 3": DecisionTreeClassifier(max_depth=3, random_state=0),
}


def differences(model, seed, n_rows):
    """Differences of accuracy over ten splits between two blocks of features of equal worth."""
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal((n_rows, 3))
    y = (signal.sum(axis=1) + rng.standard_normal(n_rows) > 0).astype(int)
    blocks = [signal + rng.standard_normal((n_rows, 3)) for _ in range(2)]
    splits = list(ShuffleSplit(10, test_size=0.2, random_state=seed).split(signal))
    scores = [
        [model.fit(Z[train], y[train]).score(Z[test], y[test]) for train, test in splits]
        for Z in blocks
    ]
    return np.subtract(*scores)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comparisons", type=int, default=500)
    options = parser.parse_args()
    describe_run()
    print_header("model", "rows", "corrected test", "plain t-test")
    for name, model in MODELS.items():
        for n_rows in (80, 200):
            found = [differences(model, seed, n_rows) for seed in range(options.comparisons)]
            corrected = np.mean([paired_test(d, 0.25)[1] < 0.05 for d in found])
            with np.errstate(all="ignore"):
                plain = np.mean([stats.ttest_1samp(d, 0.0).pvalue < 0.05 for d in found])
            print_row(name, n_rows, f"{corrected:.1%}", f"{plain:.1%}")


if __name__ == "__main__":
    main()
