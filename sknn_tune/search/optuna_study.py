"""The trials of a search as a study of Optuna."""

import math
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from sknn_tune.common.cv_results import OBJECTIVE, metric_names, objective_labels
from sknn_tune.search.optuna_distributions import Description, OptunaParameter, plain_value
from sknn_tune.search.storage.history import read_history
from sknn_tune.search.storage.rows import StoredTrial
from sknn_tune.search.trials.objective import SearchObjective
from sknn_tune.search.trials.several_objectives import Part, stored_parts

if TYPE_CHECKING:
    import optuna

    from sknn_tune.search.bayes import BayesSearchCV

Branches = Sequence[dict[str, Description]]


def to_optuna(search_or_storage: "BayesSearchCV | str | os.PathLike") -> "optuna.Study":
    """Return a study of Optuna with all trials of a search, for its plots and its dashboard.

    Needs Optuna (`pip install optuna`). The study is in memory; `add_trials` of another
    study, which has a storage, copies its trials there. `prior_results` of a search takes a study
    back.

    Parameters
    ----------
    search_or_storage : BayesSearchCV, str or path-like
        A fitted search, or the file that was given to it as `storage`: of a search that runs, has
        been interrupted, or is over.

    Returns
    -------
    study : optuna.Study
        Its direction is "maximize"; of several objectives each has its own, "minimize" where its
        name begins with a minus sign, and metric names are theirs. Distributions of scipy.stats
        keep their range and scale, lists are categories, layer sizes and other objects are text.
        A trial whose fits failed has the state FAIL. With a `resource` there is one trial for each
        configuration, it is PRUNED where it was not given all of it, and of one objective the
        scores on the rungs are intermediate values. `user_attrs` holds `fit_time` and `score_time`
        (seconds, all splits and rungs together) and `test_<metric>`, the scores of the splits.
        Trials end at the time that the journal says; of a search without one, now.

    Raises
    ------
    ImportError
        If Optuna is not installed.
    TypeError
        If the search is not fitted, or not a BayesSearchCV.
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not the journal of a search, or the space or the objectives in it cannot
        be read.

    See Also
    --------
    search_history : The trials as a table.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sknn_tune import BayesSearchCV, to_optuna
    >>> X, y = load_iris(return_X_y=True)
    >>> search = BayesSearchCV(SVC(), {"C": loguniform(1e-3, 1e3)}, n_iter=5).fit(X, y)
    >>> study = to_optuna(search)  # doctest: +SKIP
    >>> study.best_params == search.best_params_  # doctest: +SKIP
    True
    """
    try:
        import optuna
    except ImportError as error:
        raise ImportError(
            "to_optuna needs Optuna, which is not installed; `pip install optuna` brings it."
        ) from error
    if isinstance(search_or_storage, str | os.PathLike):
        rows, branches, labels = _of_journal(search_or_storage)
    else:
        rows, branches, labels = _of_search(search_or_storage)
    study = optuna.create_study(directions=list(map(_direction, labels)) or ["maximize"])
    if labels:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names([label.removeprefix("-") for label in labels])
    study.add_trials(list(_trials(rows, branches)))
    return study


@dataclass(frozen=True)
class _Row:
    """A trial as both sources have it: what was given as values is still as it is stored."""

    configuration: int
    branch: int
    values: dict[str, Any]
    n_resources: int | None
    #: The score, or what several objectives are, in the directions of the study.
    results: list[float]
    fit_time: float
    score_time: float
    #: By metric, one for each split.
    scores: dict[str, list[float]]
    ended: datetime


# ------------------------------------------------------------ where the trials come from
def _of_journal(storage: str | os.PathLike) -> tuple[list[_Row], Branches, list[str]]:
    contents = read_history(storage, lambda trial, branches: trial)
    if contents.description is None:
        raise ValueError(f"storage={os.fspath(storage)!r}: the space in it cannot be read.")
    parts = stored_parts(contents.description)
    rows = [_stored_row(t, parts) for t in contents.trials]
    return rows, contents.description["param_distributions"], [part.label for part in parts]


def _stored_row(trial: StoredTrial, parts: Sequence[Part]) -> _Row:
    results = [trial.score]
    if parts and not math.isnan(trial.score):
        results = _in_directions([p.label for p in parts], [p.value(trial) for p in parts])
    by_metric: dict[str, list[float]] = {}
    for fold in trial.folds:
        scores = fold["test_scores"]
        for metric, score in (scores if isinstance(scores, dict) else {"score": scores}).items():
            by_metric.setdefault(metric, []).append(score)
    return _Row(
        configuration=trial.configuration,
        branch=trial.branch,
        values=trial.values,
        n_resources=trial.n_resources,
        results=results,
        fit_time=sum(fold["fit_time"] for fold in trial.folds),
        score_time=sum(fold["score_time"] for fold in trial.folds),
        scores=by_metric,
        ended=datetime.fromisoformat(trial.ended).astimezone().replace(tzinfo=None),
    )


def _of_search(search: Any) -> tuple[list[_Row], Branches, list[str]]:
    surrogate = getattr(search, "surrogate_", None)
    if surrogate is None or not hasattr(search, "cv_results_"):
        raise TypeError(
            "search_or_storage must be a fitted BayesSearchCV or the path of its storage, "
            f"got {search!r} of type {type(search).__name__}."
        )
    results, now = search.cv_results_, datetime.now()
    names = metric_names(results)
    labels = objective_labels(results)
    columns = [f"{OBJECTIVE}{label}" for label in labels] or [f"mean_test_{_metric(search, names)}"]
    rows = []
    for i, params in enumerate(results["params"]):
        own = {name: v for name, v in params.items() if name != search.resource}
        stored = surrogate.space.to_json(own)
        rows.append(
            _Row(
                configuration=int(results.get("configuration", range(i + 1))[i]),
                branch=stored["branch"],
                values=stored["values"],
                n_resources=int(results["n_resources"][i]) if "n_resources" in results else None,
                results=_in_directions(labels, [float(results[name][i]) for name in columns]),
                fit_time=float(results["mean_fit_time"][i]) * search.n_splits_,
                score_time=float(results["mean_score_time"][i]) * search.n_splits_,
                scores={name: _splits(results, name, i, search.n_splits_) for name in names},
                ended=now,
            )
        )
    return rows, surrogate.space.describe(), labels


def _metric(search: Any, names: list[str]) -> str | None:
    """Return the one objective among the metrics of a search."""
    several = [] if names == ["score"] else names
    return SearchObjective(several, search.objective, search.refit, search.selection).metric


def _direction(label: str) -> Literal["minimize", "maximize"]:
    return "minimize" if label.startswith("-") else "maximize"


def _in_directions(labels: Sequence[str], values: list[float]) -> list[float]:
    """Return what is to be minimised as positive numbers; a single score has no label."""
    if not labels:
        return values
    signs = [-1.0 if _direction(label) == "minimize" else 1.0 for label in labels]
    return [sign * value for sign, value in zip(signs, values, strict=True)]


def _splits(results: dict[str, Any], metric: str, row: int, n_splits: int) -> list[float]:
    return [float(results[f"split{k}_test_{metric}"][row]) for k in range(n_splits)]


# ------------------------------------------------------------ what Optuna makes of them
def _trials(rows: Sequence[_Row], branches: Branches) -> Iterator["optuna.trial.FrozenTrial"]:
    """Yield a trial for each configuration, in the order of their numbers."""
    parameters = _parameters(rows, branches)
    full = max((row.n_resources or 0 for row in rows), default=0)
    for number in sorted({row.configuration for row in rows}):
        own = [row for row in rows if row.configuration == number]
        own.sort(key=lambda row: row.n_resources or 0)
        yield _trial(own, _plain(own[0], branches), parameters, full)


def _plain(row: _Row, branches: Branches) -> dict[str, Any]:
    described = branches[row.branch]
    return {name: plain_value(value, described[name]) for name, value in row.values.items()}


def _parameters(rows: Sequence[_Row], branches: Branches) -> dict[str, OptunaParameter]:
    """Return the parameters that were evaluated."""
    evaluated: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in _plain(row, branches).items():
            evaluated.setdefault(name, []).append(value)
    return {
        name: OptunaParameter([b[name] for b in branches if name in b], values)
        for name, values in evaluated.items()
    }


def _trial(
    rungs: Sequence[_Row],
    plain: dict[str, Any],
    parameters: dict[str, OptunaParameter],
    full: int,
) -> "optuna.trial.FrozenTrial":
    """Return the trial of one configuration, of what it scored with less and with most."""
    from optuna.trial import TrialState, create_trial

    last = rungs[-1]
    failed = math.isnan(last.results[0])
    if failed:
        state = TrialState.FAIL
    elif (last.n_resources or 0) < full:
        state = TrialState.PRUNED
    else:
        state = TrialState.COMPLETE
    fit_time, score_time = sum(r.fit_time for r in rungs), sum(r.score_time for r in rungs)
    trial = create_trial(
        state=state,
        values=None if failed else last.results,
        params={name: parameters[name].value(v) for name, v in plain.items()},
        distributions={name: parameters[name].distribution for name in plain},
        user_attrs={
            "fit_time": fit_time,
            "score_time": score_time,
            **{f"test_{metric}": scores for metric, scores in last.scores.items()},
        },
        intermediate_values={
            r.n_resources: r.results[0]
            for r in rungs
            if r.n_resources is not None and len(r.results) == 1 and not math.isnan(r.results[0])
        },
    )
    trial.datetime_complete = last.ended
    trial.datetime_start = last.ended - timedelta(seconds=fit_time + score_time)
    return trial
