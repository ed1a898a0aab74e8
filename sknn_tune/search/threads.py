"""One BLAS thread for small matrices: more of them only wait for each other."""

import contextlib
import functools

from threadpoolctl import ThreadpoolController


@functools.cache
def _controller():
    # Looking for the loaded libraries takes milliseconds: once is enough.
    return ThreadpoolController()


@contextlib.contextmanager
def one_blas_thread():
    """Limit BLAS to one thread, and give the threads back at the end."""
    with _controller().limit(limits=1, user_api="blas"):
        yield
