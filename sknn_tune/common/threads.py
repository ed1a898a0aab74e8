"""One BLAS thread while small matrices are multiplied.

The products in a fit, and in the surrogate of a search, are small: on busy cores two BLAS
threads wait for each other, and a product takes a hundred times as long. Parallelism belongs to
``n_jobs``, and to the threads of a large fit, each with one thread of BLAS. The limit of a BLAS
library is global to the process, so the first thread that enters sets it and the last one that
leaves restores it.
"""

import os
import threading
from functools import cache

import scipy.linalg.cython_blas  # noqa: F401  (loads the BLAS that compiled code calls)
from threadpoolctl import LibController, ThreadpoolController

from sknn_tune.common.interrupts import HeldInterrupts


@cache
def blas_libraries() -> list[LibController]:
    """Every BLAS that is loaded; scipy's is the one that compiled code calls."""
    # The libraries are found by a callback from C, in which Control-C would be printed and lost.
    with HeldInterrupts():
        return ThreadpoolController().select(user_api="blas").lib_controllers


def _set_num_threads(library: LibController, n_threads: int) -> None:
    # Newer threadpoolctl obeys only the thread that first set a limit of OpenBLAS, and silently
    # ignores the others; here any thread may be the first to enter or the last to leave.
    release = getattr(library, "clear_controlling_thread", lambda force: None)
    release(force=True)
    library.set_num_threads(n_threads)
    release(force=True)


@cache
def _n_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _SingleBlasThread:
    """Reentrant context that holds every BLAS library at one thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside: dict[int, int] = {}  # entrances of each thread
        self._n_found = 1  # the threads that BLAS had
        self._restore: list[tuple[LibController, int]] = []

    @property
    def share(self) -> int:
        """How many threads a caller inside may keep busy.

        The threads that BLAS had before, but not more than there are cores, are shared by the
        callers that are inside now. So a fit uses one in a search that keeps all cores busy, in
        a worker process whose BLAS has one thread, and within ``threadpool_limits(1)``.
        """
        return max(1, min(self._n_found, _n_cores()) // max(1, len(self._inside)))

    def __enter__(self) -> None:
        is_inside = False
        thread = threading.get_ident()
        try:
            with self._lock:
                is_first = not self._inside
                self._inside[thread] = self._inside.get(thread, 0) + 1
                is_inside = True
                if is_first:
                    self._limit()
        except BaseException:  # Control-C: what was entered is left
            if is_inside:
                self.__exit__()
            raise

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            # A thread that forked while it was inside leaves in the child after `forget`.
            thread = threading.get_ident()
            n_left = self._inside.pop(thread, 1) - 1
            if n_left:
                self._inside[thread] = n_left
            if not self._inside:
                self._lift()

    def _limit(self) -> None:
        found = [(library, library.get_num_threads()) for library in blas_libraries()]
        self._n_found = max((n for _, n in found), default=1)
        self._restore = [(library, n) for library, n in found if n != 1]
        for library, _ in self._restore:
            _set_num_threads(library, 1)

    def _lift(self) -> None:
        if self._restore:
            with HeldInterrupts():
                for library, n_threads in self._restore:
                    _set_num_threads(library, n_threads)
                self._restore = []

    def forget(self) -> None:
        """Lift the limit in a forked child, where the threads that were inside do not exist."""
        self._lock = threading.Lock()
        self._inside = {}
        self._lift()


single_blas_thread = _SingleBlasThread()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=single_blas_thread.forget)
