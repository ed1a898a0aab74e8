"""Journals damaged in every way: no raw error, and nothing that was stored changes in silence."""

import itertools
import json
import os
import shutil
import sqlite3
import warnings
import zlib
from contextlib import closing, suppress
from functools import partial

import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from search_problems import Hill, X, y

from sknn_tune import BayesSearchCV, hidden_layers, search_history
from sknn_tune.search.storage import journal
from sknn_tune.search.storage.rows import checksum

SPACE = [
    {"a": uniform(-5, 10), "kind": ["plain", None, "odd"]},
    {"b": loguniform(1e-3, 1e3), "log": hidden_layers((1, 2), (2, 9))},
]
N_TRIALS, N_SPLITS = 12, 3


class Layers(Hill):
    """Takes a tuple of layer sizes, to have all kinds of parameters."""

    def fit(self, X, y):
        return self


def up(estimator, X, y):
    return estimator.score(X, y)


def down(estimator, X, y):
    return -estimator.score(X, y)


#: Parameters of the searches whose journals are damaged in turns.
SEARCHES = [
    {"n_iter": N_TRIALS},
    {
        "n_iter": 9,
        "resource": "max_iter",
        "min_resources": 1,
        "scoring": {"up": up, "down": down},
        "objective": "up",
        "return_train_score": True,
    },
]


def search(path, **params):
    return BayesSearchCV(
        Layers(), SPACE, cv=N_SPLITS, random_state=0, refit=False, storage=path, **params
    ).fit(X, y)


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    """The journals before the damage."""
    paths = [tmp_path_factory.mktemp("intact") / f"{i}.db" for i in range(len(SEARCHES))]
    for path, params in zip(paths, SEARCHES, strict=True):
        search(path, **params)
    return paths


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    monkeypatch.setattr(journal, "_PAUSE", 0.0)


# ------------------------------------------------------------ what is done to the file
def edit(change, path, rng):
    """Change the bytes of the file."""
    content = bytearray(path.read_bytes())
    path.write_bytes(change(content, rng))


def flip_a_bit(content, rng):
    content[rng.integers(len(content))] ^= 1 << rng.integers(8)
    return content


def flip_bits_of_the_header(content, rng):
    for _ in range(rng.integers(1, 4)):
        content[rng.integers(100)] ^= 1 << rng.integers(8)
    return content


def flip_bits(content, rng):
    for place in rng.integers(len(content), size=rng.integers(2, 40)):
        content[place] ^= 1 << rng.integers(8)
    return content


def truncate(content, rng):
    return content[: rng.integers(1, len(content))]


def overwrite_a_block(content, rng):
    start, size = rng.integers(len(content)), rng.integers(1, 5000)
    block = bytes(size) if rng.random() < 0.5 else rng.bytes(size)
    content[start : start + size] = block[: len(content) - start]
    return content


def exchange_pages(content, rng):
    one, two = rng.permutation(len(content) // 4096)[:2] * 4096
    content[one : one + 4096], content[two : two + 4096] = (
        content[two : two + 4096],
        content[one : one + 4096],
    )
    return content


def by_sql(change, path, rng):
    """Change the file as somebody would who has sqlite3 at hand."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        change(database, rng)


def some_cell(database, rng):
    """A random row of a random table, and one of its columns."""
    table = rng.choice(["search", "blobs", "trials"])
    rowid = rng.choice([r for (r,) in database.execute(f"SELECT rowid FROM {table}")])
    names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    return str(table), int(rowid), str(rng.choice(names))


def delete_rows(database, rng):
    for _ in range(rng.integers(1, 4)):
        table, rowid, _ = some_cell(database, rng)
        database.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))


def delete_the_last_trials(database, rng):
    n_kept = int(rng.integers(N_TRIALS))
    database.execute("DELETE FROM trials WHERE id > ?", (n_kept,))


def put_another_type(database, rng):
    table, rowid, column = some_cell(database, rng)
    value = [7, -1, 2**62, 1.5, float("inf"), "text", "", b"bytes", b"", "\ud7ff"][rng.integers(10)]
    with suppress(sqlite3.IntegrityError):
        database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, rowid))


def put_text_that_is_no_unicode(database, rng):
    table, rowid, column = some_cell(database, rng)
    text = f"CAST(x'80ff{rng.bytes(3).hex()}' AS TEXT)"
    with suppress(sqlite3.IntegrityError):
        database.execute(f"UPDATE {table} SET {column} = {text} WHERE rowid = ?", (rowid,))


def edit_a_score(database, rng):
    (rowid, record), *_ = database.execute("SELECT id, record FROM trials ORDER BY random()")
    trial = json.loads(record)
    trial["folds"][rng.integers(N_SPLITS)]["test_scores"] = float(rng.normal())
    database.execute("UPDATE trials SET record = ? WHERE id = ?", (json.dumps(trial), rowid))


def exchange_rows(database, rng):
    one, two = (int(i) for i in rng.permutation(N_TRIALS)[:2] + 1)
    database.execute("UPDATE trials SET id = -1 WHERE id = ?", (one,))
    database.execute("UPDATE trials SET id = ? WHERE id = ?", (one, two))
    database.execute("UPDATE trials SET id = ? WHERE id = -1", (two,))


def copy_a_row(database, rng):
    database.execute(
        "INSERT INTO trials SELECT id + 100, number + 100, ended, record, checksum FROM trials"
        " WHERE id = ?",
        (int(rng.integers(N_TRIALS)) + 1,),
    )


SCHEMAS = [
    "CREATE VIEW more AS SELECT * FROM trials",
    "CREATE TRIGGER on_insert AFTER INSERT ON trials BEGIN DELETE FROM trials; END",
    "CREATE INDEX by_time ON trials (ended)",
    "CREATE TABLE notes (text)",
    "ALTER TABLE trials ADD COLUMN more TEXT",
    "ALTER TABLE trials RENAME TO attempts",
    "DROP TABLE blobs",
    "ALTER TABLE trials RENAME TO real; CREATE VIEW trials AS SELECT * FROM real",
    "ALTER TABLE trials RENAME TO t; CREATE VIEW trials AS WITH RECURSIVE r(id) AS (SELECT 1 UNION "
    "ALL SELECT id + 1 FROM r) SELECT id, id AS number, '' AS ended, '' AS record, '' AS checksum "
    "FROM r",
]


def change_the_schema(database, rng):
    database.executescript(SCHEMAS[rng.integers(len(SCHEMAS))])


def leave_another_file(suffix, path, rng):
    path.with_name(path.name + suffix).write_bytes(rng.bytes(5000))


BY_ACCIDENT = {
    **{
        change.__name__: partial(edit, change)
        for change in (
            flip_a_bit,
            flip_bits_of_the_header,
            flip_bits,
            truncate,
            overwrite_a_block,
            exchange_pages,
        )
    },
    **{
        change.__name__: partial(by_sql, change)
        for change in (
            delete_rows,
            delete_the_last_trials,
            put_another_type,
            put_text_that_is_no_unicode,
            edit_a_score,
            exchange_rows,
            copy_a_row,
            change_the_schema,
        )
    },
    "leave_a_rollback_journal": partial(leave_another_file, "-journal"),
    "leave_a_log": partial(leave_another_file, "-wal"),
}


# ------------------------------------------------------------ what is done on purpose
def put(database, table, rowid, **columns):
    """Change columns of a row and make its checksum match."""
    for column, value in columns.items():
        database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, rowid))
    row = database.execute(f"SELECT * FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
    database.execute(
        f"UPDATE {table} SET checksum = ? WHERE rowid = ?", (checksum(*row[:-1]), rowid)
    )


VALUES = [None, True, -1, 10**30, 1e308, "x", [], [[]], {}, {"a": 1}, float("nan"), 2**63]
TEXTS = ["", "{", "[" * 100_000, "9" * 5000, '{"version": 1}', "null", '"text"', "1e999"]


def forge_json(database, rng):
    """Put something else at one place of a JSON text."""
    table, column = [("trials", "record"), ("search", "value")][rng.integers(2)]
    rows = database.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
    rowid, text = rows[rng.integers(len(rows))]
    value = json.loads(text)
    places = [
        (holder, key)
        for holder in walk(value)
        for key in (holder if isinstance(holder, dict) else range(len(holder)))
    ]
    if places and rng.random() < 0.8:
        holder, key = places[rng.integers(len(places))]
        if isinstance(holder, dict) and rng.random() < 0.2:
            del holder[key]
        else:
            holder[key] = VALUES[rng.integers(len(VALUES))]
        text = json.dumps(value)
    else:
        text = TEXTS[rng.integers(len(TEXTS))]
    put(database, table, rowid, **{column: text})


def walk(value):
    """Every dict and list within a value."""
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from walk(inner)


def forge_splits(database, rng):
    rows = [
        np.array([0, 1, 1]),
        np.array([-1, 3]),
        np.array([0, 12]),
        np.arange(12),
        np.arange(13),
        np.zeros(10**6, dtype=int),
        np.array([2**63 - 1]),
    ][rng.integers(7)]
    content = rows.astype("<i8").tobytes()[int(rng.integers(2)) :]
    size = len(content) - int(rng.integers(2))
    put(database, "blobs", rowid_of(rng, "blobs"), size=size, content=zlib.compress(content, 9))


def forge_a_bomb(database, rng):
    bomb = zlib.compress(bytes(10**8), 9)
    size = int(rng.choice([10**8, 96, 2**62, -1]))
    put(database, "blobs", rowid_of(rng, "blobs"), size=size, content=bomb)


def rowid_of(rng, table):
    return int(rng.integers({"blobs": 2 * N_SPLITS, "trials": N_TRIALS}[table])) + 1


def forge_the_count(database, rng):
    count = str([0, 5, 13, 10**18, 2**62][rng.integers(5)])
    rowid = database.execute("SELECT rowid FROM search WHERE key = 'n_trials'").fetchone()[0]
    put(database, "search", rowid, value=count)


ON_PURPOSE = {
    change.__name__: partial(by_sql, change)
    for change in (forge_json, forge_splits, forge_a_bomb, forge_the_count)
}


# ------------------------------------------------------------ what is found
def history_of(path):
    """Every cell as text by trial number and column, and whether there was a warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = search_history(path)
    assert all(str(path) in str(w.message) for w in caught)
    cells = {
        (row["number"], column): repr(value)
        for _, row in table.iterrows()
        for column, value in row.dropna().items()
    }
    return cells, bool(caught)


def resumed(path, params):
    results = search(path, **params).cv_results_
    scores = {name: results[name].tolist() for name in results if "_test_" in name}
    return repr(results["params"]), repr(scores)


def attempt(read, *arguments):
    """Return what is read, None where it is refused by an error that names the file."""
    try:
        return read(*arguments)
    except (ValueError, OSError) as error:
        is_ours = str(arguments[0]) in str(error) and not isinstance(error, UnicodeError)
        if not is_ours:
            raise
        return None


def rounds(n):
    """So many damages, each kind as often as the others."""
    return itertools.islice(itertools.cycle((BY_ACCIDENT | ON_PURPOSE).items()), n)


def damage_journals(intact, folder, n):
    whole = [history_of(path)[0] for path in intact]
    results = [resumed(path, params) for path, params in zip(intact, SEARCHES, strict=True)]
    for seed, (name, damage) in enumerate(rounds(n)):
        rng = np.random.default_rng(seed)
        i = rng.integers(len(SEARCHES))
        path = folder / f"{seed}.db"
        shutil.copy(intact[i], path)
        damage(path, rng)
        history = attempt(history_of, path)
        result = attempt(resumed, path, SEARCHES[i])
        if name in BY_ACCIDENT:
            where = f"{name}, seed {seed}"
            assert result in (None, results[i]), where
            if history is not None:
                cells, warned = history
                assert cells == whole[i] or (warned and cells.items() <= whole[i].items()), where
        for file in folder.iterdir():
            os.remove(file)


def test_damaged_journals(intact, tmp_path):
    damage_journals(intact, tmp_path, 60)


@pytest.mark.slow
def test_600_damaged_journals(intact, tmp_path):
    damage_journals(intact, tmp_path, 600)
