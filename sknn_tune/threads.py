"""One BLAS thread while small matrices are multiplied.

The products of a fit, and of a search that thinks, are small: on busy cores two BLAS threads
wait for each other and a product takes a hundred times as long. Parallelism belongs to
``n_jobs``. The limit of a BLAS library is global to the process, so it is set by the first that
enters and restored by the last one that leaves.
"""

import threading
from functools import cache

import scipy.linalg.cython_blas  # noqa: F401  (loads the BLAS that compiled code calls)
from threadpoolctl import ThreadpoolController


@cache
def _blas_libraries():
    return ThreadpoolController().select(user_api="blas").lib_controllers


class _SingleBlasThread:
    """Reentrant context that holds every BLAS library at one thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self._inside = 0
        self._restore = []

    def __enter__(self):
        with self._lock:
            if self._inside == 0:
                self._restore = [(lib, lib.get_num_threads()) for lib in _blas_libraries()]
                for lib, n_threads in self._restore:
                    if n_threads != 1:
                        lib.set_num_threads(1)
            self._inside += 1

    def __exit__(self, *exception):
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                for lib, n_threads in self._restore:
                    if n_threads != 1:
                        lib.set_num_threads(n_threads)


single_blas_thread = _SingleBlasThread()
