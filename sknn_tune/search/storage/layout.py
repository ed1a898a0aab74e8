"""The layout of the journal of a search: application id, version and tables."""

import os

from sknn_tune.search.storage.database import DamagedDatabase, Database

# Mark a file as ours ("sknn"), and its layout.
APPLICATION_ID, LAYOUT = 0x736B6E6E, 2

# Every row has a checksum of all its other columns. `search` holds the description, the seed and
# the number of trials; `blobs` holds arrays as compressed bytes, those of the search itself under
# trial 0, those of the trial of number n under n + 1; `trials` holds one JSON object for each
# finished trial, numbered from 1.
TABLES = {
    "search": (
        "CREATE TABLE search (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum TEXT NOT NULL)"
    ),
    "blobs": (
        "CREATE TABLE blobs (trial INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, "
        "content BLOB NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY (trial, name))"
    ),
    "trials": (
        "CREATE TABLE trials (id INTEGER PRIMARY KEY, number INTEGER UNIQUE NOT NULL, "
        "ended TEXT NOT NULL, record TEXT NOT NULL, checksum TEXT NOT NULL)"
    ),
}


def is_blank(database: Database) -> bool:
    """Whether nothing has been written to the file yet.

    SQLite is asked first, as it may have to undo what a killed process left half-written; but it
    also calls a file of one byte empty.
    """
    has_nothing = not _schema(database) and _marks(database) == (0, 0)
    return has_nothing and os.path.getsize(database.path) == 0


def create_tables(database: Database) -> None:
    """Make a blank file the journal of a search."""
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {LAYOUT}")
    for statement in TABLES.values():
        database.execute(statement)


def check_layout(database: Database) -> list[str]:
    """Return what is damaged in a journal, as phrases.

    Raises
    ------
    ValueError
        If the file is something else, or none of it can be read. Views, triggers, indices and
        further columns do not belong in a journal; a file that has them is not read.
    """
    where = f"storage={database.path!r}"
    marks = _marks(database)
    if _schema(database) == {("table", name, sql) for name, sql in TABLES.items()}:
        return _foreign_marks(*marks) + _inconsistencies(database)
    if marks == (APPLICATION_ID, LAYOUT):
        raise DamagedDatabase(database.path, "its tables are not those that a search makes")
    if marks[0] == APPLICATION_ID:
        raise ValueError(
            f"{where} was written by another version of sknn_tune (layout {marks[1]}, this "
            f"version reads layout {LAYOUT}). Give another file, or use that version."
        )
    raise ValueError(f"{where} is a database of something else. Give another file.")


def _foreign_marks(application: int, layout: int) -> list[str]:
    """What is wrong with the marks in the header of a file with our tables."""
    if application != APPLICATION_ID:
        return ["the header: it names another program"]
    if layout != LAYOUT:
        return [f"the header: it says layout {layout}, this version of sknn_tune reads {LAYOUT}"]
    return []


def _inconsistencies(database: Database) -> list[str]:
    """What SQLite finds wrong with its own structure, the first of it."""
    try:
        found = database.query("PRAGMA integrity_check(1)")[0][0]
    except DamagedDatabase as error:
        found = error.reason
    return [] if found == "ok" else [f"the database: {found.splitlines()[-1]}"]


def _marks(database: Database) -> tuple[int, int]:
    return (
        database.query("PRAGMA application_id")[0][0],
        database.query("PRAGMA user_version")[0][0],
    )


def _schema(database: Database) -> set[tuple]:
    """Everything in the file except the indices that SQLite makes for its own constraints."""
    rows = database.query("SELECT type, name, sql FROM sqlite_master")
    return {row for row in rows if not _is_automatic(*row)}


def _is_automatic(kind: object, name: object, sql: object) -> bool:
    return kind == "index" and sql is None and str(name).startswith("sqlite_autoindex_")
