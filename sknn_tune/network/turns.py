"""Processes that need the same machine code at the same moment, as the workers of a pool do.

The first one locks a file beside the place of the code, the others wait until the code is there.
The lock is one of the operating system's records (`fcntl.lockf`): the system releases it when a
process ends, however it ends, so none is ever stale, and a forked child does not inherit it.
Where files cannot be locked, or the wait has lasted longer than compilations do, nobody waits.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"  #: how the names of the locked files end
_LONGEST_SECONDS = 60.0
_POLL_SECONDS = 0.02
_OPEN_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def turn(path: Path) -> Iterator[None]:
    """Wait until no other process is making a file, or the file is there.

    Parameters
    ----------
    path : Path
        Of the file that is to be made; `path` with another suffix is locked.

    Raises
    ------
    OSError
        Where no file can be made in the folder.
    """
    lock = path.with_suffix(LOCK)
    handle, is_first = os.open(lock, _OPEN_FLAGS, 0o600), False
    try:
        is_first = _wait(handle, path)
        yield
    finally:
        if is_first:
            with suppress(OSError):
                lock.unlink()
        os.close(handle)


def _wait(handle, path):
    """Returns whether the lock is ours."""
    end = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < end and not path.exists():
        try:
            _lock(handle)
        except (BlockingIOError, PermissionError):  # another process has it
            time.sleep(_POLL_SECONDS)
        except OSError:
            return False
        else:
            return True
    return False


def _lock(handle):
    if fcntl is None:
        raise OSError("no such locks on this system")
    fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
