"""Loss curves of networks and of boosting."""

import numpy as np
import pytest
from display_cases import X, Y, draw
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.neural_network import MLPClassifier as ScikitLearnMLP
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sknn_tune import (
    LossCurveDisplay,
    MLPClassifier,
)

plt = pytest.importorskip("matplotlib.pyplot")


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
