"""Ensembles of what a search has found, against brute force and against scikit-learn."""

import itertools
import pickle
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, RegressorMixin, clone, is_classifier, is_regressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RandomizedSearchCV,
    RepeatedKFold,
    ShuffleSplit,
    cross_val_predict,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sknn_tune import (
    SKOPS_TRUSTED,
    BayesSearchCV,
    MLPClassifier,
    MLPRegressor,
    SearchEnsembleClassifier,
    SearchEnsembleRegressor,
    search_ensemble,
    search_history,
)
from sknn_tune.search.ensembles.selection import select_members
from sknn_tune.search.predictions import KeptPredictions
from sknn_tune.search.storage.predictions import pack_predictions, unpack_predictions
from sknn_tune.search.storage.rows import DamagedRow

X_iris, y_iris = load_iris(return_X_y=True)
order = np.random.RandomState(0).permutation(len(X_iris))
X_iris, y_iris = X_iris[order], y_iris[order]
X_diabetes, y_diabetes = load_diabetes(return_X_y=True)
X_diabetes, y_diabetes = X_diabetes[:120], y_diabetes[:120]
TREES = {"max_depth": [1, 2, 3, 4, 6], "min_samples_leaf": [1, 2, 5, 10]}
FORWARD = pytest.mark.parametrize("seed", range(5))


def search_of(estimator, space=TREES, **kwargs):
    kwargs = {"n_iter": 6, "cv": 3, "random_state": 0, "keep_predictions": True, **kwargs}
    return BayesSearchCV(estimator, space, **kwargs)


def tree_search(**kwargs):
    return search_of(DecisionTreeRegressor(random_state=0), **kwargs).fit(X_diabetes, y_diabetes)


# ------------------------------------------------------------ selection
@FORWARD
@pytest.mark.parametrize("n_members", [1, 2, 5])
def test_each_step_is_the_best_one_of_all(seed, n_members):
    """Brute force: all candidates at every step, and the best of the ensembles on the way."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=40)
    predictions = y + rng.normal(size=(6, 40)) * rng.uniform(0.3, 2, size=(6, 1))

    def score(members):
        return -mean_squared_error(y, predictions[members].mean(axis=0))

    members, ways = [], []
    for _ in range(n_members):
        members = max(([*members, i] for i in range(6)), key=score)
        ways.append(members)
    expected = np.bincount(max(ways, key=score), minlength=6)
    counts = select_members(
        lambda p: -mean_squared_error(y, p[:, 0]), predictions[:, :, None], n_members
    )
    assert_array_equal(counts, expected)


@FORWARD
def test_selection_is_near_the_best_of_all_multisets(seed):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=30)
    predictions = y + rng.normal(size=(4, 30))
    loss = {
        members: mean_squared_error(y, predictions[list(members)].mean(axis=0))
        for size in range(1, 5)
        for members in itertools.combinations_with_replacement(range(4), size)
    }
    counts = select_members(lambda p: -mean_squared_error(y, p[:, 0]), predictions[..., None], 4)
    found = loss[tuple(np.repeat(np.arange(4), counts))]
    assert found <= 1.1 * min(loss.values())
    assert found <= min(loss[(i,)] for i in range(4))


def test_a_score_of_nan_is_never_selected():
    predictions = np.array([[[1.0]], [[2.0]]])
    counts = select_members(lambda p: np.nan if p[0, 0] < 1.9 else 1.0, predictions, 2)
    assert_array_equal(counts, [0, 1])


# ------------------------------------------------------------ what is kept
def test_predictions_are_those_of_scikit_learn():
    search = tree_search(cv=KFold(4))
    for row, params in enumerate(search.cv_results_["params"]):
        model = DecisionTreeRegressor(random_state=0, **params)
        expected = cross_val_predict(model, X_diabetes, y_diabetes, cv=KFold(4))
        kept = search.out_of_fold_.by_trial[row][:, 0]
        assert_allclose(kept, expected[search.out_of_fold_.rows], rtol=1e-6)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_workers_bring_the_same_predictions(n_jobs, asynchronous):
    kwargs = {"n_jobs": n_jobs, "asynchronous": asynchronous}
    search = tree_search(**kwargs, n_iter=3)
    params = search.cv_results_["params"][0]
    model = DecisionTreeRegressor(random_state=0, **params)
    expected = cross_val_predict(model, X_diabetes, y_diabetes, cv=3)
    assert_allclose(search.out_of_fold_.by_trial[0][:, 0], expected, rtol=1e-6)


def test_classes_that_a_fold_has_not_seen_have_probability_0():
    splits = [(np.flatnonzero(y_iris != k), np.flatnonzero(y_iris == k)) for k in range(3)]
    search = search_of(DecisionTreeClassifier(), cv=splits, n_iter=2).fit(X_iris, y_iris)
    kept, rows = search.out_of_fold_.by_trial[0], search.out_of_fold_.rows
    assert_array_equal(kept[np.arange(150), y_iris[rows]], 0)
    assert_allclose(kept.sum(axis=1), 1)


@pytest.mark.filterwarnings("ignore:Predicting failed")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_trials_that_fail_or_cannot_predict_are_no_members():
    class Sometimes(RegressorMixin, BaseEstimator):
        def __init__(self, a="good"):
            self.a = a

        def fit(self, X, y):
            self.mean_ = np.mean(y)
            if self.a == "fails":
                raise RuntimeError("no fit")
            return self

        def predict(self, X):
            if self.a == "cannot predict":
                raise RuntimeError("no prediction")
            return np.full(len(X), np.nan if self.a == "nan" else self.mean_)

        def score(self, X, y):
            return -1.0

    space = {"a": ["good", "fails", "cannot predict", "nan"]}
    search = search_of(Sometimes(), space, n_iter=4, refit=False).fit(X_diabetes, y_diabetes)
    (row,) = search.out_of_fold_.by_trial
    assert search.cv_results_["params"][row] == {"a": "good"}
    with pytest.raises(ValueError, match="metric one of predictions alone"):
        search.ensemble(X_diabetes, y_diabetes)
    with pytest.raises(RuntimeError, match="no prediction"):
        search_of(Sometimes("cannot predict"), {"a": ["cannot predict"]}, error_score="raise").fit(
            X_diabetes, y_diabetes
        )


def test_only_the_best_are_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(KeptPredictions, "MOST", 3)
    whole = tree_search(n_iter=8)
    scores = whole.cv_results_["mean_test_score"]
    assert sorted(scores[list(whole.out_of_fold_.by_trial)]) == sorted(scores)[-3:]
    for n_iter in (3, 5, 8):  # stored, resumed, the same
        pieces = tree_search(n_iter=n_iter, storage=tmp_path / "search.db")
    assert pieces.out_of_fold_.by_trial.keys() == whole.out_of_fold_.by_trial.keys()
    for row, kept in whole.out_of_fold_.by_trial.items():
        assert_array_equal(pieces.out_of_fold_.by_trial[row], kept)


def test_the_journal_keeps_predictions_and_random_splits(tmp_path):
    kwargs = {"cv": KFold(3, shuffle=True), "storage": tmp_path / "search.db", "random_state": None}
    first = tree_search(**kwargs, n_iter=3)
    second = tree_search(**kwargs, n_iter=6)
    assert_array_equal(second.out_of_fold_.rows, first.out_of_fold_.rows)
    for row, kept in first.out_of_fold_.by_trial.items():
        assert_array_equal(second.out_of_fold_.by_trial[row], kept)
    assert len(second.ensemble(X_diabetes, y_diabetes).params_) >= 1
    assert len(search_history(tmp_path / "search.db")) == 6


def test_a_journal_without_predictions_is_another_search(tmp_path):
    path = tmp_path / "search.db"
    tree_search(storage=path, n_iter=2, keep_predictions=False)
    with pytest.raises(ValueError, match="keep_predictions: stored is absent, now it is true"):
        tree_search(storage=path)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE blobs SET content = zeroblob(9) WHERE trial = 2", "its checksum does not match"),
        ("DELETE FROM blobs WHERE trial = 2", "there are 2 of 3"),
        ("UPDATE blobs SET trial = 9 WHERE trial = 2", "its checksum does not match"),
        ("DELETE FROM search WHERE key = 'n_predictions'", "it is missing"),
    ],
)
def test_damaged_predictions_end_a_search_but_not_its_history(tmp_path, damage, says):
    path = tmp_path / "search.db"
    tree_search(storage=path, n_iter=3)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(damage)
    with pytest.raises(ValueError, match=f"is damaged: the predictions: {says}"):
        tree_search(storage=path)
    assert len(search_history(path)) == 3


@pytest.mark.parametrize("numbers", [[], [1.0], [1.0, 2.0, np.nan, 4.0]])
def test_predictions_that_no_trial_can_have_made(numbers):
    blob = pack_predictions(np.array(numbers, np.float32))
    with pytest.raises(DamagedRow):
        unpack_predictions(*blob, 2)


# ------------------------------------------------------------ the ensemble
def test_weights_score_and_predictions_by_hand():
    search = tree_search(scoring="neg_mean_squared_error", cv=KFold(3))
    ensemble = search.ensemble(X_diabetes, y_diabetes, n_members=4)
    assert isinstance(ensemble, SearchEnsembleRegressor)
    assert is_regressor(ensemble)
    assert sum(ensemble.weights) == pytest.approx(1)
    models = [DecisionTreeRegressor(random_state=0, **p) for p in ensemble.params_]
    by_hand = sum(
        weight * model.fit(X_diabetes, y_diabetes).predict(X_diabetes)
        for weight, model in zip(ensemble.weights, models, strict=True)
    )
    assert_allclose(ensemble.predict(X_diabetes), by_hand)
    score = ensemble.score(X_diabetes, y_diabetes)
    assert score == pytest.approx(-mean_squared_error(y_diabetes, by_hand))
    assert ensemble.best_single_oof_score_ == search.best_score_

    # The score, once more: each split by what is selected on the others.
    table = np.array([
        cross_val_predict(DecisionTreeRegressor(random_state=0, **p), X_diabetes, y_diabetes,
                          cv=KFold(3))
        for p in search.cv_results_["params"]
    ])  # fmt: skip
    table = table[np.argsort(-search.cv_results_["mean_test_score"], kind="stable")]
    scores = []
    for train, test in KFold(3).split(X_diabetes):
        target = y_diabetes[train]
        counts = select_members(
            lambda p, t=target: -mean_squared_error(t, p[:, 0]), table[:, train, None], 4
        )
        blend = np.average(table[:, test], axis=0, weights=counts)
        scores.append(-mean_squared_error(y_diabetes[test], blend))
    assert ensemble.oof_score_ == pytest.approx(np.mean(scores), rel=1e-5)


def test_classifier():
    search = search_of(DecisionTreeClassifier(random_state=0), scoring="neg_log_loss")
    ensemble = search.fit(X_iris, y_iris).ensemble(X_iris, y_iris)
    assert isinstance(ensemble, SearchEnsembleClassifier)
    assert is_classifier(ensemble)
    p = ensemble.predict_proba(X_iris)
    assert_allclose(p.sum(axis=1), 1)
    assert_array_equal(ensemble.predict(X_iris), ensemble.classes_[p.argmax(axis=1)])
    assert ensemble.score(X_iris, y_iris) == pytest.approx(-log_loss(y_iris, p))
    assert ensemble.n_features_in_ == 4


@pytest.mark.parametrize(
    "labels", [np.array(["a", "b", "c"]), np.array([2, 7, 30]), np.array(["x", 1, None], object)]
)
def test_labels_of_any_kind(labels):
    y = labels[y_iris]
    if y.dtype == object:
        y = np.array([f"{label}" for label in y], dtype=object)
    search = search_of(DecisionTreeClassifier(random_state=0), n_iter=3).fit(X_iris, y)
    ensemble = search.ensemble(X_iris, y)
    assert set(ensemble.predict(X_iris)) <= set(y)
    assert ensemble.score(X_iris, y) > 0.8


def test_members_without_probabilities_vote():
    search = search_of(LinearSVC(random_state=0), {"C": loguniform(1e-3, 1e2)}, n_iter=3)
    ensemble = search.fit(X_iris, y_iris).ensemble(X_iris, y_iris, n_members=3)
    p = ensemble.predict_proba(X_iris)
    votes = [member.predict(X_iris)[:, None] == np.arange(3) for member in ensemble.members_]
    assert_allclose(p, np.average(votes, axis=0, weights=ensemble.weights))


@pytest.mark.parametrize("refit", ["r2", False])
@pytest.mark.parametrize("scoring", [["r2", "neg_mean_absolute_error"], {"r2": "r2", "b": "r2"}])
def test_several_metrics(scoring, refit):
    ensemble = tree_search(scoring=scoring, refit=refit).ensemble(X_diabetes, y_diabetes)
    assert ensemble.scoring == "r2"
    assert ensemble.best_single_oof_score_ < 1


def test_a_callable_scoring_of_several_metrics():
    def scoring(estimator, X, y):
        residual = y - estimator.predict(X)
        return {"mse": -np.mean(residual**2), "mae": -np.mean(np.abs(residual))}

    search = tree_search(scoring=scoring, refit="mae")
    ensemble = search.ensemble(X_diabetes, y_diabetes)
    residual = y_diabetes - ensemble.predict(X_diabetes)
    assert ensemble.score(X_diabetes, y_diabetes) == pytest.approx(-np.mean(np.abs(residual)))


def test_groups_weights_and_repeated_splits():
    groups = np.arange(120) // 4
    search = search_of(DecisionTreeRegressor(random_state=0), cv=GroupKFold(3))
    search.fit(X_diabetes, y_diabetes, groups=groups)
    weight = np.where(np.arange(120) < 60, 1e-3, 1.0)
    ensemble = search.ensemble(X_diabetes, y_diabetes, groups=groups)
    assert ensemble.oof_score_ > -1
    repeated = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    search = search_of(DecisionTreeRegressor(random_state=0), cv=repeated)
    search.fit(X_diabetes, y_diabetes, sample_weight=weight)
    assert len(search.out_of_fold_.rows) == 240
    weighted = search.ensemble(X_diabetes, y_diabetes, sample_weight=weight)
    by_hand = clone(weighted.estimators[0]).fit(X_diabetes, y_diabetes, sample_weight=weight)
    assert_array_equal(weighted.members_[0].predict(X_diabetes), by_hand.predict(X_diabetes))


@pytest.mark.parametrize("resource", ["n_samples", "n_estimators"])
def test_members_of_a_search_with_a_resource_had_all_of_it(resource):
    from sklearn.ensemble import RandomForestRegressor

    search = search_of(
        RandomForestRegressor(n_estimators=9, random_state=0),
        {"max_depth": [1, 2, 3, 5], "max_features": [0.3, 1.0]},
        n_iter=6,
        resource=resource,
    ).fit(X_diabetes, y_diabetes)
    ensemble = search.ensemble(X_diabetes, y_diabetes)
    amounts = search.cv_results_["n_resources"]
    assert_array_equal(amounts[ensemble.candidates_], amounts.max())


def test_several_targets():
    Y = np.column_stack([y_diabetes, -y_diabetes])
    ensemble = search_of(DecisionTreeRegressor()).fit(X_diabetes, Y).ensemble(X_diabetes, Y)
    assert ensemble.predict(X_diabetes).shape == Y.shape


def test_a_search_of_scikit_learns_with_given_predictions():
    search = RandomizedSearchCV(
        DecisionTreeClassifier(random_state=0), TREES, n_iter=5, random_state=0, cv=3
    ).fit(X_iris, y_iris)
    predictions = [
        cross_val_predict(clone(search.estimator).set_params(**p), X_iris, y_iris, cv=3,
                          method="predict_proba")
        for p in search.cv_results_["params"]
    ]  # fmt: skip
    given = search_ensemble(search, X_iris, y_iris, predictions)
    ours = search_of(DecisionTreeClassifier(random_state=0), prior_results=None, n_iter=5)
    ours.initial_params, ours.start_from_estimator = list(search.cv_results_["params"]), False
    kept = ours.fit(X_iris, y_iris).ensemble(X_iris, y_iris)
    assert given.params_ == kept.params_
    assert given.weights == kept.weights
    assert given.oof_score_ == pytest.approx(kept.oof_score_)


def test_repr_pickle_and_clone():
    ensemble = tree_search().ensemble(X_diabetes, y_diabetes)
    text = repr(ensemble)
    assert text.startswith(f"SearchEnsembleRegressor of {len(ensemble.weights)}: out-of-fold")
    assert all(str(params) in text for params in ensemble.params_)
    again = pickle.loads(pickle.dumps(ensemble))
    assert_array_equal(again.predict(X_diabetes), ensemble.predict(X_diabetes))
    refitted = clone(ensemble).fit(X_diabetes, y_diabetes)
    assert_array_equal(refitted.predict(X_diabetes), ensemble.predict(X_diabetes))
    assert "SearchEnsembleRegressor(estimators=" in repr(clone(ensemble))
    ensemble._repr_html_()


def network_search(kind, y):
    model = kind(
        hidden_layer_sizes=(4,), max_iter=3, n_iter_no_change=9, random_state=0, solver="adamw"
    )
    return search_of(model, {"learning_rate_init": loguniform(1e-3, 1e-1)}, n_iter=4).fit(
        (X_iris - 4).astype(np.float32), y
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_skops_and_onnx(kind):
    X = (X_iris - 4).astype(np.float32)
    y = np.array(["a", "b", "c"])[y_iris] if kind is MLPClassifier else y_iris.astype(float)
    ensemble = network_search(kind, y).ensemble(X, y)
    skops = pytest.importorskip("skops.io")
    again = skops.loads(skops.dumps(ensemble), trusted=SKOPS_TRUSTED)
    assert_array_equal(again.predict(X), ensemble.predict(X))
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(
        ensemble.to_onnx().SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(None, {"X": X}), strict=True))
    if kind is MLPRegressor:
        assert_allclose(found["prediction"], ensemble.predict(X), atol=1e-5)
        return
    p = ensemble.predict_proba(X)
    assert_allclose(found["probabilities"], p, atol=1e-5)
    clear = np.sort(p, axis=1)[:, -1] - np.sort(p, axis=1)[:, -2] > 1e-4
    assert_array_equal(found["label"][clear], ensemble.predict(X)[clear])


def test_onnx_needs_members_that_have_it():
    pytest.importorskip("onnx")
    with pytest.raises(TypeError, match="DecisionTreeRegressor has not"):
        tree_search().ensemble(X_diabetes, y_diabetes).to_onnx()


def test_pipelines():
    model = make_pipeline(StandardScaler(), LogisticRegression())
    search = search_of(model, {"logisticregression__C": loguniform(1e-2, 1e2)}, n_iter=3)
    ensemble = search.fit(X_iris, y_iris).ensemble(X_iris, y_iris)
    assert ensemble.score(X_iris, y_iris) > 0.9


# ------------------------------------------------------------ what is refused
def test_rows_that_no_split_predicts_are_refused_before_the_first_fit():
    with pytest.raises(ValueError, match="cv leaves 60 of 120 rows out of all test sets"):
        tree_search(cv=[(np.arange(60), np.arange(60, 120))])
    with pytest.raises(ValueError, match="rows out of all test sets"):
        tree_search(cv=ShuffleSplit(2, test_size=0.1, random_state=0))
    with pytest.raises(ValueError, match="at least two splits"):
        tree_search(cv=[(np.arange(120), np.arange(120))])


def test_targets_that_cannot_be_kept():
    with pytest.raises(ValueError, match="y has shape"):
        search_of(KNeighborsClassifier(), {"n_neighbors": [1, 2]}, cv=KFold(2)).fit(
            X_iris, np.eye(3)[y_iris]
        )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"n_members": 0}, "n_members must be an integer >= 1, got 0"),
        ({"X": X_diabetes[:50], "y": y_diabetes[:50]}, "X has 50 rows, the data of the search"),
        ({"y": y_diabetes[::-1]}, "X and y must be those of the search"),
    ],
)
def test_bad_arguments(arguments, says):
    with pytest.raises(ValueError, match=says):
        tree_search(n_iter=2).ensemble(**{"X": X_diabetes, "y": y_diabetes, **arguments})


def test_bad_predictions():
    search = tree_search(n_iter=2, keep_predictions=False)
    with pytest.raises(ValueError, match="keep_predictions=True, or give predictions"):
        search.ensemble(X_diabetes, y_diabetes)
    with pytest.raises(ValueError, match=r"\(2 candidates, 120 rows, n_outputs\)"):
        search_ensemble(search, X_diabetes, y_diabetes, np.zeros((3, 120)))
    with pytest.raises(ValueError, match="finite for all rows"):
        search_ensemble(search, X_diabetes, y_diabetes, np.full((2, 120), np.nan))
    with pytest.raises(TypeError, match="fitted search"):
        search_ensemble(RandomizedSearchCV(Ridge(), {}), X_diabetes, y_diabetes)


@pytest.mark.parametrize(
    ("members", "weights", "says"),
    [([], [], "same length"), ([Ridge()], [1, 2], "same length"), ([Ridge()], [-1], "positive")],
)
def test_bad_members(members, weights, says):
    with pytest.raises(ValueError, match=says):
        SearchEnsembleRegressor(members, weights).fit(X_diabetes, y_diabetes)
