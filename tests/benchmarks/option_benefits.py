"""Where an option earns its keep: the same network with and without it, over 10 splits.

    python tests/benchmarks/option_benefits.py

Bundled data only. Each row prints the mean test score without and with the option, the mean of
the paired differences, and its standard error.
"""

import warnings

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, make_friedman1
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sknn_tune import MLPClassifier, MLPRegressor

N_SPLITS = 10


def digits():
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


def noisy_digits():
    X, y = digits()
    rng = np.random.default_rng(0)
    return (X + rng.normal(0, 0.35, X.shape)).astype(np.float32), y


def raw_breast_cancer():
    X, y = load_breast_cancer(return_X_y=True)
    return X.astype(np.float32), y


def small_diabetes():
    X, y = load_diabetes(return_X_y=True)
    return (X * 20).astype(np.float32), (y - y.mean()) / y.std()


def irrelevant_features():
    X, y = make_friedman1(400, 50, noise=1.0, random_state=0)
    return (X - 0.5).astype(np.float32) * 3, (y - y.mean()) / y.std()


#: option -> (data, share of training rows, estimator, settings of both, the option)
CASES = {
    "dropout": (
        noisy_digits,
        0.5,
        MLPClassifier,
        {"hidden_layer_sizes": (256, 256), "max_iter": 60, "batch_size": 64},
        {"dropout": 0.5},
    ),
    "batch_norm": (
        raw_breast_cancer,
        0.5,
        MLPClassifier,
        {"hidden_layer_sizes": (64, 64), "max_iter": 60, "batch_size": 64},
        {"batch_norm": "both"},
    ),
    "residual": (
        digits,
        0.5,
        MLPClassifier,
        {"hidden_layer_sizes": (32,) * 20, "max_iter": 30, "batch_size": 32},
        {"residual": True},
    ),
    "weight decay (adamw)": (
        small_diabetes,
        0.5,
        MLPRegressor,
        {
            "hidden_layer_sizes": (64, 64),
            "max_iter": 150,
            "batch_size": 32,
            "solver": "adamw",
            "learning_rate_init": 0.003,
            "alpha": 0.0,
        },
        {"alpha": 1.0},
    ),
    "l1_ratio": (
        irrelevant_features,
        0.5,
        MLPRegressor,
        {"hidden_layer_sizes": (64,), "max_iter": 200, "batch_size": 32, "alpha": 0.0},
        {"alpha": 0.3, "l1_ratio": 1.0},
    ),
}


def score(make, train_size, estimator, settings, seed):
    """Test score and share of exact zeros among the weights."""
    X, y = make()
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, train_size=train_size, random_state=seed
    )
    model = estimator(random_state=seed, tol=0.0, n_iter_no_change=10**6, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X_train, y_train)
    weights = np.concatenate([coef.ravel() for coef in model.coefs_])
    return model.score(X_test, y_test), np.mean(weights == 0)


def main():
    """Print a row for each option."""
    print(f"{'option':22s} {'without':>8s} {'with':>8s} {'gain':>8s}   s.e.  zeros with")
    for name, (make, train_size, estimator, settings, option) in CASES.items():
        pairs = np.array(
            [
                [
                    score(make, train_size, estimator, settings, seed),
                    score(make, train_size, estimator, settings | option, seed),
                ]
                for seed in range(N_SPLITS)
            ]
        )
        without, with_option = pairs[:, 0, 0], pairs[:, 1, 0]
        gain = with_option - without
        error = gain.std(ddof=1) / np.sqrt(N_SPLITS)
        print(
            f"{name:22s} {without.mean():8.4f} {with_option.mean():8.4f} {gain.mean():8.4f} "
            f"{error:6.4f}  {pairs[:, 1, 1].mean():.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
