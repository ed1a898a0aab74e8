"""Read the journal of a search, while it runs or after."""

import json
import os
import sqlite3

from sknn_tune.search.storage.journal import APPLICATION_ID


def search_history(storage):
    """Return the trials that a search has stored, finished or not, as a table.

    Needs pandas. Nothing of the search is loaded: neither its estimator nor its data has to be
    there, and a search that is running is not disturbed.

    Parameters
    ----------
    storage : str or path-like
        The file that was given as `storage` to the search.

    Returns
    -------
    history : DataFrame
        A row for each finished trial, in the order in which they ended: `number`,
        `configuration`, one `param_<name>` for each parameter (choices as text), `n_resources`
        where the search has a resource, the objective's `score`, `fit_time` and `score_time`
        (seconds, all splits together), `split<i>_<part>_<metric>` and the time at which it
        `ended` (UTC). `history.attrs` holds what the search belongs to.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not the journal of a search.

    Examples
    --------
    >>> import os, tempfile
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sknn_tune import BayesSearchCV, search_history
    >>> path = os.path.join(tempfile.mkdtemp(), "search.db")
    >>> X, y = load_iris(return_X_y=True)
    >>> search = BayesSearchCV(SVC(), {"C": loguniform(1e-3, 1e3)}, n_iter=3, storage=path)
    >>> _ = search.fit(X, y)
    >>> history = search_history(path)
    >>> len(history)
    3
    """
    import pandas as pd

    path = os.fspath(storage)
    if not os.path.exists(path):
        raise FileNotFoundError(f"storage={path!r}: there is no such file.")
    database = sqlite3.connect(path, timeout=30)
    try:
        try:
            mark = database.execute("PRAGMA application_id").fetchone()[0]
        except sqlite3.DatabaseError:  # not a database at all
            mark = None
        if mark != APPLICATION_ID:
            raise ValueError(f"storage={path!r} is not the journal of a search.")
        description = json.loads(
            database.execute("SELECT value FROM search WHERE key = 'description'").fetchone()[0]
        )
        rows = [_row(database, trial, description) for trial in database.execute(TRIALS).fetchall()]
    finally:
        database.close()
    history = pd.DataFrame(rows)
    history.attrs.update(description)
    return history


TRIALS = (
    "SELECT trials.id, number, configuration, branch, params, n_resources, score, ended,"
    " sum(fit_time), sum(score_time)"
    " FROM trials JOIN fits ON fits.trial = trials.id GROUP BY trials.id ORDER BY trials.id"
)
SCORES = "SELECT split, part, metric, value FROM scores WHERE trial = ? ORDER BY rowid"


def _row(database, trial, description):
    key, number, configuration, branch, params, n_resources, score, ended, fit, scoring = trial
    row = {"number": number, "configuration": configuration}
    space = description["param_distributions"][branch]
    for name, value in json.loads(params).items():
        # Choices are stored as indices into the list of their descriptions.
        row[f"param_{name}"] = space[name][value] if isinstance(space[name], list) else value
    if n_resources is not None:
        row["n_resources"] = n_resources
    row |= {"score": score, "fit_time": fit, "score_time": scoring}
    for split, part, metric, value in database.execute(SCORES, (key,)).fetchall():
        name = f"{part.removesuffix('_scores')}_{metric or 'score'}"
        row[f"split{split}_{name}"] = value
    row["ended"] = ended
    return row
