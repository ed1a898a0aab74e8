"""Machine code on disk that can never be stale and never breaks a run.

Numba's cache stamps a function with the file that defines it; when a helper in another file
changes, the caller silently runs the old code. Here the folder is named by a hash of *all*
kernel sources, and each specialisation has a file of its own, named by a hash of what it
depends on. There is no index, so processes that compile at once cannot disagree; files are
replaced atomically; one that cannot be read is compiled anew; where no folder can be written,
nothing is kept.
"""

import contextlib
import hashlib
import os
import pickle
import platform
import shutil
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numba
from numba.core import config
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

_UNUSED_SECONDS = 30 * 24 * 3600


class CompilationCache(_Cache):
    """Keeps the specialisations of one function; the interface is numba's."""

    def __init__(self, function):
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._enabled = True

    @property
    def cache_path(self):
        return str(next(iter(_folders()), ""))

    def enable(self):
        self._enabled = True

    def disable(self):
        self._enabled = False

    def flush(self):
        for folder in _folders():
            for path in folder.glob(f"{self._name}-*"):
                path.unlink(missing_ok=True)

    def load_overload(self, sig, target_context):
        if not self._enabled:
            return None
        target_context.refresh()
        name = self._file_name(sig, target_context.codegen())
        for folder in _folders():
            # Whatever is wrong with a file of the cache, compiling heals it.
            with contextlib.suppress(Exception):
                payload = pickle.loads((folder / name).read_bytes())
                return CompileResult._rebuild(target_context, *payload)
        return None

    def save_overload(self, sig, data):
        if not self._enabled:
            return
        name = self._file_name(sig, data.codegen)
        payload = dumps(data._reduce())
        for folder in _folders():
            with contextlib.suppress(OSError):
                _replace(folder / name, payload)
                return

    def _file_name(self, signature, codegen):
        settings = (config.OPT, config.BOUNDSCHECK)
        depends_on = (
            str(signature), codegen.magic_tuple(), settings, numba.__version__, sys.version,
        )  # fmt: skip
        return f"{self._name}-{hashlib.sha256(repr(depends_on).encode()).hexdigest()[:24]}.bin"


def _replace(path, payload):
    if not path.parent.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _prune(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(payload)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _prune(folder):
    """Remove the machine code of other versions that nobody has used for a month."""
    for other in folder.parent.glob(f"{folder.name.partition('-')[0]}-*"):
        with contextlib.suppress(OSError):
            if other != folder and time.time() - other.stat().st_mtime > _UNUSED_SECONDS:
                shutil.rmtree(other)


@cache
def _folders():
    """Where machine code may lie, best place first."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    if not sources:  # shipped without them, in an archive or as byte code
        return ()
    name = f"kernels-{_hash(sources)}"
    if config.CACHE_DIR:
        return (Path(config.CACHE_DIR) / "sknn_tune" / name,)
    folders = (Path(__file__).parent / "__pycache__" / name, _user_cache() / "sknn_tune" / name)
    for folder in folders:
        with contextlib.suppress(OSError):
            os.utime(folder)
    return folders


def _hash(paths):
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _user_cache():
    if platform.system() == "Windows":
        return Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir()))
    return Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~"), ".cache"))
