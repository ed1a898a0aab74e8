"""Machine code on disk that is never stale and never breaks a run.

Numba's cache stamps a function with the file that defines it; when a helper in another file
changes, the caller silently runs the old code. Here the folder is named by a hash of *all*
kernel sources, and each specialisation has its own file, named by a hash of what it depends on.
There is no index, so processes that compile at the same time cannot disagree.

Loading machine code runs it. A file is loaded only if nobody else can have
written it (`trusted_files`) and if its content has the digest at its start, which is verified
before anything is unpickled; otherwise the function is compiled again. Files are written under
another name, brought to the disk and renamed, so that a crash leaves the old file or the new one.
Where no folder can be written, nothing is kept.
"""

import contextlib
import hashlib
import os
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.runtime import rtsys
from numba.core.serialize import dumps

from sknn_tune.network.announcement import announce_compilation
from sknn_tune.network.trusted_files import read_trusted, trusted_folder
from sknn_tune.network.turns import LOCK, turn

_config: Any = numba.config  # its attributes are made from the environment
_DAY = 24 * 3600
_UNUSED_SECONDS = 30 * _DAY
_TEMPORARY = ".tmp"
_DIGEST_SIZE = hashlib.sha256().digest_size


class CompilationCache(_Cache):
    """Keeps the specialisations of one function; the interface is numba's."""

    def __init__(self, function: Callable):
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._enabled = True

    @property
    def cache_path(self) -> str:
        """The preferred folder, whether or not it can be used."""
        return str(next(iter(_folders()), ""))

    def enable(self) -> None:
        self._enabled = True

    def disable(self) -> None:
        self._enabled = False

    def flush(self) -> None:
        for folder in _folders():
            with contextlib.suppress(OSError):
                for path in trusted_folder(folder).glob(f"{self._name}-*"):
                    path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def turn(self, sig: Any, target_context: Any) -> Iterator[None]:
        """Wait while another process compiles the same, and keep others waiting meanwhile."""
        with contextlib.ExitStack() as stack:
            if self._enabled:
                name = self._file_name(sig, target_context.codegen())
                if not any((folder / name).exists() for folder in _folders()):
                    _take_turn(stack, name)
            yield

    def load_overload(self, sig: Any, target_context: Any) -> CompileResult | None:
        if not self._enabled:
            return None
        # Not `refresh`, as in numba's own cache: machine code needs none of the declarations that
        # it loads, which takes five times as long as the rest. The compiler calls it itself.
        rtsys.initialize(target_context)
        name = self._file_name(sig, target_context.codegen())
        for folder in _folders():
            # Whatever is wrong with a file of the cache, compiling replaces it.
            with contextlib.suppress(Exception):
                payload = pickle.loads(read_verified(folder / name))
                return CompileResult._rebuild(target_context, *payload)
        announce_compilation()
        return None

    def save_overload(self, sig: Any, data: CompileResult) -> None:
        if not self._enabled:
            return
        name = self._file_name(sig, data.codegen)
        payload = dumps(data._reduce())
        for folder in _folders():
            with contextlib.suppress(OSError):
                write_verified(folder / name, payload)
                return

    def _file_name(self, signature: Any, codegen: Any) -> str:
        settings = (_config.OPT, _config.BOUNDSCHECK)
        depends_on = (
            str(signature), codegen.magic_tuple(), settings, numba.__version__, sys.version,
        )  # fmt: skip
        return f"{self._name}-{hashlib.sha256(repr(depends_on).encode()).hexdigest()[:24]}.bin"


def _take_turn(stack: contextlib.ExitStack, name: str) -> None:
    """Take the turn where the machine code will be written."""
    for folder in _folders():
        with contextlib.suppress(OSError):
            stack.enter_context(turn(trusted_folder(folder, create=True) / name))
            return


def read_verified(path: Path) -> bytes:
    """What `write_verified` wrote to a file.

    Raises
    ------
    OSError
        Where the file cannot be read or somebody else could have written it.
    ValueError
        Where the content is not what was written under this name.
    """
    content = read_trusted(path)
    digest, payload = content[:_DIGEST_SIZE], content[_DIGEST_SIZE:]
    if digest != _digest(path, payload):
        raise ValueError(f"{path} is damaged")
    return payload


def write_verified(path: Path, payload: bytes) -> None:
    """Write a file that is complete, together with the digest of its content, or not there."""
    _remove_abandoned(path.parent)
    folder = trusted_folder(path.parent, create=True)
    handle, temporary = tempfile.mkstemp(_TEMPORARY, dir=folder)
    try:
        with open(handle, "wb") as file:
            file.write(_digest(path, payload) + payload)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / path.name)
    except BaseException:
        os.unlink(temporary)
        raise


def _digest(path: Path, payload: bytes) -> bytes:
    # With the name, so that the code of one function is not taken for that of another.
    return hashlib.sha256(path.name.encode() + b"\0" + payload).digest()


def _remove_abandoned(folder: Path) -> None:
    """Remove other versions' machine code a month unused, and what killed processes left."""
    with contextlib.suppress(OSError):
        versions = trusted_folder(folder.parent).glob(f"{folder.name.partition('-')[0]}-*")
        for version in versions:
            if version.name != folder.name and _is_older(version, _UNUSED_SECONDS):
                shutil.rmtree(version, ignore_errors=True)
    with contextlib.suppress(OSError):
        for file in trusted_folder(folder).iterdir():
            if file.suffix in (_TEMPORARY, LOCK) and _is_older(file, _DAY):
                file.unlink(missing_ok=True)


def _is_older(path: Path, seconds: float) -> bool:
    return time.time() - path.stat().st_mtime > seconds


@cache
def _folders() -> tuple[Path, ...]:
    """Where machine code may lie, best place first."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    if not sources:  # shipped without them, in an archive or as byte code
        return ()
    name = f"kernels-{_hash(sources)}"
    folders = tuple(place / name for place in _places())
    for folder in folders:
        with contextlib.suppress(OSError):
            os.utime(trusted_folder(folder))
    return folders


def _hash(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _places() -> list[Path]:
    if _config.CACHE_DIR:
        return [Path(_config.CACHE_DIR) / "sknn_tune", _temporary_folder()]
    package = Path(__file__).parent / "__pycache__"
    return [package, _user_cache() / "sknn_tune", _temporary_folder()]


def _user_cache() -> Path:
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir()))
    # Without HOME and an account, "~" stays as it is: a relative path, which is not trusted.
    return Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~"), ".cache"))


def _temporary_folder() -> Path:
    """The user's own folder among the temporary ones."""
    if os.name == "nt":
        return Path(tempfile.gettempdir(), "sknn_tune")
    # Not tempfile's: where nothing else is writable, that is the current folder.
    return Path(os.environ.get("TMPDIR") or "/tmp", f"sknn_tune-{os.geteuid()}")
