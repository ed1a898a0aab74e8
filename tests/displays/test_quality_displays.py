"""Bias and variance, learning curves."""

import pytest
from display_cases import X, Y, draw
from sklearn.model_selection import LearningCurveDisplay as ScikitLearnLearningCurve
from sklearn.model_selection import cross_validate
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sknn_tune import (
    BiasVarianceDisplay,
    LearningCurveDisplay,
    diagnose,
)

plt = pytest.importorskip("matplotlib.pyplot")


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
        SVC(),
        X,
        Y,
        cv=3,
        score_type="test",
        std_display_style=None,
        scoring="f1_macro",
        random_state=0,
    )
    assert isinstance(display, ScikitLearnLearningCurve)
    assert len(display.lines_) == 1
    assert display.lines_[0].get_ydata()[0] > 0.5  # the first rows of sorted data are one class
