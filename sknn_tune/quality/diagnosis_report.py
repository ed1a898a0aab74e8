"""The report of `diagnose`: readable as text, as HTML and as a DataFrame."""

from html import escape

import numpy as np
from sklearn.model_selection import learning_curve

from sknn_tune.common.tables import data_frame, html_table, text_table
from sknn_tune.quality.paired_test import standard_error

_COLUMNS = ("model", "training error", "dev error", "standard error", "gap")

_MEANING = {
    "high_bias": "the model is too simple: even on its training rows it errs by {train:.3g}, and "
    "{best} reaches {possible:.3g} on rows it has not seen",
    "high_variance": "the model follows its training rows too closely: it errs by {train:.3g} on "
    "them and by {dev:.3g} on others, where {best} reaches {possible:.3g}",
    "noise": "the target cannot be told from these features any better: no model tried gets below "
    "{possible:.3g}, and more rows would hardly help",
    "too_few_rows": "the error still falls with the number of rows, by an estimated "
    "{too_few_rows:.3g} in the long run",
    "rate_too_high": "a lower learning rate fits the training rows better and saves "
    "{rate_too_high:.3g} of the dev error",
    "not_converged": "training ended too soon: going on, or in larger steps, saves "
    "{not_converged:.3g} of the dev error",
    "balanced": "nothing tried here makes it clearly better",
}


class Diagnosis:
    """What keeps a model from being better; made by `diagnose`.

    Attributes
    ----------
    fault : str
        The dearest fault, or "balanced".
    faults : tuple of str
        All that were found, the dearest first.
    parts : dict of str to float
        What each fault costs; the sum is the dev error (that of chance, where the estimator
        itself could not be fitted).
    training_error, dev_error : float
        Means over the folds.
    training_error_se, dev_error_se : float
        Standard errors of the means, corrected for rows that folds share.
    reference_error : float
        The error known to be possible: the given one, else that of the best baseline.
    reasons : dict of str to str
        Why each fault was named.
    advice : tuple of Advice
        What to try, the most urgent first; `parameter` and `action` say which hyperparameter to
        move which way.
    errors : dict of str to FoldErrors
        Errors on each fold of everything that was tried; "model" is the estimator.
    curve : tuple of (float, FoldErrors)
        Numbers of training rows, and the errors of the best model trained on so many.
    n_fits : int
        Number of fits that the diagnosis took.
    """

    def __init__(
        self,
        *,
        estimator,
        faults,
        parts,
        errors,
        curve,
        reference,
        dev_share,
        advice,
        n_fits,
        runner,
        best,
    ):
        self.estimator, self.faults, self.fault = estimator, faults, faults[0]
        self.parts, self.errors, self.curve = parts, errors, curve
        self.advice, self.n_fits, self.best = advice, n_fits, best
        self._share, self._runner = dev_share, runner
        own = errors["model"]
        self.training_error, self.training_error_se = self._mean(own.train)
        self.dev_error, self.dev_error_se = self._mean(own.dev)
        names = [n for n in ("linear model", "forest", "reference", "chance") if n in errors]
        found = [errors[n].dev.mean() for n in names if errors[n].works]
        self.reference_error = float(min(found) if reference is None else reference)
        self.reasons = {name: self._reason(name) for name in faults}

    def learning_curve(self, train_sizes=(0.1, 0.25, 0.5, 0.75, 1.0)):
        """Train the estimator on growing parts of the rows, on the folds of the diagnosis.

        Parameters
        ----------
        train_sizes : array-like, default=(0.1, 0.25, 0.5, 0.75, 1.0)
            Shares of the training rows, or their numbers.

        Returns
        -------
        sizes : ndarray of shape (n_sizes,)
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

    def to_frame(self):
        """Return training and dev error of all that was tried as a DataFrame; needs pandas."""
        return data_frame(_COLUMNS, self._rows())

    def _mean(self, values):
        if not np.isfinite(values).all():
            return float("nan"), float("nan")
        return float(values.mean()), float(standard_error(values, self._share))

    def _rows(self):
        rows = []
        for name, errors in self.errors.items():
            (train, _), (dev, error) = self._mean(errors.train), self._mean(errors.dev)
            rows.append((name, train, dev, error, dev - train))
        return rows

    def _reason(self, name):
        best = "nothing else" if self.best == "model" else f"“{self.best}”"
        figures = {
            "train": self.training_error,
            "dev": self.dev_error,
            "best": best,
            "possible": self.errors[self.best].dev.mean(),
        }
        return _MEANING[name].format(**figures, **self.parts)

    def _lines(self):
        yield f"Diagnosis of {type(self.estimator).__name__}: {', '.join(self.faults)}"
        for name in self.faults:
            yield f"  {name}: {self.reasons[name]}."
        if self.advice:
            yield "What to try:"
            yield from (f"  - {advice}" for advice in self.advice)

    def __repr__(self):
        parts = ", ".join(f"{name} {cost:.3g}" for name, cost in self.parts.items() if cost > 0)
        return "\n".join([*self._lines(), f"Parts of the dev error: {parts}.", self._table()])

    def _table(self):
        return text_table(_COLUMNS, self._rows())

    def _repr_html_(self):
        first, *others = self._lines()
        items = "".join(f"<li>{escape(line.strip(' -'))}</li>" for line in others)
        return f"<p><b>{escape(first)}</b></p><ul>{items}</ul>{html_table(_COLUMNS, self._rows())}"
