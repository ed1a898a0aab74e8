"""Importances of hyperparameters, and what is said of noise."""

import numpy as np
import pytest
from display_cases import SPACE, MadeScore, X, Y, draw

from sknn_tune import (
    BayesSearchCV,
    ImportanceDisplay,
    hyperparameter_importance,
)

plt = pytest.importorskip("matplotlib.pyplot")


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
