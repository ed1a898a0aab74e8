"""The two or three numbers of a trial that a search with several objectives maximises."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sknn_tune.search.storage.rows import StoredTrial
from sknn_tune.search.storage.trial_records import TrialRecord

TIMES = ("fit_time", "score_time")
#: Of the numbers that are exact for any hypervolume, those that a search can learn from.
N_OBJECTIVES = (2, 3)


@dataclass(frozen=True)
class Part:
    """One of several objectives.

    Parameters
    ----------
    label : str
        As the user names it, with a minus sign where less is better.
    name : str
        Of the metric, the time or the callable.
    kind : {"metric", "time", "measure"}
    """

    label: str
    name: str
    kind: Literal["metric", "time", "measure"]

    def value(self, trial: TrialRecord | StoredTrial) -> float:
        """Return the mean over a trial's splits; larger is better."""
        sign = -1.0 if self.label.startswith("-") else 1.0
        return sign * float(np.mean([self._of(fold) for fold in trial.folds]))

    def _of(self, fold: Any) -> float:
        if self.kind == "time":
            return fold[self.name]
        if self.kind == "measure":
            return fold["measures"][self.name]
        scores = fold["test_scores"]
        if isinstance(scores, dict) and self.name not in scores:
            raise ValueError(
                f"objective={self.label!r} is not a metric of scoring, which has {list(scores)}."
            )
        return scores[self.name] if isinstance(scores, dict) else scores


class SeveralObjectives:
    """Reads the objectives off the folds of a trial, and its score, which is the first of them.

    Parameters
    ----------
    objective : sequence of str or callable
        Metrics, "-fit_time", "-score_time", or functions of a fitted estimator; a minus sign in
        front of a metric says that less is better.
    names : sequence of str or None
        The metrics, an empty sequence for a single one; None while they are not known.
    scoring : str, callable, list, tuple, dict or None
        As given; a single metric may be called by its name.
    selection : {"mean", "posterior"}
    tol : float or None

    Attributes
    ----------
    parts : list of Part
    labels : list of str
        The objectives as the user names them.
    measures : dict of str to callable
        The functions by their names.
    metric : str or None
        The first metric among the objectives, None where there is none.

    Raises
    ------
    TypeError, ValueError
        Naming the parameter, what was given and what is allowed.
    """

    def __init__(
        self,
        objective: Sequence[str | Callable[[Any], float]],
        names: Sequence[str] | None,
        scoring: Any,
        selection: str,
        tol: float | None,
    ):
        if len(objective) not in N_OBJECTIVES:
            raise ValueError(
                f"objective must name one, two or three objectives, got {len(objective)}: "
                f"{objective!r}; give one as a string."
            )
        for name, value, default in (("selection", selection, "mean"), ("tol", tol, None)):
            if value != default:
                raise ValueError(
                    f"{name}={value!r} belongs to one objective; there are {len(objective)}."
                )
        self._names, self._scoring = names, scoring
        self._functions: dict[str, Callable] = {}
        self.parts = [self._part(each) for each in objective]
        self.measures: Mapping[str, Callable] = self._functions
        self.labels: Sequence[str] = [part.label for part in self.parts]
        if len({part.name for part in self.parts}) < len(self.parts):
            raise ValueError(f"objective names the same twice: {self.labels}.")
        metrics = (part.name for part in self.parts if part.kind == "metric")
        self.metric: str | None = next(metrics, None)

    def rate(self, trial: TrialRecord) -> None:
        """Set the objectives and the score of a finished trial, nan if a fit failed."""
        values = [math.nan] * len(self.parts)
        if all(fold["fit_error"] is None for fold in trial.folds):
            values = [part.value(trial) for part in self.parts]
        worked = all(map(math.isfinite, values))
        trial.objectives = tuple(values) if worked else (math.nan,) * len(values)
        trial.score = trial.objectives[0]

    def _part(self, objective: Any) -> Part:
        if callable(objective):
            name = getattr(objective, "__name__", type(objective).__name__)
            if name in self._functions:
                raise ValueError(f"objective has two functions that are called {name!r}.")
            self._functions[name] = objective
            return Part(name, name, "measure")
        if not isinstance(objective, str):
            raise TypeError(
                "objective must hold names of metrics, '-fit_time', '-score_time' or functions of "
                f"a fitted estimator, got {objective!r}."
            )
        name = objective.removeprefix("-")
        if name in TIMES:
            if name == objective:
                raise ValueError(f"objective={name!r} would search for slow ones; give '-{name}'.")
            return Part(objective, name, "time")
        return Part(objective, self._metric(name), "metric")

    def _metric(self, name: str) -> str:
        """The metric's name in the folds of a trial."""
        if self._names is None or name in self._names:
            return name
        known = self._names or ["score", *([self._scoring] if self._scoring else [])]
        if name not in known:
            raise ValueError(
                f"objective={name!r} is not a metric of scoring, which has {list(known)}, nor "
                f"one of {[f'-{time}' for time in TIMES]}."
            )
        return "score"


def stored_parts(description: Mapping[str, Any]) -> list[Part]:
    """Return the objectives of a stored search that has several; none of any other.

    Parameters
    ----------
    description : dict
        What the journal says that the search is.

    Raises
    ------
    ValueError
        If it does not tell which of the objectives a function is.
    """
    objective, measures = description["objective"], description.get("measures", [])
    if not isinstance(objective, list):
        return []
    parts = [_stored_part(str(each), measures) for each in objective]
    told = sorted(part.name for part in parts if part.kind == "measure")
    if told != measures:
        raise ValueError(
            f"the journal does not tell which of the objectives {objective} are {measures}; give "
            "the fitted search."
        )
    return parts


def _stored_part(text: str, measures: Sequence[str]) -> Part:
    """Return the objective that a text stands for; a function is stored as "module.name"."""
    name, function = text.removeprefix("-"), text.rpartition(".")[2]
    if function in measures:
        return Part(function, function, "measure")
    return Part(text, name, "time" if name in TIMES else "metric")
