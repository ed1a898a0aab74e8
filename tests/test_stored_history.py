"""The history of a stored search: a table of its trials, of none, of what is no search."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from search_problems import Hill, X, y
from test_journal import search_of

from sknn_tune import search_history


def test_history_is_a_table_of_the_trials(tmp_path):
    search = search_of(tmp_path / "search.db").fit(X, y)
    history = search_history(tmp_path / "search.db")
    results = search.cv_results_
    assert_array_equal(history["score"], results["mean_test_score"])
    assert_array_equal(history["param_a"], [params["a"] for params in results["params"]])
    assert list(history["param_kind"]) == [repr(params["kind"]) for params in results["params"]]
    assert_array_equal(history["split2_test_score"], results["split2_test_score"])
    assert history.attrs["data"]["X"]["shape"] == [12, 1]
    assert (np.diff(pd.to_datetime(history["ended"]).astype("int64")) >= 0).all()


def test_history_of_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        search_history(tmp_path / "none.db")
    (tmp_path / "notes.txt").write_text("no database at all " * 60)
    with pytest.raises(ValueError, match="not a database"):
        search_history(tmp_path / "notes.txt")
    (tmp_path / "empty.db").touch()
    with pytest.raises(ValueError, match="not the journal of a search: it is empty"):
        search_history(tmp_path / "empty.db")


def test_history_before_the_first_trial(tmp_path):
    """Of a search that ended in its first fit."""
    with pytest.raises(RuntimeError, match="ends the search"):
        search_of(tmp_path / "search.db", estimator=Fails(), error_score="raise").fit(X, y)
    history = search_history(tmp_path / "search.db")
    assert len(history) == 0
    assert {"number", "score", "ended"} <= set(history)


class Fails(Hill):
    def fit(self, X, y):
        raise RuntimeError("ends the search")
