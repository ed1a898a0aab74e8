"""Files that nobody but the user, or root, can have written.

Loading machine code runs it. A file is therefore read only where every folder of its path, from
the root of the file system down, and the file itself belong to the user or to root and are not
writable by others. One exception are sticky folders such as ``/tmp`` on the way: what lies in
them can be removed and renamed by its owner only. Paths are resolved first and then used without
symbolic links, so what was checked is what is opened. OpenSSH has the same rule for its keys
(``StrictModes``). Windows, whose folders belong to their user by default, is exempt.
"""

import os
import stat
from functools import cache
from pathlib import Path

if os.name != "nt":
    import grp
    import pwd

_ROOT = 0
# A symbolic link is not followed, opening a pipe does not wait; Windows has neither flag.
_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_trusted(path: Path) -> bytes:
    """Content of a file that only the user or root can have written.

    Raises
    ------
    OSError
        Where the file cannot be read; `PermissionError` where somebody else could write it.
    """
    path = trusted_folder(path.parent) / path.name
    with open(os.open(path, _OPEN_FLAGS), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or not _is_ours(path, status):
            raise PermissionError(f"{path} is not a file that only its owner can write")
        return file.read()


def trusted_folder(folder: Path, *, create: bool = False) -> Path:
    """Path without symbolic links of a folder that only the user or root can write to.

    Parameters
    ----------
    folder : Path
    create : bool, default=False
        Whether to create what is missing of the path, open to the user alone.

    Raises
    ------
    OSError
        Where there is no such folder; `PermissionError` where somebody else could write to it,
        or where the path is relative and so depends on the current folder.
    """
    if not folder.is_absolute():
        raise PermissionError(f"{folder} is a relative path")
    resolved = Path(os.path.realpath(folder))
    for place in (*reversed(resolved.parents), resolved):
        status = _status(place, create)
        is_sticky = place != resolved and bool(status.st_mode & stat.S_ISVTX)
        if not stat.S_ISDIR(status.st_mode) or not _is_ours(place, status, is_sticky=is_sticky):
            raise PermissionError(f"{place} is not a folder that only its owner can write to")
    return resolved


def _status(folder: Path, create: bool) -> os.stat_result:
    try:
        return os.lstat(folder)
    except FileNotFoundError:
        if not create:
            raise
    # Python itself keeps byte code for everybody in the folder of this name.
    folder.mkdir(0o755 if folder.name == "__pycache__" else 0o700, exist_ok=True)
    return os.lstat(folder)


def _is_ours(path: Path, status: os.stat_result, *, is_sticky: bool = False) -> bool:
    """Whether only the user and root can write to a file, or take an entry out of a folder."""
    if os.name == "nt":
        return True
    user, mode = os.geteuid(), status.st_mode
    if status.st_uid not in (_ROOT, user):
        return False
    if is_sticky:
        return True
    if mode & stat.S_IWOTH:
        return False
    if mode & stat.S_IWGRP:
        return _is_private_group(status.st_gid, user) and not _has_access_list(path)
    return True


@cache
def _is_private_group(group_id: int, user_id: int) -> bool:
    """Whether a group is the one that many systems make for a user alone."""
    try:
        user, group = pwd.getpwuid(user_id), grp.getgrgid(group_id)
    except KeyError:
        return False
    members = {account.pw_name for account in pwd.getpwall() if account.pw_gid == group_id}
    is_alone = members.union(group.gr_mem) == {user.pw_name}
    # A directory service may list nobody, so the names have to agree as well.
    return is_alone and group.gr_name == user.pw_name


def _has_access_list(path: Path) -> bool:
    """Whether the mode's bits of the group may stand for other users."""
    try:
        return "system.posix_acl_access" in os.listxattr(path)
    except (AttributeError, OSError):  # not on this system, not on this file system
        return False
