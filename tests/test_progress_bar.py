"""The progress bar that fits and searches share."""

import io

import pytest

from sknn_tune.common import progress_bar
from sknn_tune.common.progress_bar import ProgressBar

rich = pytest.importorskip("rich")


@pytest.fixture
def terminal():
    """What is written to a terminal."""
    screen = io.StringIO()
    rich.reconfigure(file=screen, force_terminal=True, width=120)
    yield screen
    rich.reconfigure()


def test_it_shows_description_count_and_text(terminal):
    with ProgressBar("Search", 8, completed=2) as bar:
        bar.update(5, "best [0.5]")
    shown = terminal.getvalue()
    assert all(text in shown for text in ("Search", "5/8", "best [0.5]"))


def test_a_share_is_shown_in_percent(terminal):
    with ProgressBar("Search", 60.0, counts=False, foresees=False) as bar:
        bar.update(15.0)
    assert "25%" in terminal.getvalue()


def test_short_work_shows_no_bar(terminal):
    with ProgressBar("Fit", 3, patience=60.0) as bar:
        bar.update(3)
    assert terminal.getvalue() == ""


def test_long_work_shows_it_late(terminal, monkeypatch):
    bar = ProgressBar("Fit", 3, patience=60.0)
    later = progress_bar.time.monotonic() + 61
    monkeypatch.setattr(progress_bar.time, "monotonic", lambda: later)
    bar.update(2)
    bar.close()
    assert "2/3" in terminal.getvalue()


def test_bars_side_by_side_do_no_harm(terminal):
    with ProgressBar("First", 3) as first, ProgressBar("Second", 3) as second:
        first.update(1)
        second.update(2)
        first.update(3)
    assert "3/3" in terminal.getvalue()


def test_closing_twice_does_no_harm(terminal):
    bar = ProgressBar("Fit", 3)
    bar.close()
    bar.close()


def test_without_rich_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(progress_bar, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install 'sknn-tune"):
        ProgressBar("Fit", 3)
