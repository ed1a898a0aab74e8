"""BayesSearchCV is what RandomizedSearchCV is: interface, results, delegation, routing, checks."""

import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier, is_regressor
from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, RandomizedSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import estimator_checks_generator

from sknn_tune import BayesSearchCV

IRIS = load_iris(return_X_y=True)
ALPHAS = {"alpha": loguniform(1e-3, 1e3)}


def tree_search(cls=BayesSearchCV, **kwargs):
    kwargs = {"n_iter": 4, "cv": 3, "random_state": 0, **kwargs}
    distributions = {"max_depth": [1, 2, 3, 5], "min_samples_leaf": [1, 2, 5]}
    return cls(DecisionTreeClassifier(random_state=0), distributions, **kwargs)


# ------------------------------------------------------------ interface
def test_takes_every_argument_of_randomized_search_with_its_default():
    ours = inspect.signature(BayesSearchCV).parameters
    for name, theirs in inspect.signature(RandomizedSearchCV).parameters.items():
        assert ours[name].kind == theirs.kind
        assert ours[name].default is theirs.default or ours[name].default == theirs.default


def test_positional_arguments_are_those_of_randomized_search():
    search = BayesSearchCV(Ridge(), ALPHAS)
    assert search.param_distributions is ALPHAS
    with pytest.raises(TypeError):
        BayesSearchCV(Ridge(), ALPHAS, 10)


@pytest.mark.parametrize("return_train_score", [False, True])
@pytest.mark.parametrize("scoring", [None, ["accuracy", "f1_macro"]])
def test_results_have_the_columns_of_randomized_search(scoring, return_train_score):
    kwargs = {
        "scoring": scoring,
        "refit": "f1_macro" if scoring else True,
        "return_train_score": return_train_score,
    }
    theirs = tree_search(RandomizedSearchCV, **kwargs).fit(*IRIS).cv_results_
    ours = tree_search(**kwargs).fit(*IRIS).cv_results_
    assert ours.keys() - theirs.keys() == {"posterior_mean", "posterior_std"}
    assert theirs.keys() <= ours.keys()
    for name, column in theirs.items():
        assert type(ours[name]) is type(column)
        assert len(ours[name]) == len(column)
        if name != "params":
            assert ours[name].dtype == column.dtype


def test_branches_mask_what_they_do_not_have():
    distributions = [
        {"kernel": ["rbf"], "gamma": loguniform(1e-3, 1e1)},
        {"kernel": ["poly"], "degree": [2, 3]},
    ]
    search = BayesSearchCV(SVC(), distributions, n_iter=10, cv=3, random_state=0).fit(*IRIS)
    results = search.cv_results_
    is_rbf = results["param_kernel"] == "rbf"
    assert 0 < is_rbf.sum() < 10
    assert_array_equal(results["param_gamma"].mask, ~is_rbf)
    assert_array_equal(results["param_degree"].mask, is_rbf)
    assert all(p.keys() == {"kernel", "gamma"} for p in np.array(results["params"])[is_rbf])


def test_scores_are_those_of_the_configurations():
    """Each row can be had again by cross-validation of its configuration."""
    search = tree_search().fit(*IRIS)
    for i, params in enumerate(search.cv_results_["params"]):
        model = clone(search.estimator).set_params(**params)
        expected = cross_val_score(model, *IRIS, cv=3)
        got = [search.cv_results_[f"split{k}_test_score"][i] for k in range(3)]
        assert_allclose(got, expected)
    means = search.cv_results_["mean_test_score"]
    assert search.best_index_ == means.argmax()
    assert search.best_score_ == means.max()
    assert search.best_params_ == search.cv_results_["params"][means.argmax()]
    assert search.n_splits_ == 3
    assert search.multimetric_ is False


def test_predicts_as_the_best_estimator_does():
    X, y = IRIS
    search = BayesSearchCV(
        make_pipeline(PCA(), SVC(random_state=0)),
        {"svc__C": loguniform(1e-2, 1e2)},
        n_iter=3,
        random_state=0,
    ).fit(X, y)
    best = make_pipeline(PCA(), SVC(random_state=0)).set_params(**search.best_params_).fit(X, y)
    assert_array_equal(search.predict(X), best.predict(X))
    assert_allclose(search.decision_function(X), best.decision_function(X))
    assert search.score(X, y) == accuracy_score(y, best.predict(X))
    assert_array_equal(search.classes_, [0, 1, 2])
    assert search.n_features_in_ == 4
    assert not hasattr(search, "predict_proba")
    assert not hasattr(search, "transform")


def test_transforms_where_the_estimator_does():
    X, _ = IRIS
    search = BayesSearchCV(PCA(), {"n_components": [1, 2, 3]}, n_iter=3, random_state=0).fit(X)
    assert search.best_params_ == {"n_components": 3}
    assert_allclose(search.transform(X), PCA(3).fit_transform(X))
    assert_allclose(search.inverse_transform(search.transform(X)), X, atol=0.4)


def test_without_y():
    X, _ = IRIS
    search = BayesSearchCV(
        KMeans(random_state=0, n_init=1), {"n_clusters": [2, 3, 4, 5]}, n_iter=4, random_state=0
    ).fit(X)
    assert search.best_params_ == {"n_clusters": 5}  # more clusters, less inertia


def test_tags_are_those_of_the_estimator():
    assert is_classifier(BayesSearchCV(SVC(), {"C": [1, 2]}))
    assert is_regressor(BayesSearchCV(Ridge(), ALPHAS))


def test_nested_cross_validation_is_stratified():
    """Iris is sorted by class: without stratification every fold misses a class."""
    scores = cross_val_score(tree_search(), *IRIS, cv=3)
    assert (scores > 0.85).all()


@pytest.mark.parametrize("fitted", [False, True])
def test_clone_and_pickle(fitted):
    search = BayesSearchCV(
        SVC(),
        {"C": loguniform(1e-2, 1e2), "kernel": ["rbf", "linear"]},
        n_iter=4,
        random_state=0,
        selection="posterior",
        initial_params=[{"C": 3.0, "kernel": "linear"}],
    )
    if fitted:
        search.fit(*IRIS)
    copy = clone(search)
    assert not hasattr(copy, "cv_results_")
    assert copy.get_params()["initial_params"] == search.initial_params
    loaded = pickle.loads(pickle.dumps(search))
    if not fitted:
        loaded.fit(*IRIS)
        search.fit(*IRIS)
    assert loaded.best_params_ == search.best_params_
    assert_array_equal(loaded.predict(IRIS[0]), search.predict(IRIS[0]))
    assert_allclose(
        loaded.surrogate_.predict(search.cv_results_["params"]),
        search.surrogate_.predict(search.cv_results_["params"]),
    )


def test_a_step_of_a_pipeline():
    model = make_pipeline(StandardScaler(), tree_search()).fit(*IRIS)
    assert model.score(*IRIS) > 0.9


@pytest.mark.parametrize("outer", [GridSearchCV, RandomizedSearchCV, BayesSearchCV])
def test_searched_by_another_search(outer):
    inner = tree_search(n_iter=2)
    kwargs = {} if outer is GridSearchCV else {"n_iter": 2, "random_state": 0}
    search = outer(inner, {"estimator__criterion": ["gini", "entropy"]}, cv=2, **kwargs).fit(*IRIS)
    assert len(search.cv_results_["params"]) == 2
    assert search.best_estimator_.best_params_.keys() == {"max_depth", "min_samples_leaf"}


def test_pandas_in_and_out():
    X, y = load_iris(return_X_y=True, as_frame=True)
    search = BayesSearchCV(
        make_pipeline(StandardScaler(), Ridge()),
        {"ridge__alpha": loguniform(1e-3, 1e3)},
        n_iter=3,
        random_state=0,
    ).fit(X, y)
    assert_array_equal(search.feature_names_in_, X.columns)
    frame = pd.DataFrame(search.cv_results_)
    assert len(frame) == 3
    search.best_estimator_[0].set_output(transform="pandas")
    assert list(search.best_estimator_[0].transform(X).columns) == list(X.columns)


def test_sparse_rows():
    X, y = IRIS
    dense = BayesSearchCV(SVC(), {"C": [0.1, 1.0]}, n_iter=2).fit(X, y)
    sparse = BayesSearchCV(SVC(), {"C": [0.1, 1.0]}, n_iter=2)
    sparse.fit(csr_array(X), y)
    assert_allclose(
        sorted(sparse.cv_results_["mean_test_score"]), sorted(dense.cv_results_["mean_test_score"])
    )


def test_lists_instead_of_arrays():
    X, y = IRIS
    assert tree_search().fit(X.tolist(), y.tolist()).score(X, y) > 0.9


# ------------------------------------------------------------ scoring and refit
def two_scores(estimator, X, y):
    accuracy = accuracy_score(y, estimator.predict(X))
    return {"good": accuracy, "bad": -accuracy}


def test_several_metrics_choose_by_refit():
    search = tree_search(
        scoring={"good": "accuracy", "bad": make_scorer(accuracy_score, greater_is_better=False)},
        refit="bad",
        n_iter=6,
    ).fit(*IRIS)
    assert search.multimetric_ is True
    assert search.best_index_ == search.cv_results_["mean_test_bad"].argmax()
    assert search.best_score_ == search.cv_results_["mean_test_bad"].max()
    assert search.score(*IRIS) == search.scorer_["bad"](search, *IRIS)


def test_one_function_of_several_metrics():
    search = tree_search(scoring=two_scores, refit="good").fit(*IRIS)
    assert search.multimetric_ is True
    assert search.best_score_ == search.cv_results_["mean_test_good"].max()


def test_one_function_of_several_metrics_needs_refit_named():
    with pytest.raises(ValueError, match="refit"):
        tree_search(scoring=two_scores).fit(*IRIS)


def test_refit_false_with_one_metric_still_names_the_winner():
    search = tree_search(refit=False).fit(*IRIS)
    assert search.best_index_ == search.cv_results_["mean_test_score"].argmax()
    for name in ("best_estimator_", "predict", "refit_time_"):
        assert not hasattr(search, name)


def test_refit_false_with_two_metrics_names_none():
    search = tree_search(scoring=["accuracy", "f1_macro"], refit=False).fit(*IRIS)
    for name in ("best_index_", "best_params_", "best_score_"):
        assert not hasattr(search, name)
    assert np.isfinite(search.cv_results_["posterior_mean"]).all()


def test_refit_by_a_function():
    search = tree_search(refit=lambda results: len(results["params"]) - 1).fit(*IRIS)
    assert search.best_index_ == 3
    assert search.best_params_ == search.cv_results_["params"][3]
    assert search.best_estimator_.get_params()["max_depth"] == search.best_params_["max_depth"]
    assert not hasattr(search, "best_score_")


# ------------------------------------------------------------ parameters of fit
class Recorder(ClassifierMixin, BaseEstimator):
    """Notes what its fits were given."""

    seen = []  # noqa: RUF012  shared by all clones on purpose

    def __init__(self, a=0):
        self.a = a

    def fit(self, X, y, sample_weight=None, note=None):
        self.classes_ = np.unique(y)
        Recorder.seen.append((X, sample_weight, note))
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.fixture
def recorded():
    Recorder.seen.clear()
    return Recorder.seen


def test_parameters_of_fit_are_split_as_the_rows_are(recorded):
    X, y = np.arange(12.0)[:, None], np.arange(12) % 2
    search = BayesSearchCV(Recorder(), {"a": [1, 2]}, n_iter=2, cv=3, random_state=0)
    search.fit(X, y, sample_weight=10 * X[:, 0], note="all")
    assert len(recorded) == 2 * 3 + 1
    for rows, weight, note in recorded:
        assert_array_equal(weight, 10 * rows[:, 0])
        assert note == "all"
    assert [len(rows) for rows, _, _ in recorded] == [8] * 6 + [12]


def test_groups_reach_the_splitter():
    X, y = np.arange(12.0)[:, None], np.arange(12) % 2
    groups = np.repeat([0, 1, 2], 4)
    search = BayesSearchCV(Ridge(), ALPHAS, n_iter=2, cv=GroupKFold(3)).fit(X, y, groups=groups)
    assert search.n_splits_ == 3


def test_metadata_is_routed(recorded):
    X, y = np.arange(12.0)[:, None], np.arange(12) % 2
    groups = np.repeat([0, 1, 2], 4)
    with sklearn.config_context(enable_metadata_routing=True):
        search = BayesSearchCV(
            Recorder().set_fit_request(sample_weight=True, note=True),
            {"a": [1, 2]},
            scoring=make_scorer(accuracy_score).set_score_request(sample_weight=True),
            n_iter=2,
            cv=GroupKFold(3),
        )
        search.fit(X, y, sample_weight=10 * X[:, 0], note="routed", groups=groups)
        assert search.score(X, y, sample_weight=np.where(y == 0, 1.0, 0.0)) == 1.0
    for rows, weight, note in recorded:
        assert_array_equal(weight, 10 * rows[:, 0])
        assert note == "routed"


# ------------------------------------------------------------ scikit-learn's own checks
CHECKED = [
    BayesSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2, n_iter=2, random_state=0),
    BayesSearchCV(
        LogisticRegression(tol=1e-2),
        {"C": uniform(0.1, 2)},
        cv=2,
        n_iter=3,
        random_state=0,
        error_score="raise",
        selection="posterior",
    ),
    BayesSearchCV(
        Pipeline([("pca", PCA()), ("ridge", Ridge())]),
        {"ridge__alpha": [0.1, 1.0]},
        cv=2,
        n_iter=2,
        random_state=0,
    ),
]


def known_failures(search):
    """What scikit-learn expects RandomizedSearchCV over the same estimator to fail."""
    if is_regressor(search):
        return {"check_supervised_y_2d": "Ridge takes a column of targets without a warning"}
    return {}


def named_checks():
    """One pytest parameter for each check of each search, with a readable name."""
    for i, search in enumerate(CHECKED):
        failures = known_failures(search)
        for estimator, check in estimator_checks_generator(search):
            name = getattr(check, "func", check).__name__
            marks = [pytest.mark.xfail(reason=failures[name])] if name in failures else []
            yield pytest.param(estimator, check, marks=marks, id=f"{i}-{name}")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), list(named_checks()))
def test_estimator_checks(estimator, check):
    check(estimator)


def test_diabetes_is_better_than_the_default():
    X, y = load_diabetes(return_X_y=True)
    search = BayesSearchCV(Ridge(), ALPHAS, n_iter=10, random_state=0).fit(X, y)
    assert search.best_score_ > search.cv_results_["mean_test_score"][0] + 0.05
