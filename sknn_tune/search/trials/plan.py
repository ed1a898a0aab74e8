"""Which trial comes next, and whether one does."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.search.engine.costs import FREE, Costs, NoCosts
from sknn_tune.search.engine.optimizer import SequentialOptimizer
from sknn_tune.search.storage.trial_records import TrialRecord

# With fewer successful trials the expected gain is not reliable.
MIN_TRIALS = 10
# Seconds of a trial besides its fits; shorter fits are hardly distinguished.
OVERHEAD = 0.01


class TrialPlan:
    """One trial per configuration, as many as there are to be.

    Parameters
    ----------
    optimizer : SequentialOptimizer
    n_iter : int
        Number of configurations.
    tol : float or None, default=None
        Ends the plan where the next configuration is expected to gain less.
    costs : Costs or NoCosts, default=FREE
        Those that the optimizer reckons with; learns what trials take.

    Attributes
    ----------
    finished : list of TrialRecord
        In the order in which they ended.
    used_up : bool
        Whether a finite space has no configuration left.
    """

    def __init__(
        self,
        optimizer: SequentialOptimizer,
        n_iter: int,
        tol: float | None = None,
        costs: Costs | NoCosts = FREE,
    ):
        self.optimizer, self.used_up, self._costs = optimizer, False, costs
        self.finished: list[TrialRecord] = []
        self._n_iter, self._tol = n_iter, tol
        # Configurations with scores from an earlier search are not evaluated again.
        self._n_new = optimizer.n_unknown

    def next(
        self,
        running: Sequence[TrialRecord],
        in_time: Callable[[float], bool] = lambda seconds: True,
    ) -> TrialRecord | None:
        """Return the trial to run next, None where there is none to run now.

        A function of the finished and the running trials alone, and of the time.

        Parameters
        ----------
        running : list of TrialRecord
        in_time : callable
            Whether a trial of that length, in seconds, would end in time.
        """
        taken = {trial.number for trial in [*self.finished, *running]}
        if len(taken) >= self._n_iter or not in_time(self.seconds):
            return None
        params = self.ask(running, len(taken))
        return None if params is None else TrialRecord(lowest_free(taken), params)

    def ask(self, running: Sequence[TrialRecord], n_started: int) -> dict[str, Any] | None:
        """Return a new configuration, None where none is left or none is worth it."""
        params = self.optimizer.ask(pending=[trial.params for trial in running])
        self.used_up = params is None
        if params is None:
            return None
        # Configurations given by the user are evaluated whatever their expected gain.
        is_wanted = n_started < len(self.optimizer.initial_params)
        return params if is_wanted or self.are_worth([params])[0] else None

    def are_worth(self, configurations: Sequence[Mapping[str, Any]]) -> NDArray[np.bool_]:
        """Return which are expected to gain at least `tol`, of shape (n_configurations,).

        All of them while there are too few trials.
        """
        n_succeeded = np.isfinite([trial.score for trial in self.optimizer.trials]).sum()
        if self._tol is None or n_succeeded < MIN_TRIALS:
            return np.full(len(configurations), True)
        return self.optimizer.expected_gain(configurations) >= self._tol

    def tell(self, trial: TrialRecord) -> None:
        """Take a finished trial into account."""
        # The objectives, where there are several, are what its own kind of optimizer learns from.
        result: Any = trial.objectives or trial.score
        self.optimizer.tell(trial.params, result, trial.n_resources)
        self.finished.append(trial)
        if math.isfinite(trial.score):  # a fit that fails may end early
            seconds = (usual_seconds(trial) + OVERHEAD) / self._price(trial)
            self._costs.tell(trial.params, seconds, self.total - self.done)

    def _price(self, trial: TrialRecord) -> int:
        """What a trial was given of the resource, beyond what it had."""
        return 1

    def announcement(self, n_splits: int, may_end_early: bool = False) -> str:
        """Say what is going to be done, in scikit-learn's words."""
        most = "at most " if may_end_early or self._tol is not None else ""
        stored = f"; {self.done} candidates were finished before" if self.done else ""
        return (
            f"Fitting {count(n_splits, 'fold')} for each of {most}"
            f"{count(self.total, 'candidate')}, totalling {most}"
            f"{count(self.total * n_splits, 'fit')}{stored}"
        )

    @property
    def seconds(self) -> float:
        """What a trial is going to take, all splits together, as far as known."""
        return float(np.median([usual_seconds(trial) for trial in self.finished] or [0.0]))

    @property
    def best(self) -> TrialRecord | None:
        """The finished trial of the best score, None before the first."""
        return best_of(self.finished)

    @property
    def shortfall(self) -> str | None:
        """What the best trial lacks, None where it lacks nothing."""
        return None

    @property
    def refit_seconds(self) -> float:
        """Seconds that a fit of the best configuration took, 0 before the first."""
        return mean_fit_seconds([] if self.best is None else [self.best])

    @property
    def total(self) -> int:
        """How much there is to do in all, what was done before included."""
        return int(min(self._n_iter, self._n_new))

    @property
    def done(self) -> int:
        """How much of it is finished."""
        return len(self.finished)

    @property
    def state(self) -> str:
        """How far the plan is, as text."""
        return f"{self.done} of {self.total} configurations"


def count(n: int, noun: str) -> str:
    """Return "1 fold" or "5 folds"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def best_of(trials: Iterable[TrialRecord]) -> TrialRecord | None:
    """Return the trial of the best score; one that failed is below all others."""
    return max(trials, key=_rank, default=None)


def usual_seconds(trial: TrialRecord) -> float:
    """Seconds of a trial's splits if none had waited for what is loaded or compiled only once."""
    return len(trial.folds) * min(fold["fit_time"] + fold["score_time"] for fold in trial.folds)


def mean_fit_seconds(trials: Iterable[TrialRecord]) -> float:
    """Seconds that a fit took on one split, all trials together."""
    return float(sum(np.mean([fold["fit_time"] for fold in trial.folds]) for trial in trials))


def lowest_free(taken: Collection[int]) -> int:
    """Return the smallest number from 0 that is not in `taken`."""
    return next(number for number in range(len(taken) + 1) if number not in taken)


def _rank(trial: TrialRecord) -> float:
    """The score, with nan below all others."""
    return -math.inf if math.isnan(trial.score) else trial.score
