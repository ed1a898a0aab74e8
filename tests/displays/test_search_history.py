"""The history of a search: trials, the best so far, failures."""

import numpy as np
import pytest
from display_cases import MadeScore, X, Y, draw
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.svm import SVC

from sknn_tune import (
    SearchHistoryDisplay,
)

plt = pytest.importorskip("matplotlib.pyplot")


def test_history_shows_trials_and_the_best_so_far(search):
    display = draw(SearchHistoryDisplay.from_search(search))
    scores = search.cv_results_["mean_test_score"]
    assert display.points_.get_offsets().data[:, 1] == pytest.approx(scores)
    assert display.lines_[0].get_ydata() == pytest.approx(np.maximum.accumulate(scores))
    assert display.ax_.get_xlabel() == "trial"
    assert display.failed_ is None


def test_trials_are_counted_in_whole_numbers():
    ax = draw(SearchHistoryDisplay([0.1, 0.3, 0.2]).plot()).ax_
    assert all(tick == round(tick) for tick in ax.get_xticks())


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
