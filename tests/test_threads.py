"""Fits side by side: the same bits, and one BLAS thread while any of them runs."""

import copy
import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from blas import Library
from joblib import Parallel, delayed
from numpy.testing import assert_array_equal
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_info, threadpool_limits

from sknn_tune import MLPClassifier, MLPRegressor
from sknn_tune.common import threads
from sknn_tune.common.threads import single_blas_thread

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_digits(return_X_y=True)
X, y = X[:400] / 16, y[:400]
CLASSES = {MLPClassifier: {"classes": np.unique(y)}, MLPRegressor: {}}
MODELS = [
    MLPClassifier((30,), max_iter=8, random_state=0),
    MLPClassifier((20, 10), "gelu", dropout=0.3, batch_norm=True, max_iter=8, random_state=1),
    MLPRegressor("huber", (15, 15), solver="sgd", residual=True, max_iter=8, random_state=2),
    MLPClassifier((12,), solver="lbfgs", max_iter=8, random_state=3),
    MLPRegressor(hidden_layer_sizes=(9, 8, 7), early_stopping=True, max_iter=8, random_state=4),
    MLPClassifier((30,), "tanh", input_dropout=0.2, solver="nadam", max_iter=8, random_state=5),
]


def fitted(model):
    model.fit(X, y)
    return [*model.coefs_, *model.intercepts_], model.predict(X)


@pytest.fixture(scope="module")
def serial():
    return [fitted(model) for model in MODELS]


def assert_same_bits(results, expected):
    for (arrays, predictions), (other_arrays, other_predictions) in zip(
        results, expected, strict=True
    ):
        for a, b in zip(arrays, other_arrays, strict=True):
            assert_array_equal(a, b)
        assert_array_equal(predictions, other_predictions)


@pytest.mark.parametrize("prefer", ["threads", "processes"])
def test_threads_and_processes_are_serial_bit_for_bit(serial, prefer):
    results = Parallel(n_jobs=2, prefer=prefer)(delayed(fitted)(model) for model in MODELS)
    assert_same_bits(results, serial)


def test_many_threads_at_once(serial):
    start = threading.Barrier(len(MODELS))

    def at_once(model):
        start.wait()
        return fitted(model)

    with ThreadPoolExecutor(len(MODELS)) as pool:
        assert_same_bits(pool.map(at_once, MODELS), serial)


_FIT_AT_ONCE = """
import hashlib, sys, threading, warnings
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import scipy.sparse
from sknn_tune import MLPClassifier, MLPRegressor

warnings.simplefilter("ignore")
random = np.random.RandomState(0)
X, y = random.normal(size=(30, 3)), np.arange(30) % 2
small = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}
CASES = [
    (MLPClassifier(**small), X),
    (MLPClassifier(**small), X.astype("f4")),
    (MLPClassifier(**small), X),
    (MLPRegressor(solver="sgd", **small), scipy.sparse.csr_matrix(X)),
    (MLPClassifier(activation="gelu", batch_norm=True, **small), X.astype("f4")),
]
n_threads = int(sys.argv[1])
start = threading.Barrier(n_threads)

def digest(case):
    if n_threads > 1:
        start.wait()
    model, X = case
    predicted = getattr(model.fit(X, y), "predict_proba", model.predict)(X)
    return hashlib.sha256(predicted.tobytes()).hexdigest()

with ThreadPoolExecutor(n_threads) as pool:
    print(*pool.map(digest, CASES))
"""


def fits_at_once(n_threads, **environment):
    """Digests of what models of several dtypes and options predict, each fitted in a thread."""
    result = subprocess.run(
        [sys.executable, "-c", _FIT_AT_ONCE, str(n_threads)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return result.stdout


@pytest.mark.slow
def test_threads_that_compile_at_once(tmp_path):
    """On an empty cache: each kind of kernel is compiled in a thread beside the others."""
    assert fits_at_once(5, NUMBA_CACHE_DIR=str(tmp_path)) == fits_at_once(1)


def test_threads_that_load_at_once():
    expected = fits_at_once(1)  # which has compiled what is not on disk
    assert fits_at_once(5) == expected


@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_a_model_is_pickled_while_a_thread_fits_it(cls):
    """Whatever epoch it is in, the copy predicts and can be trained further."""
    model = cls(hidden_layer_sizes=8, batch_norm=True, random_state=0).partial_fit(
        X, y, **CLASSES[cls]
    )
    ended = threading.Event()

    def learn():
        while not ended.is_set():
            model.partial_fit(X, y)
            model.set_params(warm_start=True, max_iter=2).fit(X, y)

    with ThreadPoolExecutor(1) as pool:
        learning = pool.submit(learn)
        for _ in range(40):
            stored = pickle.loads(pickle.dumps(model))
            assert np.isfinite(stored.predict(X)).all()
            copied = copy.deepcopy(model).partial_fit(X, y)
            assert np.isfinite(copied.predict(X)).all()
        ended.set()
        learning.result()


def test_one_model_predicts_in_many_threads():
    model = MLPClassifier((30,), batch_norm="both", max_iter=3, random_state=0).fit(X, y)
    expected = model.predict_proba(X)
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: model.predict_proba(X), range(20)):
            assert_array_equal(result, expected)


@pytest.fixture
def libraries(monkeypatch):
    libraries = [Library(4), Library(1)]
    monkeypatch.setattr(threads, "blas_libraries", lambda: libraries)
    return libraries


def counts(libraries):
    return [library.n_threads for library in libraries]


def test_limit_lasts_from_the_first_entrance_to_the_last_exit(libraries):
    with single_blas_thread:
        assert counts(libraries) == [1, 1]
        with single_blas_thread:
            assert counts(libraries) == [1, 1]
        assert counts(libraries) == [1, 1]
    assert counts(libraries) == [4, 1]


def test_limit_is_lifted_after_an_error(libraries):
    with pytest.raises(ZeroDivisionError), single_blas_thread:
        1 / 0  # noqa: B018
    assert counts(libraries) == [4, 1]


def test_limit_holds_while_another_thread_leaves(libraries):
    inside, leave = threading.Event(), threading.Event()

    def other():
        with single_blas_thread:
            inside.set()
            leave.wait()

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait()
    with single_blas_thread:
        leave.set()
        thread.join()
        assert counts(libraries) == [1, 1]
    assert counts(libraries) == [4, 1]


class Interrupting(Library):
    """Control-C is pressed right after a number of threads is set for the n-th time."""

    def __init__(self, n_threads, press):
        super().__init__(n_threads)
        self.press = press

    def set_num_threads(self, n_threads):
        super().set_num_threads(n_threads)
        self.press -= 1
        if self.press == 0:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("press", [1, 2])
def test_an_interrupt_while_entering_or_leaving_lifts_the_limit(press, libraries):
    libraries.insert(0, Interrupting(3, press))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), single_blas_thread:
            pass
    finally:
        signal.signal(signal.SIGINT, before)
    assert counts(libraries) == [3, 4, 1]
    with single_blas_thread:
        assert counts(libraries) == [1, 1, 1]
    assert counts(libraries) == [3, 4, 1]


def test_an_interrupted_fit_lifts_the_limit(libraries):
    def interrupt(progress):
        raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted"):
        MLPRegressor(learning_rate=interrupt).fit(X, y)
    assert counts(libraries) == [4, 1]


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def in_a_thread(function):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def limited():
    with single_blas_thread:
        return blas_threads()


@pytest.fixture
def two_real_threads():
    with threadpool_limits(2, user_api="blas"):
        if blas_threads() != {2}:
            pytest.skip("this BLAS cannot use two threads")
        yield
        assert blas_threads() == {2}


def test_real_libraries_are_limited_and_given_back(two_real_threads):
    assert limited() == {1}
    assert np.dot(np.ones(3), np.ones(3)) == 3


def test_a_worker_thread_limits_too_after_the_main_thread_did(two_real_threads):
    limited()
    assert in_a_thread(limited) == {1}


def test_a_worker_thread_leaves_the_limit_of_the_main_thread(two_real_threads):
    with single_blas_thread:
        assert in_a_thread(limited) == {1}
        assert blas_threads() == {1}


_FORK_WHILE_A_THREAD_IS_INSIDE = """
import os, threading, warnings
import numpy as np
from sknn_tune import MLPClassifier
from sknn_tune.common.threads import single_blas_thread

warnings.simplefilter("ignore")  # Python 3.12 warns of a fork beside threads
X, y = np.random.RandomState(0).normal(size=(20, 3)), np.arange(20) % 2
inside, forked = threading.Event(), threading.Event()

def hold():
    with single_blas_thread, single_blas_thread._lock:
        inside.set()
        forked.wait()

thread = threading.Thread(target=hold)
thread.start()
inside.wait()
child = os.fork()
if child == 0:
    MLPClassifier((3,), max_iter=2).fit(X, y)
    os._exit(7)
forked.set()
thread.join()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


_FORK_WHILE_A_THREAD_HOLDS_A_GENERATOR = """
import os, signal, threading, warnings
import numpy as np
from sknn_tune.network.shuffling import generator_of
warnings.simplefilter("ignore")  # Python 3.12 warns of a fork beside threads
stream = np.random.RandomState(0)
generator = generator_of(stream)
inside, forked = threading.Event(), threading.Event()

def hold():
    with generator.lock:
        inside.set()
        forked.wait()

thread = threading.Thread(target=hold)
thread.start()
inside.wait()
child = os.fork()
if child == 0:
    signal.alarm(20)
    stream.randint(5)
    os._exit(7)
forked.set()
thread.join()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.parametrize(
    "script", [_FORK_WHILE_A_THREAD_IS_INSIDE, _FORK_WHILE_A_THREAD_HOLDS_A_GENERATOR]
)
def test_a_forked_child_does_not_wait_for_a_thread_of_its_parent(script):
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert result.stdout.strip() == "7", result.stderr


_FORK_WHILE_A_THREAD_COMPILES = """
import os, random, sys, threading, time, warnings
import numpy as np
from sknn_tune import MLPClassifier
from numba import types
from sknn_tune.network.jit import compile_for, entry_point

warnings.simplefilter("ignore")  # Python 3.12 warns of a fork beside threads
N_FORKS, SECONDS = 20, 60
X, y = np.random.RandomState(0).normal(size=(20, 3)), np.arange(20) % 2
MLPClassifier((3,), max_iter=2).fit(X, y)  # its machine code is on disk
ended = threading.Event()

def increment(x):
    return x + 1

def compile_and_load():
    '''Each call compiles the first time and loads from disk afterwards.'''
    while not ended.is_set():
        compile_for(entry_point(increment), (types.float64,))

def wait(child):
    for _ in range(100 * SECONDS):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return "hangs"

thread = threading.Thread(target=compile_and_load)
thread.start()
children = []
for seed in range(N_FORKS):
    time.sleep(random.Random(seed).uniform(0, 0.03))
    child = os.fork()
    if child == 0:
        import gc
        compile_for(entry_point(increment), (types.int64,))  # another type
        MLPClassifier((3,), max_iter=2).fit(X.astype("f"), y)
        os._exit(7 if gc.isenabled() else 8)
    children.append(wait(child))
ended.set()
thread.join()
print(*sorted(set(map(str, children))))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_forked_children_compile_and_load_while_a_thread_of_their_parent_did():
    command = [sys.executable, "-c", _FORK_WHILE_A_THREAD_COMPILES]
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    assert result.stdout.strip() == "7", result.stderr


def test_control_c_does_not_reach_the_callback_that_finds_the_libraries(monkeypatch):
    """There it would be printed as an exception that is ignored, and lost."""
    found = []

    class Interrupted(threads.ThreadpoolController):
        def __init__(self):
            signal.raise_signal(signal.SIGINT)
            super().__init__()
            found.append(self)

    monkeypatch.setattr(threads, "ThreadpoolController", Interrupted)
    threads.blas_libraries.cache_clear()
    with pytest.raises(KeyboardInterrupt):
        threads.blas_libraries()
    assert len(found) == 1
    monkeypatch.undo()
    assert threads.blas_libraries()
