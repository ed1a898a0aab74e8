"""Control-C and SIGTERM in a command: raised where they arrive, also out of bad moments."""

import os
import signal
import sys
import time
import weakref

import pytest

from sknn_tune.command_line.signals import RaisedSignals

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="signals of POSIX"),
    pytest.mark.usefixtures("interruptible"),
]
SIGNALS = [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]


class SignalsAsItGoes:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        signal.raise_signal(self.number)


def in_a_finalizer(number, folder):
    SignalsAsItGoes(number)


def in_a_callback_of_the_collector(number, folder):
    class Thing:
        pass

    weakref.finalize(Thing(), signal.raise_signal, number)


def in_an_import(number, folder):
    """Of a module that takes every exception for a sign that something is not installed."""
    text = f"try:\n  import signal\n  signal.raise_signal({int(number)})\nexcept:\n  pass\n"
    (folder / "takes_all.py").write_text(text)
    sys.path.insert(0, str(folder))
    try:
        import takes_all  # noqa: F401
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("takes_all", None)


@pytest.mark.parametrize(("number", "error"), SIGNALS)
@pytest.mark.parametrize("come", [in_a_finalizer, in_a_callback_of_the_collector, in_an_import])
def test_signals_at_bad_moments_are_raised_after_them(come, number, error, tmp_path):
    with pytest.raises(error), RaisedSignals():
        _come_and_wait(come, number, tmp_path)


def _come_and_wait(come, number, folder):
    come(number, folder)
    time.sleep(10)  # the signal that comes again ends it


@pytest.mark.parametrize(("number", "error"), SIGNALS)
def test_signals_are_raised_at_once_otherwise(number, error):
    before = signal.getsignal(number)
    with pytest.raises(error) as info, RaisedSignals():
        signal.raise_signal(number)
    assert error is KeyboardInterrupt or info.value.code == 128 + number
    assert signal.getsignal(number) == before


def test_an_ignored_interruptible_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with RaisedSignals():
        signal.raise_signal(signal.SIGINT)
