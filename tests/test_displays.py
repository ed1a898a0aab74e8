"""Displays by their artists: lines, labels, limits; light and dark; short and long names."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, cross_validate
from sklearn.model_selection import LearningCurveDisplay as ScikitLearnLearningCurve
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier as ScikitLearnMLP
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import sknn_tune
from sknn_tune import (
    BayesSearchCV,
    BiasVarianceDisplay,
    ImportanceDisplay,
    LearningCurveDisplay,
    LossCurveDisplay,
    MLPClassifier,
    ParallelCoordinatesDisplay,
    SearchHistoryDisplay,
    SurrogateContourDisplay,
    SurrogateDisplay,
    diagnose,
    hidden_layers,
    hyperparameter_importance,
)
from sknn_tune.displays.hyperparameter_axis import place_on
from sknn_tune.search.engine.importance import Importance
from sknn_tune.search.engine.landscape import Axis

matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

X, Y = load_iris(return_X_y=True)
LONG = "a_step__another_step__a_parameter_with_quite_a_long_name"


class MadeScore(BaseEstimator):
    """Its score depends on the parameters; it takes any."""

    def __init__(self, a=1.0, b=0.5, word="x", layers=(8,), count=3):
        self.a, self.b, self.word, self.layers, self.count = a, b, word, layers, count

    def fit(self, X, y=None):
        if self.b > 0.9:
            raise ValueError("too much")
        return self

    def score(self, X, y=None):
        return np.log10(self.a) - (self.b - 0.3) ** 2 + 0.1 * (self.word == "y") + len(X) * 1e-3


SPACE = {
    "a": loguniform(1e-3, 1e3),
    "b": uniform(0, 0.8),
    "word": ["x", "y", "z"],
    "layers": hidden_layers(n_layers=(1, 2), units=(4, 64)),
    "count": randint(1, 30),
}


@pytest.fixture(scope="module")
def search():
    return BayesSearchCV(MadeScore(), SPACE, n_iter=14, cv=2, random_state=0).fit(X, Y)


@pytest.fixture(scope="module")
def grid():
    return GridSearchCV(SVC(), {"C": [0.01, 1.0, 100.0], "kernel": ["rbf", "poly"]}, cv=3).fit(X, Y)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def draw(display):
    """Lay the figure out and paint it; a warning would be an error."""
    display.figure_.canvas.draw()
    return display


# ---------------------------------------------------------------- loss curve
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", [MLPClassifier, ScikitLearnMLP])
def test_loss_curve_of_networks(kind):
    model = kind((4,), max_iter=12, early_stopping=True, random_state=0)
    model = make_pipeline(StandardScaler(), model).fit(X, Y)
    display = draw(LossCurveDisplay.from_estimator(model))
    network = model[-1]
    epochs = np.arange(1, len(network.loss_curve_) + 1)
    assert display.lines_["loss"].get_xdata().tolist() == epochs.tolist()
    assert display.lines_["loss"].get_ydata().tolist() == network.loss_curve_
    scores = display.lines_["validation score"].get_ydata()
    assert scores.tolist() == list(network.validation_scores_)
    best = int(np.argmax(scores)) + 1
    assert display.lines_["best"].get_xdata()[0] == display.best_epoch == best
    assert display.ax_.get_title() == kind.__name__
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("epoch", "loss")
    assert display.score_ax_.get_ylabel() == "validation score"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_loss_curve_shows_the_learning_rate_of_a_schedule():
    model = MLPClassifier((4,), max_iter=10, learning_rate="cosine", random_state=0).fit(X, Y)
    rates = LossCurveDisplay.from_estimator(model).lines_["rate"].get_ydata()
    assert rates[0] == pytest.approx(model.learning_rate_init)
    # A cosine at nine tenths of its half period.
    assert rates[-1] == pytest.approx(1e-3 * 0.5 * (1 + np.cos(0.9 * np.pi)))
    assert (np.diff(rates) < 0).all()


def test_loss_curve_of_boosting_counts_rounds_and_turns_scores_round():
    model = HistGradientBoostingClassifier(max_iter=5, early_stopping=True, random_state=0)
    display = draw(LossCurveDisplay.from_estimator(model.fit(X, Y)))
    assert display.lines_["loss"].get_ydata().tolist() == (-model.train_score_).tolist()
    assert display.lines_["loss"].get_xdata()[0] == 0
    assert display.best_epoch == np.argmax(model.validation_score_)
    plain = GradientBoostingClassifier(n_estimators=4).fit(X, Y)
    display = LossCurveDisplay.from_estimator(plain, name="mine")
    assert display.lines_["loss"].get_ydata().tolist() == plain.train_score_.tolist()
    assert display.best_epoch is None
    assert display.ax_.get_title() == "mine"


def test_loss_over_decades_is_drawn_on_a_log_scale():
    assert LossCurveDisplay(np.geomspace(10, 1e-3, 9)).plot().ax_.get_yscale() == "log"
    assert LossCurveDisplay(np.linspace(2, 1, 9)).plot().ax_.get_yscale() == "linear"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_loss_curve_shows_the_learning_rate_as_training_lowered_it():
    model = MLPClassifier(
        (4,), solver="sgd", learning_rate="adaptive", tol=10.0, n_iter_no_change=2, random_state=0
    ).fit(X, Y)
    rates = LossCurveDisplay.from_estimator(model).lines_["rate"].get_ydata()
    assert len(rates) == model.n_iter_
    assert rates[0] == model.learning_rate_init
    assert rates[-1] < 1e-3 * rates[0]


@pytest.mark.parametrize(
    ("loss", "validation", "best"),
    [([], None, None), ([1.0, np.nan], [np.nan, np.nan], None), ([np.inf, 1.0], [np.nan, 1.0], 2)],
)
def test_loss_curves_that_are_short_or_not_finite_are_drawn(loss, validation, best):
    assert draw(LossCurveDisplay(loss, validation_loss=validation).plot()).best_epoch == best


def test_an_estimator_without_a_curve_is_named():
    with pytest.raises(TypeError, match="SVC keeps no loss_curve_"):
        LossCurveDisplay.from_estimator(SVC().fit(X, Y))


# ---------------------------------------------------------------- search history
def test_history_shows_trials_and_the_best_so_far(search):
    display = draw(SearchHistoryDisplay.from_search(search))
    scores = search.cv_results_["mean_test_score"]
    assert display.points_.get_offsets().data[:, 1] == pytest.approx(scores)
    assert display.lines_[0].get_ydata() == pytest.approx(np.maximum.accumulate(scores))
    assert display.ax_.get_xlabel() == "trial"
    assert display.failed_ is None


def test_history_over_time_adds_up_the_fits(grid):
    display = SearchHistoryDisplay.from_search(grid, over="time")
    each = grid.cv_results_["mean_fit_time"] + grid.cv_results_["mean_score_time"]
    assert display.lines_[0].get_xdata() == pytest.approx(np.cumsum(3 * each))
    assert display.ax_.get_xlabel() == "seconds of fitting"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_history_marks_failures():
    failing = GridSearchCV(MadeScore(), {"b": [0.1, 0.95, 0.5]}, cv=2).fit(X, Y)
    display = draw(SearchHistoryDisplay.from_search(failing))
    assert display.failed_.get_xdata().tolist() == [2.0]
    assert len(display.points_.get_offsets()) == 2
    assert np.isfinite(display.incumbent).all()


def test_history_counts_trials_at_full_resource_only():
    halving = HalvingGridSearchCV(
        SVC(), {"C": [0.01, 1.0, 10.0, 100.0]}, cv=3, factor=2, random_state=0
    ).fit(X, Y)
    display = draw(SearchHistoryDisplay.from_search(halving))
    resources = halving.cv_results_["n_resources"]
    full = np.flatnonzero(resources == resources.max())
    assert np.isnan(display.incumbent[: full[0]]).all()
    best = halving.cv_results_["mean_test_score"][full].max()
    assert display.incumbent[-1] == best
    assert display.points_.get_array().tolist() == resources.tolist()


def test_a_trial_gone_astray_does_not_squeeze_the_others():
    scores = np.r_[np.linspace(0.8, 0.9, 11), -50.0]
    low, high = SearchHistoryDisplay(scores).plot().ax_.get_ylim()
    assert 0.5 < low < 0.8
    assert 0.9 < high < 1.2


def test_of_several_metrics_one_is_to_be_named():
    both = GridSearchCV(
        SVC(), {"C": [1, 2]}, scoring=["accuracy", "f1_macro"], refit="accuracy", cv=3
    ).fit(X, Y)
    display = SearchHistoryDisplay.from_search(both, metric="f1_macro")
    assert display.ax_.get_ylabel() == "f1_macro"
    with pytest.raises(ValueError, match=r"metric must be one of \['accuracy', 'f1_macro'\]"):
        SearchHistoryDisplay.from_search(both)


# ---------------------------------------------------------------- surrogate
@pytest.mark.parametrize("kind", ["dependence", "slice"])
def test_surrogate_along_every_hyperparameter(search, kind):
    display = draw(SurrogateDisplay.from_search(search, kind=kind))
    labels = [ax.get_xlabel() for ax in display.axes_]
    assert labels == ["a", "b", "word", "layers", "count"]
    assert len(display.marks_) == 5
    assert [ax.get_xscale() for ax in display.axes_] == ["log"] + ["linear"] * 4
    words = [text.get_text() for text in display.axes_[2].get_xticklabels()]
    assert words == ["x", "y", "z"]
    assert "4-4" not in words
    assert all(np.isfinite(points.get_offsets()).all() for points in display.points_)
    assert len(display.points_[0].get_offsets()) == 14
    assert len(display.bands_) == 3
    assert len({ax.get_ylim() for ax in display.axes_}) == 1
    assert [ax.get_ylabel() for ax in display.axes_[:2]] == ["expected score", ""]
    title = {"slice": "hyperparameters as marked", "dependence": "averaged over"}[kind]
    assert title in display.figure_.get_suptitle()


def test_slices_go_through_the_winner_by_default_and_mark_it(search):
    display = draw(SurrogateDisplay.from_search(search))
    best = search.best_params_
    a, b, _, _, count = display.marks_
    assert a.get_xdata()[0] == best["a"]
    assert b.get_xdata()[0] == best["b"]
    assert count.get_xdata()[0] == best["count"]
    told = search.surrogate_.predict([best | {"count": 7}])[0]
    x, y = display.lines_[4].get_data()
    assert y[list(x).index(7)] == pytest.approx(told[0], abs=0.02)


def test_the_band_is_on_the_scale_of_the_scores(search):
    display = SurrogateDisplay.from_search(search)
    scores = np.concatenate([points.get_offsets()[:, 1] for points in display.points_])
    means = np.concatenate([line.get_ydata() for line in (display.lines_[0], display.lines_[1])])
    seen = np.ptp(np.r_[scores, means])
    assert np.ptp(display.axes_[0].get_ylim()) < 2.2 * seen


@pytest.mark.parametrize(
    ("name", "value", "note"),
    [
        ("a", 1e-3, "at the border of\nthe space: widen it"),
        ("a", 1e3, "at the border of\nthe space: widen it"),
        ("a", 1.0, None),
        ("b", 0.8, "at the border of\nthe space: widen it"),
        ("b", 0.0, "at the border of\nthe space"),
        ("count", 29, "at the border of\nthe space: widen it"),
        ("count", 1, "at the border of\nthe space"),
        ("word", "x", None),
    ],
)
def test_a_value_on_the_border_of_the_space_is_noted(search, name, value, note):
    at = {"a": 1.0, "b": 0.5, "word": "x", "layers": (8,), "count": 3, name: value}
    display = draw(SurrogateDisplay.from_search(search, name, at=at))
    assert [text.get_text() for text in display.notes_] == ([note] if note else [])


@pytest.mark.parametrize("resource", ["count", "n_samples"])
def test_searches_with_a_resource_are_drawn_at_the_full_resource(resource):
    space = {"a": SPACE["a"], "b": uniform(0, 0.8), "word": SPACE["word"]}
    search = BayesSearchCV(
        MadeScore(count=9),
        space,
        n_iter=12,
        cv=2,
        random_state=0,
        resource=resource,
        min_resources=1 if resource == "count" else 16,
    ).fit(X, Y)
    for kind in ("dependence", "slice"):
        display = draw(SurrogateDisplay.from_search(search, kind=kind))
        assert [ax.get_xlabel() for ax in display.axes_] == list(space)
    display = SurrogateDisplay.from_search(search)
    at = {name: search.best_params_[name] for name in space}
    x, y = display.lines_[1].get_data()
    told = search.surrogate_.predict([at | {"b": value} for value in x])[0]
    assert y == pytest.approx(told, abs=0.05 * np.ptp(search.cv_results_["mean_test_score"]))
    draw(SurrogateContourDisplay.from_search(search, ("a", "word")))
    assert hyperparameter_importance(search).names[0] == "a"


def test_a_slice_is_what_the_surrogate_predicts(search):
    at = {"a": 1.0, "b": 0.5, "word": "x", "layers": (8,), "count": 3}
    display = SurrogateDisplay.from_search(search, ["b"], kind="slice", at=at)
    x, y = display.lines_[0].get_data()
    told = search.surrogate_.predict([at | {"b": value} for value in x])[0]
    # Beyond a quarter of the range seen the model is not believed.
    scores = search.cv_results_["mean_test_score"]
    end = scores.min() - 0.25 * np.ptp(scores), scores.max() + 0.25 * np.ptp(scores)
    assert y == pytest.approx(np.clip(told, *end), abs=0.01 * np.ptp(scores))


def test_dependence_follows_the_function(search):
    display = SurrogateDisplay.from_search(search, "a", kind="dependence")
    x, y = display.lines_[0].get_data()
    slope = np.polyfit(np.log10(x), y, 1)[0]
    # The score rises by 1 a decade; the surrogate is not that sure of the ends.
    assert 0.2 < slope < 1.3


def test_given_axes_are_used(search):
    figure, axes = plt.subplots(1, 2)
    display = SurrogateDisplay.from_search(search, ["a", "b"], ax=axes)
    assert display.figure_ is figure
    with pytest.raises(ValueError, match="ax must hold 1 axes, got 2"):
        SurrogateDisplay.from_search(search, ["a"], ax=axes)


@pytest.mark.parametrize(
    ("params", "kind"),
    [(("a", "b"), "QuadContourSet"), (("word", "a"), "QuadMesh"), (("layers", "word"), "QuadMesh")],
)
@pytest.mark.parametrize("values", ["mean", "std"])
def test_contours_of_numbers_and_tiles_of_categories(search, params, kind, values):
    display = draw(SurrogateContourDisplay.from_search(search, params, values=values))
    assert type(display.contours_).__name__ == kind
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == params
    assert len(display.points_.get_offsets()) == 14
    label = {"mean": "expected score", "std": "standard deviation"}[values]
    assert display.colorbar_.ax.get_ylabel() == label


def test_layer_sizes_lie_at_the_most_similar_ones():
    sizes = [(4,), (16,), (64,), (4, 4), (64, 64)]
    codes = np.arange(5.0)
    axis = Axis("layers", "layers", codes[:, None], sizes, codes, False, False)
    found = [place_on(axis, value) for value in ((4,), (14,), (70, 30), (64, 64, 64), "relu")]
    assert found[:4] == [0.0, 1.0, 4.0, 4.0]
    assert np.isnan(found[4])


def test_the_winner_is_starred(search):
    display = SurrogateContourDisplay.from_search(search, ("a", "b"))
    best = search.best_params_
    assert np.ravel(display.best_.get_data()).tolist() == [best["a"], best["b"]]


@pytest.fixture(scope="module")
def branched():
    branches = [
        {"kernel": ["linear"], "C": loguniform(1e-3, 1e3)},
        {"kernel": ["rbf", "poly"], "C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1)},
    ]
    return BayesSearchCV(SVC(), branches, n_iter=8, cv=3, random_state=0).fit(X, Y)


def test_branches_are_drawn_where_they_have_the_hyperparameter(branched):
    display = draw(SurrogateDisplay.from_search(branched))
    labels = [ax.get_xlabel() for ax in display.axes_]
    assert labels == ["kernel (1)", "C", "kernel (2)", "gamma"]
    with_gamma = sum("gamma" in params for params in branched.cv_results_["params"])
    assert len(display.points_[3].get_offsets()) == with_gamma
    parallel = draw(ParallelCoordinatesDisplay.from_search(branched))
    assert len(parallel.lines_.get_paths()) == 8
    with pytest.raises(ValueError, match="never occur together"):
        SurrogateContourDisplay.from_search(branched, ("kernel (1)", "gamma"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: SurrogateDisplay.from_search(s, ["nothing"]), "'nothing' is not a parameter"),
        (lambda s: SurrogateDisplay.from_search(s, kind="pie"), "kind must be .* got 'pie'"),
        (
            lambda s: SurrogateDisplay.from_search(s, at={"z": 1}),
            r"at holds \['z'\], no parameters",
        ),
        (lambda s: SurrogateDisplay.from_search(s, at={"a": 1.0}), "not in the space"),
        (lambda s: SurrogateContourDisplay.from_search(s, ("a", "a")), "two different"),
        (lambda s: SurrogateContourDisplay.from_search(s, 5), "two different .* got 5"),
        (
            lambda s: SurrogateContourDisplay.from_search(s, "ab"),
            "two different hyperparameters, got 'ab'",
        ),
        (
            lambda s: SurrogateContourDisplay.from_search(s, ("a", "b"), values="x"),
            "values must be 'mean' or 'std'",
        ),
        (lambda s: SearchHistoryDisplay.from_search(s, over="weeks"), "over must be .* 'weeks'"),
        (lambda s: ParallelCoordinatesDisplay.from_search(s, ["no"]), "'no' is not a parameter"),
    ],
)
def test_bad_input_is_named(search, call, message):
    with pytest.raises(ValueError, match=message):
        call(search)


def test_a_search_without_a_winner_is_drawn_through_the_best_expected_trial():
    search = BayesSearchCV(
        MadeScore(), {"a": SPACE["a"]}, n_iter=4, cv=2, scoring=_two_scores, refit=False,
        objective="high", random_state=0,
    ).fit(X, Y)  # fmt: skip
    display = draw(SurrogateDisplay.from_search(search))
    best = max(params["a"] for params in search.cv_results_["params"])
    assert display.marks_[0].get_xdata()[0] == best


def _two_scores(estimator, X, y):
    return {"high": np.log(estimator.a), "low": -np.log(estimator.a)}


def test_categories_that_are_arrays_are_drawn():
    priors = [None, np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.3, 0.2])]
    space = {"priors": priors, "var_smoothing": loguniform(1e-9, 1)}
    search = BayesSearchCV(GaussianNB(), space, n_iter=5, cv=2, random_state=0).fit(X, Y)
    display = draw(SurrogateDisplay.from_search(search))
    assert np.isfinite(display.points_[0].get_offsets()).all()
    draw(SurrogateContourDisplay.from_search(search, ("priors", "var_smoothing")))
    assert len(draw(ParallelCoordinatesDisplay.from_search(search)).lines_.get_paths()) == 5


def test_a_space_of_one_value_is_drawn():
    search = BayesSearchCV(MadeScore(), {"a": [1.0]}, n_iter=1, cv=2).fit(X, Y)
    draw(SurrogateDisplay.from_search(search))
    draw(ImportanceDisplay.from_search(search, n_samples=64))


@pytest.mark.parametrize("display", [SearchHistoryDisplay, ParallelCoordinatesDisplay])
def test_an_unfitted_search_is_named(display):
    with pytest.raises(TypeError, match="must be a fitted search"):
        display.from_search(GridSearchCV(SVC(), {"C": [1]}))


# ---------------------------------------------------------------- parallel coordinates
def test_parallel_coordinates_place_values_and_colour_scores(grid):
    display = draw(ParallelCoordinatesDisplay.from_search(grid))
    params, scores = grid.cv_results_["params"], grid.cv_results_["mean_test_score"]
    order = np.argsort(scores)
    assert display.lines_.get_array().tolist() == scores[order].tolist()
    places = {"C": {0.01: 0.0, 1.0: 0.5, 100.0: 1.0}, "kernel": {"rbf": 0.25, "poly": 0.75}}
    for path, i in zip(display.lines_.get_paths(), order, strict=True):
        expected = [places[name][params[i][name]] for name in ("C", "kernel")]
        assert path.vertices[:, 0] == pytest.approx(expected)
        assert path.vertices[:, 1].tolist() == [0, 1]
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == ["C", "kernel"]
    assert [t.get_text() for t in display.texts_] == ["0.01", "1", "100", "rbf", "poly"]


def test_parallel_coordinates_of_one_and_of_twenty():
    single = GridSearchCV(SVC(), {"C": [1, 2]}, cv=3).fit(X, Y)
    assert len(draw(ParallelCoordinatesDisplay.from_search(single)).lines_.get_paths()) == 2
    names = [f"{LONG}_{i}" for i in range(20)]
    rng = np.random.default_rng(0)
    many = [dict(zip(names, rng.random(20), strict=True)) for _ in range(9)]
    display = draw(ParallelCoordinatesDisplay(many, rng.random(9)).plot())
    labels = display.ax_.get_yticklabels()
    assert max(len(label.get_text()) for label in labels) <= 26
    assert labels[0].get_rotation() == 0


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (np.geomspace(2e-4, 0.7, 9), ["0.001", "0.01", "0.1"]),
        (np.geomspace(1e-6, 1e3, 9), ["1e-06", "0.0001", "0.01", "1", "100"]),
        (np.linspace(0.013, 0.49, 9), ["0.15", "0.3", "0.45"]),
        (np.arange(1, 38, 3), ["10", "20", "30"]),
        ([3, 5, 9], ["3", "5", "9"]),
    ],
)
def test_ticks_of_parallel_coordinates_are_round(values, labels):
    trials = [{"a": value, "b": 0} for value in values]
    display = ParallelCoordinatesDisplay(trials, np.linspace(0, 1, len(trials))).plot()
    assert [text.get_text() for text in display.texts_[:-1]] == labels


def test_labels_of_parallel_coordinates_do_not_cover_each_other():
    words = [f"a rather long category, number {i}" for i in range(11)]
    close = [0.2, 0.2001, 0.2002, 0.7, 1.0]
    rng = np.random.default_rng(0)
    many = [
        {"word": rng.choice(words), "close": rng.choice(close), LONG: (8,) * rng.integers(1, 9)}
        for _ in range(30)
    ]
    display = draw(ParallelCoordinatesDisplay(many, rng.random(30)).plot())
    boxes = [text.get_window_extent() for text in display.texts_]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_categories_that_look_alike_when_shortened_stay_apart():
    words = ["a very long prefix, then one", "a very long prefixes, then one"]
    display = ParallelCoordinatesDisplay([{"w": word} for word in words], [0.1, 0.2]).plot()
    assert len({path.vertices[0, 0] for path in display.lines_.get_paths()}) == 2


def test_failed_trials_have_no_line():
    display = draw(ParallelCoordinatesDisplay([{"a": 1}, {"a": None}], [np.nan, 0.5]).plot())
    assert len(display.lines_.get_paths()) == 1


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "values",
    [
        [1.0, np.inf, np.nan],
        [0.0, 1e-9, -5.0, 1e9],
        [10**400, 1],
        [np.arange(3), np.arange(4)],
        [MLPClassifier(), None, print],
        [{0: 1}, "balanced"],
        [(1, "x"), [2], True, 1, 1.0, "1", None],
        [Unprintable(), 1],
        [b"x", np.datetime64("2020-01-01"), np.float32(0.5)],
    ],
)
def test_values_of_any_kind_have_a_place(values):
    trials = [{"a": value, "b": 1} for value in values]
    draw(ParallelCoordinatesDisplay(trials, np.linspace(0, 1, len(trials))).plot())


def test_one_hyperparameter_is_named_by_a_string():
    display = ParallelCoordinatesDisplay([{"alpha": 1, "b": 2}], [0.1], params="alpha").plot()
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == ["alpha"]
    with pytest.raises(ValueError, match="no hyperparameters to draw"):
        ParallelCoordinatesDisplay([], []).plot()


@pytest.mark.parametrize(
    ("scores", "options"),
    [
        ([], {}),
        ([np.nan] * 3, {"spreads": [np.nan] * 3}),
        ([0.5] * 9, {"spreads": [np.nan] * 9}),
        ([np.inf, 0.5, -np.inf], {"spreads": [np.nan, 0.1, np.nan]}),
        ([0.5, np.nan], {"resources": [0, 0], "seconds": [1.0, np.nan]}),
        ([1e300, -1e300] * 5, {}),
    ],
)
def test_scores_of_any_kind_make_a_history(scores, options):
    over = "time" if "seconds" in options else "trials"
    draw(SearchHistoryDisplay(scores, **options).plot(over=over))


# ---------------------------------------------------------------- importance
def test_importance_bars_are_the_shares_in_order(search):
    importance = hyperparameter_importance(search, n_samples=256)
    display = draw(ImportanceDisplay(importance).plot())
    names = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert names == importance.ranked()
    assert names[0] == "a"
    widths = [bar.get_width() for bar in display.bars_[0]]
    assert widths == pytest.approx([importance.alone[name] for name in names])
    ends = [bar.get_x() + bar.get_width() for bar in display.bars_[1]]
    assert ends == pytest.approx([importance.total[name] for name in names])
    # The first bar stands on top.
    low, high = display.ax_.get_ylim()
    assert low > high


def test_importance_that_trials_cannot_tell_is_drawn_faint_and_says_so(search):
    few = draw(ImportanceDisplay.from_search(search, n_samples=256))
    assert few.ax_.get_title() == "too few trials to tell: 14 for 5 hyperparameters"
    sure = draw(ImportanceDisplay(few.importance).plot())
    assert sure.ax_.get_title() == ""
    assert few.bars_[0][0].get_alpha() < 0.5 * sure.bars_[0][0].get_alpha()


class Noise(MadeScore):
    """Its score depends on the rows only."""

    def score(self, X, y=None):
        return float(np.random.RandomState(abs(hash((self.a, X[0, 0]))) % 2**32).randn())


@pytest.mark.parametrize(
    ("estimator", "title"),
    [
        (MadeScore(), ""),
        (Noise(), "too few trials to tell: scores differ no more than the splits do"),
    ],
)
def test_importance_of_noise_is_named(estimator, title):
    space = {"a": SPACE["a"], "b": SPACE["b"]}
    found = BayesSearchCV(estimator, space, n_iter=12, cv=4, random_state=0).fit(X, Y)
    assert ImportanceDisplay.from_search(found, n_samples=64).ax_.get_title() == title


# ---------------------------------------------------------------- text that is data
MATH = "$5% to $6"


@pytest.mark.parametrize("name", [MATH, "a_{", r"\frac{1}", "$", "line\nbreak", "β ß", ""])
def test_data_in_labels_is_no_formula(name):
    names = [f"{name}{i}" for i in range(3)]
    trials = [dict.fromkeys(names, value) for value in (name, "b", None, (1, 2))]
    parallel = draw(ParallelCoordinatesDisplay(trials, [0.1, 0.2, 0.3, 0.4], metric=name).plot())
    draw(SearchHistoryDisplay([0.1, 0.2], metric=name).plot())
    draw(LossCurveDisplay([1.0, 0.5], name=name).plot())
    importance = Importance(names, [0.5, 0.2, 0.1], [0.6, 0.2, 0.1], {}, 1.0)
    draw(ImportanceDisplay(importance).plot())
    codes = np.arange(3.0)[:, None]
    words = [Axis(n, n, codes, [name, "b", None], codes[:, 0], False, False) for n in names[:2]]
    curves = [(axis, np.ones(3), np.ones(3)) for axis in words]
    draw(SurrogateDisplay(curves, [(np.ones(1), np.ones(1))] * 2, at={names[0]: name}).plot())
    square = np.arange(9.0).reshape(3, 3)
    places = np.zeros(1), np.zeros(1)
    draw(SurrogateContourDisplay(*words, square, square, places, (0.0, 1.0)).plot())
    assert all("$" not in name or not text.get_parse_math() for text in parallel.texts_)


# ---------------------------------------------------------------- quality
def test_bias_variance_bars_are_the_report():
    report = diagnose(DecisionTreeClassifier(max_depth=1), X, Y, cv=3, random_state=0)
    display = draw(BiasVarianceDisplay.from_diagnosis(report))
    widths = [bar.get_width() for bar in display.bars_["errors"]]
    assert widths == [report.training_error, report.dev_error, report.reference_error]
    parts = {name: bars[0].get_width() for name, bars in display.bars_.items() if name != "errors"}
    assert parts == pytest.approx({n: cost for n, cost in report.parts.items() if cost > 0})
    assert display.ax_.get_title() == f"DecisionTreeClassifier: {report.fault}"


def test_learning_curve_shows_folds():
    display = draw(
        LearningCurveDisplay.from_estimator(
            SVC(), X, Y, train_sizes=[0.5, 1.0], cv=3, reference=0.99, random_state=0
        )
    )
    training, test = display.lines_
    assert test.get_xdata().tolist() == [50, 100]
    full = cross_validate(SVC(), X, Y, cv=3, return_train_score=True)
    assert test.get_ydata()[-1] == pytest.approx(full["test_score"].mean())
    assert training.get_ydata()[-1] == pytest.approx(full["train_score"].mean())
    assert display.reference_.get_ydata()[0] == 0.99
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == ["Train", "Test", "Reference"]
    assert len(display.fill_between_) == 2


def test_learning_curve_is_scikit_learns_with_all_its_options():
    display = LearningCurveDisplay.from_estimator(
        SVC(), X, Y, cv=3, score_type="test", std_display_style=None, scoring="f1_macro"
    )
    assert isinstance(display, ScikitLearnLearningCurve)
    assert len(display.lines_) == 1
    assert display.lines_[0].get_ydata()[0] > 0.5  # the first rows of sorted data are one class


# ---------------------------------------------------------------- style
@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_ink_is_readable_on_the_background(style, search):
    with plt.style.context(style):
        display = draw(SurrogateDisplay.from_search(search, ["a"]))
        background = matplotlib.colors.to_rgb(display.axes_[0].get_facecolor())
        ink = display.points_[0].get_facecolor()[0, :3]
        assert abs(np.mean(ink) - np.mean(background)) > 0.5


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_colours_of_trials_differ_from_the_background(style, search):
    with plt.style.context(style):
        parallel = draw(ParallelCoordinatesDisplay.from_search(search))
        background = matplotlib.colors.to_rgb(parallel.ax_.get_facecolor())
        for shade in (0.0, 0.5, 1.0):
            colour = parallel.lines_.get_cmap()(shade)[:3]
            assert max(abs(np.subtract(colour, background))) > 0.4


def test_matplotlib_is_not_imported_before_the_first_picture():
    program = (
        "import sys, sknn_tune\n"
        "assert 'sknn_tune.quality' not in sys.modules\n"
        "sknn_tune.LossCurveDisplay, sknn_tune.diagnose\n"
        "assert 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_lazy_names_are_listed_and_unknown_ones_are_errors():
    assert {"diagnose", "LossCurveDisplay"} <= set(dir(sknn_tune))
    with pytest.raises(AttributeError, match="nothing"):
        _ = sknn_tune.nothing


def test_without_matplotlib_the_way_out_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'sknn-tune\[plot\]"):
        LossCurveDisplay([1.0, 0.5]).plot()
