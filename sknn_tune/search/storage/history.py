"""Read the journal of a search, while it runs or after."""

import os
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

from sknn_tune.common.caller import warn_caller
from sknn_tune.common.tables import import_pandas
from sknn_tune.search.storage.database import Database
from sknn_tune.search.storage.layout import is_blank
from sknn_tune.search.storage.path import storage_path
from sknn_tune.search.storage.reading import Contents, describe_damage, read_journal
from sknn_tune.search.storage.rows import StoredTrial

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
# Of a search that has stored no trial yet.
_COLUMNS = ["number", "configuration", "score", "fit_time", "score_time", "ended"]


def search_history(storage: str | os.PathLike) -> "pd.DataFrame":
    """Return the trials that a search has stored, finished or not, as a table.

    Needs pandas. Nothing of the search is loaded: neither its estimator nor its data has to be
    there, and a search that is running is not disturbed. Of a damaged file, what can be read is
    returned with a warning.

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
        If it is not the journal of a search, or nothing of it can be read.
    ImportError
        If pandas is not installed.

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
    pd = import_pandas("search_history()")
    contents = read_history(storage, _row)
    history = pd.DataFrame(contents.trials, columns=None if contents.trials else _COLUMNS)
    history.attrs.update(contents.description or {})
    return history


def read_history(
    storage: str | os.PathLike, decode: Callable[[StoredTrial, list[dict] | None], T]
) -> Contents[T]:
    """Return what the journal of a search holds, running or not; of a damaged one with a warning.

    Parameters
    ----------
    storage : str or path-like
        The file.
    decode : callable
        Makes of a stored trial, and of the description of the space (None where that is
        damaged), what is wanted.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not the journal of a search, or nothing of it can be read.
    """
    path = storage_path(storage)
    if not os.path.exists(path):
        raise FileNotFoundError(f"storage={path!r}: there is no such file.")
    with closing(Database(path)) as database:
        # One transaction, so that a running search writes nothing between two statements.
        database.execute("BEGIN")
        if is_blank(database):
            raise ValueError(f"storage={path!r} is not the journal of a search: it is empty.")
        contents = read_journal(database, decode)
    if contents.damage:
        message = describe_damage(path, contents)
        if not contents.trials:
            raise ValueError(message)
        warn_caller(message)
    return contents


def _row(trial: StoredTrial, branches: list[dict] | None) -> dict[str, Any]:
    row: dict[str, Any] = {"number": trial.number, "configuration": trial.configuration}
    described = None if branches is None else branches[trial.branch]
    for name, value in trial.values.items():
        if not isinstance(value, int):
            row[f"param_{name}"] = value
        # An integer is one, or the index of a choice; the description tells which.
        elif described is not None:
            choices = described[name]
            row[f"param_{name}"] = choices[value] if isinstance(choices, list) else value
    if trial.n_resources is not None:
        row["n_resources"] = trial.n_resources
    row["score"] = trial.score
    for part in ("fit_time", "score_time"):
        row[part] = sum(fold[part] for fold in trial.folds)
    for split, fold in enumerate(trial.folds):
        for part in ("test", "train"):
            row |= _scores(f"split{split}_{part}", fold.get(f"{part}_scores", {}))
        row |= _scores(f"split{split}", fold.get("measures", {}))
    row["ended"] = trial.ended
    return row


def _scores(name: str, scores: Any) -> dict[str, float]:
    """The scores of a fold by the names of their columns."""
    by_metric = scores if isinstance(scores, dict) else {"score": scores}
    return {f"{name}_{metric}": value for metric, value in by_metric.items()}
