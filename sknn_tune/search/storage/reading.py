"""Reads all of a journal that can be read, and says what cannot."""

import os
from collections.abc import Callable, Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sknn_tune.search.storage.database import DamagedDatabase, Database
from sknn_tune.search.storage.layout import check_layout
from sknn_tune.search.storage.rows import (
    DamagedRow,
    StoredTrial,
    check_row,
    is_count,
    read_json,
    trial_from_json,
)

# No trial takes fewer bytes in the file.
_LEAST_BYTES = 64
# So many places of damage are named.
_N_NAMED = 3
# The key of the trials that were started and have not ended.
UNENDED = "unended"
T = TypeVar("T")
_TRIALS = "SELECT id, number, ended, record, checksum FROM trials"


@dataclass(frozen=True)
class Contents(Generic[T]):
    """What can be read of a journal.

    Parameters
    ----------
    description : dict or None
        What the search belongs to; None where that is damaged.
    seed : int or None
        Likewise.
    n_trials : int or None
        How many were stored; None where that is damaged.
    trials : list
        Those that can be read, decoded, in the order in which they ended.
    damage : list of str
        What cannot be read, as phrases.
    """

    description: dict[str, Any] | None
    seed: int | None
    n_trials: int | None
    trials: list[T]
    damage: list[str]


def read_journal(
    database: Database, decode: Callable[[StoredTrial, list[dict] | None], T]
) -> Contents[T]:
    """Return what can be read of a journal, checked row by row.

    Parameters
    ----------
    database : Database
    decode : callable
        Takes a stored trial and the description of the space (None where that is damaged), and
        returns the trial as it is wanted, or raises `DamagedRow`.

    Raises
    ------
    ValueError
        If the file is something else, or nothing of it can be read.
    """
    damage = check_layout(database)
    settings = _read_settings(database, damage)
    branches = None
    if settings["description"] is not None:
        branches = settings["description"]["param_distributions"]
    stored = _read_trials(database, settings["n_trials"], branches, damage)
    trials = []
    for trial in stored:
        try:
            trials.append(decode(trial, branches))
        except DamagedRow as error:
            damage.append(f"trial number {trial.number}: {error.reason}")
    return Contents(**settings, trials=trials, damage=damage)


def read_unended(database: Database, branches: list[dict], taken: Set[int]) -> list[StoredTrial]:
    """Return the trials that were running when the process of a search ended without warning.

    Parameters
    ----------
    database : Database
    branches : list of dict
        The description of the space.
    taken : set of int
        Numbers of trials that have ended.

    Raises
    ------
    DamagedDatabase, DamagedRow
        If their row is not one that a search has written.
    """
    rows = database.query("SELECT key, value, checksum FROM search WHERE key = ?", (UNENDED,))
    if not rows:
        return []
    check_row(*rows[0])
    trials = read_json(rows[0][1])
    if not isinstance(trials, dict):
        raise DamagedRow("they are not by number")
    unended = [
        trial_from_json(read_json(number), "", record, branches, is_unended=True)
        for number, record in trials.items()
    ]
    if any(trial.number in taken for trial in unended):
        raise DamagedRow("one of them has ended")
    return unended


def describe_damage(path: str, contents: Contents) -> str:
    """Return a sentence that names the damage, and one that says what can still be read."""
    named, more = contents.damage[:_N_NAMED], len(contents.damage) - _N_NAMED
    of = "" if contents.n_trials is None else f" of {contents.n_trials}"
    return (
        f"storage={path!r} is damaged: {'; '.join(named)}"
        f"{f'; and {more} more' if more > 0 else ''}. "
        f"{len(contents.trials)}{of} trials can still be read."
    )


def _read_settings(database: Database, damage: list[str]) -> dict[str, Any]:
    settings = dict.fromkeys(("description", "seed", "n_trials"))
    for key in settings:
        try:
            settings[key] = _read_setting(database, key)
        except (DamagedDatabase, DamagedRow) as error:
            damage.append(f"the {key.replace('n_trials', 'number of trials')}: {error.reason}")
    return settings


def read_count(database: Database, key: str) -> int:
    """Return a number that the journal holds about the search; raise `DamagedRow` without one."""
    return int(_read_setting(database, key))


def _read_setting(database: Database, key: str) -> Any:
    rows = database.query("SELECT key, value, checksum FROM search WHERE key = ?", (key,))
    if len(rows) != 1:
        raise DamagedRow("it is missing")
    check_row(*rows[0])
    value = read_json(rows[0][1])
    if rows[0][0] == "description":
        _check_description(value)
    elif not is_count(value):
        raise DamagedRow(f"it is {value!r}")
    return value


def _check_description(value: object) -> None:
    """Raise unless the parameters of a trial can be looked up in it."""
    branches = value.get("param_distributions") if isinstance(value, dict) else None
    if not isinstance(branches, list) or not all(isinstance(b, dict) for b in branches):
        raise DamagedRow("it has no param_distributions")


def _read_trials(
    database: Database, n_trials: int | None, branches: list[dict] | None, damage: list[str]
) -> list[StoredTrial]:
    rows = _trial_rows(database, n_trials)
    trials: dict[int, StoredTrial] = {}
    for key, number, ended, record, digest in rows:
        try:
            check_row(key, number, ended, record, digest)
            trial = trial_from_json(number, ended, record, branches)
            if trial.number in trials:
                raise DamagedRow(f"it has the number {trial.number}, as another one")
            trials[trial.number] = trial
        except DamagedRow as error:
            damage.append(f"trial {key}: {error.reason}")
    if n_trials is not None:
        n_counted = sum(1 <= row[0] <= n_trials for row in rows)
        if n_counted < n_trials:
            damage.append(f"trials that are missing: {n_trials - n_counted}")
        if n_counted < len(rows):
            damage.append(f"trials beyond the last one: {len(rows) - n_counted}")
    return list(trials.values())


def _trial_rows(database: Database, n_trials: int | None) -> list[tuple]:
    """Return the rows in the order of their ids; after an error of SQLite those it can find."""
    try:
        return database.query(f"{_TRIALS} ORDER BY id")
    except DamagedDatabase:
        return list(_rows_one_by_one(database, n_trials))


def _rows_one_by_one(database: Database, n_trials: int | None) -> Iterator[tuple]:
    most = os.path.getsize(database.path) // _LEAST_BYTES
    for key in range(1, min(n_trials or most, most) + 1):
        with suppress(DamagedDatabase):
            yield from database.query(f"{_TRIALS} WHERE id = ?", (key,))
