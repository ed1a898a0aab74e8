"""Parallel coordinates: places, colours and labels of values of any kind."""

import numpy as np
import pytest
from display_cases import LONG, X, Y, draw
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from sknn_tune import (
    MLPClassifier,
    ParallelCoordinatesDisplay,
    SearchHistoryDisplay,
)

plt = pytest.importorskip("matplotlib.pyplot")


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
