"""consistency: variance components as planted, a test at its level, agreement as counted."""

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_diabetes, load_iris, make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from sknn_tune import consistency
from sknn_tune.quality.agreement import Agreement
from sknn_tune.quality.paired_test import adjust_holm, paired_test, standard_error
from sknn_tune.quality.variance import rows_differ, variance_components


class MadeModel(ClassifierMixin, BaseEstimator):
    """Its score is a sum of an effect of the rows, one of the seed, one of both."""

    STDS = 0.03, 0.02, 0.01

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        self.classes_, self.rows_ = np.unique(y), int(X[:, 0] @ np.arange(len(X)))
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        keys = [self.rows_], [self.random_state], [self.rows_, self.random_state]
        effects = [np.random.default_rng(key).standard_normal() for key in keys]
        return 0.9 + np.dot(self.STDS, effects)


BAD_CV = [0, 1, True, 2.5, "5", KFold]


def test_seed_and_split_variance_of_a_made_model_are_told_apart():
    X, y = np.arange(60.0)[:, None], np.arange(60) % 2
    reports = [
        consistency(MadeModel(), X, y, cv=ShuffleSplit(8), n_seeds=6, random_state=seed)
        for seed in range(150)
    ]
    found = {
        name: np.mean([report.variances[name] for report in reports])
        for name in reports[0].variances
    }
    split, alone, both = np.square(MadeModel.STDS)
    assert found == pytest.approx(
        {"split": split, "seed": alone + both, "seed_alone": alone, "seed_with_split": both},
        rel=0.1,
    )


def test_components_of_small_tables_are_unbiased():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(3000):
        split, seed = 3 * rng.standard_normal((8, 1)), 2 * rng.standard_normal((1, 6))
        found.append(variance_components(split + seed + rng.standard_normal((8, 6))))
    means = {name: np.mean([f[name] for f in found]) for name in found[0]}
    assert means == pytest.approx(
        {"split": 9, "seed": 5, "seed_alone": 4, "seed_with_split": 1}, rel=0.05
    )


def test_no_component_is_negative():
    rng = np.random.default_rng(1)
    for _ in range(50):
        assert min(variance_components(rng.standard_normal((3, 2))).values()) >= 0


def test_equal_scores_of_all_seeds_have_no_variance_at_all():
    scores = np.repeat([[0.1], [0.7], [0.9]], 3, axis=1)
    assert scores.var(axis=1).any()  # by rounding
    found = variance_components(scores)
    assert (found["seed"], found["split"]) == (0.0, scores[:, 0].var(ddof=1))


def test_a_model_without_a_seed_is_fitted_once_a_split():
    X, y = load_iris(return_X_y=True)
    report = consistency(StepsOnly(), X, y, cv=3, n_seeds=4)
    assert report.scores.shape == (3, 1)
    assert report.seed_std == 0.0
    assert np.isnan(report.seed_agreement)


class StepsOnly(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def null_comparison(seed):
    """p of two models that are equally good: each sees features of the same worth."""
    X, y = made_twins(seed)
    columns = X[:, :3], X[:, 3:]
    splits = list(ShuffleSplit(10, test_size=0.2, random_state=seed).split(X))
    scores = [
        [LogisticRegression().fit(Z[a], y[a]).score(Z[b], y[b]) for a, b in splits] for Z in columns
    ]
    return paired_test(np.subtract(*scores), 0.25)[1]


def made_twins(seed, n_rows=120):
    """Two blocks of three features that tell as much about the target, each with its own noise."""
    rng = np.random.default_rng(seed)
    signal = rng.standard_normal((n_rows, 3))
    y = (signal.sum(axis=1) + rng.standard_normal(n_rows) > 0).astype(int)
    return np.hstack([signal + rng.standard_normal((n_rows, 3)) for _ in range(2)]), y


@pytest.mark.slow
def test_paired_test_keeps_its_level_in_500_null_comparisons():
    p = [null_comparison(seed) for seed in range(500)]
    assert np.mean(np.array(p) < 0.05) <= 0.06


def test_paired_test_rarely_cries_wolf():
    p = [null_comparison(seed) for seed in range(60)]
    # A rate of 6 % gives 9 of 60 or more in one of a hundred runs.
    assert np.sum(np.array(p) < 0.05) <= 8


def test_paired_test_is_the_formula_of_nadeau_and_bengio():
    d = np.array([0.02, 0.01, 0.03, -0.01, 0.02])
    t = d.mean() / np.sqrt((1 / 5 + 0.25) * d.var(ddof=1))
    assert paired_test(d, 0.25) == pytest.approx((t, 2 * stats.t(4).sf(t)))
    assert standard_error(d, 0.0) == pytest.approx(stats.sem(d))


@pytest.mark.parametrize(("d", "expected"), [([0, 0, 0], (0, 1)), ([0.1] * 3, (np.inf, 0))])
def test_paired_test_of_constant_differences(d, expected):
    assert paired_test(d, 0.25) == expected


def test_holm_as_counted_by_hand():
    assert adjust_holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert adjust_holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])


def test_rows_that_differ_are_told_from_noise():
    rng = np.random.default_rng(0)
    by_split = rng.normal(size=4)  # common to all rows, so it does not count
    noise = [rows_differ(rng.normal(size=(10, 4)) + 9 * by_split) for _ in range(400)]
    assert 0.02 < np.mean(noise) < 0.08
    rows = 2 * rng.normal(size=(10, 1))
    assert np.mean([rows_differ(rng.normal(size=(10, 4)) + rows) for _ in range(50)]) > 0.95


@pytest.mark.parametrize(
    ("table", "differ"),
    [([[1.0, 1.0], [2.0, 2.0]], True), ([[1.0, 1.0], [1.0, 1.0]], False), ([[1.0], [2.0]], True)],
)
def test_rows_without_noise(table, differ):
    assert rows_differ(table) is differ


def test_agreement_of_labels_is_the_share_of_equal_pairs():
    rng = np.random.default_rng(0)
    held_out = [np.array([0, 1, 2, 3]), np.array([2, 3, 4, 5])]
    predictions = [[rng.choice(["a", "b", "c"], 4) for _ in range(3)] for _ in held_out]
    found = Agreement(predictions, held_out, labels=True)
    seeds, splits = [], []
    for i in range(2):
        seeds += [predictions[i][a] == predictions[i][b] for a in range(3) for b in range(a)]
    for a in range(3):
        splits += [predictions[0][a][2:] == predictions[1][b][:2] for b in range(3)]
    assert found.between_seeds == pytest.approx(np.mean(seeds))
    assert found.between_splits == pytest.approx(np.mean(splits))


def test_agreement_of_numbers_ends_at_one_and_at_zero():
    rng = np.random.default_rng(0)
    rows = [np.arange(4000), np.arange(4000)]
    same = rng.standard_normal(4000)
    agreed = Agreement([[same, same], [same, same]], rows, labels=False)
    assert (agreed.between_seeds, agreed.between_splits) == pytest.approx((1.0, 1.0))
    noise = [[rng.standard_normal(4000) for _ in range(2)] for _ in rows]
    chance = Agreement(noise, rows, labels=False)
    assert (chance.between_seeds, chance.between_splits) == pytest.approx((0.0, 0.0), abs=0.05)


def test_kfold_leaves_no_row_to_compare_splits_by():
    X, y = load_iris(return_X_y=True)
    report = consistency(DecisionTreeClassifier(), X, y, cv=KFold(5, shuffle=True, random_state=0))
    assert np.isnan(report.split_agreement)
    assert 0.8 < report.seed_agreement <= 1.0


def test_every_seed_of_a_pipeline_is_set():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), DecisionTreeClassifier(max_features=1, random_state=3))
    report = consistency(model, X, y, cv=3, n_seeds=4, random_state=0)
    assert report.seed_std > 0
    assert model.get_params()["decisiontreeclassifier__random_state"] == 3


def test_same_random_state_same_report():
    X, y = load_iris(return_X_y=True)
    tree = DecisionTreeClassifier(max_features=1)
    first, again = (consistency(tree, X, y, n_seeds=2, random_state=5).scores for _ in range(2))
    assert first.tolist() == again.tolist()


def test_a_better_model_is_called_better():
    X, y = make_classification(400, 10, n_informative=5, random_state=0)
    models = {"good": SVC(), "poor": DecisionTreeClassifier(max_depth=1)}
    report = consistency(models, X, y, n_seeds=2, random_state=0)
    assert report.best == "good"
    assert report.is_better("good", "poor")
    assert not report.is_better("poor", "good")
    assert report["good"].mean_score > report["poor"].mean_score
    with pytest.raises(KeyError, match="fair"):
        report.is_better("good", "fair")


def test_a_model_is_not_better_than_itself():
    X, y = load_iris(return_X_y=True)
    report = consistency([SVC(), SVC()], X, y, n_seeds=1, random_state=0)
    assert list(report.models) == ["SVC 1", "SVC 2"]
    assert report.pairs[0][-1] == 1.0


def test_regression_loss_and_groups():
    X, y = load_diabetes(return_X_y=True)
    report = consistency(
        {"boosting": HistGradientBoostingRegressor(max_iter=5), "ridge": Ridge()},
        X,
        y,
        cv=GroupKFold(3),
        groups=np.arange(len(y)) % 7,
        scoring="neg_mean_absolute_error",
        n_seeds=2,
    )
    assert report["ridge"].scores.shape == (3, 2)
    assert report["ridge"].worst_score == report["ridge"].scores.min() < 0


def test_reports_show_themselves():
    X, y = load_iris(return_X_y=True)
    report = consistency([SVC(), DecisionTreeClassifier()], X, y, cv=3, n_seeds=2, random_state=0)
    frame = report.to_frame()
    assert frame.index.tolist() == ["SVC", "DecisionTreeClassifier"]
    assert frame.loc["SVC", "mean score"] == report["SVC"].mean_score
    assert frame.shape == (2, 7)
    assert report.pairs_to_frame().index.tolist() == ["SVC - DecisionTreeClassifier"]
    assert "SVC - DecisionTreeClassifier" in repr(report)
    assert report._repr_html_().count("<table") == 2
    assert "worst" in repr(report["SVC"])
    assert report["SVC"].to_frame().shape == (1, 7)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_networks_depend_on_their_seed():
    X, y = make_classification(150, 8, n_informative=4, flip_y=0.2, random_state=0)
    report = consistency(MLPClassifier((8,), max_iter=30), X, y, cv=3, n_seeds=3, random_state=0)
    assert report.variances["seed"] > 0
    assert report.seed_agreement < 1


@pytest.mark.parametrize(
    ("estimator", "options", "message"),
    [
        (SVC(), {"n_seeds": 0}, "n_seeds must be a positive integer, got 0"),
        (SVC(), {"cv": [(np.arange(100), np.arange(100, 150))]}, "at least 2 splits"),
        ([], {}, "is empty"),
        (SVC(), {"n_seeds": 2.5}, "n_seeds must be a positive integer, got 2.5"),
        *[(SVC(), {"cv": cv}, "cv must be an integer of at least 2") for cv in BAD_CV],
        (
            SVC(),
            {"cv": [(np.arange(9), []), (np.arange(9), [9])]},
            "split 0 has 9 rows to train on",
        ),
        (SVC(), {"scoring": ["accuracy"]}, r"scoring must be one metric, .* got \['accuracy'\]"),
        (SVC(), {"scoring": lambda *_: np.nan, "cv": 3}, "scores of SVC are not finite"),
        ([SVC(), SVR()], {}, "own scores cannot be compared"),
    ],
)
def test_bad_input_is_named(estimator, options, message):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=message):
        consistency(estimator, X, y, **options)


@pytest.mark.parametrize("estimator", [SVC, [SVC], "SVC", None, {"a": 3}])
def test_what_cannot_be_fitted_is_no_estimator(estimator):
    with pytest.raises(TypeError, match="must be an estimator instance"):
        consistency(estimator, [[0.0]], [0])


def test_splits_may_be_lists_or_masks():
    X, y = load_iris(return_X_y=True)
    half = np.arange(150) % 2 == 0
    rows = np.flatnonzero(half).tolist(), np.flatnonzero(~half).tolist()
    reports = [
        consistency(SVC(), X, y, cv=[split, split[::-1]], random_state=0)
        for split in ((half, ~half), rows)
    ]
    assert reports[0].scores.tolist() == reports[1].scores.tolist()
    assert np.isnan(reports[0].split_agreement)


def test_what_was_not_measured_is_left_out_of_the_report():
    X, y = load_iris(return_X_y=True)
    report = consistency(DecisionTreeClassifier(), X, y, cv=3, n_seeds=2, random_state=0)
    assert "nan" not in repr(report)
    assert "between seeds" in repr(report)
    alone = consistency(PCA(2), X, n_seeds=1, random_state=0)
    assert "agreement    not measured" in repr(alone)
    assert "nan" not in alone._repr_html_()
