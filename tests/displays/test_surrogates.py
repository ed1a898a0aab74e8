"""Slices and contours of a surrogate: values, marks, branches, bad input."""

import numpy as np
import pytest
from display_cases import SPACE, MadeScore, X, Y, draw
from scipy.stats import loguniform, uniform
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from sknn_tune import (
    BayesSearchCV,
    ImportanceDisplay,
    ParallelCoordinatesDisplay,
    SearchHistoryDisplay,
    SurrogateContourDisplay,
    SurrogateDisplay,
    hyperparameter_importance,
)
from sknn_tune.displays.hyperparameter_axis import place_on
from sknn_tune.search.engine.landscape import Axis

plt = pytest.importorskip("matplotlib.pyplot")


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
    # What is known of a configuration that was evaluated is not smooth.
    new = [at | {"b": value} not in search.cv_results_["params"] for value in x]
    assert sum(new) >= len(x) - 1
    assert y[new] == pytest.approx(np.clip(told, *end)[new], abs=0.01 * np.ptp(scores))


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
