"""The journal of a search on disk: every trial as it ends, in a SQLite database.

Each trial is one transaction: if the machine crashes at any moment, the file holds exactly the
trials whose end was reported.
"""

import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Self

from sknn_tune.search.engine.space import Space
from sknn_tune.search.storage.database import PATIENCE, DamagedDatabase, Database
from sknn_tune.search.storage.decoding import TrialDecoder
from sknn_tune.search.storage.fingerprint import as_plain, differences
from sknn_tune.search.storage.layout import create_tables, is_blank
from sknn_tune.search.storage.path import storage_path
from sknn_tune.search.storage.predictions import (
    NAME,
    key_of,
    pack_predictions,
    unpack_predictions,
)
from sknn_tune.search.storage.reading import (
    UNENDED,
    Contents,
    describe_damage,
    read_count,
    read_journal,
    read_unended,
)
from sknn_tune.search.storage.rows import (
    DamagedRow,
    check_row,
    checksum,
    trial_to_json,
)
from sknn_tune.search.storage.splits import Split, as_rows, pack_splits, unpack_splits
from sknn_tune.search.storage.trial_records import TrialRecord

# A second process tries so often, so many seconds apart, to find the file free. The first one
# releases it for microseconds only, between two transactions.
_ATTEMPTS, _PAUSE = 3, 0.02
# The last column of each is the checksum.
_SET = "REPLACE INTO search VALUES (?, ?, ?)"
_UNSET = "DELETE FROM search WHERE key = ?"
_ADD_BLOB = "INSERT INTO blobs VALUES (?, ?, ?, ?, ?)"
_FORGET = "DELETE FROM blobs WHERE trial = ? AND name = ?"
_ADD_TRIAL = "INSERT INTO trials VALUES (?, ?, ?, ?, ?)"
_BLOBS = "SELECT trial, name, size, content, checksum FROM blobs"
# The trial under which the blobs of the search itself are stored.
_OF_THE_SEARCH = 0


class NoJournal:
    """The journal of a search without `storage`; stores nothing."""

    def __init__(self, seed: int, splits: list) -> None:
        self.seed, self.splits = seed, splits
        self.trials: list[TrialRecord] = []
        self.unended: list[TrialRecord] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Release nothing."""

    def start(self, trial: TrialRecord) -> None:
        """Store nothing."""

    def record(self, trial: TrialRecord, forgotten: Sequence[TrialRecord] = ()) -> None:
        """Store nothing."""


class Journal:
    """The stored trials of one search; a context that closes the file.

    A write transaction is open between two trials, empty, so that a second process is refused
    while readers are not.

    Parameters
    ----------
    storage : str or path-like
        File of the database, created if there is none.
    space : Space
        Turns configurations into JSON and back.
    description : dict
        What the search belongs to, as plain values.
    seed : int
        Seed of a search that starts.
    splits : list of (train, test)
        Rows of the splits of a search that starts.
    n_rows : int
        Number of rows of the data.

    Attributes
    ----------
    seed, splits
        Those of the search that is stored.
    trials : list of TrialRecord
        What was stored before, in the order in which the trials ended.
    unended : list of TrialRecord
        Those that were running when the process of the search ended, perhaps by one of them.

    Raises
    ------
    ValueError
        If the file is not the journal of this search, is damaged, or another process writes to
        it.
    OSError
        If the disk is full or the file cannot be written. What was stored before is safe.
    """

    def __init__(
        self,
        storage: str | os.PathLike,
        space: Space,
        description: dict[str, Any],
        seed: int,
        splits: list,
        n_rows: int,
    ) -> None:
        self._space = space
        self.unended: list[TrialRecord] = []
        # joblib's threads start trials.
        self._lock, self._is_closed = threading.Lock(), False
        self._keeps_predictions = "keep_predictions" in description
        self._database = Database(storage_path(storage))
        try:
            self._become_only_writer()
            drawn = as_rows(splits, n_rows)
            if is_blank(self._database):
                self.seed, self.splits = seed, drawn
                self.trials: list[TrialRecord] = []
                self._start(as_plain(description))
            else:
                contents = self._read(as_plain(description), len(drawn))
                self.seed, self.trials = int(contents.seed or 0), contents.trials
                self.splits = self._read_splits(contents, drawn, n_rows)
                if self._keeps_predictions:
                    self._read_predictions(contents)
        except BaseException:
            self._database.close()
            raise
        self._n_trials = len(self.trials)
        self._n_predictions = sum(trial.predictions is not None for trial in self.trials)
        self._marks = {trial.number: self._as_json(trial) for trial in self.unended}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        """Release the file. A trial is to blame for an end of the process, not of the search."""
        with self._lock:
            # A fit that calls sys.exit would do so in every run.
            if kind is None or not issubclass(kind, SystemExit):
                with suppress(OSError, ValueError):  # the mark stays, and costs a little time
                    kept = {trial.number for trial in self.unended}
                    self._mark({n: mark for n, mark in self._marks.items() if n in kept})
            self._database.close()
            self._is_closed = True

    def start(self, trial: TrialRecord) -> None:
        """Mark a trial as running, for a run after one whose process it ends."""
        with self._lock:
            if self._is_closed:  # by an error, while a thread looked for another trial
                return
            self._mark({**self._marks, trial.number: self._as_json(trial)})

    def record(self, trial: TrialRecord, forgotten: Sequence[TrialRecord] = ()) -> None:
        """Store a finished trial, and drop the predictions of `forgotten` ones.

        When this returns, it is on the disk.
        """
        ended = datetime.now(UTC).isoformat(timespec="milliseconds")
        forgotten = [each for each in forgotten if each is not trial]
        with self._lock:
            marks = {n: mark for n, mark in self._marks.items() if n != trial.number}
            n_trials = self._n_trials + 1
            n_predictions = self._n_predictions - len(forgotten)
            n_predictions += trial.predictions is not None
            with self._transaction():
                self._write(_ADD_TRIAL, n_trials, trial.number, ended, self._as_json(trial))
                self._write(_SET, "n_trials", json.dumps(n_trials))
                self._write_marks(marks)
                if self._keeps_predictions:
                    self._write_predictions(trial, forgotten)
                    self._write(_SET, "n_predictions", json.dumps(n_predictions))
            self._n_trials, self._n_predictions, self._marks = n_trials, n_predictions, marks

    def _write_predictions(self, trial: TrialRecord, forgotten: list[TrialRecord]) -> None:
        if trial.predictions is not None:
            blob = pack_predictions(trial.predictions)
            self._write(_ADD_BLOB, key_of(trial.number), NAME, *blob)
        for each in forgotten:
            self._database.execute(_FORGET, (key_of(each.number), NAME))

    # ------------------------------------------------------------ a search that starts
    def _start(self, description: dict[str, Any]) -> None:
        settings = {"description": description, "seed": self.seed, "n_trials": 0}
        if self._keeps_predictions:
            settings["n_predictions"] = 0
        with self._transaction():
            create_tables(self._database)
            for key, value in settings.items():
                self._write(_SET, key, json.dumps(value))
            for blob in pack_splits(self.splits):
                self._write(_ADD_BLOB, _OF_THE_SEARCH, *blob)

    # ------------------------------------------------------------ a search that resumes
    def _read(self, description: dict[str, Any], n_splits: int) -> Contents[TrialRecord]:
        decoder = TrialDecoder(self._space, description, n_splits)
        contents = read_journal(self._database, decoder)
        # Of another search no trial makes sense, so this is looked at before any damage.
        differ = contents.description and differences(contents.description, description)
        if differ:
            raise ValueError(
                f"storage={self._database.path!r} holds another search, which this one cannot "
                f"resume. {'. '.join(differ)}. Give another file, or what was given then."
            )
        self._refuse_damage(contents)
        try:
            taken = {trial.number for trial in contents.trials}
            unended = read_unended(self._database, description["param_distributions"], taken)
            self.unended = [decoder.decode_unended(trial) for trial in unended]
        except (DamagedDatabase, DamagedRow) as error:
            contents.damage.append(f"the trials that were running: {error.reason}")
        self._refuse_damage(contents)
        return contents

    def _read_splits(
        self, contents: Contents[TrialRecord], drawn: list[Split], n_rows: int
    ) -> list[Split]:
        try:
            rows = self._database.query(f"{_BLOBS} WHERE trial = ?", (_OF_THE_SEARCH,))
            for row in rows:
                check_row(*row)
            return unpack_splits({row[1]: row[2:4] for row in rows}, drawn, n_rows)
        except (DamagedDatabase, DamagedRow) as error:
            contents.damage.append(f"the splits: {error.reason}")
            self._refuse_damage(contents)
            raise

    def _read_predictions(self, contents: Contents[TrialRecord]) -> None:
        """Give the trials their predictions."""
        trials = {key_of(trial.number): trial for trial in self.trials}
        n_rows = sum(len(test) for _, test in self.splits)
        try:
            rows = self._database.query(f"{_BLOBS} WHERE trial <> ?", (_OF_THE_SEARCH,))
            for row in rows:
                check_row(*row)
                if row[1] != NAME or row[0] not in trials:
                    raise DamagedRow(f"there is no {row[1]!r} of trial {row[0]!r}")
                trials[row[0]].predictions = unpack_predictions(row[2], row[3], n_rows)
            n_stored = read_count(self._database, "n_predictions")
            if n_stored != len(rows):
                raise DamagedRow(f"there are {len(rows)} of {n_stored}")
        except (DamagedDatabase, DamagedRow) as error:
            contents.damage.append(f"the predictions: {error.reason}")
            self._refuse_damage(contents)

    def _refuse_damage(self, contents: Contents[TrialRecord]) -> None:
        if not contents.damage:
            return
        message = describe_damage(self._database.path, contents)
        if contents.trials:
            message += " sknn_tune.search_history returns those, for prior_results."
        raise ValueError(f"{message} A search cannot resume from it; give another file.")

    # ------------------------------------------------------------ trials that run
    def _mark(self, marks: dict[int, str]) -> None:
        """Store the marks of all trials that run, and no others."""
        with self._transaction():
            self._write_marks(marks)
        self._marks = marks

    def _write_marks(self, marks: dict[int, str]) -> None:
        if marks == self._marks:
            return
        if marks:
            self._write(_SET, UNENDED, json.dumps(marks))
        else:
            self._database.execute(_UNSET, (UNENDED,))

    def _as_json(self, trial: TrialRecord) -> str:
        stored = self._space.to_json(trial.params)
        return trial_to_json(trial, stored["branch"], stored["values"])

    # ------------------------------------------------------------ rows and transactions
    def _become_only_writer(self) -> None:
        self._database.execute("PRAGMA busy_timeout = 0")
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._database.execute("ROLLBACK")
                time.sleep(_PAUSE)
            self._database.execute("BEGIN IMMEDIATE")
        self._database.execute(f"PRAGMA busy_timeout = {int(1000 * PATIENCE)}")

    def _write(self, statement: str, *columns: object) -> None:
        self._database.execute(statement, (*columns, checksum(*columns)))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Write all of a block or, where it does not come to its end, nothing of it."""
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            with suppress(OSError, ValueError):  # SQLite may have done so, as of a full disk
                self._database.execute("ROLLBACK")
            with suppress(OSError, ValueError):
                self._database.execute("BEGIN IMMEDIATE")
            raise
        self._database.execute("BEGIN IMMEDIATE")
