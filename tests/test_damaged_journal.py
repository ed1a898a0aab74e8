"""A damaged journal: what is said, what can still be read, what is never trusted.

Many more kinds of damage are in fuzz/test_journal_fuzz.py.
"""

import json
import sqlite3
import tracemalloc
import zlib
from contextlib import closing

import numpy as np
import pytest
from search_problems import SPACE, Hill, X, y

from sknn_tune import BayesSearchCV, search_history
from sknn_tune.search.storage import rows, splits

N_TRIALS = 6


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "search.db"
    fit(path)
    return path


def fit(path, **kwargs):
    kwargs = {"n_iter": N_TRIALS, "cv": 3, "random_state": 0, "refit": False, **kwargs}
    return BayesSearchCV(Hill(), SPACE, storage=path, **kwargs).fit(X, y)


def execute(path, statement, values=()):
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        return database.execute(statement, values).fetchall()


def put(path, table, where, **columns):
    """Change columns of a row and give it the checksum that they have."""
    for column, value in columns.items():
        execute(path, f"UPDATE {table} SET {column} = ? WHERE {where}", (value,))
    (row,) = execute(path, f"SELECT * FROM {table} WHERE {where}")
    execute(path, f"UPDATE {table} SET checksum = ? WHERE {where}", (rows.checksum(*row[:-1]),))


# ------------------------------------------------------------ what is said, what is read
def test_a_changed_score_is_noticed_and_the_other_trials_are_read(path):
    whole = search_history(path)
    ((record,),) = execute(path, "SELECT record FROM trials WHERE id = 3")
    trial = json.loads(record)
    trial["folds"][0]["test_scores"] += 0.5
    execute(path, "UPDATE trials SET record = ? WHERE id = 3", (json.dumps(trial),))
    says = rf"storage='{path}' is damaged: trial 3: its checksum does not match\. 5 of 6 trials can"
    with pytest.raises(ValueError, match=rf"{says}.*search_history returns those.*another file"):
        fit(path)
    with pytest.warns(UserWarning, match=says):
        history = search_history(path)
    assert history["number"].tolist() == [0, 1, 3, 4, 5]
    assert history["score"].tolist() == whole["score"].drop(2).tolist()


@pytest.mark.parametrize(
    ("statement", "says", "n_left"),
    [
        ("DELETE FROM trials WHERE id = 2", "trials that are missing: 1. 5 of 6", 5),
        ("DELETE FROM trials WHERE id > 4", "trials that are missing: 2. 4 of 6", 4),
        ("DELETE FROM search WHERE key = 'seed'", "the seed: it is missing. 6 of 6", 6),
        ("DELETE FROM search WHERE key = 'n_trials'", "the number of trials: it is m.*. 6 tri", 6),
        ("UPDATE trials SET ended = 'now' WHERE id = 1", "trial 1: its checksum", 5),
        ("PRAGMA user_version = 3", "the header: it says layout 3, .* reads 2. 6 of 6", 6),
        ("PRAGMA application_id = 3", "the header: it names another program. 6 of 6", 6),
    ],
)
def test_what_is_missing_is_noticed(path, statement, says, n_left):
    execute(path, statement)
    with pytest.raises(ValueError, match=says):
        fit(path)
    with pytest.warns(UserWarning, match=says):
        assert len(search_history(path)) == n_left


def test_damaged_splits_end_a_search_but_not_its_history(path):
    execute(path, "DELETE FROM blobs WHERE name = 'split1_test'")
    with pytest.raises(ValueError, match=r"damaged: the splits: they are not 3\. 6 of 6"):
        fit(path)
    assert len(search_history(path)) == N_TRIALS


def test_without_the_description_choices_are_left_out(path):
    execute(path, "UPDATE search SET value = '{}' WHERE key = 'description'")
    with pytest.warns(UserWarning, match="the description: its checksum"):
        history = search_history(path)
    assert "param_kind" not in history.columns
    assert len(history["param_a"]) == N_TRIALS


@pytest.mark.parametrize("n_bytes", [24, 100, 3000])
def test_nothing_can_be_read_of_a_stump(path, n_bytes):
    path.write_bytes(path.read_bytes()[:n_bytes])
    for read in (fit, search_history):
        with pytest.raises(ValueError, match=rf"storage='{path}' is damaged"):
            read(path)


def test_what_is_left_of_a_truncated_file_is_read(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 4096])
    with pytest.warns(UserWarning, match=f"of {N_TRIALS} trials can still be read"):
        assert 0 < len(search_history(path)) < N_TRIALS


def test_an_earlier_layout_is_refused(tmp_path):
    path = tmp_path / "old.db"
    for statement in (
        "PRAGMA application_id = 0x736B6E6E",
        "PRAGMA user_version = 1",
        "CREATE TABLE search (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ):
        execute(path, statement)
    for read in (fit, search_history):
        with pytest.raises(ValueError, match=r"another version of sknn_tune \(layout 1, this .* 2"):
            read(path)


# ------------------------------------------------------------ what is never trusted
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW more AS SELECT * FROM trials",
        "CREATE TRIGGER t AFTER INSERT ON trials BEGIN DELETE FROM trials; END",
        "CREATE INDEX by_time ON trials (ended)",
        "ALTER TABLE trials ADD COLUMN more TEXT GENERATED ALWAYS AS (hex(record)) VIRTUAL",
    ],
)
def test_views_triggers_and_the_like_are_refused(path, statement):
    execute(path, statement)
    for read in (fit, search_history):
        with pytest.raises(ValueError, match="its tables are not those that a search makes"):
            read(path)


@pytest.mark.parametrize(
    ("forged", "says"),
    [
        ([-1, 2], "they hold rows outside of 0 to 11"),
        ([0, 12], "they hold rows outside of 0 to 11"),
        ([1, 1], "a row is twice in the same one"),
        (range(12), "a row is twice in the same one"),  # those of the test part as well
        ([0] * 13, "104 bytes where at most 96 are possible"),
    ],
)
def test_forged_splits_are_refused(path, forged, says):
    size, content = rows.pack_blob(np.array(forged, dtype="<i8").tobytes())
    put(path, "blobs", "name = 'split0_train'", size=size, content=content)
    with pytest.raises(ValueError, match=f"the splits: {says}"):
        fit(path)


@pytest.mark.parametrize("size", [96, 10**9])
def test_a_decompression_bomb_takes_no_memory(path, size):
    content = zlib.compress(bytes(2 * 10**8), 9)
    put(path, "blobs", "name = 'split0_train'", size=size, content=content)
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"the splits: (it does not hold|.* where at most)"):
        fit(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 10**7


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 2}, "unknown version"),
        ({"values": {}}, "its parameters are"),
        ({"values": {"a": 99.0, "b": 1.0, "kind": 0}}, "is not in the space"),
        ({"values": {"a": 0.0, "b": 1.0, "kind": 3}}, "kind=3"),
        ({"values": {"a": "0", "b": 1.0, "kind": 0}}, "is not in the space|cannot be read"),
        ({"branch": 1}, "branch=1"),
        ({"folds": []}, "it has no folds"),
        ({"score": None}, "score=None"),
        ({"configuration": -1}, "a number is negative"),
        ({"more": 1}, "its keys are"),
    ],
)
def test_a_forged_trial_is_refused(path, change, says):
    ((record,),) = execute(path, "SELECT record FROM trials WHERE id = 2")
    put(path, "trials", "id = 2", record=json.dumps(json.loads(record) | change))
    with pytest.raises(ValueError, match=says):
        fit(path)


RUNNING = {
    "version": 1,
    "configuration": 9,
    "branch": 0,
    "values": {"a": 0.0, "b": 1.0, "kind": 0},
    "n_resources": None,
    "score": np.nan,
    "folds": [],
}
OUTSIDE = RUNNING | {"values": {"a": 99.0, "b": 1.0, "kind": 0}}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("[]", "they are not by number"),
        ('{"9": 3}', "text is expected"),
        (json.dumps({"[]": json.dumps(RUNNING)}), "a number is negative"),
        (json.dumps({"1": json.dumps(RUNNING)}), "one of them has ended"),
        (json.dumps({"9": json.dumps(RUNNING | {"folds": [{}]})}), "it has folds"),
        (json.dumps({"9": json.dumps(RUNNING | {"branch": 3})}), "branch=3"),
        (json.dumps({"9": json.dumps(RUNNING | {"n_resources": 3})}), "n_resources=3"),
        (json.dumps({"9": json.dumps(OUTSIDE)}), "is not in"),
        ("{", "not JSON"),
    ],
)  # fmt: skip
def test_forged_trials_that_were_running_are_refused(path, value, says):
    execute(path, "INSERT INTO search VALUES ('unended', ?, '')", (value,))
    with pytest.raises(ValueError, match="the trials that were running: its checksum"):
        fit(path)
    put(path, "search", "key = 'unended'", value=value)
    with pytest.raises(ValueError, match=f"the trials that were running: .*{says}"):
        fit(path)


def test_huge_and_deep_json_is_refused(path):
    for text in ("[" * 10**6, "9" * 10**6, "{", "null", '"'):
        put(path, "trials", "id = 2", record=text)
        with pytest.raises(ValueError, match=r"trial 2: (it is not JSON|unknown version)"):
            fit(path)


# ------------------------------------------------------------ splits of every form
@pytest.mark.parametrize(
    "cv",
    [
        [(np.arange(12), np.arange(12))],  # no split at all, as people write it
        [(np.arange(12) < 8, np.arange(12) >= 8)],
        [(np.array([0, 0, 1, 5, 5]), np.array([-1, -2]))],
        [(list(range(8)), tuple(range(8, 12)))],
    ],
    ids=["overlapping", "masks", "repeated and negative", "lists"],
)
def test_splits_given_as_rows_are_stored(tmp_path, cv):
    whole = fit(None, cv=cv)
    fit(tmp_path / "search.db", cv=cv, n_iter=3)
    pieces = fit(tmp_path / "search.db", cv=cv)
    assert pieces.cv_results_["params"] == whole.cv_results_["params"]
    np.testing.assert_array_equal(
        pieces.cv_results_["mean_test_score"], whole.cv_results_["mean_test_score"]
    )


def test_splits_of_other_data_are_refused(tmp_path):
    with pytest.raises(ValueError, match="cv gives splits that do not fit the 12 rows of X"):
        fit(tmp_path / "new.db", cv=[((0, 1, 2), (11, 12))])


def test_splits_come_back_as_they_were():
    drawn = splits.as_rows([([3, 1, 2], (0, -1)), (np.arange(1, 4), [True] + [False] * 4)], 5)
    blobs = {name: (size, content) for name, size, content in splits.pack_splits(drawn)}
    back = splits.unpack_splits(blobs, drawn, 5)
    assert [[part.tolist() for part in split] for split in back] == [
        [[3, 1, 2], [0, 4]],
        [[1, 2, 3], [0]],
    ]


# ------------------------------------------------------------ learning from what is left
@pytest.mark.parametrize("resource", [None, "max_iter"])
@pytest.mark.parametrize("read", [search_history, None], ids=["history", "cv_results_"])
def test_a_new_search_learns_from_an_earlier_one(tmp_path, resource, read):
    earlier = fit(tmp_path / "search.db", resource=resource, n_iter=9)
    prior = earlier.cv_results_ if read is None else read(tmp_path / "search.db")
    later = fit(None, resource=resource, n_iter=9, prior_results=prior)
    n_resources = earlier.cv_results_.get("n_resources", np.zeros(9))
    known = [
        {name: value for name, value in params.items() if name != resource}
        for params, amount in zip(earlier.cv_results_["params"], n_resources, strict=True)
        if amount == max(n_resources)
    ]
    tried = [
        {name: value for name, value in params.items() if name != resource}
        for params in later.cv_results_["params"]
    ]
    assert known
    assert not any(params in known for params in tried)
