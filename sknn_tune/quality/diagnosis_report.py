"""The report of `diagnose`: as text, as HTML and as a DataFrame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import learning_curve

from sknn_tune.common.numeric import is_real
from sknn_tune.common.tables import data_frame, html_table, text_table
from sknn_tune.quality.advice import Advice
from sknn_tune.quality.evidence import Evidence
from sknn_tune.quality.faults import Fault
from sknn_tune.quality.paired_test import standard_error

if TYPE_CHECKING:
    from pandas import DataFrame

_COLUMNS = ("model", "training error", "dev error", "standard error", "gap")

_MEANING: dict[Fault, str] = {
    "high_bias": "the model is too simple: its error is {train:.3g} even on its training rows, and "
    "{best} reaches {possible:.3g} on rows it has not seen",
    "high_variance": "the model overfits: its error is {train:.3g} on its training rows and "
    "{dev:.3g} on others, where {best} reaches {possible:.3g}",
    "noise": "these features do not determine the target any better: no model tried gets below "
    "{possible:.3g}, and more rows would hardly help",
    "too_few_rows": "the error still falls with the number of rows, by an estimated "
    "{too_few_rows:.3g} in the long run",
    "rate_too_high": "a lower learning rate fits the training rows better and saves "
    "{rate_too_high:.3g} of the dev error",
    "not_converged": "training ended too early: more steps, or larger ones, save "
    "{not_converged:.3g} of the dev error",
    "balanced": "nothing tried here makes it clearly better",
}


class Diagnosis:
    """The faults of a model and their costs; returned by `diagnose`.

    Attributes
    ----------
    estimator : estimator object
        The model, not fitted.
    fault : str
        The costliest fault, or "balanced".
    faults : tuple of str
        All that were found, the costliest first.
    parts : dict of str to float
        What each fault costs; the sum is the dev error (that of the dummy, where the estimator
        itself could not be fitted).
    training_error, dev_error : float
        Means over the folds; nan where a fit failed.
    training_error_se, dev_error_se : float
        Standard errors of the means, corrected for rows that folds share.
    reference_error : float
        The error known to be possible: the given one, else that of the best baseline.
    reasons : dict of str to str
        Why each fault was named.
    advice : tuple of Advice
        What to try, the most important first; `parameter` and `action` say which hyperparameter
        to change, and how.
    errors : dict of str to FoldErrors
        Errors on each fold of everything that was tried; "model" is the estimator.
    curve : tuple of (float, FoldErrors)
        Numbers of training rows, and the errors of the best model trained on that many.
    best : str
        The model with the lowest error; "model" unless another is clearly better.
    n_fits : int
        Number of fits that the diagnosis took.
    """

    def __init__(
        self,
        evidence: Evidence,
        faults: Sequence[Fault],
        parts: Mapping[Fault, float],
        advice: Sequence[Advice],
    ) -> None:
        self.estimator: Any = evidence.estimator
        self.faults, self.fault, self.parts = tuple(faults), faults[0], dict(parts)
        self.advice, self.best = tuple(advice), evidence.best
        self.errors, self.curve = evidence.errors, evidence.curve
        self.n_fits = evidence.runner.n_fits
        self._runner = evidence.runner
        self.training_error, self.training_error_se = self._mean(evidence.own.train)
        self.dev_error, self.dev_error_se = self._mean(evidence.own.dev)
        self.reference_error = self._reference(evidence.reference)
        self.reasons = {name: self._reason(name) for name in faults}

    def learning_curve(
        self, train_sizes: ArrayLike = (0.1, 0.25, 0.5, 0.75, 1.0)
    ) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """Train the estimator on growing parts of the rows, on the folds of the diagnosis.

        Parameters
        ----------
        train_sizes : array-like of shape (n_sizes,), default=(0.1, 0.25, 0.5, 0.75, 1.0)
            Shares of the training rows, or their numbers.

        Returns
        -------
        sizes : ndarray of int, shape (n_sizes,)
            Numbers of training rows.
        training_errors, dev_errors : ndarray of shape (n_sizes, n_folds)
        """
        runner = self._runner
        sizes, train, dev = learning_curve(
            self.estimator,
            runner.X,
            runner.y,
            train_sizes=np.asarray(train_sizes),
            cv=runner.folds,
            scoring=runner.scorer,
            n_jobs=runner.n_jobs,
        )
        return sizes, runner.best_score - train, runner.best_score - dev

    def to_frame(self) -> DataFrame:
        """Return training and dev error of all that was tried as a DataFrame; needs pandas."""
        return data_frame(_COLUMNS, self._rows())

    def _mean(self, values: NDArray[np.float64]) -> tuple[float, float]:
        if not np.isfinite(values).all():
            return float("nan"), float("nan")
        return float(values.mean()), float(standard_error(values, self._runner.dev_share))

    def _reference(self, given: Any) -> float:
        if is_real(given):
            return float(given)
        names = [n for n in ("linear model", "forest", "reference", "chance") if n in self.errors]
        found = [self.errors[name].dev.mean() for name in names if self.errors[name].works]
        return float(min(found, default=float("nan")))

    def _reason(self, name: Fault) -> str:
        figures = {
            "train": self.training_error,
            "dev": self.dev_error,
            "best": "nothing else" if self.best == "model" else f"“{self.best}”",
            "possible": self.errors[self.best].dev.mean(),
        }
        return _MEANING[name].format(**figures, **self.parts)

    def _rows(self) -> list[tuple[str, float, float, float, float]]:
        rows = []
        for name, errors in self.errors.items():
            (train, _), (dev, error) = self._mean(errors.train), self._mean(errors.dev)
            rows.append((name, train, dev, error, dev - train))
        return rows

    def _lines(self) -> Iterator[str]:
        yield f"Diagnosis of {type(self.estimator).__name__}: {', '.join(self.faults)}"
        for name in self.faults:
            yield f"  {name}: {self.reasons[name]}."
        if self.advice:
            yield "What to try:"
            yield from (f"  - {advice}" for advice in self.advice)

    def __repr__(self) -> str:
        costs = ", ".join(f"{name} {cost:.3g}" for name, cost in self.parts.items() if cost > 0)
        parts = f"Parts of the dev error: {costs}." if costs else "The dev error is 0."
        return "\n".join([*self._lines(), parts, text_table(_COLUMNS, self._rows())])

    def _repr_html_(self) -> str:
        first, *others = self._lines()
        items = "".join(f"<li>{escape(line.strip(' -'))}</li>" for line in others)
        return f"<p><b>{escape(first)}</b></p><ul>{items}</ul>{html_table(_COLUMNS, self._rows())}"
