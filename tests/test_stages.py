"""No stage is silent for long, and quick runs say nothing where there is no terminal."""

import io
import time

import pytest

from sknn_tune.command_line import stages as module
from sknn_tune.command_line.clock import Clock
from sknn_tune.command_line.stages import Stages


class Terminal(io.StringIO):
    def isatty(self):
        return True


def wait_for(stream, text):
    """Wait until a text was written; the pace of a machine decides how long that takes."""
    deadline = time.monotonic() + 60
    while text not in stream.getvalue() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert text in stream.getvalue()


def test_a_quick_run_is_silent_without_a_terminal():
    stream = io.StringIO()
    with Stages(1, stream).running() as stages:
        stages.start("Reading")
        stages.say("a line")
    assert stream.getvalue() == ""


def test_a_slow_stage_says_what_was_held_back_and_what_is_being_done(monkeypatch):
    monkeypatch.setattr(module, "QUIET_SECONDS", 0.1)
    stream = io.StringIO()
    with Stages(1, stream).running() as stages:
        stages.say("a result")
        stages.start("Tuning", Clock.of(1000.0))
        wait_for(stream, "s left)")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "a result"
    assert lines[1].startswith("Tuning (")


def test_a_terminal_shows_lines_at_once_and_is_left_clean():
    stream = Terminal()
    with Stages(1, stream).running() as stages:
        stages.start("Reading")
        wait_for(stream, "Reading (")
        stages.say("a result")
        assert stream.getvalue().endswith("\r\x1b[2Ka result\n")
        wait_for(stream, "a result\n\r\x1b[2KReading (")
        with stages.paused():
            before = stream.getvalue()
            time.sleep(0.6)
            assert stream.getvalue() == before
    assert stream.getvalue().endswith("\r\x1b[2K")


@pytest.mark.parametrize("verbose", [0, 1])
def test_warnings_are_said_at_once(verbose):
    stream = io.StringIO()
    with Stages(verbose, stream).running() as stages:
        stages.warn("rows were\nleft out")
    assert stream.getvalue() == "sknn-tune: warning: rows were left out\n" * verbose


def test_a_closed_stream_does_not_end_the_run():
    stream = io.StringIO()
    with Stages(1, stream).running() as stages:
        stream.close()
        stages.warn("nobody hears this")
