"""Predictions of rows that a fit has not seen: what they are, and which of a search are kept."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.common.labels import count_labels

Predictions = NDArray[np.floating]


@dataclass(frozen=True)
class Outputs:
    """What is predicted of a row: probabilities of classes, or numbers.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,) or None
        Labels of the whole target, in ascending order; None for numbers.
    """

    classes: NDArray[Any] | None = None

    @classmethod
    def of(cls, y: Any, *, classifier: bool) -> "Outputs":
        """Return what an estimator predicts after a fit with the target `y`.

        Raises
        ------
        ValueError
            If there is no target, or a classifier has several labels for each row.
        """
        if y is None:
            raise ValueError("Predictions are kept of classifiers and regressors; y is None.")
        if not classifier:
            return cls()
        if np.ndim(y) != 1:
            raise ValueError(
                f"Predictions of a classifier are kept for one label a row; y has shape "
                f"{np.shape(y)}."
            )
        return cls(count_labels(y)[0])

    def predict(self, estimator: Any, X: Any) -> NDArray[np.float64]:
        """Return the predictions of a fitted estimator.

        Parameters
        ----------
        estimator : estimator object
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        predictions : ndarray of shape (n_samples, n_outputs)
            Probabilities of `classes`, 0 for those that the estimator has not seen; of a
            classifier without `predict_proba` 1 for its label. Of a regressor what it predicts.
        """
        if self.classes is None:
            predicted = np.asarray(estimator.predict(X), dtype=float)
            return predicted.reshape(len(predicted), -1)
        place = {label: i for i, label in enumerate(self.classes.tolist())}
        if not hasattr(estimator, "predict_proba"):
            codes = [place[label] for label in np.asarray(estimator.predict(X)).tolist()]
            return np.eye(len(place))[codes]
        probabilities = np.asarray(estimator.predict_proba(X), dtype=float)
        out = np.zeros((len(probabilities), len(place)))
        out[:, [place[label] for label in np.asarray(estimator.classes_).tolist()]] = probabilities
        return out


@dataclass(frozen=True)
class OutOfFold:
    """Out-of-fold predictions of trials, each made by fits that have not seen its row.

    Attributes
    ----------
    tests : list of ndarray of int
        The rows that each split predicts.
    by_trial : dict of int to ndarray of float32, shape (n_predicted, n_outputs)
        Predictions by the row of `cv_results_`, those of all splits one below the other:
        probabilities of `classes`, or numbers.
    classes : ndarray of shape (n_classes,) or None
        Of a classifier.
    """

    tests: list[NDArray[np.intp]]
    by_trial: dict[int, NDArray[np.float32]]
    classes: NDArray[Any] | None

    @classmethod
    def of(
        cls, trials: Sequence[Any], tests: list[NDArray[np.intp]], outputs: Outputs
    ) -> "OutOfFold":
        """Return what finished trials, in the order of the rows of the table, have kept."""
        kept = {i: t.predictions for i, t in enumerate(trials) if t.predictions is not None}
        return cls(tests, kept, outputs.classes)

    @property
    def rows(self) -> NDArray[np.intp]:
        """The row that each prediction is of, of shape (n_predicted,)."""
        return np.concatenate(self.tests)


def check_all_rows_predicted(tests: list[NDArray[np.intp]], n_rows: int) -> None:
    """Raise ValueError unless each row is in the test set of some split."""
    missing = np.setdiff1d(np.arange(n_rows), np.concatenate(tests))
    if len(missing):
        raise ValueError(
            f"An ensemble needs a prediction of each row at least once; cv leaves {len(missing)} "
            f"of {n_rows} rows out of all test sets, the first is row {missing[0]}. Give a cv "
            "such as KFold or StratifiedKFold."
        )
    if any(len(np.unique(test)) == n_rows for test in tests):
        raise ValueError(
            "An ensemble needs at least two splits of different rows; cv has one that predicts "
            "all rows."
        )


class KeptPredictions:
    """Which trials of a search keep their predictions: the best of those with most resources.

    Every trial has `predictions`, an array or None.

    Parameters
    ----------
    trials : sequence of TrialRecord, default=()
        Those that are kept already.
    """

    #: So many trials keep their predictions.
    MOST = 50

    def __init__(self, trials: Any = ()) -> None:
        self.trials = [trial for trial in trials if trial.predictions is not None]

    def add(self, trial: Any) -> list[Any]:
        """Move the predictions of a finished trial from its folds to it.

        Returns
        -------
        forgotten : list of TrialRecord
            Those that have lost theirs, `trial` perhaps among them.
        """
        parts = [fold.pop("predictions", None) for fold in trial.folds]
        if math.isnan(trial.score) or any(part is None for part in parts):
            return []
        if not all(np.isfinite(part).all() for part in parts):
            return []
        trial.predictions = np.concatenate(parts)
        self.trials.append(trial)
        if len(self.trials) <= self.MOST:
            return []
        worst = min(self.trials, key=_worth)
        self.trials = [each for each in self.trials if each is not worst]
        worst.predictions = None
        return [worst]


def _worth(trial: Any) -> tuple[int, float, int]:
    """Of trials with equal scores the first is worth most."""
    return trial.n_resources or 0, trial.score, -trial.number


def with_sum_one(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return probabilities in double precision, with rows that add up to 1 in that precision."""
    exact = np.asarray(probabilities, dtype=float)
    total = exact.sum(axis=1, keepdims=True)
    return exact / np.where(total > 0, total, 1.0)
