"""Whether a file can be a journal, as far as it tells by itself."""

import errno
import os
from contextlib import closing

from sknn_tune.search.storage.database import Database
from sknn_tune.search.storage.layout import is_blank
from sknn_tune.search.storage.path import storage_path
from sknn_tune.search.storage.reading import describe_damage, read_journal


def check_usable(storage: str | os.PathLike) -> bool:
    """Refuse what no search could store its trials in, before anything else is done.

    Whether a journal is that of the same search is found out when the search starts.

    Parameters
    ----------
    storage : str or path-like

    Returns
    -------
    holds_search : bool

    Raises
    ------
    ValueError
        If it names no file, or one that is no journal, is damaged or in use.
    OSError
        If it cannot be written.
    """
    path = storage_path(storage)
    if not os.path.exists(path):
        if not os.access(os.path.dirname(path) or os.curdir, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, f"storage={path!r} cannot be written to.")
        return False
    with closing(Database(path)) as database:
        database.execute("PRAGMA busy_timeout = 0")
        database.execute("BEGIN IMMEDIATE")
        if is_blank(database):
            return False
        contents = read_journal(database, lambda trial, branches: trial)
        if contents.damage:
            raise ValueError(f"{describe_damage(path, contents)} Give another file.")
    return True
