"""Which configuration gets more of the resource, and when a new one is begun.

The rungs of successive halving, climbed asynchronously. In the place of quotas on every rung
(ASHA, Li et al. 2020, arXiv 1810.05934) the model decides what comes next, a new configuration or
another rung of one that is paused: the greatest expected improvement at the full resource for
what is still to be paid for it (freeze-thaw, Swersky et al. 2014, arXiv 1406.3896; cost, Snoek et
al. 2012, arXiv 1206.2944).
"""

import math

import numpy as np

from .plan import Plan, lowest_free
from .trials import TrialRecord


class FidelityPlan(Plan):
    """Begins configurations with little, and carries on what promises most for its price.

    All together get what successive halving would give `n_iter` configurations; no more than
    `n_iter` are begun. The first that looks best is carried through at once. None is carried on
    that cannot get the full resource any more. Failed trials are not counted.

    Parameters
    ----------
    optimizer : FidelityOptimizer
    n_iter : int
        At most so many configurations.
    tol : float or None
        Ends the plan where nothing is expected to gain as much.
    """

    def __init__(self, optimizer, n_iter, tol=None):
        super().__init__(optimizer, n_iter, tol)
        self._resource, self._rungs = optimizer.resource, optimizer.resource.rungs
        known = max(optimizer.n_design - len(optimizer.trials), 0)
        # What the user wants to see evaluated does not have to wait for the model's consent.
        self._n_design = max(known, len(optimizer.initial_params))

    def next(self, running, in_time=lambda work: True):
        """Return the trial to run next, None where there is none to run now."""
        begun = [*self.finished, *running]
        trial = self._most_promising(self._options(begun, running, in_time), running)
        if trial is not None:
            trial.number = lowest_free({trial.number for trial in begun})
        return trial

    def tell(self, trial):
        """Take a finished trial into account."""
        self.optimizer.tell(trial.params, trial.score, trial.n_resources)
        self.finished.append(trial)

    def work(self, trial):
        """Return how much there is to do: the resource."""
        return float(trial.n_resources)

    def announcement(self, n_splits):
        """Say what is going to be done, in scikit-learn's words."""
        return (
            f"Fitting {n_splits} folds for each of at most {self._n_iter} candidates,"
            f" giving out {self.total} resources on each fold"
        )

    @property
    def total(self):
        """What all configurations get together, at most."""
        return self._resource.price(self._n_iter)

    @property
    def done(self):
        """What they have got."""
        return _spent(self.finished)

    @property
    def state(self):
        """How far the plan is, as text."""
        return f"{self.done} of at most {self.total} resources"

    @property
    def best(self):
        """The best trial among those that succeeded with the most resources."""
        succeeded = [trial for trial in self.finished if _succeeded(trial)] or self.finished
        most = max((trial.n_resources for trial in succeeded), default=0)
        return self.best_of(trial for trial in succeeded if trial.n_resources == most)

    @property
    def reservation(self):
        """What is to be said about the best trial, None where nothing is."""
        best, full = self.best, self._rungs[-1]
        if best.n_resources == full:
            return None
        return (
            f"No configuration succeeded with the full resource, {self._resource.name}={full}; "
            f"the best of those with {best.n_resources} counts."
        )

    @property
    def refit_seconds(self):
        """Seconds that the winner's fit with the full resource takes, as far as known."""
        best = self.best
        rungs = [trial for trial in self.finished if trial.configuration == best.configuration]
        seconds = sum(np.mean([fold["fit_time"] for fold in trial.folds]) for trial in rungs)
        return seconds * self._rungs[-1] / best.n_resources

    # ------------------------------------------------------------ within
    @property
    def _is_seen(self):
        """Whether the full resource has shown what it does."""
        return any(t.n_resources == self._rungs[-1] and _succeeded(t) for t in self.finished)

    def _options(self, begun, running, in_time):
        """Return the trials that may come next.

        First some new ones, as long as there is time to carry one of them through; then that one
        alone, or what the time allows of it; then all.
        """
        taken = {trial.configuration for trial in begun}
        left = self.total - _spent(begun)
        least, full = self._rungs[0], self._rungs[-1]
        # Seen, or about to be.
        is_seen = self._is_seen or any(trial.n_resources > least for trial in running)
        is_early = len(taken) < self._n_design
        if is_early and in_time(least if is_seen else least + full):
            new = self._new(running, taken, left)
            if new:
                return new
        fits = {n: in_time(n) for n in self._rungs}
        options = [trial for trial in self._paused(running, left) if fits[trial.n_resources]]
        if fits[least] and (is_seen or not options):
            options += self._new(running, taken, left)
        return options

    def _new(self, running, taken, left):
        """Return the first trial of a new configuration in a list, which is empty if none is."""
        if self.used_up or len(taken) >= self._n_iter or left < self._rungs[-1]:
            return []
        known = {trial.configuration for trial in self.finished}
        params = self.ask([trial for trial in running if trial.configuration not in known])
        if params is None:
            return []
        number = lowest_free(taken)
        return [TrialRecord(-1, params, configuration=number, n_resources=self._rungs[0])]

    def _paused(self, running, left):
        """Return the next trial of each configuration that waits and can be carried through."""
        latest = {trial.configuration: trial for trial in self.finished}
        full = self._rungs[-1]
        for trial in running:
            latest.pop(trial.configuration, None)
            if trial.n_resources > self._rungs[0]:  # is being carried on
                left -= full - trial.n_resources
        return [
            TrialRecord(
                -1,
                trial.params,
                configuration=trial.configuration,
                n_resources=self._above(trial.n_resources),
            )
            for trial in latest.values()
            if trial.n_resources < full and full - trial.n_resources <= left and _succeeded(trial)
        ]

    def _above(self, n_resources):
        """The next rung."""
        return self._rungs[self._rungs.index(n_resources) + 1]

    def _most_promising(self, options, running):
        """Return the option of the greatest expected improvement for its price, None for none.

        Once the full resource has shown what it does, only what is worth it.
        """
        if self._is_seen:
            worth = self.worth([trial.params for trial in options])
            options = [trial for trial in options if trial.params in worth]
        if len(options) < 2:
            return options[0] if options else None
        improvement = self.optimizer.log_expected_improvement(
            [trial.params for trial in options], [trial.params for trial in running]
        )
        value = improvement - np.log([self._price(trial) for trial in options])
        return options[int(np.argmax(value))]

    def _price(self, trial):
        """What a configuration still costs up to the full resource."""
        below = (0, *self._rungs)[self._rungs.index(trial.n_resources)]
        return self._rungs[-1] - below


def _succeeded(trial):
    return not math.isnan(trial.score)


def _spent(trials):
    """What configurations have got together, or are getting; what failed does not count."""
    most = {}
    for trial in trials:
        if not trial.folds or _succeeded(trial):
            most[trial.configuration] = max(trial.n_resources, most.get(trial.configuration, 0))
    return sum(most.values())
