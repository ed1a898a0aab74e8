"""Numbers that are legal but extreme: an error, a warning or a finite model, never a silent NaN."""

import re
import warnings

import numpy as np
import pytest
from labels import label
from sklearn.exceptions import ConvergenceWarning
from test_bad_input import ONES, SMALL, X, changed, fit, y_class, y_real

from sknn_tune import MLPClassifier, MLPRegressor

#: Each must end in an error, a warning, or a model whose predictions are finite.
DIVERGING = [
    {"learning_rate_init": 1e300},
    {"learning_rate_init": 1e10},
    {"learning_rate_init": 1e-300},
    {"solver": "sgd", "learning_rate_init": 1e3},
    {"solver": "sgd", "learning_rate_init": 1e10, "clip_norm": 1e-300},
    {"solver": "sgd", "momentum": 1.0},
    {"solver": "sgd", "momentum": 1.0, "l1_ratio": 1.0, "alpha": 1.0},
    {"alpha": 1e300},
    {"alpha": 1e300, "l1_ratio": 1.0},
    {"alpha": 1e300, "solver": "lbfgs"},
    {"solver": "adamw", "alpha": 1e300},
    {"epsilon": 1e300},
    {"epsilon": 5e-324, "solver": "adagrad"},
    {"epsilon": 5e-324, "solver": "rmsprop"},
    {"epsilon": 1e-320, "solver": "amsgrad"},
    {"beta_1": 1 - 1e-16, "beta_2": 1 - 1e-16},
    {"beta_1": 0.0, "beta_2": 0.0},
    {"power_t": 1e10, "solver": "sgd", "learning_rate": "invscaling"},
    {"dropout": 1 - 1e-16},
    {"input_dropout": 1 - 1e-16},
    {"clip_norm": 1e-300},
    {"clip_norm": 1e300, "learning_rate_init": 1e10},
    {"learning_rate": lambda progress: 1e308},
    {"early_stopping": True, "solver": "sgd", "learning_rate_init": 1e10},
    {"batch_norm": "both", "learning_rate_init": 1e10},
    {"max_iter": 10**12, "tol": 1e300},
    {"batch_size": 10**12},
    {"n_iter_no_change": 10**12},
]
EXTREME_DATA = {
    "huge X": (X * 1e300, y_real),
    "huge y": (X, y_real * 1e300),
    "huge both": (X * 1e150, y_real * 1e150),
    "tiny X": (X * 1e-300, y_real),
    "tiny y": (X, y_real * 1e-320),
    "constant X": (X * 0 + 5, y_real),
    "constant y": (X, y_real * 0 + 5),
    "one row": (X[:1], y_real[:1]),
    "two rows": (X[:2], y_real[:2]),
    "an outlier": (changed(X, 1e308), y_real),
}


def refusal_of(operation):
    """What an operation is refused with; empty where it is not."""
    try:
        operation()
    except ValueError as error:
        return str(error)
    return ""


def finite_or_said(cls, params, X, y, **fit_params):
    """Whether the fit failed or warned; otherwise its predictions must be finite."""
    model = cls(**{**SMALL, "max_iter": 30, **params})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "Got `batch_size`")
        refusal = refusal_of(lambda: model.fit(X, y, **fit_params))
    if refusal:
        assert any(
            word in refusal
            for word in ("non-finite", "batch_norm", "momentum", "dropout", "sample_weight")
        )
    else:
        assert np.isfinite(model.predict(X[:5])).all()
        assert all(np.isfinite(a).all() for a in (*model.coefs_, *model.intercepts_))


@pytest.mark.parametrize("params", DIVERGING, ids=label)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_parameters(params, dtype):
    finite_or_said(MLPRegressor, params, X.astype(dtype), y_real)
    finite_or_said(MLPClassifier, params, X.astype(dtype), y_class)


@pytest.mark.parametrize("kind", EXTREME_DATA)
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"solver": "lbfgs"},
        {"solver": "sgd"},
        {"batch_norm": "both"},
        {"loss": "huber"},
        {"loss": "quantile", "activation": "gelu"},
        {"early_stopping": True, "validation_fraction": 0.3},
    ],
    ids=label,
)
def test_extreme_data(params, kind):
    X_bad, y_bad = EXTREME_DATA[kind]
    if "early_stopping" in params and len(X_bad) < 10:
        with pytest.raises(ValueError, match=r"validation|train"):
            fit(MLPRegressor, params, X=X_bad, y=y_bad)
        return
    finite_or_said(MLPRegressor, params, X_bad, y_bad)


@pytest.mark.parametrize("scale", [1e-300, 1e300, 1e-40])
def test_extreme_weights(scale):
    finite_or_said(MLPRegressor, {}, X, y_real, sample_weight=ONES * scale)
    finite_or_said(MLPClassifier, {"batch_norm": "both"}, X, y_class, sample_weight=ONES * scale)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_positive_targets(loss, scale, dtype):
    y = (np.abs(y_real) + 0.1) * scale
    if dtype == np.float32 and scale > 1e38:
        with pytest.raises(ValueError, match="float32"):
            fit(MLPRegressor, {"loss": loss}, X=X.astype(dtype), y=y)
    else:
        finite_or_said(MLPRegressor, {"loss": loss}, X.astype(dtype), y)


def test_early_stopping_warns_of_divergence():
    with pytest.warns(ConvergenceWarning):
        model = fit(
            MLPRegressor,
            {"early_stopping": True, "solver": "sgd", "learning_rate_init": 1e10, "max_iter": 20},
        )
    assert np.isfinite(model.predict(X)).all()


def test_divergence_is_an_error():
    with pytest.raises(ValueError, match="non-finite"):
        fit(MLPRegressor, {"solver": "sgd", "learning_rate_init": 1e10, "max_iter": 20})


#: Rates at which the parameters are still finite after the last step, their outputs no more.
ABSURD = [
    (MLPRegressor, {"solver": "sgd", "learning_rate_init": 1e6}, np.float32),
    (MLPRegressor, {"solver": "sgd", "learning_rate_init": 1e30}, np.float64),
    (MLPRegressor, {"learning_rate_init": 1e20}, np.float32),
    (MLPRegressor, {"learning_rate_init": 1e37, "max_iter": 1}, np.float32),
    (MLPRegressor, {"learning_rate_init": 1e160, "max_iter": 1}, np.float64),
    (MLPRegressor, {"learning_rate_init": 1e4, "batch_norm": True, "solver": "sgd"}, np.float32),
    (MLPRegressor, {"loss": "poisson", "learning_rate_init": 1e3, "max_iter": 1}, np.float32),
    (MLPRegressor, {"solver": "adamw", "alpha": 1e20, "learning_rate_init": 1.0}, np.float32),
    (MLPClassifier, {"learning_rate_init": 1e37, "max_iter": 1}, np.float32),
    (MLPClassifier, {"learning_rate_init": 1e160, "max_iter": 1}, np.float64),
    (MLPClassifier, {"learning_rate_init": 1e30, "batch_norm": "both"}, np.float32),
]


@pytest.mark.parametrize(("cls", "params", "dtype"), ABSURD, ids=label)
@pytest.mark.parametrize("n_hidden", [1, 3])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_outputs_of_the_last_step_are_finite_or_refused(cls, params, dtype, n_hidden, method, seed):
    options = {"max_iter": 3, "hidden_layer_sizes": (5,) * n_hidden, "random_state": seed}
    model, rows = cls(**{**options, **params}), X.astype(dtype)
    y = np.abs(y_real) if cls is MLPRegressor else y_class
    more = {"classes": range(3)} if method == "partial_fit" and cls is MLPClassifier else {}
    refusal = refusal_of(lambda: getattr(model, method)(rows, y, **more))
    if refusal:
        assert "non-finite" in refusal
    else:
        assert np.isfinite(getattr(model, "predict_proba", model.predict)(rows)).all()


#: A link makes a probability of an infinite score, and which one depends on the order of sums.
HIDDEN_BY_A_LINK = [
    *({"solver": "sgd", "learning_rate_init": rate} for rate in (1e2, 1e4, 1e6)),
    {"solver": "nadam", "learning_rate_init": 1e30, "early_stopping": True, "scoring": "r2"},
    {"solver": "adam", "learning_rate_init": 1e19, "early_stopping": True},
    {"solver": "adamw", "learning_rate_init": 1e6, "l1_ratio": 0.5, "alpha": 1e3},
]


@pytest.mark.parametrize("params", HIDDEN_BY_A_LINK, ids=label)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scores_of_two_classes_are_finite_or_refused(params):
    for seed in range(12):
        rows = np.random.default_rng(seed).normal(scale=300.0, size=(40, 3)).astype(np.float32)
        model = MLPClassifier((5,), max_iter=3, random_state=0, **params)
        refusal = refusal_of(lambda: model.fit(rows, np.arange(40) % 2))  # noqa: B023
        if not refusal:
            alone = np.concatenate([model.predict_proba(row[None]) for row in rows])
            np.testing.assert_allclose(alone, model.predict_proba(rows), atol=1e-3)


@pytest.mark.parametrize("scale", [1e-300, 1e-310, 1e-40, 1e308])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_weights_that_are_to_blame_are_named(scale, solver, dtype, early_stopping):
    params = {"solver": solver, "early_stopping": early_stopping, "validation_fraction": 0.3}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = MLPRegressor(**{**SMALL, **params})
        refusal = refusal_of(lambda: model.fit(X.astype(dtype), y_real, ONES * scale))
    assert (
        re.search("[Ss]ample.weight", refusal) if refusal else np.isfinite(model.predict(X)).all()
    )


@pytest.mark.parametrize("scale", [1e-310, 1e308])
def test_weights_of_the_validation_set_that_are_out_of_range(scale):
    with pytest.raises(ValueError, match=r"sample_weight_val: .*range of float64"):
        fit(MLPRegressor, {}, X_val=X, y_val=y_real, sample_weight_val=ONES * scale)


def test_class_weights_that_are_to_blame_are_named():
    with pytest.raises(ValueError, match="class_weight"):
        fit(MLPClassifier, {"class_weight": dict.fromkeys(range(3), 1e-300)})


@pytest.mark.parametrize("target", [7.0, 0.0, -1e-3, 1e3])
@pytest.mark.parametrize("scale", [1e5, 1e6, 1e9])
@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"loss": "huber"}], ids=label)
def test_useless_predictions_are_warned_of(target, scale, params):
    """A training that sees no progress stops by itself, however far it is from y."""
    model = MLPRegressor(hidden_layer_sizes=(5,), max_iter=1000, random_state=0, **params)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X * scale, np.full(40, target))
    off = np.abs(model.predict(X * scale) - target).max()
    assert caught or off < 10 * max(abs(target), 1.0)
    assert {warning.category for warning in caught} <= {ConvergenceWarning}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("target", [7.0, 0.0, 1e-6, 1e4])
def test_a_constant_that_is_learned_is_not_warned_of(target):
    MLPRegressor(hidden_layer_sizes=(5,), solver="lbfgs", max_iter=1000, random_state=0).fit(
        X, np.full(40, target)
    )
