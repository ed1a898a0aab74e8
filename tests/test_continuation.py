"""``warm_start="continue"``: a run that is cut gives the bits of the run that is not."""

import copy
import pickle
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse
from labels import label
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from sknn_tune import (
    Cosine,
    CosineRestarts,
    InvScaling,
    MLPClassifier,
    MLPRegressor,
    OneCycle,
    Quantile,
    Step,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_digits(return_X_y=True)
X, y = X[:300] / 16, y[:300]
X_val, y_val = X[200:], y[200:]
X_diabetes, y_diabetes = load_diabetes(return_X_y=True)
y_diabetes = scale(y_diabetes)
TOTAL = 24
CONTINUED = {"hidden_layer_sizes": (8,), "warm_start": "continue", "random_state": 3}
CLASSIFIERS = [
    {},
    {"shuffle": False, "solver": "nadam"},
    {"early_stopping": True, "learning_rate_init": 0.01, "n_iter_no_change": 2, "tol": 0.01},
    {"early_stopping": True, "scoring": "loss", "dropout": 0.3, "learning_rate_init": 0.05},
    {"early_stopping": True, "scoring": "roc_auc_ovr", "batch_norm": True},
    {"dropout": (0.4,), "input_dropout": 0.1, "batch_norm": "both", "residual": True},
    {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 1},
    {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.1},
    {"learning_rate": Cosine(warmup=0.2, epochs=20), "batch_size": 32},
    {"learning_rate": OneCycle(epochs=TOTAL), "clip_norm": 0.5, "class_weight": "balanced"},
    {"learning_rate": CosineRestarts(period=3), "l1_ratio": 0.5, "alpha": 1e-2},
    {"learning_rate": Step(every=5), "solver": "amsgrad", "penalty_scale": "dataset"},
    {"learning_rate": InvScaling(power=0.3), "solver": "rmsprop", "label_smoothing": 0.1},
    {"random_state": np.random.RandomState(7), "dropout": 0.2, "early_stopping": True},
    {"random_state": None},
]
FITTED = (
    "n_iter_", "t_", "loss_", "loss_curve_", "learning_rate_curve_", "best_loss_",
    "validation_scores_", "validation_loss_curve_", "best_validation_score_",
)  # fmt: skip


def random_cuts(seed):
    """Totals of epochs in increasing order, the last of them TOTAL; some occur twice."""
    random_state = np.random.RandomState(seed)
    cuts = np.sort(random_state.randint(1, TOTAL + 1, random_state.randint(1, 6)))
    return [*cuts.tolist(), TOTAL]


def train(model, cuts, *data, between=lambda model: model, **fit_params):
    for cut in cuts:
        model = between(model).set_params(max_iter=cut).fit(*data, **fit_params)
    return model


def assert_same_bits(model, expected):
    for a, b in zip(model._network.arrays[1:], expected._network.arrays[1:], strict=True):
        assert_array_equal(a, b)
    for name in FITTED:
        assert getattr(model, name) == getattr(expected, name), name


def unpickled(model):
    return pickle.loads(pickle.dumps(model))


def started(model):
    """A copy in which even ``random_state=None`` has been fixed: by a first epoch."""
    return clone(model).set_params(max_iter=1).fit(X, y)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("options", CLASSIFIERS, ids=label)
def test_any_cut_gives_the_same_bits(options, seed):
    first = started(MLPClassifier(**{**CONTINUED, **options}))
    whole = train(copy.deepcopy(first), [TOTAL], X, y)
    between = [lambda model: model, unpickled, copy.copy][seed]
    assert_same_bits(train(first, random_cuts(seed), X, y, between=between), whole)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("options", [{}, {"early_stopping": True, "scoring": "neg_log_loss"}])
def test_any_cut_of_sparse_data(options, dtype):
    sparse = scipy.sparse.csr_matrix(np.where(X > 0.7, X, 0).astype(dtype))
    model = MLPClassifier(**CONTINUED, **options)
    whole = train(clone(model), [TOTAL], sparse, y)
    assert_same_bits(train(model, random_cuts(5), sparse, y), whole)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_any_cut_with_a_validation_set(early_stopping):
    model = MLPClassifier(**CONTINUED, early_stopping=early_stopping, learning_rate_init=0.03)
    validation = {"X_val": X_val, "y_val": y_val, "sample_weight_val": np.arange(100.0)}
    whole = train(clone(model), [TOTAL], X[:200], y[:200], **validation)
    assert_same_bits(train(model, random_cuts(6), X[:200], y[:200], **validation), whole)


def test_any_cut_of_a_regression():
    weights = np.random.RandomState(0).uniform(size=len(y_diabetes))
    model = MLPRegressor(Quantile((0.2, 0.8)), **CONTINUED, early_stopping=True)
    whole = train(clone(model), [TOTAL], X_diabetes, y_diabetes, weights)
    assert_same_bits(train(model, random_cuts(7), X_diabetes, y_diabetes, weights), whole)


def test_any_cut_in_threads():
    """Fits side by side, each cut elsewhere and continued in another thread."""
    model = MLPClassifier(**CONTINUED, dropout=0.2)
    whole = train(clone(model), [TOTAL], X, y)
    with ThreadPoolExecutor(4) as pool:
        models = [clone(model) for _ in range(6)]
        for cuts in ([3, 7, 12, 5, 9, 1], [TOTAL] * 6):
            models = list(pool.map(lambda m, cut: train(m, [cut], X, y), models, cuts))
    for cut in models:
        assert_same_bits(cut, whole)


@pytest.mark.parametrize(
    "random_state", [None, np.random.RandomState(7)], ids=["None", "RandomState"]
)
def test_others_may_draw_from_a_shared_stream_in_between(random_state):
    model = started(MLPClassifier(**{**CONTINUED, "random_state": random_state}, dropout=0.2))
    whole = train(copy.deepcopy(model), [TOTAL], X, y)
    shared = np.random.mtrand._rand if random_state is None else model.random_state

    def drawn(model):
        shared.uniform(size=10)
        return model

    assert_same_bits(train(model, [4, 9, TOTAL], X, y, between=drawn), whole)


def test_a_copy_goes_its_own_way():
    model = MLPClassifier(**CONTINUED, max_iter=3).fit(X, y)
    copied = train(copy.copy(model), [TOTAL], X, y)
    assert model.n_iter_ == 3
    assert_same_bits(train(model, [TOTAL], X, y), copied)


def test_the_first_fit_is_a_plain_fit():
    plain = MLPClassifier(**{**CONTINUED, "warm_start": False}, max_iter=TOTAL).fit(X, y)
    assert_same_bits(MLPClassifier(**CONTINUED, max_iter=TOTAL).fit(X, y), plain)


def test_in_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**CONTINUED))
    whole = clone(pipeline).set_params(mlpclassifier__max_iter=TOTAL).fit(X, y)
    for cut in (5, 9, TOTAL):
        pipeline.set_params(mlpclassifier__max_iter=cut).fit(X, y)
        assert pipeline[-1].n_iter_ == cut
    assert_same_bits(pipeline[-1], whole[-1])


def test_a_run_that_has_stopped_stays():
    model = MLPClassifier(**CONTINUED, tol=1.0, n_iter_no_change=3, max_iter=TOTAL).fit(X, y)
    stopped = copy.deepcopy(model)
    assert model.n_iter_ == 5 < TOTAL
    for max_iter in (2, 100):
        assert_same_bits(model.set_params(max_iter=max_iter).fit(X, y), stopped)


def test_the_best_epoch_is_shown_and_training_resumes_from_the_last():
    def prefer_the_fifth(estimator, X, y):
        return -abs(estimator.n_iter_ - 5)

    params = {**CONTINUED, "early_stopping": True, "validation_fraction": 0.2}
    model = MLPClassifier(**params, scoring=prefer_the_fifth)
    fifth = train(clone(model), [5], X, y)
    train(model, [8], X, y)
    assert_array_equal(model.coefs_[0], fifth.coefs_[0])
    whole = train(clone(model), [11], X, y)
    assert_same_bits(train(model, [11], X, y), whole)
    assert_array_equal(model.coefs_[0], fifth.coefs_[0])


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"alpha": 0.1},
        {"hidden_layer_sizes": (9,)},
        {"solver": "sgd"},
        {"random_state": 4},
        {"scoring": "loss"},
        {"learning_rate__warmup": 0.3},
        {"tol": 0.0},
    ],
)
def test_other_settings_are_refused(change):
    model = MLPClassifier(**CONTINUED, learning_rate=Cosine(epochs=9), max_iter=2).fit(X, y)
    before, name = copy.deepcopy(model), next(iter(change)).partition("__")[0]
    with pytest.raises(ValueError, match=rf"'continue'.*{name} was"):
        model.set_params(**change).fit(X, y)
    for estimator in (model, before):  # and nothing is lost
        estimator.set_params(**before.get_params(deep=False)).set_params(max_iter=4)
    assert_same_bits(model.fit(X, y), before.fit(X, y))


@pytest.mark.parametrize(
    ("data", "fit_params"),
    [
        ((X[:-1], y[:-1]), {}),
        ((X + 1e-9, y), {}),
        ((X, np.r_[y[1:], y[:1]]), {}),
        ((X, y), {"sample_weight": np.arange(300)}),
        ((X, y), {"X_val": X_val, "y_val": y_val}),
    ],
)
def test_other_data_are_refused(data, fit_params):
    model = MLPClassifier(**CONTINUED, max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match="'continue' needs the X, y"):
        model.set_params(max_iter=4).fit(*data, **fit_params)
    whole = clone(model).fit(X, y)
    assert_same_bits(model.fit(X, y), whole)


def test_fewer_epochs_than_made_are_refused():
    model = MLPClassifier(**CONTINUED, max_iter=4).fit(X, y)
    with pytest.raises(ValueError, match=r"max_iter is the total.*the 4 epochs.*got 3"):
        model.set_params(max_iter=3).fit(X, y)


@pytest.mark.parametrize("rate", ["cosine", "one_cycle", "linear", Step(warmup=0.1), abs])
def test_a_schedule_needs_its_own_horizon(rate):
    with pytest.raises(ValueError, match=r"learning_rate=.* follows max_iter.*epochs"):
        MLPClassifier(**CONTINUED, learning_rate=rate).fit(X, y)


def test_lbfgs_is_refused():
    with pytest.raises(ValueError, match="solver='lbfgs'"):
        MLPClassifier(**CONTINUED, solver="lbfgs").fit(X, y)


# --- what is kept -------------------------------------------------------------------------------


@pytest.mark.parametrize("warm_start", [False, True])
def test_nothing_is_kept_without_it(warm_start):
    params = {**CONTINUED, "max_iter": 2, "early_stopping": True}
    kept, plain = (
        MLPClassifier(**{**params, "warm_start": mode}).fit(X, y)
        for mode in ("continue", warm_start)
    )
    n_parameters = sum(part.size for part in plain.coefs_ + plain.intercepts_)
    small = len(pickle.dumps(clone(plain))) + 8 * n_parameters
    assert len(pickle.dumps(plain)) < small + 2_500
    assert len(pickle.dumps(kept)) > small + 3 * 8 * n_parameters  # the last ones, two moments


def test_warm_start_true_keeps_its_meaning_after_a_run():
    model = MLPClassifier(**CONTINUED, max_iter=3).fit(X, y)
    model.set_params(warm_start=True, alpha=0.1).fit(X[:250], y[:250])
    assert model.n_iter_ == 3
    assert len(model.loss_curve_) == 6


def test_a_fit_that_fails_cannot_be_continued():
    def score(estimator, X, y):
        if estimator.n_iter_ == 3:
            raise RuntimeError("no score")
        return 0.0

    model = MLPClassifier(**CONTINUED, early_stopping=True, scoring=score, max_iter=2).fit(X, y)
    with pytest.raises(RuntimeError, match="no score"):
        model.set_params(max_iter=4).fit(X, y)
    assert model.set_params(max_iter=2).fit(X, y).loss_curve_ == clone(model).fit(X, y).loss_curve_


# --- interrupts ---------------------------------------------------------------------------------

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="signals come otherwise")


def press_in_epoch(number, times=1):
    """A scorer in the middle of which Control-C is pressed."""

    def score(estimator, X, y):
        if estimator.n_iter_ == number and estimator.max_iter == TOTAL:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        return -float(estimator.n_iter_)

    return score


@needs_signals
def test_control_c_pauses_a_run_exactly():
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    model = MLPClassifier(
        **CONTINUED, early_stopping=True, scoring=press_in_epoch(9), n_iter_no_change=100
    )
    try:
        with pytest.warns(UserWarning, match="interrupted by user"):
            paused = clone(model).set_params(max_iter=TOTAL).fit(X, y)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, handler)
    assert paused.n_iter_ == 9
    assert_same_bits(train(paused, [20], X, y), train(model, [20], X, y))


@needs_signals
def test_a_second_control_c_ends_the_run():
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    model = MLPClassifier(**CONTINUED, early_stopping=True, scoring=press_in_epoch(3, times=2))
    try:
        with pytest.warns(UserWarning, match="interrupted by user"):
            model.set_params(max_iter=TOTAL).fit(X, y)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert model.n_iter_ == 3
    assert model.set_params(max_iter=2).fit(X, y).n_iter_ == 2  # from scratch
