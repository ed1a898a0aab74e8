"""Runs trials. The search hands over an iterator of them and gets them back as they end.

`run(trials)` pulls the next trial when there is room for one, so that a trial is asked for as
late as possible, knowing as much as possible. That one method is the whole interface.
"""

import re
from itertools import islice

from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed


def make_executor(make_tasks, n_splits, *, n_jobs, pre_dispatch):
    """Return the executor for `n_jobs`.

    Parameters
    ----------
    make_tasks : callable
        Takes a trial, returns one (function, args, kwargs) for each split. Called in the process
        of the search; the functions may run elsewhere.
    n_splits : int
        Number of tasks of a trial.
    n_jobs : int or None
        As in joblib.
    pre_dispatch : int or str
        As in joblib.

    Raises
    ------
    ValueError
        If `n_jobs` or `pre_dispatch` has no meaning.
    """
    n_workers = effective_n_jobs(n_jobs)
    # joblib evaluates the expression when the first task is sent, and names no parameter.
    if not re.fullmatch(r"all|[1-9]\d*|(?=.*n_jobs)(n_jobs|[\d\s.+*/()-])+", str(pre_dispatch)):
        raise ValueError(
            "pre_dispatch must be 'all', a positive number of tasks, or an expression in n_jobs "
            f"such as '2*n_jobs', got {pre_dispatch!r}."
        )
    if n_workers == 1:
        return SerialExecutor(make_tasks)
    return BatchExecutor(
        make_tasks,
        # The fewest trials that give every worker a split to work on.
        batch_size=-(-n_workers // n_splits),
        n_jobs=n_jobs,
        pre_dispatch=pre_dispatch,
    )


class SerialExecutor:
    """One trial after the other, in this process."""

    def __init__(self, make_tasks):
        self._make_tasks = make_tasks

    def run(self, trials):
        """Yield each trial with its splits evaluated."""
        for trial in trials:
            trial.folds = [f(*args, **kwargs) for f, args, kwargs in self._make_tasks(trial)]
            yield trial


class BatchExecutor:
    """A few trials at a time, one task for each trial and split; waits for all of a batch."""

    def __init__(self, make_tasks, *, batch_size, n_jobs, pre_dispatch):
        self._make_tasks = make_tasks
        self._batch_size = batch_size
        self._n_jobs, self._pre_dispatch = n_jobs, pre_dispatch

    def run(self, trials):
        """Yield each trial with its splits evaluated, in the order they were asked for."""
        trials = iter(trials)
        with Parallel(n_jobs=self._n_jobs, pre_dispatch=self._pre_dispatch) as parallel:
            while batch := list(islice(trials, self._batch_size)):
                # All tasks are made before any is sent: making one may change what others carry.
                tasks = [self._make_tasks(trial) for trial in batch]
                folds = iter(parallel([delayed(f)(*a, **k) for t in tasks for f, a, k in t]))
                for trial, own in zip(batch, tasks, strict=True):
                    trial.folds = list(islice(folds, len(own)))
                yield from batch
