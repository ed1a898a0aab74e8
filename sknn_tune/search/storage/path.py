"""Which file the parameter `storage` names."""

import os
import re

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|file:")


def storage_path(storage: str | os.PathLike) -> str:
    """Return the path of the file that `storage` names, with `~` expanded.

    Parameters
    ----------
    storage : str or path-like

    Raises
    ------
    ValueError
        If it names no regular file on this machine.
    FileNotFoundError, IsADirectoryError
        If its folder does not exist, or it is one.
    """
    text = os.fsdecode(storage)
    what = f"storage={text!r}"
    if not text.strip() or text == ":memory:":
        raise ValueError(
            f"{what} names no file; give the path of a file to store the trials in, or None to "
            "store nothing."
        )
    if _URL.match(text):
        # A URL may hold a password.
        scheme = text.partition(":")[0]
        raise ValueError(f"storage={scheme}:... is a URL; give the path of a file{_path_in(text)}.")
    if "\0" in text:
        raise ValueError(f"{what} is not a path: it contains a null character.")
    path = os.path.expanduser(text)
    folder = os.path.dirname(path) or os.curdir
    if os.path.isdir(path):
        raise IsADirectoryError(f"{what} is a folder; give a file in it.")
    if os.path.islink(path):
        folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{what}: there is no folder {folder!r}; create it first.")
    if os.path.exists(path) and not os.path.isfile(path):
        raise ValueError(f"{what} is not a regular file.")
    return path


def _path_in(url: str) -> str:
    """The path in a URL of SQLite as SQLAlchemy writes it, as a suggestion."""
    scheme, _, path = url.partition(":///")
    return f": storage={path!r}" if scheme.startswith("sqlite") and path else ""
