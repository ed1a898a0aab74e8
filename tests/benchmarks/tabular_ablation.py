"""What each ingredient of the estimators of tables is worth, on sets that none was chosen on.

    python tests/benchmarks/tabular_ablation.py DATA [--seeds 2] [--names wine,diabetes]

DATA is the folder that `tabular.py` reads; the sets are three of it that are not among its core
sets, and four that come with scikit-learn. An ingredient is left out, all else stays. Printed are
geometric means over the sets, seeds pooled, of error and log-loss relative to the full recipe.
"""

import argparse
import warnings
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.metrics import log_loss, r2_score
from sklearn.model_selection import train_test_split
from tabular import read

from sknn_tune import TabularMLPClassifier, TabularMLPRegressor
from sknn_tune.tabular import classifier, recipe, regressor, training

OTHERS = ("qsar_biodeg", "telco_churn", "wine_white")
BUNDLED = {
    "breast_cancer": (load_breast_cancer, "binary"),
    "digits": (load_digits, "multiclass"),
    "wine": (load_wine, "multiclass"),
    "diabetes": (load_diabetes, "regression"),
}


def all_alike(unseen, loss, temperature=1.0):
    """Weights of members that are not fitted."""
    return np.full(len(unseen.parts), 1.0 / len(unseen.parts))


def no_temperature(unseen, loss, weights):
    """Scores as they are."""
    return 1.0


def patched(*changes):
    """A context in which attributes of modules have other values."""

    @contextmanager
    def context():
        patches = [patch.object(module, name, value) for module, name, value in changes]
        for p in patches:
            p.start()
        try:
            yield
        finally:
            for p in patches:
                p.stop()

    return context


unchanged = patched()
silu, selu = training.ACTIVATIONS
#: What is left out: parameters, and what is changed inside.
ABLATIONS = {
    "the full recipe": ({}, unchanged),
    "no bins": ({"numeric_embedding": None}, unchanged),
    "bins in all members": ({"numeric_embedding": "piecewise_linear"}, unchanged),
    "SiLU in all members": ({}, patched((training, "ACTIVATIONS", (silu, silu)))),
    "one cosine instead of four": ({}, patched((recipe, "N_CYCLES", 1))),
    "all members weigh alike": (
        {},
        patched((classifier, "best_weights", all_alike), (regressor, "best_weights", all_alike)),
    ),
    "no label smoothing": ({"label_smoothing": 0.0}, unchanged),
    "no temperature": ({}, patched((classifier, "best_temperature", no_temperature))),
    "no dropout": ({"dropout": 0.0}, unchanged),
    "no weight decay": ({"weight_decay": 0.0}, unchanged),
    "five members": ({"n_members": 5}, unchanged),
    "one member": ({"n_members": 1}, unchanged),
}


def load(data, name):
    """Columns, target and task of a set."""
    if name in OTHERS:
        return read(data, name)
    loader, task = BUNDLED[name]
    return *loader(return_X_y=True, as_frame=True), task


def measures(X, y, task, params, context, seed):
    """Error, and log-loss of classes, of a fit on three quarters of the rows."""
    strata = None if task == "regression" else y
    X, X_test, y, y_test = train_test_split(X, y, random_state=seed, stratify=strata)
    if task == "regression":
        params = {name: value for name, value in params.items() if name != "label_smoothing"}
        with context():
            model = TabularMLPRegressor(**params, random_state=seed).fit(X, y)
        return {"error": 1 - r2_score(y_test, model.predict(X_test))}
    with context():
        model = TabularMLPClassifier(**params, random_state=seed).fit(X, y)
    p = model.predict_proba(X_test)
    # Half a row more, so that an error of 0 has a ratio.
    wrong = np.sum(model.classes_[p.argmax(axis=1)] != y_test) + 0.5
    return {"error": wrong / len(y_test), "log_loss": log_loss(y_test, p)}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    names = [*OTHERS, *BUNDLED]
    parser.add_argument("--names", type=lambda text: text.split(","), default=names)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    results = defaultdict(lambda: defaultdict(list))
    for name in arguments.names:
        X, y, task = load(arguments.data, name)
        for label, (params, context) in ABLATIONS.items():
            for seed in range(arguments.seeds):
                for kind, value in measures(X, y, task, params, context, seed).items():
                    results[kind if kind == "log_loss" else task == "regression"][
                        label, name
                    ].append(value)
    titles = {False: "error of classes", "log_loss": "log-loss", True: "error of numbers"}
    print(f"{'left out':28s}" + "".join(f"{title:>18s}" for title in titles.values()))
    for label in ABLATIONS:
        print(f"{label:28s}" + "".join(f"{relative(results[k], label):18.3f}" for k in titles))


def relative(results, label):
    """Geometric mean over the sets of the ratio to the full recipe."""
    full, *_ = ABLATIONS
    names = [name for name_of, name in results if name_of == label]
    ratios = [np.mean(results[label, n]) / np.mean(results[full, n]) for n in names]
    return float(np.exp(np.mean(np.log(ratios))))


if __name__ == "__main__":
    main()
