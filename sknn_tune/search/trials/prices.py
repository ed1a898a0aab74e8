"""What trials cost of a resource: less where fits resume, all of it where they start again."""

from collections.abc import Callable, Mapping
from typing import Any

from sknn_tune.search.resource import Resource
from sknn_tune.search.storage.trial_records import TrialRecord


class Prices:
    """Prices of trials in amounts of the resource.

    A configuration whose fits resume climbs rung by rung, which costs no more than to jump. One
    whose fits start from scratch pays each rung in full, and may leave some out, the lowest too.

    Parameters
    ----------
    resource : Resource
    resumes : callable
        Whether fits of a configuration, a dict, resume where they were paused.
    """

    def __init__(self, resource: Resource, resumes: Callable[[Mapping[str, Any]], bool]):
        self._rungs, self._resumes = resource.rungs, resumes
        self._known: dict[int, bool] = {}

    def rung(self, trial: TrialRecord) -> int:
        """Return the rung of a trial, from 0."""
        return self._rungs.index(trial.n_resources)

    def resumes(self, trial: TrialRecord) -> bool:
        """Whether the configuration of a trial resumes."""
        if trial.configuration not in self._known:
            self._known[trial.configuration] = self._resumes(trial.params)
        return self._known[trial.configuration]

    def at_first(self, params: Mapping[str, Any], configuration: int) -> tuple[int, ...]:
        """Return what a new configuration, of a number that is free, may start with.

        One that resumes loses nothing by the lowest rung; others pay for it once more.
        """
        # The number may have been that of a proposal that was not started.
        self._known[configuration] = self._resumes(params)
        return self._rungs[:1] if self._known[configuration] else self._rungs

    def above(self, trial: TrialRecord) -> tuple[int, ...]:
        """Return what a configuration may be given after a trial."""
        higher = self._rungs[self.rung(trial) + 1 :]
        return higher[:1] if self.resumes(trial) else higher

    def step(self, trial: TrialRecord) -> int:
        """Return what a trial costs a configuration that has been through the rungs below."""
        rung = self.rung(trial)
        below = self._rungs[rung - 1] if rung and self.resumes(trial) else 0
        return self._rungs[rung] - below

    def rest(self, trial: TrialRecord) -> int:
        """Return what it costs after a trial to come to the full resource."""
        full, amount = self._rungs[-1], self._rungs[self.rung(trial)]
        if amount == full:
            return 0
        return full - amount if self.resumes(trial) else full

    def whole(self, trial: TrialRecord) -> int:
        """Return what it costs to come to the full resource by a trial."""
        return self.step(trial) + self.rest(trial)

    def leads_up(self, trial: TrialRecord) -> bool:
        """Whether a trial is on the shortest way to the full resource."""
        return self.resumes(trial) or self.rest(trial) == 0
