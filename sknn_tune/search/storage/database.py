"""A SQLite file whose every error names the file and says what to do."""

import errno
import sqlite3

# Seconds that a statement waits for another process.
PATIENCE = 30.0


class DamagedDatabase(ValueError):
    """SQLite cannot read the file, or the requested part of it.

    Attributes
    ----------
    reason : str
        A phrase without the name of the file.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"storage={path!r} is damaged: {reason}. Give another file.")
        self.reason = reason


class Database:
    """An open SQLite file without implicit transactions; one thread at a time may use it.

    Parameters
    ----------
    path : str

    Raises
    ------
    OSError
        If it cannot be opened; of its methods, if it cannot be read or written.
    ValueError
        Of its methods: if the file is in use by another process for too long, damaged, or no
        database.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._connection = sqlite3.connect(
                path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise OSError(errno.EACCES, f"storage={path!r} cannot be opened: {error}.") from error
        # The file may come from elsewhere: nothing in its schema is to call functions.
        self.execute("PRAGMA trusted_schema = OFF")
        self.execute("PRAGMA cell_size_check = ON")
        # Without it, nothing is read of a file that was truncated.
        self.execute("PRAGMA writable_schema = ON")

    def query(self, statement: str, values: tuple = ()) -> list[tuple]:
        """Return all rows of a statement."""
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._explain(error) from error

    def execute(self, statement: str, values: tuple = ()) -> None:
        """Run a statement that returns nothing."""
        self.query(statement, values)

    def close(self) -> None:
        """Close the file; an open transaction is rolled back."""
        self._connection.close()

    def _explain(self, error: sqlite3.Error) -> Exception:
        where = f"storage={self.path!r}"
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return ValueError(
                f"{where} is in use by another search. Wait until it has ended, or give another "
                "file; sknn_tune.search_history shows its progress."
            )
        if code == sqlite3.SQLITE_NOTADB:
            return ValueError(
                f"{where} is not a database, or its header is damaged. Give another file."
            )
        if code == sqlite3.SQLITE_FULL:
            return OSError(
                errno.ENOSPC,
                f"{where} could not be written: {error}. The trials stored before are safe; "
                "make room and fit again with the same storage to resume.",
            )
        if getattr(error, "sqlite_errorname", "") == "SQLITE_READONLY_DBMOVED":
            return OSError(
                errno.ENOENT,
                f"{where} was moved or removed while the search ran. The trials stored before are "
                "in the file that was moved; move it back and fit again to resume.",
            )
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
            return OSError(errno.EACCES, f"{where} cannot be written to: {error}.")
        if code == sqlite3.SQLITE_IOERR:
            return OSError(
                errno.EIO,
                f"{where} could not be read or written: {error}. The trials stored before are "
                "kept; look at the disk and the quota, and fit again with the same storage.",
            )
        is_text = "decode" in str(error)  # with the text, of whatever length
        return DamagedDatabase(self.path, "text is not in UTF-8" if is_text else str(error))
