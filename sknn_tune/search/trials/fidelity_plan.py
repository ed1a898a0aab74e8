"""Which configuration gets more of the resource, and when a new one is started.

The rungs are those of successive halving, used asynchronously. Instead of quotas on every rung
(ASHA, Li et al. 2020, arXiv 1810.05934) the model decides between a new configuration and a higher
rung of a paused one: it takes the trial whose score is expected to improve the best posterior mean
at the full resource the most, divided by its cost (knowledge gradient, Frazier et al. 2009; with
costs, Wu et al. 2020, arXiv 1903.04703). A trial on a low rung is cheap, and tells as much as the
model has learned that low rungs tell.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sknn_tune.search.engine.costs import FREE, Costs, NoCosts
from sknn_tune.search.engine.optimizer import SequentialOptimizer
from sknn_tune.search.resource import Resource
from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials.plan import (
    TrialPlan,
    best_of,
    count,
    lowest_free,
    mean_fit_seconds,
    usual_seconds,
)
from sknn_tune.search.trials.prices import Prices

InTime = Callable[[float], bool]
Resumes = Callable[[Mapping[str, Any]], bool]

# The first one is carried through at once where that costs this share of the total; else when half
# of the total is given out, or the time left is less than so many times what it takes.
SMALL_SHARE, LARGE_SHARE, TIMES = 0.05, 0.5, 3.0


def make_plan(
    optimizer: SequentialOptimizer,
    resource: Resource,
    n_iter: int,
    tol: float | None,
    resumes: Resumes,
    costs: Costs | NoCosts,
) -> TrialPlan:
    """Return the plan of a search: with a named resource configurations start with little.

    `resumes` says whether fits of a configuration resume with more of the resource.
    """
    if resource.name is None:
        return TrialPlan(optimizer, n_iter, tol, costs)
    return FidelityPlan(optimizer, resource, n_iter, tol, resumes, costs)


class FidelityPlan(TrialPlan):
    """Starts configurations with little and continues the most promising ones.

    "Most promising" is what the trial itself is expected to improve, per unit of the resource. The
    total resource is what successive halving would give `n_iter` configurations, and at most
    `n_iter` are started. The best of the initial configurations is run to the full resource, at
    once where that costs little of the total, so that there is a winner early. A configuration is
    continued only if the full resource is still within the budget.

    Parameters
    ----------
    optimizer : SequentialOptimizer
        With the rungs of `resource`.
    resource : Resource
    n_iter : int
        Largest number of configurations.
    tol : float or None, default=None
        Ends the plan where nothing is expected to gain as much.
    resumes : callable, default=None
        Whether fits of a configuration resume; None is what `resource` says of all.
    costs : Costs or NoCosts, default=FREE
        Those that the optimizer reckons with.
    """

    def __init__(
        self,
        optimizer: SequentialOptimizer,
        resource: Resource,
        n_iter: int,
        tol: float | None = None,
        resumes: Resumes | None = None,
        costs: Costs | NoCosts = FREE,
    ):
        super().__init__(optimizer, n_iter, tol, costs)
        self._resource, self._rungs = resource, resource.rungs
        self._prices = Prices(resource, resumes or (lambda params: resource.continues))
        n_unknown = optimizer.n_design - len(optimizer.trials)
        self._n_first = max(n_unknown, len(optimizer.initial_params))

    def next(
        self, running: Sequence[TrialRecord], in_time: InTime = lambda seconds: True
    ) -> TrialRecord | None:
        """Return the trial to run next, None where there is none to run now."""
        trial = self._most_promising(self._options(running, in_time), running)
        if trial is not None:
            trial.number = lowest_free({t.number for t in [*self.finished, *running]})
        return trial

    def announcement(self, n_splits: int, may_end_early: bool = False) -> str:
        """Say what is going to be done, in scikit-learn's words."""
        most = "at most " if may_end_early or self._tol is not None else ""
        stored = f"; {self.done} were given out before" if self.done else ""
        return (
            f"Fitting {count(n_splits, 'fold')} for each of at most "
            f"{count(self._n_iter, 'candidate')}, giving out {most}"
            f"{count(self.total, 'resource')} on each fold{stored}"
        )

    @property
    def total(self) -> int:
        """What all configurations together are given, at most."""
        return self._resource.price(self._n_iter)

    @property
    def done(self) -> int:
        """What they have been given."""
        return self._spent(self.finished)

    @property
    def state(self) -> str:
        """How far the plan is, as text."""
        return f"{self.done} of at most {self.total} resources"

    @property
    def best(self) -> TrialRecord | None:
        """The best trial among those that succeeded with the most resources."""
        succeeded = [trial for trial in self.finished if _succeeded(trial)] or self.finished
        highest = max(map(self._rung, succeeded), default=0)
        return best_of(trial for trial in succeeded if self._rung(trial) == highest)

    @property
    def shortfall(self) -> str | None:
        """What the best trial lacks, None where it lacks nothing."""
        best = self.best
        if best is None or self._resource.is_full(best.n_resources) or not _succeeded(best):
            return None
        full = f"{self._resource.name}={self._rungs[-1]}"
        return (
            f"No configuration succeeded with the full resource, {full}; "
            f"the best of those with {best.n_resources} counts."
        )

    @property
    def refit_seconds(self) -> float:
        """Seconds that a fit of the best configuration took, with what it had."""
        best = self.best
        if best is None:
            return 0.0
        rungs = [trial for trial in self.finished if trial.configuration == best.configuration]
        return mean_fit_seconds(rungs if self._prices.resumes(best) else [best])

    # ------------------------------------------------------------ what may come next
    def _options(self, running: Sequence[TrialRecord], in_time: InTime) -> list[TrialRecord]:
        """Return the trials that may come next.

        First new ones, then what carries the best of them through, then all.
        """
        seconds = self._seconds_of_rungs()
        # While one is on its way to the full resource, the others need not wait.
        is_climbed = self._is_seen or any(map(self._is_continued, running))
        n_started = len({trial.configuration for trial in [*self.finished, *running]})
        if n_started < self._n_first and in_time(seconds[0] if is_climbed else seconds.sum()):
            new = self._new(running)[:1]
            if new:
                return new
        paused = self._paused(running)
        is_free = is_climbed or self._may_wait(seconds, in_time)
        if is_free:
            options = [t for t in paused if in_time(seconds[self._rung(t)])]
        else:
            options = self._carried_through(paused, seconds, in_time)
        if in_time(seconds[0]) and (is_free or not options):
            options += [t for t in self._new(running) if in_time(seconds[self._rung(t)])]
        return options

    def _may_wait(self, seconds: NDArray[np.float64], in_time: InTime) -> bool:
        """Whether none needs to be carried through yet."""
        price = self._resource.steps[1:].sum() if self._resource.continues else self._rungs[-1]
        return (
            price > SMALL_SHARE * self.total
            and self.done < LARGE_SHARE * self.total
            and in_time(TIMES * seconds.sum())
        )

    def _carried_through(
        self, paused: list[TrialRecord], seconds: NDArray[np.float64], in_time: InTime
    ) -> list[TrialRecord]:
        """Return the trials that time allows to lead to the end, or if none, to the next rung."""
        direct = [t for t in paused if self._prices.leads_up(t)]
        whole = [t for t in direct if in_time(seconds[self._rung(t) :].sum())]
        return whole or [t for t in paused if in_time(seconds[self._rung(t)])]

    def _new(self, running: Sequence[TrialRecord]) -> list[TrialRecord]:
        """Return what a new configuration may start with, one trial each; none if none is."""
        taken = {trial.configuration for trial in [*self.finished, *running]}
        left = self._left(running)
        if self.used_up or len(taken) >= self._n_iter or left < self._rungs[-1]:
            return []
        params = self.ask(running, len(taken))
        if params is None:
            return []
        number = lowest_free(taken)
        trials = _trials(params, number, self._prices.at_first(params, number))
        return [trial for trial in trials if self._prices.whole(trial) <= left]

    def _paused(self, running: Sequence[TrialRecord]) -> list[TrialRecord]:
        """Return the next trials of each paused configuration that can still be completed."""
        latest = {trial.configuration: trial for trial in self.finished}
        for trial in running:
            latest.pop(trial.configuration, None)
        trials = [
            trial
            for t in latest.values()
            if _succeeded(t)
            for trial in _trials(t.params, t.configuration, self._prices.above(t))
        ]
        left = self._left(running)
        return [trial for trial in trials if self._prices.whole(trial) <= left]

    def _most_promising(
        self, options: list[TrialRecord], running: Sequence[TrialRecord]
    ) -> TrialRecord | None:
        """Return the option that is expected to improve the most for its price, None for none.

        Once a trial with the full resource has succeeded, only what is worth it; new ones were
        checked when they were asked for.
        """
        if self._is_seen and options:
            worth = self.are_worth([trial.params for trial in options])
            is_new = [not self._is_continued(trial) for trial in options]
            options = [options[i] for i in np.flatnonzero(worth | is_new)]
        if len(options) < 2 or not any(map(_succeeded, self.finished)):
            return options[0] if options else None
        improvement = self.optimizer.log_improvement_by_trials(
            [trial.params for trial in options],
            [self._rungs[self._rung(trial)] for trial in options],
            [trial.params for trial in running],
        )
        prices = list(map(self._price, options))
        return options[int(np.argmax(improvement - np.log(prices)))]

    # ------------------------------------------------------------ what it costs
    @property
    def _is_seen(self) -> bool:
        """Whether a trial with the full resource has succeeded."""
        return any(
            self._resource.is_full(trial.n_resources) and _succeeded(trial)
            for trial in self.finished
        )

    def _rung(self, trial: TrialRecord) -> int:
        """The rung of a trial, from 0."""
        return self._prices.rung(trial)

    def _is_continued(self, trial: TrialRecord) -> bool:
        """Whether a trial gives more to a configuration that has had some."""
        return any(t.configuration == trial.configuration for t in self.finished)

    def _price(self, trial: TrialRecord) -> int:
        """What a trial was given of the resource, beyond what it had."""
        return self._prices.step(trial)

    def _spent(self, trials: Iterable[TrialRecord]) -> int:
        """What trials have been given."""
        return sum(map(self._price, trials))

    def _left(self, running: Sequence[TrialRecord]) -> int:
        """What is left to give out once all that are being continued have the full resource."""
        left = self.total - self._spent([*self.finished, *running])
        return left - sum(self._prices.rest(t) for t in running if self._is_continued(t))

    def _seconds_of_rungs(self) -> NDArray[np.float64]:
        """Return what a trial on each rung is going to take, all splits together.

        As it was on that rung; else as it grew between the last two, or in proportion.
        """
        steps, seconds = self._resource.steps, np.zeros(len(self._rungs))
        for i in range(len(self._rungs)):
            seen = [usual_seconds(t) for t in self.finished if self._rung(t) == i]
            if seen:
                seconds[i] = np.median(seen)
            elif i > 1 and steps[i - 1] > steps[i - 2]:
                growth = (seconds[i - 1] - seconds[i - 2]) / (steps[i - 1] - steps[i - 2])
                seconds[i] = seconds[i - 1] + max(growth, 0.0) * (steps[i] - steps[i - 1])
            elif i == 1:
                seconds[i] = seconds[0] * steps[1] / steps[0]
            else:
                seconds[i] = seconds[i - 1]
        return seconds


def _trials(
    params: dict[str, Any], configuration: int, amounts: Iterable[int]
) -> list[TrialRecord]:
    """Return a trial of a configuration for each of the amounts."""
    return [
        TrialRecord(-1, params, configuration=configuration, n_resources=n_resources)
        for n_resources in amounts
    ]


def _succeeded(trial: TrialRecord) -> bool:
    return not math.isnan(trial.score)
