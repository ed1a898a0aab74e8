"""Forks wait for the compiler.

A forked child has one thread, the one that forked. A lock that another thread held at that
moment is never released in the child, and what it protected stays half changed. So the thread
that forks takes the locks of the compiler first, which cover the loading of machine code as well,
and both processes release them. They are taken in the order in which a compilation takes them.
"""

import os
from contextlib import nullcontext

from llvmlite.binding import ffi
from numba.core.compiler_lock import global_compiler_lock

# LLVM has a lock besides numba's, which is also taken wherever its objects are collected.
_LLVM_LOCK = getattr(ffi.lib, "_lock", nullcontext())


def _hold() -> None:
    global_compiler_lock.acquire()
    _LLVM_LOCK.__enter__()


def _release() -> None:
    _LLVM_LOCK.__exit__(None, None, None)
    global_compiler_lock.release()


def make_forks_wait() -> None:
    """Take the compiler's locks before each fork of this process, and release them after it."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_release)
