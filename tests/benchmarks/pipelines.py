"""What pipelines really feed: one-hot columns, text-like columns, tables tuned by GridSearchCV.

    python tests/benchmarks/pipelines.py [--repeats 5]

Reads adult and california from ../shared/data, beside the project's own folder.
"""

import argparse
import functools
import warnings

import numpy as np
import scipy.sparse
import sklearn.neural_network
from common import (
    describe_run,
    median_ratios,
    paired_seconds,
    print_header,
    print_row,
    read_table,
)
from sklearn.compose import (
    ColumnTransformer,
    TransformedTargetRegressor,
    make_column_selector,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

import sknn_tune

FIT = {"hidden_layer_sizes": (100,), "batch_size": 200, "max_iter": 4, "random_state": 0}
NETWORK = {"early_stopping": True, "max_iter": 60, "random_state": 0}
GRID = {"hidden_layer_sizes": [(50,), (100,)], "alpha": [1e-4, 1e-1]}


def columns():
    """The usual transformer of a table: numbers scaled, categories one column each."""
    numeric = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categorical = OneHotEncoder(handle_unknown="ignore")
    return ColumnTransformer(
        [
            ("numeric", numeric, make_column_selector(dtype_include="number")),
            ("categorical", categorical, make_column_selector(dtype_exclude="number")),
        ]
    )


def text_like(n_rows=5000, n_columns=20_000, density=0.001):
    """Compressed rows as a TfidfVectorizer makes them, and the labels of a linear rule."""
    rng = np.random.default_rng(0)
    X = scipy.sparse.random(n_rows, n_columns, density, format="csr", random_state=rng)
    return X, np.asarray(X @ rng.normal(size=n_columns) > 0, dtype=int)


def compare_sparse_fits(repeats):
    """Print the fit times on sparse float64 rows."""
    table, target = read_table("adult")
    data = {
        "adult, one-hot columns": (columns().fit_transform(table), target),
        "20,000 text-like columns": text_like(),
    }
    print_header("fit of compressed rows, float64", "density", "seconds", "scikit-learn")
    for name, (X, y) in data.items():
        fits = [
            functools.partial(estimator(**FIT).fit, X, y)
            for estimator in (sknn_tune.MLPClassifier, sklearn.neural_network.MLPClassifier)
        ]
        paired_seconds(fits, 1)
        seconds = paired_seconds(fits, repeats)
        density = X.nnz / X.shape[0] / X.shape[1]
        ours, ratio = np.median(seconds[:, 0]), median_ratios(seconds)[1]
        print_row(name, f"{100 * density:.1f} %", f"{ours:.3f}", f"{ratio:.2f}x")


def compare_searches():
    """Print the best cross-validated scores on both tables."""
    print()
    print_header("GridSearchCV, 12 fits", "sknn_tune", "scikit-learn", "fit time, scikit-learn")
    for name in ("adult", "california"):
        table, target = read_table(name)
        ours, theirs = (
            tuned(module, table, target) for module in (sknn_tune, sklearn.neural_network)
        )
        ratio = fit_seconds(theirs) / fit_seconds(ours)
        print_row(name, f"{ours.best_score_:.4f}", f"{theirs.best_score_:.4f}", f"{ratio:.2f}x")


def tuned(module, table, target):
    """GridSearchCV over a pipeline with the network of a module that suits the target."""
    if target.dtype.kind in "if":
        regressor = module.MLPRegressor(**NETWORK)
        network = TransformedTargetRegressor(regressor, transformer=StandardScaler())
        prefix = "network__regressor__"
    else:
        network, prefix = module.MLPClassifier(**NETWORK), "network__"
    grid = {prefix + name: values for name, values in GRID.items()}
    pipeline = Pipeline([("columns", columns()), ("network", network)])
    return GridSearchCV(pipeline, grid, cv=3).fit(table, target)


def fit_seconds(search):
    """Seconds that a search spent in all its fits, the last one left out."""
    return search.cv_results_["mean_fit_time"].sum() * search.n_splits_


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    describe_run()
    with threadpool_limits(1):
        compare_sparse_fits(options.repeats)
        compare_searches()


if __name__ == "__main__":
    main()
