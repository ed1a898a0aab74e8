"""Compiling ahead, and the message of a process that compiles."""

import io
import logging
import os
import subprocess
import sys

import pytest

from sknn_tune.network.announcement import announce_compilation


class Terminal(io.StringIO):
    """A stream that somebody watches."""

    def isatty(self):
        return True


@pytest.fixture
def not_announced():
    announce_compilation.cache_clear()
    yield
    announce_compilation.cache_clear()


@pytest.mark.usefixtures("not_announced")
@pytest.mark.parametrize(("stream", "n_lines"), [(Terminal, 1), (io.StringIO, 0)])
def test_compilation_is_announced_once(stream, n_lines, monkeypatch, caplog):
    monkeypatch.setattr(sys, "stderr", stream())
    with caplog.at_level(logging.INFO, logger="sknn_tune"):
        announce_compilation()
        announce_compilation()
    assert len(caplog.records) == 1
    assert "python -m sknn_tune compile" in caplog.text
    assert sys.stderr.getvalue().count("\n") == n_lines


_FIT = """
import logging, sys, warnings
import numpy as np
from sknn_tune import MLPClassifier
logging.basicConfig(level=logging.INFO, stream=sys.stdout)
warnings.simplefilter("ignore")
X = np.eye(6)
MLPClassifier((3,), max_iter=2, activation="mish", batch_norm=True).fit(X, range(6)).predict(X)
"""


@pytest.mark.slow
def test_a_fit_compiles_nothing_after_the_command(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}

    def run(*arguments):
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=600, check=True
        )
        return done.stdout

    assert "are compiled" in run("-m", "sknn_tune", "compile", "--dtype", "float64")
    files = sorted(tmp_path.rglob("*.bin"))
    assert "Compiling" not in run("-c", _FIT)
    assert sorted(tmp_path.rglob("*.bin")) == files
