"""Interrupts and kills at random times leave nothing corrupt."""

import os
import random
import subprocess
import sys

import pytest

from sknn_tune.network import compilation_cache

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
TIMES = [pytest.param(5, id="few"), pytest.param(100, id="many", marks=pytest.mark.slow)]

#: What the scripts below have in common: control-C after a random time, a hundred times or so.
_INTERRUPTS = """
import gc, os, random, signal, sys, time, warnings
import numpy as np

def interrupted(action, seconds):
    '''Run an action; whether control-C ended it.'''
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        action()
        signal.setitimer(signal.ITIMER_REAL, 0)
        return False
    except KeyboardInterrupt:
        return True

signal.signal(signal.SIGINT, signal.default_int_handler)  # shells ignore it in the background
signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
n_times = int(sys.argv[1])
"""

_INTERRUPTED_FITS = """
from sknn_tune import MLPClassifier

warnings.simplefilter("ignore")
X = np.random.RandomState(0).normal(size=(300, 10))
y = (X[:, 0] > X[:, 1]).astype(int)

def model():
    return MLPClassifier((20,), max_iter=40, n_iter_no_change=50, random_state=0,
                         dropout=0.2, batch_norm=True, warm_start="continue")

def seconds_of_a_fit():
    start = time.perf_counter()
    model().fit(X, y)
    return time.perf_counter() - start

whole = model().fit(X, y)  # compiles
seconds = min(seconds_of_a_fit() for _ in range(5))  # other work makes some longer
n_cut = 0
for seed in range(n_times):
    cut = model()
    for _ in range(2):
        interrupted(lambda: cut.fit(X, y), random.Random(seed).uniform(1e-4, seconds))
        n_cut += getattr(cut, "n_iter_", 0) < 40
    cut.fit(X, y)
    for a, b in zip(whole.coefs_ + whole.intercepts_, cut.coefs_ + cut.intercepts_):
        assert np.array_equal(a, b), seed
    assert np.array_equal(whole.predict_proba(X), cut.predict_proba(X)), seed
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
print("cut" if n_cut else "never cut")
"""

_INTERRUPTED_COMPILATIONS = """
from numba import types
from sknn_tune.network.jit import compile_for, entry_point

def function(n):
    def plus(x):
        return x + n
    plus.__qualname__ = f"plus_{n}"  # which names its file in the cache
    return plus

n_cut = 0
for seed in range(n_times):
    entry = entry_point(function(seed))
    seconds = random.Random(seed).uniform(1e-3, 0.06)
    n_cut += interrupted(lambda: compile_for(entry, (types.float64,)), seconds)
    assert compile_for(entry, (types.float64,))(1.0) == 1 + seed
    assert gc.isenabled()
print("cut" if n_cut else "never cut")
"""


SCRIPTS = {"fit": _INTERRUPTED_FITS, "compile": _INTERRUPTED_COMPILATIONS}


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("action", SCRIPTS)
def test_interrupt(action, times, tmp_path):
    folder = {"NUMBA_CACHE_DIR": str(tmp_path)} if action == "compile" else {}
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTS + SCRIPTS[action], str(times)],
        env=os.environ | folder,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.stdout.strip() == "cut", done.stderr


#: Compiles a dozen small functions, or loads those that others have compiled.
_COMPILATIONS = """
from numba import types
from sknn_tune.network.jit import compile_for, entry_point

print("started", flush=True)
for n in range(12):
    def plus(x):
        return x + n
    plus.__qualname__ = f"plus_{n}"  # which names its file in the cache
    entry = entry_point(plus)
    assert compile_for(entry, (types.float64,))(1.0) == 1 + n
print("ended")
"""


@pytest.mark.parametrize("times", TIMES)
def test_kill_while_kernels_are_compiled_and_stored(times, tmp_path):
    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", _COMPILATIONS],
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "started\n"
        return process

    n_killed = 0
    for seed in range(times):
        chance = random.Random(seed)
        process = start()
        try:
            process.wait(chance.uniform(0, 1.5))
        except subprocess.TimeoutExpired:
            process.kill()
            n_killed += 1
        process.communicate()
        for path in tmp_path.rglob("*.bin"):
            compilation_cache.read_verified(path)
            if chance.random() < 0.5:  # for the next process to compile
                path.unlink()
    output, errors = start().communicate(timeout=300)
    assert output == "ended\n", errors
    assert n_killed
