"""Workers that die while they fit: killed for their memory, or by the fit itself."""

import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from contextlib import contextmanager

from sknn_tune.search.trials.stopping import Stop

# Seconds between two checks of the workers of a pool that does not check them itself.
NAP = 0.1


class WorkerDeath(Exception):
    """A worker, or the data that it held, is gone."""


@contextmanager
def noticing_deaths(stop: Stop) -> Iterator[None]:
    """Raise `WorkerDeath` where a worker dies while joblib waits for it.

    Most of joblib's backends raise an error of theirs. A pool of multiprocessing starts another
    worker and waits forever for the result; in the main thread that wait is broken off.
    """
    with _PoolWatch(stop) as watch:
        try:
            yield
        except KeyboardInterrupt as error:
            if not watch.has_seen_a_death or stop.interrupted:
                raise
            stop.takes(error)
            raise WorkerDeath("A process of the pool has ended.") from None
        except Exception as error:
            if _is_death(error):
                raise WorkerDeath(f"{type(error).__name__}: {error}") from error
            raise


def _is_death(error: Exception) -> bool:
    """Whether an error of joblib says that a worker, or the data that it held, is gone."""
    if "un-serialize" in str(error):  # what was sent cannot be read, however often it is sent
        return False
    return isinstance(error, BrokenExecutor | CancelledError) or (
        type(error).__module__.startswith("distributed")
    )


class _PoolWatch:
    """Wakes the main thread when a process of a multiprocessing pool ends."""

    def __init__(self, stop: Stop):
        self._stop, self._ended = stop, threading.Event()
        self._workers = _pool_workers()
        self.has_seen_a_death = False
        self._thread: threading.Thread | None = None
        if self._workers and threading.current_thread() is threading.main_thread():
            self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_PoolWatch":
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(NAP):
            if not self._workers <= _pool_workers():
                self.has_seen_a_death = True
                self._stop.wake()
                return


def _pool_workers() -> set[int | None]:
    """Processes of multiprocessing's pools in this process."""
    children = multiprocessing.active_children()
    return {child.pid for child in children if "PoolWorker" in child.name}
