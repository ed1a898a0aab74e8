"""Compare the parameters of fixed fits with those of another checkout of the project, bit by bit.

    python tests/benchmarks/same_bits.py OTHER

OTHER is the root of the other checkout. Two processes, one for each tree, run the same fits: every
solver, schedule and option, both dtypes, sparse and dense input, and all ways to resume. The fits
whose parameters, predictions or losses differ are listed; the exit code is 1 if there are any.
"""

import hashlib
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import scipy.sparse

import sknn_tune
from sknn_tune import (
    ELU,
    Adaptive,
    Cosine,
    CosineRestarts,
    Exponential,
    Huber,
    InvScaling,
    LeakyReLU,
    Linear,
    OneCycle,
    Quantile,
    Step,
)

ROOT = Path(__file__).parents[2]


def _data():
    """Input and targets by name, the same in every tree."""
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(230, 12))
    score = X[:, 0] + 0.5 * X[:, 1] * X[:, 2]
    sparse_X = X * (random_state.uniform(size=X.shape) < 0.15)
    return {
        "X": X,
        "X32": X.astype(np.float32),
        "sparse": scipy.sparse.csr_matrix(sparse_X),
        "sparse32": scipy.sparse.csr_matrix(sparse_X, dtype=np.float32),
        "denser": scipy.sparse.csr_matrix(X),
        "number": score,
        "numbers": np.stack([score, -score + X[:, 3]], axis=1),
        "positive": np.exp(0.3 * score),
        "binary": score > 0,
        "classes": np.digitize(score, [-0.7, 0.7]),
        "labels": np.stack([score > 0, X[:, 3] > 0], axis=1),
        "weights": random_state.uniform(0.0, 2.0, len(X)),
    }


def _fit(model, X, y, **arguments):
    return model.fit(X, y, **arguments)


def _fit_twice(model, X, y):
    return model.fit(X, y).set_params(max_iter=5).fit(X, y)


def _continue(model, X, y):
    return model.fit(X, y).set_params(max_iter=9).fit(X, y)


def _partial_fits(model, X, y):
    for start in (0, 80, 150):
        rows = slice(start, start + 80)
        model.partial_fit(
            X[rows], y[rows], **({} if y.dtype.kind == "f" else {"classes": np.unique(y)})
        )
    return model


def _with_validation_set(model, X, y):
    return model.fit(X[:180], y[:180], X_val=X[180:], y_val=y[180:])


def _cases():
    """Name, estimator, target, input, parameters and way to fit."""

    def classifier(name, y="classes", X="X", how=_fit, **parameters):
        return name, "MLPClassifier", y, X, parameters, how

    def regressor(name, y="number", X="X", how=_fit, **parameters):
        return name, "MLPRegressor", y, X, parameters, how

    solvers = ("sgd", "adagrad", "rmsprop", "adam", "adamw", "amsgrad", "nadam", "lbfgs")
    activations = (
        "identity", "logistic", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu",
        "mish", "softplus",
    )  # fmt: skip
    schedules = (
        "constant", "invscaling", "adaptive", InvScaling(power=0.3), Adaptive(divisor=3.0),
        Step(every=2, decay=0.5), Exponential(decay=0.9), Linear(end=0.1), Cosine(warmup=0.2),
        CosineRestarts(period=2), OneCycle(),
    )  # fmt: skip
    losses = (
        "squared_error", "absolute_error", "huber", "poisson", "gamma", Huber(delta=0.5),
        Quantile(0.3), Quantile((0.1, 0.5, 0.9)),
    )  # fmt: skip
    everything = {
        "hidden_layer_sizes": (12, 9), "activation": ("gelu", ELU(alpha=0.7)), "solver": "adamw",
        "dropout": 0.2, "input_dropout": 0.1, "batch_norm": "both", "residual": True,
        "clip_norm": 1.0, "l1_ratio": 0.3, "alpha": 0.01,
    }  # fmt: skip
    cases = [classifier(f"solver {name}", solver=name) for name in solvers]
    cases += [regressor(f"activation {name}", activation=name) for name in activations]
    cases += [
        classifier(f"schedule {value!r}", solver="sgd", learning_rate=value, max_iter=25)
        for value in schedules
    ]
    cases += [regressor(f"loss {value!r}", "positive", loss=value) for value in losses]
    for X in ("X", "X32"):
        cases += [
            classifier(f"everything, {X}", X=X, **everything),
            regressor(f"solver lbfgs, {X}", "numbers", X, solver="lbfgs"),
            classifier(f"relu, adam, {X}", X=X, hidden_layer_sizes=(64, 32), batch_size=64),
            classifier(f"one unit, {X}", "binary", X, hidden_layer_sizes=(1,), batch_size=7),
        ]
    cases += [
        classifier(f"{X}, {solver}", "binary", X, solver=solver, hidden_layer_sizes=(20, 5))
        for X in ("sparse", "sparse32", "denser")
        for solver in ("adam", "lbfgs")
    ]
    cases += [
        classifier("no hidden layer", hidden_layer_sizes=()),
        classifier("labels", "labels", label_smoothing=0.1),
        classifier("label smoothing", label_smoothing=0.2),
        classifier("class weight", class_weight="balanced"),
        classifier("residual", hidden_layer_sizes=(8, 8, 6), residual=True),
        classifier("batch normalisation", batch_norm=True),
        classifier("normalised input", batch_norm="input", batch_size=229),
        classifier("dropout", dropout=0.4, input_dropout=0.2),
        classifier("l1", solver="rmsprop", l1_ratio=0.5, alpha=0.1),
        classifier("l1, sgd", solver="sgd", l1_ratio=1.0, alpha=0.1),
        regressor("penalty of the data set", penalty_scale="dataset", penalize_intercept=True),
        regressor("full batch", batch_size="full", activation=LeakyReLU(slope=0.2)),
        regressor("orthogonal", initializer="orthogonal", zero_output=True),
        regressor("without momentum", solver="sgd", momentum=0.0, nesterovs_momentum=False),
        classifier("early stopping", early_stopping=True, max_iter=40, n_iter_no_change=3),
        classifier("validation set", how=_with_validation_set, early_stopping=True),
        classifier("warm start", how=_fit_twice, warm_start=True),
        regressor("warm start, lbfgs", how=_fit_twice, warm_start=True, solver="lbfgs"),
        classifier("continue", how=_continue, warm_start="continue", dropout=0.3),
        classifier("partial_fit", how=_partial_fits),
        regressor("partial_fit, float32", X="X32", how=_partial_fits, solver="nadam"),
        classifier("sample weights", how=_weighted),
        regressor("sample weights, float32", X="X32", how=_weighted, batch_norm=True),
    ]
    return cases


def _weighted(model, X, y):
    return model.fit(X, y, sample_weight=_data()["weights"])


def _digests(model, X):
    """Digests of the parameters with the predictions, and of the losses."""
    parameters = hashlib.sha256()
    for array in (*model.coefs_, *model.intercepts_, model.predict(X)):
        parameters.update(np.ascontiguousarray(array).tobytes())
    losses = hashlib.sha256(np.float64(model.loss_).tobytes())
    for curve in ("loss_curve_", "validation_loss_curve_"):
        losses.update(np.array(getattr(model, curve, None) or [], dtype=np.float64).tobytes())
    return parameters.hexdigest(), losses.hexdigest()


def run_fits():
    """Digest of each fit by name, and where the package is."""
    warnings.simplefilter("ignore")
    data, digests = _data(), {}
    for name, estimator, y, X, parameters, how in _cases():
        settings = {"hidden_layer_sizes": (16,), "max_iter": 4, "random_state": 0} | parameters
        model = how(getattr(sknn_tune, estimator)(**settings), data[X], data[y])
        digests[name] = _digests(model, data[X])
    return {"package": str(Path(sknn_tune.__file__).parent), "digests": digests}


def _run(tree):
    """Start a process that runs the fits with the package of a tree."""
    environment = os.environ | {"PYTHONPATH": str(Path(tree).resolve())}
    return subprocess.Popen(
        [sys.executable, __file__, "--worker"], stdout=subprocess.PIPE, text=True, env=environment
    )


def main():
    processes = [_run(tree) for tree in (sys.argv[1], ROOT)]
    other, this = (json.loads(process.communicate()[0]) for process in processes)
    print(f"{this['package']} beside {other['package']}: {len(this['digests'])} fits")
    different = 0
    for part, what in enumerate(("parameters or predictions", "losses")):
        names = [
            name
            for name, digests in this["digests"].items()
            if digests[part] != other["digests"][name][part]
        ]
        print(f"{len(names)} with other {what}")
        print("".join(f"  {name}\n" for name in names), end="")
        different += len(names)
    return 1 if different else 0


if __name__ == "__main__":
    if "--worker" in sys.argv:
        print(json.dumps(run_fits()))
    else:
        sys.exit(main())
