"""Which trial comes next, and whether one does."""

import math

import numpy as np

from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials.stopping import expected_gains


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

    def next(self, running, in_time=lambda seconds: True):
        """Return the trial to run next, None where there is none to run now.

        A function of the finished and the running trials alone, and of the time.

        Parameters
        ----------
        running : list of TrialRecord
        in_time : callable
            Whether what takes so many seconds would end in time.
        """
        taken = {trial.number for trial in [*self.finished, *running]}
        if len(taken) >= self._n_iter or not in_time(self.seconds):
            return None
        params = self.ask(running, len(taken))
        return None if params is None else TrialRecord(lowest_free(taken), params)

    def ask(self, running, n_begun):
        """Return a new configuration, None where none is left or none is worth it."""
        params = self.optimizer.ask(pending=[trial.params for trial in running])
        self.used_up = params is None
        if self.used_up:
            return None
        # What the user wants to see evaluated does not wait for the model's consent.
        is_wanted = n_begun < len(self.optimizer.initial_params)
        return params if is_wanted or self.are_worth([params])[0] else None

    def are_worth(self, configurations):
        """Tell which are expected to gain enough for the plan to go on, (n_configurations,)."""
        if self._tol is None:
            return np.full(len(configurations), True)
        return expected_gains(self.optimizer, configurations) >= self._tol

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

    @property
    def seconds(self):
        """What a trial is going to take, all splits together, as far as known."""
        return float(np.median([usual_seconds(trial) for trial in self.finished] or [0.0]))

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


def usual_seconds(trial):
    """Seconds of a trial's splits if none had waited for what is loaded or compiled only once."""
    return len(trial.folds) * min(fold["fit_time"] + fold["score_time"] for fold in trial.folds)


def _rank(trial):
    """The score, with nan below all others."""
    return -math.inf if math.isnan(trial.score) else trial.score


def lowest_free(taken):
    """Return the smallest number from 0 that is not in `taken`."""
    return next(number for number in range(len(taken) + 1) if number not in taken)
