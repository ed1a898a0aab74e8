"""The journal of a search on disk: every trial as it ends, in a SQLite database.

Each trial is one transaction, so that whatever moment the machine dies, the file holds exactly
the trials whose end was reported. Nothing in it is pickled: values are numbers, choices are
indices into the space that is described beside them.
"""

import errno
import json
import math
import sqlite3
import time
import zlib
from datetime import UTC, datetime

import numpy as np

from sknn_tune.search.storage.fingerprint import as_plain, differences
from sknn_tune.search.storage.trial_records import TrialRecord

# Marks a file as ours ("sknn"), and its layout.
APPLICATION_ID, LAYOUT = 0x736B6E6E, 1
# A second process tries so often, so many seconds apart, to find the file free. The first one
# lets go for microseconds only, between two transactions.
ATTEMPTS, PAUSE = 3, 0.1
# Seconds that a commit waits for a reader.
PATIENCE_MS = 30_000

TABLES = """
CREATE TABLE search (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE splits (split INTEGER PRIMARY KEY, train BLOB NOT NULL, test BLOB NOT NULL);
CREATE TABLE trials (
    id INTEGER PRIMARY KEY, number INTEGER UNIQUE NOT NULL, configuration INTEGER NOT NULL,
    branch INTEGER NOT NULL, params TEXT NOT NULL, n_resources INTEGER, score REAL,
    ended TEXT NOT NULL);
CREATE TABLE fits (
    trial INTEGER NOT NULL REFERENCES trials, split INTEGER NOT NULL, fit_time REAL,
    score_time REAL, n_test_samples INTEGER, error TEXT, PRIMARY KEY (trial, split));
CREATE TABLE scores (
    trial INTEGER NOT NULL REFERENCES trials, split INTEGER NOT NULL, part TEXT NOT NULL,
    metric TEXT, value REAL);
"""


class NoJournal:
    """What a search without `storage` writes to: nothing."""

    def open(self, description, seed, splits):
        return seed, splits

    def trials(self, space):
        return []

    def record(self, trial, space):
        pass

    def close(self):
        pass


class Journal:
    """The stored form of one search.

    A write transaction is open between two trials, empty, so that a second process is refused
    while readers are not.

    Parameters
    ----------
    path : str or path-like
        File of the database, made if there is none.

    Raises
    ------
    ValueError
        If the file is no journal of a search, or another process writes to it.
    OSError
        If the disk is full or the file cannot be written. What was stored before is safe.
    """

    def __init__(self, path):
        self.path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise OSError(errno.EIO, f"storage={str(path)!r} cannot be opened: {error}") from error
        try:
            self._take_over()
        except BaseException:
            self._db.close()
            raise

    def open(self, description, seed, splits):
        """Begin the stored search, or make sure that the one begun earlier is this one.

        Parameters
        ----------
        description : dict
            What the search belongs to, as plain values.
        seed : int
            Seed of a search that begins.
        splits : list of (ndarray, ndarray)
            Rows of the splits of a search that begins.

        Returns
        -------
        seed, splits
            Those of the search that is stored.

        Raises
        ------
        ValueError
            If it is a different search; says what differs.
        """
        if self._is_empty:
            self._begin_search(as_plain(description), seed, splits)
            return seed, splits
        stored = dict(self._query("SELECT key, value FROM search"))
        differ = differences(json.loads(stored["description"]), as_plain(description))
        if differ:
            raise ValueError(
                f"storage={str(self.path)!r} holds another search, which this one cannot go on "
                f"with. {'. '.join(differ)}. Give another file, or what was given then."
            )
        rows = self._query("SELECT train, test FROM splits ORDER BY split")
        return int(stored["seed"]), [(_unpack(train), _unpack(test)) for train, test in rows]

    def trials(self, space):
        """Return the finished trials in the order in which they ended."""
        folds = self._read_folds()
        rows = self._query(
            "SELECT id, number, configuration, branch, params, n_resources, score "
            "FROM trials ORDER BY id"
        )
        return [
            TrialRecord(
                number=number,
                params=space.from_json({"branch": branch, "values": json.loads(params)}),
                configuration=configuration,
                n_resources=n_resources,
                folds=folds[key],
                score=math.nan if score is None else score,
            )
            for key, number, configuration, branch, params, n_resources, score in rows
        ]

    def record(self, trial, space):
        """Store a finished trial; when this returns, it is on the disk."""
        stored = space.to_json(trial.params)
        key = self._execute(
            "INSERT INTO trials (number, configuration, branch, params, n_resources, score, ended)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                trial.number,
                trial.configuration,
                stored["branch"],
                json.dumps(stored["values"]),
                trial.n_resources,
                _number(trial.score),
                datetime.now(UTC).isoformat(timespec="milliseconds"),
            ),
        ).lastrowid
        for split, fold in enumerate(trial.folds):
            self._execute("INSERT INTO fits VALUES (?, ?, ?, ?, ?, ?)", (key, split, *_fit(fold)))
            for row in _scores(fold):
                self._execute("INSERT INTO scores VALUES (?, ?, ?, ?, ?)", (key, split, *row))
        self._commit()

    def close(self):
        """Let go of the file."""
        self._db.close()

    # ------------------------------------------------------------ within
    def _take_over(self):
        """Become the only writer, of a file that is ours or empty."""
        self._db.execute("PRAGMA busy_timeout = 0")
        for attempt in range(ATTEMPTS):
            if attempt:
                self._execute("ROLLBACK")
                time.sleep(PAUSE)
            self._execute("BEGIN IMMEDIATE")
        self._db.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        self._is_empty = not self._query("SELECT 1 FROM sqlite_master")
        mark = self._query("PRAGMA application_id")[0][0], self._query("PRAGMA user_version")[0][0]
        if not self._is_empty and mark != (APPLICATION_ID, LAYOUT):
            raise ValueError(
                f"storage={str(self.path)!r} is a database of something else, or of another "
                "version of sknn_tune. Give another file."
            )

    def _begin_search(self, description, seed, splits):
        self._execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._execute(f"PRAGMA user_version = {LAYOUT}")
        for statement in TABLES.split(";")[:-1]:
            self._execute(statement)
        for item in {"description": json.dumps(description), "seed": str(seed)}.items():
            self._execute("INSERT INTO search VALUES (?, ?)", item)
        for number, (train, test) in enumerate(splits):
            self._execute(
                "INSERT INTO splits VALUES (?, ?, ?)", (number, *map(_pack, (train, test)))
            )
        self._commit()

    def _read_folds(self):
        """Return the folds of every trial by its id."""
        folds = {}
        for key, _, *fit in self._query("SELECT * FROM fits ORDER BY trial, split"):
            names = ("fit_time", "score_time", "n_test_samples", "fit_error")
            folds.setdefault(key, []).append(dict(zip(names, fit, strict=True)))
        for key, split, part, metric, value in self._query("SELECT * FROM scores ORDER BY rowid"):
            value = math.nan if value is None else value
            if metric is None:
                folds[key][split][part] = value
            else:
                folds[key][split].setdefault(part, {})[metric] = value
        return folds

    def _commit(self):
        self._execute("COMMIT")
        self._execute("BEGIN IMMEDIATE")

    def _query(self, statement):
        return self._execute(statement).fetchall()

    def _execute(self, statement, values=()):
        try:
            return self._db.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise self._explain(error) from error

    def _explain(self, error):
        where = f"storage={str(self.path)!r}"
        text = str(error)
        if "locked" in text:
            return ValueError(
                f"{where} is in use by another search. Wait until it has ended, or give another "
                "file; sknn_tune.search_history shows how far it is."
            )
        if "not a database" in text:
            return ValueError(f"{where} is not a database. Give another file.")
        full = "full" in text
        return OSError(
            errno.ENOSPC if full else errno.EIO,
            f"{where} could not be written: {text}. The trials stored before are safe; "
            f"{'make room and ' if full else ''}fit again with the same storage to go on.",
        )


def _pack(rows):
    rows = np.asarray(rows)
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows
    return zlib.compress(rows.astype("<i8").tobytes(), 1)


def _unpack(blob):
    return np.frombuffer(zlib.decompress(blob), dtype="<i8").astype(np.intp)


def _number(value):
    """Return a float as SQLite holds it; it has no nan."""
    return None if math.isnan(value) else float(value)


def _fit(fold):
    return (
        float(fold["fit_time"]),
        float(fold["score_time"]),
        None if fold["n_test_samples"] is None else int(fold["n_test_samples"]),
        fold["fit_error"],
    )


def _scores(fold):
    """Yield part, metric (None where there is but one) and value of a fold's scores."""
    for part in ("test_scores", "train_scores"):
        if part not in fold:
            continue
        if isinstance(fold[part], dict):
            yield from ((part, name, _number(value)) for name, value in fold[part].items())
        else:
            yield part, None, _number(fold[part])
