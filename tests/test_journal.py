"""Durable searches: what is stored, what resumes, what is refused, what survives."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.testing import assert_array_equal
from scipy.stats import loguniform, uniform
from search_problems import SPACE, Hill, X, fits_of, y
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import sknn_tune
from sknn_tune import BayesSearchCV, hidden_layers, search_history
from sknn_tune.search.engine.space import Space
from sknn_tune.search.storage.journal import Journal
from sknn_tune.search.storage.trial_records import TrialRecord, failed_fold


@pytest.fixture
def path(tmp_path):
    return tmp_path / "search.db"


PACKAGE = str(Path(sknn_tune.__file__).parents[1])


def search_of(path, estimator=None, space=SPACE, **kwargs):
    kwargs = {"n_iter": 6, "cv": 3, "random_state": 0, "storage": path, **kwargs}
    return BayesSearchCV(Hill() if estimator is None else estimator, space, **kwargs)


def without_times(results):
    """`cv_results_` without what no two runs share."""
    return {name: column for name, column in results.items() if "_time" not in name}


def assert_same_results(one, two):
    one, two = without_times(one.cv_results_), without_times(two.cv_results_)
    assert one.keys() == two.keys()
    assert one["params"] == two["params"]
    for name in one:
        # By their text: nan and masked values are then equal to themselves.
        assert list(map(repr, one[name])) == list(map(repr, two[name]))


# ------------------------------------------------------------ resuming
def test_a_search_in_pieces_is_the_search_in_one(path):
    whole = search_of(None, n_iter=9).fit(X, y)
    for n_iter in (1, 4, 9):
        pieces = search_of(path, n_iter=n_iter).fit(X, y)
    assert_same_results(pieces, whole)
    assert pieces.best_params_ == whole.best_params_


def test_nothing_is_run_twice(path, tmp_path):
    log = tmp_path / "log"
    log.mkdir()
    model = Hill(log=str(log))
    search_of(path, model, refit=False).fit(X, y)
    assert len(fits_of(log)) == 6 * 3
    again = search_of(path, model, refit=False).fit(X, y)
    assert len(fits_of(log)) == 6 * 3
    assert len(again.cv_results_["params"]) == 6


def test_splits_and_seed_are_those_of_the_first_run(path):
    unseeded = ShuffleSplit(3, test_size=4)
    first = search_of(path, cv=unseeded, n_iter=3, random_state=None).fit(X, y)
    second = search_of(path, cv=unseeded, n_iter=6, random_state=None).fit(X, y)
    for k in range(3):
        column = f"split{k}_test_score"
        assert_array_equal(second.cv_results_[column][:3], first.cv_results_[column])
        # What a score owes to the rows is the same for all trials.
        owed = [
            Hill(**params).score(np.zeros((1, 1)), None) - score
            for params, score in zip(
                second.cv_results_["params"], second.cv_results_[column], strict=True
            )
        ]
        np.testing.assert_allclose(owed, owed[0])


def test_branches_layers_and_several_metrics(path):
    space = [
        {"kind": ["plain"], "a": uniform(-5, 10)},
        {"kind": [None], "b": loguniform(1e-3, 1e3), "log": hidden_layers((1, 2), (2, 9))},
    ]
    scoring = {"up": score_up, "down": score_down}
    kwargs = {"scoring": scoring, "refit": "up", "return_train_score": True}
    model = NoLog()
    whole = search_of(None, model, space, n_iter=8, **kwargs).fit(X, y)
    search_of(path, model, space, n_iter=5, **kwargs).fit(X, y)
    assert_same_results(search_of(path, model, space, n_iter=8, **kwargs).fit(X, y), whole)


class NoLog(Hill):
    def fit(self, X, y):
        return self


def score_up(estimator, X, y):
    return estimator.score(X, y)


def score_down(estimator, X, y):
    return -estimator.score(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_failed_fits_are_stored_as_failed(path):
    whole = search_of(None, FailsOnTheRight(), n_iter=8).fit(X, y)
    search_of(path, FailsOnTheRight(), n_iter=5).fit(X, y)
    assert_same_results(search_of(path, FailsOnTheRight(), n_iter=8).fit(X, y), whole)
    assert np.isnan(whole.cv_results_["mean_test_score"]).any()


class FailsOnTheRight(Hill):
    def fit(self, X, y):
        if self.a > 1:
            raise RuntimeError("cannot be fitted")
        return self


def test_what_may_change(path):
    search_of(path, n_iter=3).fit(X, y)
    search = search_of(path, n_iter=4, n_jobs=2, max_time=60, verbose=1, refit=False).fit(X, y)
    assert len(search.cv_results_["params"]) == 4


@pytest.mark.filterwarnings("ignore:Scoring failed")
@pytest.mark.filterwarnings("ignore:One or more of the (test|train) scores")
@pytest.mark.parametrize("limit", [-1.0, 1.0, 9.0], ids=["first fails", "some fail", "none fails"])
@pytest.mark.parametrize("error_score", [np.nan, -99.0])
def test_a_callable_scoring_that_fails_for_some(path, limit, error_score):
    def scoring(estimator, X, y):
        if estimator.a > limit:
            raise RuntimeError("no score")
        return {"up": score_up(estimator, X, y), "down": score_down(estimator, X, y)}

    kwargs = {"scoring": scoring, "refit": "up", "error_score": error_score, "n_iter": 8}
    kwargs |= {"return_train_score": True, "initial_params": [{"a": 0.0, "b": 1.0, "kind": None}]}
    whole = search_of(None, **kwargs).fit(X, y)
    search_of(path, **kwargs | {"n_iter": 4}).fit(X, y)
    assert_same_results(search_of(path, **kwargs).fit(X, y), whole)
    up, down = (whole.cv_results_[f"mean_test_{name}"] for name in ("up", "down"))
    assert len(up) == 8
    failed = np.array([params["a"] > limit for params in whole.cv_results_["params"]])
    assert_array_equal(up[failed], np.full(failed.sum(), error_score))
    assert_array_equal(up[~failed], -down[~failed])


# ------------------------------------------------------------ refused
def other_data(kind):
    changed = X.copy()
    changed[3, 0] += 1e-12
    return {
        "content": (changed, y),
        "rows": (X[:11], y[:11]),
        "dtype": (X.astype(np.float32), y),
        "target": (X, y[::-1].copy()),
    }[kind]


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("content", "data.X.content"),
        ("rows", r"data.X.shape: stored is \[12, 1\], now it is \[11, 1\]"),
        ("dtype", "data.X.dtype: stored is float64, now it is float32"),
        ("target", "data.y.content"),
    ],
)
def test_other_data_is_refused(path, kind, says):
    search_of(path, n_iter=2).fit(X, y)
    with pytest.raises(ValueError, match=f"storage=.*holds another search.*{says}"):
        search_of(path, n_iter=2).fit(*other_data(kind))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"space": SPACE | {"a": uniform(-5, 11)}}, r"param_distributions.*uniform\(-5, 11\)"),
        ({"estimator": Hill(max_iter=10)}, "estimator.params.max_iter: stored is 9, now it is 10"),
        ({"estimator": NoLog()}, r"estimator.class: stored is .*\.Hill, now it is .*\.NoLog"),
        ({"cv": 4}, "cv: stored is KFold"),
        ({"cv": ShuffleSplit(3, random_state=np.random.RandomState(0))}, "cv: stored is KFold"),
        ({"cv": [(np.arange(8), np.arange(8, 12))] * 3}, "cv: stored is KFold"),
        ({"random_state": 1}, "random_state: stored is 0, now it is 1"),
        ({"scoring": "r2"}, "scoring: stored is null, now it is r2"),
        ({"return_train_score": True}, "return_train_score"),
    ],
)
def test_another_search_is_refused(path, change, says):
    search_of(path, n_iter=2).fit(X, y)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=says):
        search_of(path, **{"n_iter": 2, **change}).fit(X, y)
    assert path.read_bytes() == before


def test_nested_parameters_of_an_estimator_are_compared(path):
    X, y = load_iris(return_X_y=True)
    space = {"svc__C": loguniform(1e-2, 1e2)}

    def fit(scaler, svc):
        return search_of(path, make_pipeline(scaler, svc), space, n_iter=2).fit(X, y)

    fit(StandardScaler(), SVC())
    fit(StandardScaler(), SVC(C=5, verbose=False))  # what the search sets may differ
    with pytest.raises(ValueError, match=r"gamma: stored is scale, now it is 0\.5"):
        fit(StandardScaler(), SVC(gamma=0.5))
    with pytest.raises(ValueError, match="with_mean: stored is true, now it is false"):
        fit(StandardScaler(with_mean=False), SVC())


@pytest.mark.parametrize(
    "convert",
    [lambda X: X, pd.DataFrame, scipy.sparse.csr_array, lambda X: X.tolist()],
    ids=["array", "frame", "sparse", "list"],
)
def test_every_kind_of_table_has_a_fingerprint(path, convert):
    X, y = load_iris(return_X_y=True)
    labels = np.array(["setosa", "versicolor", "virginica"], dtype=object)[y]
    model, space = LogisticRegression(tol=0.1), {"C": loguniform(1e-2, 1e2)}
    for _ in range(2):
        search_of(path, model, space, n_iter=2).fit(convert(X.copy()), labels.copy())
    X[17, 2] += 1e-9
    with pytest.raises(ValueError, match=r"data\.X\.content"):
        search_of(path, model, space, n_iter=2).fit(convert(X), labels)
    X[17, 2] -= 1e-9
    labels[0] = "virginica"
    with pytest.raises(ValueError, match=r"data\.y\.content"):
        search_of(path, model, space, n_iter=2).fit(convert(X), labels)


def test_a_splitter_with_a_generator_is_compared(path):
    def cv(n_splits):
        return ShuffleSplit(n_splits, random_state=np.random.RandomState(0))

    search_of(path, n_iter=2, cv=cv(3)).fit(X, y)
    search_of(path, n_iter=3, cv=cv(3)).fit(X, y)
    with pytest.raises(ValueError, match=r"cv: stored is ShuffleSplit\(n_splits=3, .*n_splits=4"):
        search_of(path, n_iter=3, cv=cv(4)).fit(X, y)


def test_a_file_mapped_into_memory_is_an_array(path, tmp_path):
    search_of(path, n_iter=2).fit(X, y)
    np.save(tmp_path / "X.npy", X)
    search_of(path, n_iter=3).fit(np.load(tmp_path / "X.npy", mmap_mode="r"), y)


SETS = """
from sknn_tune.search.engine.space import Space
from sknn_tune.search.storage.fingerprint import describe_estimator
print(describe_estimator([set("abcdefgh"), frozenset("abcdefgh")]))
print(Space({"a": [set("abcdefgh"), frozenset("abcdefgh")]}).describe())
"""


def test_sets_are_the_same_in_every_process():
    printed = [
        subprocess.run(
            [sys.executable, "-c", SETS],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": PACKAGE},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "12"
    ]
    assert printed[0] == printed[1]


def test_files_of_something_else_are_refused(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("no database at all, and long enough to be looked at " * 20)
    with pytest.raises(ValueError, match="not a database"):
        search_of(text).fit(X, y)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE songs (name TEXT)")
    with pytest.raises(ValueError, match="database of something else"):
        search_of(other).fit(X, y)


# ------------------------------------------------------------ accidents
class Removes(Hill):
    """Removes the file of the search while it runs."""

    def fit(self, X, y):
        Path(self.log).unlink(missing_ok=True)
        return self


def test_a_file_that_is_removed_is_missed(path):
    with pytest.raises(OSError, match="was moved or removed while the search ran"):
        search_of(path, Removes(log=str(path))).fit(X, y)


def test_a_trial_that_killed_its_worker_is_stored_as_failed(path):
    space = Space(SPACE)
    description = {"param_distributions": space.describe(), "metrics": ["up", "down"]}
    fold = failed_fold("killed by signal 9", np.nan, fit_time=1.5, return_train_score=True)
    params = {"a": 1.0, "b": 1.0, "kind": None}
    opened = (path, space, description, 0, [([0], [1]), ([1], [0])], 2)
    with Journal(*opened) as journal:
        journal.record(TrialRecord(0, params, [fold, fold]))
    with Journal(*opened) as journal:
        (trial,) = journal.trials
    assert trial.params == params
    assert [f["fit_error"] for f in trial.folds] == ["killed by signal 9"] * 2
    assert np.isnan(trial.score)
    assert trial.seconds == 3.0


class FailsAtLength(Hill):
    def fit(self, X, y):
        if self.a > 1:
            raise RuntimeError("\udce9\x00" + "so long " * 10**5)
        return self


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_errors_of_any_length_and_text_are_stored(path):
    search_of(path, FailsAtLength()).fit(X, y)
    resumed = search_of(path, FailsAtLength(), n_iter=7).fit(X, y)
    assert np.isnan(resumed.cv_results_["mean_test_score"]).any()
    assert path.stat().st_size < 10**6


CHILD = """
import sys
from search_problems import Hill, SPACE, X, y
from sknn_tune import BayesSearchCV
log, path = sys.argv[1:]
BayesSearchCV(Hill(seconds=0.005, log=log), SPACE, n_iter=12, cv=3, random_state=0, storage=path,
              verbose=1, refit=False).fit(X, y)
"""


def start_child(log, path):
    folders = [PACKAGE, str(Path(__file__).parent)]
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(log), str(path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(folders)},
        text=True,
    )


def reported(child, n_trials):
    """Read the child's lines until so many trials are reported; return their number."""
    count = 0
    for line in child.stdout:
        count += line.startswith("Trial ")
        if count == n_trials:
            break
    return count


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_at_random_moments(path, tmp_path, how, interruptible):
    """What was reported is there, nothing finished is run twice, the result is the same."""
    log = tmp_path / "log"
    log.mkdir()
    rng = np.random.default_rng(int(how))
    told = 0
    for n_trials in (0, 2, 3):
        with start_child(log, path) as child:
            told += reported(child, n_trials) if n_trials else 0
            time.sleep(rng.uniform(0, 0.05) if n_trials else rng.uniform(1.0, 3.0))
            child.send_signal(how)
            told += sum(line.startswith("Trial ") for line in child.stdout)
        if path.exists() and path.stat().st_size:
            assert len(search_history(path)) >= told
    resumed = search_of(path, Hill(seconds=0.005, log=str(log)), n_iter=12, refit=False).fit(X, y)
    whole = search_of(None, Hill(), n_iter=12, refit=False).fit(X, y)
    assert_same_results(resumed, whole)
    fits = [fit for fit in fits_of(log) if fit[1] == 9]
    # A trial is repeated only if it was cut: at most once for each of three ends.
    assert len(fits) <= 12 * 3 + 3 * 3


def limit_pages(monkeypatch, n_pages):
    connect = sqlite3.connect

    def connect_to_full_disk(*args, **kwargs):
        database = connect(*args, **kwargs)
        database.execute(f"PRAGMA max_page_count = {n_pages}")
        return database

    monkeypatch.setattr(sqlite3, "connect", connect_to_full_disk)


@pytest.mark.parametrize("n_pages", [3, 12])
def test_a_full_disk(path, monkeypatch, n_pages):
    with monkeypatch.context() as patch:
        limit_pages(patch, n_pages)
        with pytest.raises(OSError, match=r"full.*stored before are safe"):
            search_of(path, n_iter=60, space={"a": uniform(-5, 10)}).fit(X, y)
    space = {"a": uniform(-5, 10)}
    n_stored = len(search_history(path)) if n_pages > 3 else 0
    assert (n_stored > 2) == (n_pages > 3)
    resumed = search_of(path, n_iter=n_stored + 3, space=space).fit(X, y)
    assert_same_results(resumed, search_of(None, n_iter=n_stored + 3, space=space).fit(X, y))


def test_a_trial_is_stored_whole_or_not_at_all(path, monkeypatch):
    write, ended = Journal._write, iter(range(9))

    def end_in_the_third_trial(journal, statement, *columns):
        if columns[0] == "n_trials" and columns[1] != "0" and next(ended) == 2:
            raise KeyboardInterrupt
        write(journal, statement, *columns)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_write", end_in_the_third_trial)
        with pytest.raises(KeyboardInterrupt):
            search_of(path).fit(X, y)
    assert len(search_history(path)) == 2
    assert_same_results(search_of(path).fit(X, y), search_of(None).fit(X, y))


def test_what_was_not_stored_whole_is_not_stored_later(path, monkeypatch):
    space = Space({"a": [0, 1, 2]})
    first, second, third = (TrialRecord(a, {"a": a}, [], float(a)) for a in range(3))
    with Journal(path, space, {"param_distributions": space.describe()}, 0, [], 12) as journal:
        journal.record(first)
        journal.start(second)
        with monkeypatch.context() as patch:
            patch.setattr(journal, "_write_marks", lambda marks: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                journal.record(second)
        journal.start(third)
        with closing(sqlite3.connect(path)) as reader:
            rows = reader.execute("SELECT number FROM trials").fetchall()
            marks = reader.execute("SELECT value FROM search WHERE key = 'unended'").fetchone()
    assert len(rows) == 1
    assert list(json.loads(marks[0])) == ["1", "2"]


def test_a_second_writer_is_refused_and_readers_are_not(path):
    space = Space(SPACE)
    description = {"param_distributions": space.describe()}
    with Journal(path, space, description, 0, [], 12):
        with pytest.raises(ValueError, match="in use by another search"):
            search_of(path).fit(X, y)
        with closing(sqlite3.connect(path)) as reader:
            seed = reader.execute("SELECT value FROM search WHERE key = 'seed'").fetchall()
        assert seed == [("0",)]
    with pytest.raises(ValueError, match="cv: stored is absent, now it is KFold"):
        search_of(path).fit(X, y)
