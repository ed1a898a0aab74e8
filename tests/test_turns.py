"""What one process compiles, no other compiles beside it."""

import os
import subprocess
import sys
from contextlib import ExitStack

import numba
import pytest

from sknn_tune.network import turns

COMPILE = """
import sys, time
from pathlib import Path
from sknn_tune.network import turns
from sknn_tune.network.compilation_cache import CompilationCache
from sknn_tune.network.context import Context
from sknn_tune.network.penalties import squares
from sknn_tune.network.records import record_type

turns._LONGEST_SECONDS = 1000.0  # on a busy machine too
saved, save = [], CompilationCache.save_overload
CompilationCache.save_overload = lambda *arguments: (saved.append(1), save(*arguments))
print("ready", flush=True)
sys.stdin.readline()
squares.address(record_type(Context, "float64"))
print(len(saved))
"""
HOLD = """
import sys
from pathlib import Path
from sknn_tune.network.turns import turn
with turn(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""
locks = pytest.mark.skipif(os.name == "nt", reason="no such locks on Windows")


def start(script, *arguments, **changes):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env=os.environ | changes,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def wanted(tmp_path):
    return tmp_path / "code.bin"


@pytest.fixture
def holder(wanted):
    """A process that has the turn, until it is killed."""
    process = start(HOLD, wanted)
    assert process.stdout.readline() == "locked\n"
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def while_waiting(monkeypatch):
    """Replaces the wait between two attempts by a function."""
    return lambda act: monkeypatch.setattr(turns.time, "sleep", lambda seconds: act())


@locks
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_workers_compile_once(tmp_path):
    workers = [start(COMPILE, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(3)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    assert sum(int(worker.communicate(timeout=300)[0]) for worker in workers) == 1
    assert [path.suffix for path in tmp_path.rglob("*.*")] == [".bin"]


def test_first_one_does_not_wait(wanted, while_waiting):
    while_waiting(pytest.fail)
    with turns.turn(wanted):
        assert not wanted.exists()
    assert not list(wanted.parent.iterdir())


@locks
def test_wait_ends_when_the_file_is_there(wanted, holder, while_waiting):
    waits = []
    while_waiting(lambda: wanted.touch() if len(waits) == 2 else waits.append(1))
    with turns.turn(wanted):
        assert len(waits) == 2
    assert wanted.with_suffix(".lock").exists()  # not ours


@locks
def test_lock_of_a_killed_process_is_free(wanted, holder, while_waiting):
    def kill():
        holder.kill()
        holder.wait()

    while_waiting(kill)
    with turns.turn(wanted):
        assert not wanted.exists()
    assert not list(wanted.parent.iterdir())


@locks
def test_nobody_waits_forever(wanted, holder, monkeypatch):
    monkeypatch.setattr(turns, "_LONGEST_SECONDS", 0.05)
    with turns.turn(wanted):
        assert not wanted.exists()


def test_without_locks_nobody_waits(wanted, monkeypatch, while_waiting):
    monkeypatch.setattr(turns, "fcntl", None)
    while_waiting(pytest.fail)
    with turns.turn(wanted):
        pass


def test_error_inside_frees_the_turn(wanted, while_waiting):
    while_waiting(pytest.fail)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.turn(wanted):
            raise ZeroDivisionError
    assert not list(wanted.parent.iterdir())


def test_folder_that_cannot_be_written(tmp_path):
    with pytest.raises(OSError, match="code"), ExitStack() as stack:
        stack.enter_context(turns.turn(tmp_path / "missing" / "code.bin"))
