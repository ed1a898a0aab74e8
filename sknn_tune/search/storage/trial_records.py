"""The record of a trial: one configuration, evaluated on every split."""

import math
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray


class Fold(TypedDict):
    """Result of the fit and the scoring on one split."""

    #: Seconds.
    fit_time: float
    score_time: float
    #: Rows that were scored, None where the data do not tell.
    n_test_samples: int | None
    #: The error of a fit that failed, with its traceback; None of one that succeeded.
    fit_error: str | None
    #: One score, or one for each metric.
    test_scores: float | dict[str, float]
    train_scores: NotRequired[float | dict[str, float]]
    #: Of the rows that were scored, where they are kept; (n_test_samples, n_outputs).
    predictions: NotRequired[NDArray[np.float32] | None]
    #: What the functions among several objectives return, by their names.
    measures: NotRequired[dict[str, float]]


@dataclass
class TrialRecord:
    """One configuration and its results.

    Parameters
    ----------
    number : int
        Place in the order in which configurations were asked for, from 0.
    params : dict
        The configuration.
    folds : list of Fold
        One for each split; empty while the trial runs.
    score : float
        The objective's mean over the splits, larger is better; nan where the trial failed.
    configuration : int, default=-1
        Number of the configuration, which several trials with growing resources share; -1 is that
        of the trial.
    n_resources : int or None
        What the trial was given of the resource, None where the search has none.
    objectives : tuple of float, default=()
        Of several objectives the means over the splits, larger is better; `score` is the first.
    predictions : ndarray of float32 or None
        Of the rows of all splits, one below the other; None where they are not kept.
    """

    number: int
    params: dict[str, Any]
    folds: list[Fold] = field(default_factory=list)
    score: float = math.nan
    configuration: int = -1
    n_resources: int | None = None
    objectives: tuple[float, ...] = ()
    predictions: NDArray[np.float32] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.configuration < 0:
            self.configuration = self.number

    @property
    def seconds(self) -> float:
        """Time of the fits and the scoring, of all splits together."""
        return sum(fold["fit_time"] + fold["score_time"] for fold in self.folds)


def failed_fold(
    error: str,
    score: float,
    *,
    fit_time: float = 0.0,
    n_test_samples: int | None = None,
    return_train_score: bool = False,
) -> Fold:
    """Return the fold of a fit that returned nothing, such as one that killed its worker.

    Parameters
    ----------
    error : str
        What happened.
    score : float
        The search's `error_score`.
    fit_time : float, default=0.0
        Seconds until it happened.
    n_test_samples : int or None, default=None
        Rows that were to be scored.
    return_train_score : bool, default=False
        Whether the search keeps scores on the training rows as well.
    """
    fold: Fold = {
        "fit_time": fit_time,
        "score_time": 0.0,
        "n_test_samples": n_test_samples,
        "fit_error": error,
        "test_scores": score,
    }
    if return_train_score:
        fold["train_scores"] = score
    return fold
