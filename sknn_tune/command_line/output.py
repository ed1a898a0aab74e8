"""Files and folders that are written completely or not at all; devices are never replaced."""

import os
import secrets
import shutil
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from sknn_tune.command_line.errors import BadInput, explain

_PREFIX = ".sknn-tune-"


@contextmanager
def whole_file(path: str | Path) -> Iterator[IO[str]]:
    """Yield a stream whose text is put in the place of a file when the block ends.

    Links are followed; devices and pipes are written to as they are.

    Parameters
    ----------
    path : path-like

    Yields
    ------
    stream : text stream

    Raises
    ------
    BadInput
        If the file cannot be written. What was there before is still there.
    """
    try:
        with _open_whole(Path(path)) as stream:
            yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {explain(error)}.") from error


@contextmanager
def whole_folder(path: str | Path, own_names: Collection[str] = ()) -> Iterator[Path]:
    """Yield a folder to write into, which is put in the place of another when the block ends.

    What the other held besides is kept. That it can be written is found out at once, not when
    the work is done.

    Parameters
    ----------
    path : path-like
        Made where it is not there.
    own_names : collection of str, default=()
        Files of an earlier run, which are not kept even if the new folder lacks them.

    Yields
    ------
    draft : Path

    Raises
    ------
    BadInput
        If the folder cannot be written. What was there before is still there.
    """
    folder = Path(os.path.realpath(path))
    # Known before there is one, so that a signal at any moment leaves none behind.
    name = _draft_name()
    try:
        draft = _make_draft(folder, name)
        draft.chmod(0o777 & ~_umask())
        yield draft
        if draft.parent == folder:
            _move_in(draft, folder, own_names)
        else:
            _swap(draft, folder, own_names)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {explain(error)}.") from error
    finally:
        for place in (folder.parent, folder):
            shutil.rmtree(place / name, ignore_errors=True)


def _draft_name() -> str:
    return f"{_PREFIX}{secrets.token_hex(8)}"


def _make_draft(folder: Path, name: str) -> Path:
    """Return a new folder beside another, or in it where that cannot be swapped."""
    beside, inside = folder.parent / name, folder / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        if not folder.is_dir():
            raise NotADirectoryError(0, "it is a file")
        inside.mkdir(mode=0o700)
        if not _can_be_swapped(folder):
            return inside
        inside.rmdir()
    beside.mkdir(mode=0o700)
    return beside


def _can_be_swapped(folder: Path) -> bool:
    """Whether a folder can be renamed: not mounted, in a read-only folder, or a shell's own."""
    is_left = not Path.cwd().is_relative_to(folder.resolve())
    return is_left and not folder.is_mount() and os.access(folder.parent, os.W_OK | os.X_OK)


def _swap(draft: Path, folder: Path, own_names: Collection[str]) -> None:
    """Put a finished folder in the place of another, which is put back if that fails."""
    if not folder.exists():
        draft.rename(folder)
        return
    for kept in folder.iterdir():
        if kept.name not in own_names and not (draft / kept.name).exists():
            _copy(kept, draft / kept.name)
    draft.chmod(stat.S_IMODE(folder.stat().st_mode))
    old = folder.parent / _draft_name()
    try:
        folder.rename(old)
        draft.rename(folder)
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(old, ignore_errors=True)


def _move_in(draft: Path, folder: Path, own_names: Collection[str]) -> None:
    """Move finished files into a folder; if one cannot be moved, all are moved back."""
    old = folder / _draft_name()
    names = {path.name for path in draft.iterdir()}
    # Each is noted before it is moved, as a signal may come right after.
    moves: list[tuple[Path, Path]] = []
    try:
        old.mkdir(mode=0o700)
        for name in {*names, *own_names}:
            if (folder / name).exists():
                moves.append((folder / name, old / name))
                (folder / name).rename(old / name)
        for name in names:
            moves.append((draft / name, folder / name))
            (draft / name).rename(folder / name)
    except BaseException:
        for source, target in reversed(moves):
            if target.exists() and not source.exists():
                target.rename(source)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    """Copy what another program put into the folder, by a second name where that can be."""
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True)
        return
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


@contextmanager
def _open_whole(path: Path) -> Iterator[IO[str]]:
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        # By the name that was given: a pipe behind a link, as /dev/stdout is one, has no other.
        with path.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        return
    target = Path(os.path.realpath(path))
    draft = target.parent / _draft_name()
    try:
        with open(draft, "x", encoding="utf-8", newline="", opener=_open_private) as stream:
            yield stream
        os.chmod(draft, 0o666 & ~_umask() if mode is None else stat.S_IMODE(mode))
        os.replace(draft, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _mode(path: Path) -> int | None:
    """The kind and permissions of a file, None if it is not there."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _umask() -> int:
    """The permissions that new files are not given; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
