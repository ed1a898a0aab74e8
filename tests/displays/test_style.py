"""Light and dark, text that is data, matplotlib only where it is used."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from display_cases import draw

import sknn_tune
from sknn_tune import (
    ImportanceDisplay,
    LossCurveDisplay,
    ParallelCoordinatesDisplay,
    SearchHistoryDisplay,
    SurrogateContourDisplay,
    SurrogateDisplay,
)
from sknn_tune.displays.style import short_labels
from sknn_tune.search.engine.importance import Importance
from sknn_tune.search.engine.landscape import Axis

plt = pytest.importorskip("matplotlib.pyplot")


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


@pytest.mark.parametrize(
    "name", ["a_column_transformer_with_step_{}_of_a_long_pipeline", "step_{}_of_a_pipeline__alpha"]
)
def test_long_names_stay_distinct_as_labels(name):
    labels = short_labels([name.format(i) for i in range(20)])
    assert len(set(labels)) == 20
    assert max(map(len, labels)) <= 26


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


@pytest.mark.parametrize("figsize", [(6.4, 4.8), (7, 3), (7, 2)])
@pytest.mark.parametrize("size", [8, 10, 16])
def test_the_legend_leaves_the_label_of_the_axis_readable(figsize, size):
    with matplotlib.rc_context({"font.size": size}):
        _, ax = plt.subplots(figsize=figsize, layout="constrained")
        curves = LossCurveDisplay([1.0, 0.5], validation_loss=[1.0, 0.6], rate=[0.1, 0.1])
        draw(curves.plot(ax=ax))
        assert ax.get_legend().get_window_extent().y1 < ax.xaxis.label.get_window_extent().y0
