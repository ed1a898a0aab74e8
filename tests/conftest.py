"""One BLAS thread for all tests, as workers share the cores; nothing depends on time or chance."""

import os
import signal

import pytest

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")  # before numpy is imported


@pytest.fixture(autouse=True)
def no_word_for_slowness(monkeypatch):
    """Keep what the command line says from depending on how busy the machine is."""
    from sknn_tune.command_line import stages

    monkeypatch.setattr(stages, "QUIET_SECONDS", float("inf"))
    monkeypatch.setattr(stages, "LATER_SECONDS", float("inf"))


@pytest.fixture(autouse=True)
def same_random_numbers():
    """Start each test from the same global random state: none may pass or fail at random."""
    import numpy as np

    np.random.seed(0)  # noqa: NPY002  the state that random_state=None reads


@pytest.fixture
def interruptible():
    """Let Control-C interrupt this process and its children; in the background it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
