"""A validation set of one's own, scores of any kind, the curves and the best epoch."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, make_multilabel_classification
from sklearn.metrics import get_scorer, log_loss, make_scorer, mean_squared_error, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from sknn_tune import BayesSearchCV, Huber, MLPClassifier, MLPRegressor, Quantile

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Constructing a DIA matrix"),
]

X, y = load_digits(return_X_y=True)
X, y = X[:400] / 16, y[:400]
X_val, y_val = X[300:], y[300:]
X, y = X[:300], y[:300]
WEIGHTS = np.random.RandomState(0).uniform(0.1, 2, 100)
X_diabetes, y_diabetes = load_diabetes(return_X_y=True)
y_diabetes = scale(y_diabetes)
SMALL = {"hidden_layer_sizes": (10,), "max_iter": 8, "random_state": 0}


def test_a_validation_set_takes_no_rows_from_X():
    """Watched only, training is that of a plain fit; the last measures are those of the model."""
    plain = MLPClassifier(**SMALL).fit(X, y)
    watched = MLPClassifier(**SMALL).fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=WEIGHTS)
    assert_array_equal(watched.coefs_[0], plain.coefs_[0])
    assert watched.loss_curve_ == plain.loss_curve_
    assert watched.best_loss_ == plain.best_loss_
    assert len(watched.validation_scores_) == len(watched.validation_loss_curve_) == 8
    assert watched.validation_scores_[-1] == watched.score(X_val, y_val, WEIGHTS)
    assert watched.best_validation_score_ == max(watched.validation_scores_)
    expected = log_loss(y_val, watched.predict_proba(X_val), sample_weight=WEIGHTS)
    assert watched.validation_loss_curve_[-1] == pytest.approx(expected)
    assert plain.validation_scores_ is plain.validation_loss_curve_ is None


@pytest.mark.parametrize(
    "scoring", [None, "loss", "neg_log_loss", "roc_auc_ovr", "balanced_accuracy"]
)
def test_the_best_epoch_by_any_score_is_kept(scoring):
    params = {**SMALL, "learning_rate_init": 0.3, "batch_size": 30, "n_iter_no_change": 3}
    model = MLPClassifier(**{**params, "max_iter": 40}, early_stopping=True, scoring=scoring)
    model.fit(X, y, X_val=X_val, y_val=y_val)
    best = int(np.argmax(model.validation_scores_))
    assert best < len(model.validation_scores_) - 1
    until_best = MLPClassifier(**{**params, "max_iter": best + 1}).fit(X, y)
    assert_array_equal(model.coefs_[0], until_best.coefs_[0])
    assert model.best_validation_score_ == model.validation_scores_[best]
    if scoring == "loss":
        assert_allclose(model.validation_scores_, -np.array(model.validation_loss_curve_))
    else:
        scorer = get_scorer(scoring or "accuracy")
        assert model.best_validation_score_ == pytest.approx(scorer(model, X_val, y_val))


def test_held_out_rows_give_a_score_of_any_kind_too():
    by_loss, by_scorer = (
        MLPClassifier(**SMALL, early_stopping=True, scoring=scoring).fit(X, y)
        for scoring in ("loss", "neg_log_loss")
    )
    assert_allclose(by_loss.validation_scores_, by_scorer.validation_scores_)


@pytest.mark.parametrize(
    ("loss", "measure"),
    [
        ("squared_error", lambda y, p: 0.5 * mean_squared_error(y, p)),
        (Huber(0.5), lambda y, p: np.mean(np.where(
            abs(y - p) <= 0.5, 0.5 * (y - p) ** 2, 0.5 * (abs(y - p) - 0.25)))),
    ],
)  # fmt: skip
def test_loss_curve_of_a_regression(loss, measure):
    model = MLPRegressor(loss, **SMALL, alpha=10.0)
    model.fit(X_diabetes[:300], y_diabetes[:300], X_val=X_diabetes[300:], y_val=y_diabetes[300:])
    expected = measure(y_diabetes[300:], model.predict(X_diabetes[300:]))
    assert model.validation_loss_curve_[-1] == pytest.approx(expected)  # without the penalty
    score = model.score(X_diabetes[300:], y_diabetes[300:])
    assert model.validation_scores_[-1] == pytest.approx(score)


@pytest.mark.parametrize("loss", [Quantile((0.2, 0.8)), "absolute_error"])
def test_quantiles_have_a_validation_score(loss):
    model = MLPRegressor(loss, **SMALL, early_stopping=True)
    model.fit(X_diabetes[:300], y_diabetes[:300], X_val=X_diabetes[300:], y_val=y_diabetes[300:])
    score = model.score(X_diabetes[300:], y_diabetes[300:], np.ones(len(y_diabetes) - 300))
    assert model.best_validation_score_ == pytest.approx(score)


def test_several_outputs_and_labels():
    Y = np.c_[y_diabetes, 3 * X_diabetes[:, 0]]
    model = MLPRegressor(**SMALL).fit(
        X_diabetes[:300], Y[:300], X_val=X_diabetes[300:], y_val=Y[300:]
    )
    expected = 0.5 * mean_squared_error(Y[300:], model.predict(X_diabetes[300:]))
    assert model.validation_loss_curve_[-1] == pytest.approx(expected)
    X_labels, labels = make_multilabel_classification(200, 10, n_classes=4, random_state=0)
    fits = [
        MLPClassifier(**SMALL, scoring="f1_macro").fit(
            X_labels, kind(labels), X_val=X_labels[:50], y_val=kind(labels[:50])
        )
        for kind in (np.asarray, scipy.sparse.csr_matrix)
    ]  # fmt: skip
    assert fits[0].validation_scores_ == fits[1].validation_scores_


def test_a_callable_gets_what_the_user_gave():
    seen = []

    def score(estimator, X, y, sample_weight=None):
        seen.append((type(X), y[0], sample_weight, estimator.n_iter_))
        return estimator.predict_proba(X)[:, 1].mean()

    frame, names = pd.DataFrame(X).add_prefix("x"), np.where(y > 4, "large", "small")
    frame_val = pd.DataFrame(X_val).add_prefix("x")
    names_val = np.where(y_val > 4, "large", "small")
    model = MLPClassifier(**{**SMALL, "max_iter": 2}, scoring=score)
    model.fit(frame, names, X_val=frame_val, y_val=names_val, sample_weight_val=WEIGHTS)
    assert [type_ for type_, *_ in seen] == [pd.DataFrame] * 2
    assert [label for _, label, *_ in seen] == [names_val[0]] * 2
    assert_array_equal(seen[0][2], WEIGHTS)
    assert [epoch for *_, epoch in seen] == [1, 2]
    held_out = MLPClassifier(**SMALL, scoring=score, early_stopping=True).fit(frame, names)
    assert seen[-1][0] is pd.DataFrame
    assert seen[-1][2] is None
    assert held_out.validation_scores_[-1] > 0


def test_weights_reach_scorers_that_take_them():
    def unweighted(estimator, X, y):
        return estimator.score(X, y)

    binary, binary_val = y > 4, y_val > 4
    for scoring in ("roc_auc", make_scorer(roc_auc_score, response_method="predict_proba")):
        model = MLPClassifier(**SMALL, scoring=scoring)
        model.fit(X, binary, X_val=X_val, y_val=binary_val, sample_weight_val=WEIGHTS)
        p = model.predict_proba(X_val)[:, 1]
        expected = roc_auc_score(binary_val, p, sample_weight=WEIGHTS)
        assert model.validation_scores_[-1] == pytest.approx(expected)
    model = MLPClassifier(**SMALL, scoring=unweighted)
    model.fit(X, binary, X_val=X_val, y_val=binary_val, sample_weight_val=WEIGHTS)
    assert model.validation_scores_[-1] == model.score(X_val, binary_val)


@pytest.mark.parametrize(
    "kind", [scipy.sparse.csr_matrix, scipy.sparse.csc_array, list, np.float32]
)
def test_kinds_of_input(kind):
    def convert(X):
        return X.astype(np.float32) if kind is np.float32 else kind(X)

    plain = MLPClassifier(**SMALL).fit(X, y, X_val=X_val, y_val=y_val)
    other = MLPClassifier(**SMALL).fit(X, y, X_val=convert(X_val), y_val=list(y_val))
    assert_allclose(other.validation_loss_curve_, plain.validation_loss_curve_, rtol=1e-6)


# --- in a pipeline ------------------------------------------------------------------------------


def test_through_a_pipeline_with_metadata_routing():
    """X_val comes scaled as X is; stopping looks at it."""
    network = MLPClassifier(**SMALL, early_stopping=True, scoring="neg_log_loss")
    scaler = StandardScaler().fit(X)
    expected = clone(network).fit(
        scaler.transform(X), y,
        X_val=scaler.transform(X_val), y_val=y_val, sample_weight_val=WEIGHTS,
    )  # fmt: skip
    with sklearn.config_context(enable_metadata_routing=True):
        network.set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
        steps = [("scale", StandardScaler()), ("network", network)]
        pipeline = Pipeline(steps, transform_input=["X_val"])
        pipeline.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=WEIGHTS)
    assert pipeline[-1].validation_scores_ == expected.validation_scores_
    assert_array_equal(pipeline[-1].coefs_[0], expected.coefs_[0])


def test_through_a_pipeline_without_metadata_routing():
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**SMALL))
    scaled = StandardScaler().fit(X).transform(X_val)
    pipeline.fit(X, y, mlpclassifier__X_val=scaled, mlpclassifier__y_val=y_val)
    assert pipeline[-1].validation_scores_[-1] == pipeline.score(X_val, y_val)


@pytest.mark.parametrize("routing", [False, True])
def test_our_search_leaves_a_validation_set_whole(routing):
    """Also one that is as long as X, which scikit-learn's searches cut."""
    network = MLPClassifier(**{**SMALL, "max_iter": 2}, scoring=lambda estimator, X, y: len(X))
    own = {"X_val": X[::-1], "y_val": y[::-1], "sample_weight_val": np.ones(len(X))}
    with sklearn.config_context(enable_metadata_routing=routing):
        if routing:
            network.set_fit_request(**dict.fromkeys(own, True))
        else:
            own = {f"mlpclassifier__{name}": value for name, value in own.items()}
        pipeline = make_pipeline(StandardScaler(), network)
        search = BayesSearchCV(
            pipeline, {"mlpclassifier__alpha": [0.1, 1.0]}, n_iter=2, cv=2, random_state=0,
            scoring=lambda estimator, X, y: estimator[-1].validation_scores_[-1],
        )  # fmt: skip
        search.fit(X, y, **own)
    assert_array_equal(search.cv_results_["mean_test_score"], len(X))
    assert search.best_estimator_[-1].validation_scores_ == [len(X)] * 2


# --- any mixture of formats ---------------------------------------------------------------------

FORMATS = {
    "dense": np.asarray,
    "csr": scipy.sparse.csr_matrix,
    "csc": scipy.sparse.csc_array,
    "coo": scipy.sparse.coo_matrix,
    "bsr": scipy.sparse.bsr_array,
    "lil": scipy.sparse.lil_matrix,
    "dia": scipy.sparse.dia_matrix,
}
X_few = np.where(X > 0.9, X, 0.0)  # of which the first layer reads compressed rows


@pytest.mark.parametrize("validated", FORMATS)
@pytest.mark.parametrize("trained", FORMATS)
def test_any_mixture_of_formats(trained, validated):
    params = {**SMALL, "early_stopping": True, "max_iter": 3}
    dense = MLPClassifier(**params).fit(X_few, y, X_val=X_few[:50], y_val=y[:50])
    model = MLPClassifier(**params)
    X_val = FORMATS[validated](X_few[:50])
    model.fit(FORMATS[trained](X_few), y, X_val=X_val, y_val=y[:50])
    assert_allclose(model.validation_loss_curve_, dense.validation_loss_curve_, atol=1e-9)
    assert_allclose(model.coefs_[0], dense.coefs_[0], atol=1e-9)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("scoring", [None, "accuracy", "loss"])
def test_formats_that_change_between_batches(scoring, residual):
    """Also dense rows beside many nonzeros, which are made dense by batches."""
    model = MLPClassifier(**SMALL, scoring=scoring, residual=residual, early_stopping=True)
    csr = scipy.sparse.csr_matrix
    for train, validate in [
        (X_few, csr(X_few)),
        (csr(X_few), X),
        (csr(X), csr(X_few)),
        (X, csr(X)),
    ]:
        model.partial_fit(train, y, classes=range(10), X_val=validate, y_val=y)
    assert len(model.validation_scores_) == 4


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss"])
def test_a_scorer_gets_rows_of_every_format(kind, scoring):
    params = {**SMALL, "scoring": scoring, "max_iter": 3}
    own, held_out = (MLPClassifier(**params, early_stopping=held_out) for held_out in (False, True))
    dense = clone(held_out).fit(X, y)
    assert held_out.fit(FORMATS[kind](X), y).validation_scores_ == pytest.approx(
        dense.validation_scores_
    )
    own.fit(X, y, X_val=FORMATS[kind](X), y_val=y)
    assert own.validation_scores_[-1] == pytest.approx(get_scorer(scoring)(own, X, y))


# --- partial_fit --------------------------------------------------------------------------------


def test_partial_fit_is_watched():
    model, plain = MLPClassifier(**SMALL), MLPClassifier(**SMALL)
    for epoch in range(5):
        model.partial_fit(X, y, classes=range(10), X_val=X_val, y_val=y_val)
        plain.partial_fit(X, y, classes=range(10))
        assert len(model.validation_scores_) == epoch + 1
        assert model.validation_scores_[-1] == model.score(X_val, y_val)
    assert_array_equal(model.coefs_[0], plain.coefs_[0])


@pytest.mark.parametrize("pickled", [False, True])
def test_partial_fit_shows_the_best_epoch_and_goes_on_from_the_last(pickled):
    params = {**SMALL, "learning_rate_init": 0.3, "batch_size": 30}
    model = MLPClassifier(**params, early_stopping=True, scoring="loss")
    plain, shown, best = MLPClassifier(**params), [], -np.inf
    for _ in range(12):
        model.partial_fit(X, y, classes=range(10), X_val=X_val, y_val=y_val)
        if pickled:
            model = pickle.loads(pickle.dumps(model))
        plain.partial_fit(X, y, classes=range(10))
        score = -log_loss(y_val, plain.predict_proba(X_val))
        assert model.validation_scores_[-1] == pytest.approx(score)
        if score > best:
            best, expected = score, plain.coefs_[0].copy()
        assert_array_equal(model.coefs_[0], expected)
        shown.append(score == best)
    assert not all(shown)
    assert model.best_validation_score_ == pytest.approx(best)


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        ({"X_val": X_val}, "X_val needs y_val"),
        ({"y_val": y_val}, "y_val needs X_val"),
        ({"sample_weight_val": WEIGHTS}, "sample_weight_val needs X_val"),
        ({"X_val": X_val[:, :5], "y_val": y_val}, "X_val must have the 64 features of X, got 5"),
        ({"X_val": X_val, "y_val": y_val[:-1]}, "inconsistent numbers of samples"),
        ({"X_val": X_val[:1], "y_val": y_val[:1]}, "minimum of 2"),
        ({"X_val": np.full_like(X_val, np.nan), "y_val": y_val}, "X_val contains NaN"),
        ({"X_val": X_val, "y_val": y_val + 5}, "`y_val` has classes not in"),
        ({"X_val": X_val, "y_val": np.eye(10)[y_val]}, "y_val is multilabel"),
        ({"X_val": X_val, "y_val": y_val, "sample_weight_val": -WEIGHTS}, "[Nn]egative"),
        ({"X_val": X_val, "y_val": y_val, "sample_weight_val": 0 * WEIGHTS}, "val: .*zero"),
        ({"X_val": X_val, "y_val": y_val, "sample_weight_val": WEIGHTS[1:]}, "inconsistent|shape"),
    ],
)  # fmt: skip
def test_bad_validation_sets(validation, message):
    for early_stopping in (False, True):
        with pytest.raises(ValueError, match=message):
            MLPClassifier(**SMALL, early_stopping=early_stopping).fit(X, y, **validation)


@pytest.mark.parametrize(
    ("params", "y_val", "message"),
    [
        ({}, np.c_[y_diabetes, y_diabetes], "y_val must have as many columns as y, got 2"),
        ({}, np.where(y_diabetes > 0, "a", "b"), "y_val"),
        ({"loss": "poisson"}, y_diabetes, "y_val must be at least 0"),
    ],
)
def test_bad_validation_targets(params, y_val, message):
    with pytest.raises(ValueError, match=message):
        MLPRegressor(**SMALL, **params).fit(
            X_diabetes, y_diabetes**2, X_val=X_diabetes, y_val=y_val
        )
