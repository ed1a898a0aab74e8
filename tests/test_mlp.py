"""The estimators: their conveniences, options and fitted state, and what happens around a fit."""

import copy
import pickle
import subprocess
import sys
import warnings
from itertools import product

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn
import sklearn.neural_network as reference
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import Lasso
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_parity import (
    SMALL,
    TASKS,
    X_diabetes,
    X_digits,
    difference,
    sample_weights,
    y_diabetes,
    y_digits,
)

import sknn_tune
from sknn_tune import ELU, Cosine, Huber, LeakyReLU, MLPClassifier, MLPRegressor, Quantile

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# --- dtypes and containers ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("task", TASKS)
def test_dtype_follows_X(task, dtype):
    name, X, y = TASKS[task]
    model = getattr(sknn_tune, name)(**SMALL).fit(X.astype(dtype), y)
    assert {a.dtype for a in model.coefs_ + model.intercepts_} == {np.dtype(dtype)}
    outputs = model.predict_proba(X) if hasattr(model, "classes_") else model.predict(X)
    assert outputs.dtype == dtype


def test_float32_follows_float64():
    double = MLPClassifier(**SMALL).fit(X_digits, y_digits)
    single = MLPClassifier(**SMALL).fit(X_digits.astype(np.float32), y_digits)
    assert difference(double, single) < 1e-4


@pytest.mark.parametrize(
    "container", [scipy.sparse.csr_matrix, scipy.sparse.csc_matrix, scipy.sparse.csr_array]
)
@pytest.mark.parametrize("density", [0.05, 0.6])
@pytest.mark.parametrize("batch_norm", [False, "both"])
def test_sparse_is_dense(container, density, batch_norm):
    random_state = np.random.RandomState(0)
    X = random_state.uniform(size=(150, 30)) * (random_state.uniform(size=(150, 30)) < density)
    y = X @ np.arange(30.0)
    model = MLPRegressor(**SMALL, batch_norm=batch_norm)
    dense = clone(model).fit(X, y)
    sparse = clone(model).fit(container(X), y)
    assert_allclose(dense.predict(X), sparse.predict(container(X)), atol=1e-9)
    assert_allclose(dense.predict(X), dense.predict(container(X)), atol=1e-9)


def test_sparse_with_duplicates_and_unsorted_columns():
    data, columns, starts = [1.0, 2.0, 3.0, 4.0], [2, 0, 2, 1], [0, 3, 4]
    X = scipy.sparse.csr_matrix((data, columns, starts), shape=(2, 20))
    y = np.array([1.0, 2.0])
    assert not X.has_canonical_format
    dense = MLPRegressor(**SMALL).fit(X.toarray(), y)
    sparse = MLPRegressor(**SMALL).fit(X, y)
    assert difference(dense, sparse) < 1e-12


def test_layout_of_X_does_not_matter():
    first = MLPClassifier(**SMALL).fit(X_digits, y_digits)
    read_only = np.asfortranarray(X_digits)
    read_only.flags.writeable = False
    assert difference(first, MLPClassifier(**SMALL).fit(read_only, y_digits)) == 0
    strided = np.repeat(X_digits, 2, axis=1)[:, ::2]
    assert difference(first, MLPClassifier(**SMALL).fit(strided, y_digits)) == 0
    assert_array_equal(first.predict(strided), first.predict(read_only))


def test_inputs_are_left_alone():
    X, y, weight = X_digits.copy(), y_digits.copy(), sample_weights(len(y_digits))
    kept = weight.copy()
    MLPClassifier(**SMALL, batch_norm="both", dropout=0.3, class_weight="balanced").fit(
        X, y, weight
    )
    assert_array_equal(X, X_digits)
    assert_array_equal(y, y_digits)
    assert_array_equal(weight, kept)


def test_names_of_columns():
    frame = pd.DataFrame(X_diabetes).add_prefix("x")
    model = MLPRegressor(**SMALL).fit(frame, y_diabetes)
    assert_array_equal(model.feature_names_in_, frame.columns)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[frame.columns[::-1]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(X_diabetes)


# --- the estimator's interface ------------------------------------------------------------------


def test_unfitted():
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(X_digits)


@pytest.mark.parametrize("cls", ["MLPClassifier", "MLPRegressor"])
def test_signature_starts_like_scikit_learns(cls):
    ours, theirs = (getattr(m, cls)().get_params() for m in (sknn_tune, reference))
    assert ours | theirs == ours


def test_metadata_routing():
    weight = sample_weights(len(X_digits))
    with sklearn.config_context(enable_metadata_routing=True):
        model = MLPClassifier(**SMALL).set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        scores = cross_val_score(model, X_digits, y_digits, params={"sample_weight": weight}, cv=3)
    assert len(scores) == 3
    requests = MLPClassifier().get_metadata_routing().fit.requests
    assert set(requests) == {"sample_weight", "X_val", "y_val", "sample_weight_val"}


def test_html_representation():
    html = MLPClassifier(learning_rate=Cosine(warmup=0.1))._repr_html_()
    assert "MLPClassifier" in html
    assert "Cosine(warmup=0.1" in html


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (MLPRegressor(learning_rate=Cosine()), {"learning_rate__warmup": 0.2}),
        (MLPRegressor(loss=Huber()), {"loss__delta": 3.0}),
        (MLPRegressor(activation=ELU()), {"activation__alpha": 0.5}),
        (MLPClassifier(activation=LeakyReLU()), {"activation__slope": 0.2}),
    ],
)
def test_nested_parameters(model, params):
    (name, value), original = next(iter(params.items())), model
    copied = clone(model)
    assert copied.get_params()[name] != value
    copied.set_params(**params)
    assert copied.get_params()[name] == value
    assert original.get_params()[name] != value


def test_options_compare_print_and_pickle_by_value():
    for option in (Cosine(warmup=0.1), Huber(2.0), Quantile((0.1, 0.9)), LeakyReLU(0.3), ELU(2.0)):
        assert eval(repr(option)) == option
        assert pickle.loads(pickle.dumps(option)) == option
        assert clone(option, safe=False) == option
        assert hash(option) == hash(copy.deepcopy(option))
    assert Cosine() != Cosine(warmup=0.1)


def test_search_over_options():
    search = GridSearchCV(
        make_pipeline(StandardScaler(), MLPClassifier(**SMALL, learning_rate=Cosine())),
        {
            "mlpclassifier__learning_rate__warmup": [0.0, 0.3],
            "mlpclassifier__activation": ["gelu", LeakyReLU(0.1)],
            "mlpclassifier__solver": ["adamw", "nadam"],
            "mlpclassifier__dropout": [0.0, (0.2,)],
        },
        cv=2,
    ).fit(X_digits, y_digits)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(np.unique(search.cv_results_["mean_test_score"])) > 2


def test_verbose_prints_as_scikit_learn_does(capsys):
    printed = []
    for module in (reference, sknn_tune):
        module.MLPClassifier(**SMALL, verbose=True).fit(X_digits, y_digits)
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


def test_convergence_warning():
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(5\) reached"):
        MLPClassifier(**SMALL).fit(X_digits, y_digits)


def test_a_number_of_epochs_that_is_asked_for_is_no_lack_of_convergence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = MLPClassifier(**SMALL | {"n_iter_no_change": np.inf}).fit(X_digits, y_digits)
    assert model.n_iter_ == SMALL["max_iter"]


@pytest.mark.parametrize("early_stopping", [False, True])
def test_no_epochs_leave_the_first_weights(early_stopping):
    settings = SMALL | {"early_stopping": early_stopping, "warm_start": "continue"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = MLPClassifier(**settings | {"max_iter": 0}).fit(X_digits, y_digits)
    assert (model.n_iter_, model.loss_curve_) == (0, [])
    first = MLPClassifier(**SMALL | {"max_iter": 0, "solver": "lbfgs"}).fit(X_digits, y_digits)
    assert first.n_iter_ == 0
    for drawn, same in zip(model.coefs_, first.coefs_, strict=True):
        assert_array_equal(drawn, same)
    assert_allclose(model.predict_proba(X_digits).sum(axis=1), 1)

    model.set_params(max_iter=3).fit(X_digits, y_digits)
    whole = MLPClassifier(**settings | {"max_iter": 3}).fit(X_digits, y_digits)
    assert_array_equal(model.coefs_[0], whole.coefs_[0])


# --- options beyond scikit-learn's --------------------------------------------------------------


def test_several_quantiles_are_ordered_and_calibrated():
    random_state = np.random.RandomState(0)
    X = random_state.uniform(-1, 1, (600, 1))
    y = X[:, 0] + random_state.normal(size=600)
    model = MLPRegressor(
        Quantile((0.1, 0.5, 0.9)), (16,), max_iter=150, learning_rate_init=0.01, random_state=0
    ).fit(X, y)
    below = (y[:, None] <= model.predict(X)).mean(axis=0)
    assert_allclose(below, [0.1, 0.5, 0.9], atol=0.06)


def test_class_weight_is_sample_weight():
    weight = {c: 1.0 + c for c in range(10)}
    by_class = MLPClassifier(**SMALL, class_weight=weight).fit(X_digits, y_digits)
    by_sample = MLPClassifier(**SMALL).fit(X_digits, y_digits, sample_weight=1.0 + y_digits)
    assert difference(by_class, by_sample) == 0


def test_class_weight_and_sample_weight_multiply():
    weight = sample_weights(len(y_digits))
    both = MLPClassifier(**SMALL, class_weight={3: 2.0}).fit(X_digits, y_digits, weight)
    alone = MLPClassifier(**SMALL).fit(X_digits, y_digits, weight * np.where(y_digits == 3, 2, 1))
    assert difference(both, alone) == 0


def test_label_smoothing_lowers_confidence():
    plain, smooth = (
        MLPClassifier(**SMALL, learning_rate_init=0.05, batch_size=10, label_smoothing=s).fit(
            X_digits, y_digits
        )
        for s in (0.0, 0.3)
    )
    assert smooth.predict_proba(X_digits).max(axis=1).mean() < (
        plain.predict_proba(X_digits).max(axis=1).mean() - 0.1
    )


def test_l1_gives_exact_zeros_where_features_are_irrelevant():
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(300, 30))
    y = X[:, :3].sum(axis=1)
    for solver in ("adam", "rmsprop", "adagrad", "amsgrad", "nadam", "adamw", "sgd"):
        model = MLPRegressor(
            hidden_layer_sizes=(), solver=solver, alpha=20.0, l1_ratio=1.0, max_iter=200,
            learning_rate_init=0.3 if solver == "adagrad" else 0.01, penalty_scale="dataset",
            random_state=0, tol=0,
        ).fit(X, y)  # fmt: skip
        weights = model.coefs_[0][:, 0]
        assert np.count_nonzero(weights[3:]) <= 5, solver
        assert (np.abs(weights[:3]) > 0.5).all(), solver


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("nesterov", [False, True])
def test_l1_satisfies_the_conditions_of_the_lasso(momentum, nesterov):
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(200, 10))
    y = X @ random_state.normal(size=10) + random_state.normal(size=200)
    alpha = 0.4
    lasso = Lasso(alpha=alpha, tol=1e-12).fit(X, y)
    model = MLPRegressor(
        hidden_layer_sizes=(), solver="sgd", alpha=alpha * 200, l1_ratio=1.0, batch_size="full",
        learning_rate_init=0.05, max_iter=2000, tol=0, momentum=momentum,
        nesterovs_momentum=nesterov, random_state=0, n_iter_no_change=np.inf,
    ).fit(X, y)  # fmt: skip
    assert 0 < np.count_nonzero(lasso.coef_) < 10
    assert_allclose(model.coefs_[0][:, 0], lasso.coef_, atol=1e-6)
    assert_array_equal(model.coefs_[0][:, 0] == 0, lasso.coef_ == 0)


def test_dataset_scale_of_the_penalty_does_not_depend_on_batch_size():
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(200, 5))
    y = X.sum(axis=1)

    def size(penalty_scale, batch_size):
        model = MLPRegressor(
            hidden_layer_sizes=(), alpha=100.0, penalty_scale=penalty_scale, momentum=0.0,
            batch_size=batch_size, solver="sgd", learning_rate_init=0.01, max_iter=1000, tol=0,
            random_state=0,
        )  # fmt: skip
        return np.abs(model.fit(X, y).coefs_[0]).sum()

    assert size("dataset", 20) == pytest.approx(size("dataset", "full"), rel=0.05)
    assert size("batch", 20) < 0.7 * size("batch", "full")


def test_dropout_is_the_same_for_the_same_seed():
    params = {**SMALL, "dropout": 0.4, "input_dropout": 0.1}
    first, second = (MLPClassifier(**params).fit(X_digits, y_digits) for _ in range(2))
    other = MLPClassifier(**{**params, "random_state": 1}).fit(X_digits, y_digits)
    assert difference(first, second) == 0
    assert difference(first, other) > 0
    assert_array_equal(first.predict_proba(X_digits), first.predict_proba(X_digits))


def test_batch_norm_survives_partial_fit_of_small_batches():
    model = MLPRegressor(**SMALL, batch_norm="both")
    for start in range(0, 400, 7):
        rows = slice(start, start + 7)
        model.partial_fit(X_diabetes[rows], y_diabetes[rows])
    assert np.isfinite(model.predict(X_diabetes)).all()


# --- fitted state -------------------------------------------------------------------------------


def round_trip(model):
    return pickle.loads(pickle.dumps(model))


@pytest.mark.parametrize("copied", [lambda m: m, round_trip, copy.deepcopy, copy.copy])
@pytest.mark.parametrize("option", [{}, {"batch_norm": "both", "residual": True}])
def test_assigning_weights_changes_predictions(copied, option):
    model = MLPRegressor(**SMALL, **option).fit(X_diabetes, y_diabetes)
    before = model.predict(X_diabetes)
    other = copied(model)
    assert_array_equal(other.predict(X_diabetes), before)
    other.coefs_[-1] = np.zeros_like(other.coefs_[-1])
    other.intercepts_[-1] = np.full(1, 5.0)
    assert_array_equal(other.predict(X_diabetes), 5.0)
    other.intercepts_[-1][:] = 6.0
    assert_array_equal(other.predict(X_diabetes), 6.0)
    if other is not model:
        assert_array_equal(model.predict(X_diabetes), before)


def test_copy_does_not_share_memory():
    model = MLPRegressor(**SMALL).fit(X_diabetes, y_diabetes)
    for other in (copy.deepcopy(model), round_trip(model)):
        assert not any(
            np.shares_memory(a, b) for a, b in zip(model.coefs_, other.coefs_, strict=True)
        )


@pytest.mark.parametrize("fits", [1, 2])
def test_pickle_holds_the_parameters_once(fits):
    model = MLPRegressor(hidden_layer_sizes=(200, 200), max_iter=2, random_state=0)
    for _ in range(fits):
        model.fit(X_diabetes, y_diabetes)
    model.predict(X_diabetes)
    n_parameters = sum(a.size for a in model.coefs_ + model.intercepts_)
    assert len(pickle.dumps(model)) < 8 * n_parameters * 1.05 + 5_000


def test_pickle_loads_in_a_new_process_without_compiling(tmp_path):
    model = MLPClassifier(**SMALL).fit(X_digits, y_digits)
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(model))
    code = (
        "import pickle, sys\n"
        f"model = pickle.load(open({str(path)!r}, 'rb'))\n"
        "from sknn_tune.network.units import UNITS\n"
        "assert not any(unit.n_compiled for unit in UNITS)\n"
        "print(model.n_iter_, [c.shape for c in model.coefs_])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"5 {[c.shape for c in model.coefs_]}"


def test_partial_fit_goes_on_after_unpickling():
    straight, stopped = (
        MLPClassifier(**SMALL, dropout=0.2).partial_fit(X_digits, y_digits, classes=range(10))
        for _ in range(2)
    )
    stopped = round_trip(stopped)
    for model in (straight, stopped):
        model.partial_fit(X_digits, y_digits)
    assert difference(straight, stopped) == 0


def test_refit_forgets():
    model = MLPRegressor(**SMALL).fit(X_diabetes, y_diabetes)
    first = [a.copy() for a in model.coefs_]
    model.fit(X_diabetes, -y_diabetes)
    model.fit(X_diabetes, y_diabetes)
    assert all(map(np.array_equal, first, model.coefs_))
    assert len(model.loss_curve_) == 5


def test_interrupt_keeps_the_model(monkeypatch):
    """Control-C arrives between two epochs, as Python delivers it."""
    epochs = []
    model = MLPClassifier(**{**SMALL, "max_iter": 50}, learning_rate=lambda progress: interrupt())

    def interrupt():
        epochs.append(1)
        if len(epochs) > 6:
            raise KeyboardInterrupt
        return 1.0

    with pytest.warns(UserWarning, match="interrupted by user"):
        model.fit(X_digits, y_digits)
    assert 1 <= model.n_iter_ < 50
    assert model.predict(X_digits).shape == (300,)


SIGNALLED = """
import os, signal, threading, warnings
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
import numpy as np
from sknn_tune import MLPRegressor
X = np.random.RandomState(0).normal(size=(2000, 20))
MLPRegressor(max_iter=1, random_state=0).partial_fit(X, X[:, 0])  # compiled
model = MLPRegressor(max_iter=10**7, tol=0, n_iter_no_change=10**7, random_state=0)
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model.fit(X, X[:, 0])
assert any("interrupted" in str(w.message) for w in caught), [str(w.message) for w in caught]
assert 0 < model.n_iter_ < 10**7
print(model.score(X, X[:, 0]) > 0.5)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are delivered otherwise")
def test_signal_keeps_the_model():
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "True"


def test_every_option_at_once_gives_finite_models():
    """No pair of options that passes validation may fail in training."""
    for solver, batch_norm, residual, loss in product(
        ("sgd", "nadam"), (False, "both"), (False, True), ("huber", "gamma", Quantile((0.2, 0.8)))
    ):
        y = np.exp(y_diabetes)
        model = MLPRegressor(
            loss, (6, 6), ("mish", "selu"), solver=solver, batch_norm=batch_norm,
            residual=residual, dropout=(0.1, 0.2), input_dropout=0.1, clip_norm=1.0, l1_ratio=0.5,
            initializer="orthogonal", zero_output=True, penalize_intercept=True,
            penalty_scale="dataset", learning_rate="one_cycle", max_iter=5, random_state=0,
        ).fit(X_diabetes, y)  # fmt: skip
        assert np.isfinite(model.predict(X_diabetes)).all()
        assert np.isfinite(model.loss_curve_).all()


def test_warnings_name_this_file():
    """Warnings point at the caller, not into the package."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        MLPClassifier(**SMALL, batch_size=10**6).fit(X_digits, y_digits)
    assert {str(w.category.__name__) for w in caught} == {"ConvergenceWarning", "UserWarning"}
    assert {w.filename for w in caught} == {__file__}


@pytest.mark.parametrize("name", [np.str_("tanh"), np.array(["tanh", "relu"])], ids=["one", "two"])
def test_names_of_activations_may_come_from_numpy(name):
    """As they do from a grid that is an array."""
    X, y = X_digits, y_digits
    model = MLPClassifier(**{**SMALL, "hidden_layer_sizes": (3, 3)}, activation=name)
    plain = clone(model).set_params(activation=np.asarray(name).tolist())
    assert_array_equal(model.fit(X, y).predict_proba(X), plain.fit(X, y).predict_proba(X))
