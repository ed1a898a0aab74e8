"""Which trial comes next, and whether one does."""

import math

import numpy as np

from .stopping import expected_gains
from .trials import TrialRecord


class Plan:
    """One trial a configuration, as many as there are to be.

    Parameters
    ----------
    optimizer : BayesianOptimizer
    n_iter : int
        Number of configurations.
    tol : float or None
        Ends the plan where the next configuration is expected to gain less.

    Attributes
    ----------
    finished : list of TrialRecord
        In the order in which they ended.
    used_up : bool
        Whether a finite space has no configuration left.
    """

    def __init__(self, optimizer, n_iter, tol=None):
        self.optimizer, self.finished, self.used_up = optimizer, [], False
        self._n_iter, self._tol = n_iter, tol

    def next(self, running, in_time=lambda work: True):
        """Return the trial to run next, None where there is none to run now.

        A function of the finished and the running trials alone, and of the time.

        Parameters
        ----------
        running : list of TrialRecord
        in_time : callable
            Whether so much `work` would end in time.
        """
        taken = {trial.number for trial in [*self.finished, *running]}
        if len(taken) >= self._n_iter:
            return None
        params = self.ask(running)
        if params is None:
            return None
        trial = TrialRecord(lowest_free(taken), params)
        return trial if in_time(self.work(trial)) else None

    def ask(self, running):
        """Return a new configuration, None where none is left or none is worth it."""
        params = self.optimizer.ask(pending=[trial.params for trial in running])
        self.used_up = params is None
        return params if not self.used_up and self.worth([params]) else None

    def worth(self, configurations):
        """Return those that are expected to gain enough for the plan to go on."""
        if self._tol is None:
            return configurations
        gains = expected_gains(self.optimizer, configurations)
        return [c for c, gain in zip(configurations, gains, strict=True) if gain >= self._tol]

    def tell(self, trial):
        """Take a finished trial into account."""
        self.optimizer.tell(trial.params, trial.score)
        self.finished.append(trial)

    def announcement(self, n_splits):
        """Say what is going to be done, in scikit-learn's words."""
        return (
            f"Fitting {n_splits} folds for each of {self._n_iter} candidates,"
            f" totalling {self._n_iter * n_splits} fits"
        )

    def work(self, trial):
        """Return how much there is to do for a trial, in a unit that time is proportional to."""
        return 1.0

    @property
    def best(self):
        """The finished trial of the best score, None before the first."""
        return self.best_of(self.finished)

    @property
    def reservation(self):
        """What is to be said about the best trial, None where nothing is."""
        return None

    @property
    def refit_seconds(self):
        """Seconds that a fit of the best configuration took."""
        return float(np.mean([fold["fit_time"] for fold in self.best.folds]))

    @staticmethod
    def best_of(trials):
        """Return the trial of the best score; one that failed is below all others."""
        return max(trials, key=_rank, default=None)

    @property
    def total(self):
        """How much there is to do in all."""
        return self._n_iter

    @property
    def done(self):
        """How much of it is finished."""
        return len(self.finished)

    @property
    def state(self):
        """How far the plan is, as text."""
        return f"{self.done} of {self.total} configurations"


def _rank(trial):
    """The score, with nan below all others."""
    return -math.inf if math.isnan(trial.score) else trial.score


def lowest_free(taken):
    """Return the smallest number from 0 that is not in `taken`."""
    return next(number for number in range(len(taken) + 1) if number not in taken)
