"""Runs trials that may end their process in separate processes."""

from collections.abc import Iterator
from pickle import PicklingError
from typing import Any

from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials.executor import ParallelExecutor, Trials
from sknn_tune.search.trials.fits import Task
from sknn_tune.search.trials.stopping import Stop
from sknn_tune.search.trials.worker import failure


class IsolatedExecutor(ParallelExecutor):
    """One fit after the other, in a worker process; one that kills its worker has failed.

    A fit that cannot be sent to another process counts as failed too.

    Parameters
    ----------
    stop : Stop
    """

    def __init__(self, stop: Stop):
        # For one job joblib would not start a process.
        super().__init__(stop, backend="loky", n_jobs=2)

    def _run(self, trials: Trials) -> Iterator[TrialRecord]:
        return self._run_one_by_one(trials)

    def _run_alone(self, task: Task) -> Any:
        try:
            return super()._run_alone(task)
        except PicklingError as error:
            message = (
                "The process of the search ended while it ran this configuration, which cannot "
                f"be sent to another process: {error.__cause__ or error}"
            )
            return failure(task[2], message).unpack()
