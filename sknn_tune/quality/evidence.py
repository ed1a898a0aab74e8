"""What a diagnosis tries, and the errors that it finds."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.random import RandomState
from sklearn.base import is_classifier

from sknn_tune.common.labels import count_labels, spread_order
from sknn_tune.quality.faults import Fault
from sknn_tune.quality.fold_errors import FoldErrors, FoldRunner
from sknn_tune.quality.paired_test import standard_error
from sknn_tune.quality.probes import (
    baselines,
    probes_with_less_capacity,
    probes_with_lower_rate,
    probes_with_more_capacity,
    probes_with_more_steps,
)

# A difference counts if it exceeds this many standard errors.
N_ERRORS = 2.0
# With fewer rows than this any model has few rows.
ROWS_PER_FEATURE, ROWS_PER_CLASS = 5, 20
# Shares of the training rows of the learning curve.
CURVE = (0.25, 0.5, 1.0)


class Evidence:
    """Errors of an estimator, of baselines and of variants of the estimator on the same folds.

    Parameters
    ----------
    estimator : estimator object
    runner : FoldRunner
    tolerance : float
        As a share of the error of the dummy.
    reference : float, estimator object or None
        An estimator is fitted as well.
    rng : RandomState
        Order in which rows are added for the learning curve.

    Attributes
    ----------
    errors : dict of str to FoldErrors
        "model" is the estimator, "chance" the dummy.
    chance, tolerance : float
        Error of the dummy, and the tolerance in units of the error.
    steps : dict of str to str
        For each variant with other steps that is clearly better, the fault that it removes.
    curve : tuple of (float, FoldErrors)
        Numbers of training rows, and the errors of the best model trained on that many.

    Raises
    ------
    ValueError
        If the estimator cannot be fitted, not even with lower learning rates.
    """

    def __init__(
        self,
        estimator: Any,
        runner: FoldRunner,
        tolerance: float,
        reference: Any,
        rng: RandomState,
    ) -> None:
        self.estimator, self.runner, self.reference = estimator, runner, reference
        self.errors: dict[str, FoldErrors] = {}
        self._models: dict[str, Any] = {}
        self.own = self._run("model", estimator)
        models = baselines(estimator)
        if hasattr(reference, "fit"):
            models["reference"] = reference
        for name, model in models.items():
            self._run(name, model)
        self.chance = self._error_of_dummy()
        self.tolerance = tolerance * self.chance
        self.steps = dict(self._try_steps())
        self._try_capacities()
        self.curve = tuple(self._try_fewer_rows(rng))

    def _run(self, name: str, estimator: Any) -> FoldErrors:
        self._models[name] = estimator
        self.errors[name] = self.runner.run(estimator, name)
        return self.errors[name]

    def _error_of_dummy(self) -> float:
        """The error of the dummy, or the largest error if the metric does not suit a dummy."""
        chance = self.errors["chance"]
        if chance.works:
            return float(chance.dev.mean())
        return float(np.max(self.own.dev, initial=0.0, where=np.isfinite(self.own.dev)))

    # ------------------------------------------------------------ what is tried
    def _try_steps(self) -> Iterator[tuple[str, Fault]]:
        """Try lower rates, then more and larger steps, where training may have gone wrong."""
        if self.own.works and self.own.train.mean() <= self.tolerance:
            return
        n_better = 0
        for name, probe in probes_with_lower_rate(self.estimator).items():
            if self._is_clearly_better(self._run(name, probe)):
                n_better += 1
                yield name, "rate_too_high"
        if not self.own.works and not n_better:
            failure = (self.own.failures or ["has scores that are not finite; scale the data"])[0]
            raise ValueError(f"The estimator {failure.rstrip('.')}.")
        if self.own.works and self.own.at_limit.mean() >= 0.5:
            for name, probe in probes_with_more_steps(self.estimator).items():
                if self._is_clearly_better(self._run(name, probe)):
                    yield name, "not_converged"

    def _is_clearly_better(self, errors: FoldErrors) -> bool:
        """Whether a variant fits the training rows better, and predicts the dev rows better."""
        if not errors.works:
            return False
        gains = [self.gain(errors, part) for part in ("train", "dev")]
        return all(gain > self.tolerance and significant for gain, significant in gains)

    def _try_capacities(self) -> None:
        """Try more capacity where the training error is high, less where the gap is wide."""
        if not self.own.works:
            return
        probes: dict[str, Any] = {}
        if self.own.train.mean() > self.tolerance:
            probes |= probes_with_more_capacity(self.estimator)
        if self.gap > self.tolerance:
            probes |= probes_with_less_capacity(self.estimator)
        for name, probe in probes.items():
            self._run(name, probe)

    def _try_fewer_rows(self, rng: RandomState) -> Iterator[tuple[float, FoldErrors]]:
        """Train the best model on nested parts of the rows."""
        best, labels = self.best, is_classifier(self.estimator)
        orders = [spread_order(train, self.runner.y, labels, rng) for train, _ in self.runner.folds]
        for share in CURVE:
            rows = [order[: max(2, round(share * len(order)))] for order in orders]
            errors = self.errors[best]
            if share < 1:
                description = f"{best} on {share:.0%} of the rows"
                errors = self.runner.run(self._models[best], description, rows)
            if errors.works:
                yield float(np.mean([len(part) for part in rows])), errors

    # ------------------------------------------------------------ what follows
    def gain(self, errors: FoldErrors, part: str = "dev") -> tuple[float, bool]:
        """Return how much lower an error is than the estimator's, and whether significantly.

        Parameters
        ----------
        errors : FoldErrors
        part : {"train", "dev"}, default="dev"
        """
        if not self.own.works:
            return np.inf, True
        # An error beyond that of the dummy counts as that: one fold must not outweigh the others.
        own, other = (np.minimum(getattr(e, part), self.chance) for e in (self.own, errors))
        difference = own - other
        error = standard_error(difference, self.runner.dev_share)
        return float(difference.mean()), bool(difference.mean() > N_ERRORS * error)

    @property
    def gap(self) -> float:
        """Dev error minus training error."""
        return float(self.own.dev.mean() - self.own.train.mean())

    @property
    def is_overfit(self) -> bool:
        """Whether the gap is wide, twice the tolerance."""
        return bool(self.own.works and self.gap > 2 * self.tolerance)

    @property
    def has_few_rows(self) -> bool:
        """Whether there are few rows for any model of so many features or classes."""
        n_classes = len(count_labels(self.runner.y)[0]) if is_classifier(self.estimator) else 2
        least = max(ROWS_PER_FEATURE * self._n_features, ROWS_PER_CLASS * n_classes)
        return bool(self._n_rows < least)

    @property
    def is_separable_by_chance(self) -> bool:
        """Whether a linear model can separate random labels of so few rows.

        As long as they are fewer than two for each feature (Cover 1965, Geometrical and
        statistical properties of systems of linear inequalities).
        """
        return bool(self._n_rows < 2 * self._n_features)

    @property
    def _n_rows(self) -> float:
        return float(np.mean([len(train) for train, _ in self.runner.folds]))

    @property
    def _n_features(self) -> int:
        X = self.runner.X
        return X.shape[1] if len(getattr(X, "shape", ())) == 2 else 1

    @property
    def best(self) -> str:
        """Name of the model with the lowest dev error; "model" unless one is clearly better."""
        if not self.own.works:
            return min(self.steps, key=lambda name: self.errors[name].dev.mean())
        gains = {name: self.gain(e) for name, e in self.errors.items() if e.works}
        better = {name: gain for name, (gain, significant) in gains.items() if significant}
        return max(better, key=better.__getitem__) if better else "model"

    def best_step(self, fault: Fault | None = None) -> str:
        """Return the variant with other steps that has the lowest dev error.

        Parameters
        ----------
        fault : str, default=None
            Only of the variants that remove this fault.
        """
        names = [name for name, found in self.steps.items() if fault in (None, found)]
        return min(names, key=lambda name: self.errors[name].dev.mean())
