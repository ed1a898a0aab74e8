"""Searches to draw, and figures that are closed."""

import matplotlib
import pytest
from display_cases import made_grid, made_search

matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture
def search():
    return made_search()


@pytest.fixture
def grid():
    return made_grid()


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")
