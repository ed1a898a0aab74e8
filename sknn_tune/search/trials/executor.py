"""Runs trials. The search hands over an iterator of them and gets them back as they end.

`run(trials)` pulls the next trial with its tasks, one (function, args, kwargs) for each split,
when there is room for one, so that a trial is asked for as late as possible, knowing as much as
possible. That one method is the whole interface. Trials that are cut short by the end of the time
or by Ctrl-C are not given back.
"""

import gc
import logging
import os
import re
import threading
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from functools import cache
from itertools import islice
from typing import Any, Protocol

from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed

from sknn_tune.deadline import fits_end_when
from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials.fits import Task
from sknn_tune.search.trials.stopping import Stop

Key = tuple[int, int]  # number of a trial, split
Trials = Iterable[tuple[TrialRecord, list[Task]]]

logger = logging.getLogger("sknn_tune.search")

# Worker deaths in a row, none of the trials running ending in between, that end a search.
MAX_DEATHS = 3


class Executor(Protocol):
    """What the loop of a search asks of an executor."""

    def run(self, trials: Trials) -> Iterator[TrialRecord]:
        """Yield each trial with its splits evaluated."""


def make_executor(
    n_splits: int,
    stop: Stop,
    *,
    n_jobs: int | None,
    pre_dispatch: int | str,
    asynchronous: bool = True,
    prefer: str | None = None,
) -> Executor:
    """Return the executor for `n_jobs`.

    Parameters
    ----------
    n_splits : int
        Number of tasks of a trial.
    stop : Stop
        Says when to break off.
    n_jobs : int or None
        As in joblib.
    pre_dispatch : int or str
        As in joblib; for batches only.
    asynchronous : bool, default=True
        Whether to keep all workers busy, where joblib's backend can.
    prefer : {"threads", None}, default=None
        What joblib should prefer where the user has not chosen a backend.

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
        return SerialExecutor(stop)
    if asynchronous and _backend_streams(n_jobs):
        return AsyncExecutor(stop, n_jobs=n_jobs, prefer=prefer)
    return BatchExecutor(
        stop,
        # The fewest trials that give every worker a split to work on.
        batch_size=-(-n_workers // n_splits),
        n_jobs=n_jobs,
        pre_dispatch=pre_dispatch,
        prefer=prefer,
    )


def _backend_streams(n_jobs: int | None) -> bool:
    """Whether joblib's active backend gives results back as they come."""
    try:
        Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    except ValueError:
        return False
    return True


class SerialExecutor:
    """One trial after the other, in this process."""

    def __init__(self, stop: Stop):
        self._stop = stop

    def run(self, trials: Trials) -> Iterator[TrialRecord]:
        """Yield each trial with its splits evaluated."""
        for trial, tasks in trials:
            trial.folds = []
            for function, args, kwargs in tasks:
                if trial.folds and self._stop():
                    return
                try:
                    with self._stop.listening(), fits_end_when(self._stop) as watch:
                        fold = function(*args, **kwargs)
                except KeyboardInterrupt:
                    return
                if watch.ended_fit or self._stop.interrupted:
                    return
                trial.folds.append(fold)
            yield trial


class BatchExecutor:
    """A few trials at a time, one task for each trial and split; waits for all of a batch."""

    def __init__(self, stop: Stop, *, batch_size: int, **parallel_options: Any):
        self._stop, self._batch_size = stop, batch_size
        self._parallel_options = parallel_options

    def run(self, trials: Trials) -> Iterator[TrialRecord]:
        """Yield each trial with its splits evaluated, in the order they were asked for."""
        trials = iter(trials)
        with Parallel(**self._parallel_options) as parallel:
            while batch := list(islice(trials, self._batch_size)):
                tasks = [task for _, own in batch for task in own]
                calls = [delayed(_answer)(self._stop, *task) for task in tasks]
                try:
                    with self._stop.listening():
                        answers = iter(parallel(calls))
                except KeyboardInterrupt:
                    return
                for trial, own in batch:
                    folds = [answer.unpack() for answer in islice(answers, len(own))]
                    if None in folds:
                        return
                    trial.folds = folds
                    yield trial


class AsyncExecutor:
    """Every worker gets the next task the moment it is free; trials end in any order.

    A worker that dies takes its tasks with it; they are run again.
    """

    def __init__(self, stop: Stop, **parallel_options: Any):
        self._stop, self._parallel_options = stop, parallel_options

    def run(self, trials: Trials) -> Iterator[TrialRecord]:
        """Yield each trial with its splits evaluated, as they end."""
        queue = _TaskQueue(trials)
        deaths = 0
        while True:
            try:
                for trial in self._results(queue):
                    deaths = 0
                    yield trial
                return
            except KeyboardInterrupt:
                return
            except Exception as error:
                deaths += 1
                if not _is_death_of_worker(error) or deaths > MAX_DEATHS:
                    raise
                logger.warning("A worker died (%r); its trials are run again.", error)
                queue.repeat_unfinished()

    def _results(self, queue: "_TaskQueue") -> Iterator[TrialRecord]:
        parallel = Parallel(
            return_as="generator_unordered",
            batch_size=1,
            # One task waits, so that no worker has to wait while the next trial is planned.
            pre_dispatch="n_jobs + 1",
            **self._parallel_options,
        )
        calls = (delayed(_numbered_answer)(key, self._stop, *task) for key, task in queue)
        answers = parallel(calls)
        try:
            while True:
                with self._stop.listening():
                    item = next(answers, None)
                if item is None:
                    return
                key, answer = item
                fold = answer.unpack()
                if fold is None:
                    return
                trial = queue.finish(key, fold)
                if trial is not None:
                    yield trial
        finally:
            _close(answers)


class _TaskQueue:
    """The tasks of all trials, made as they are wanted; remembers which have no result yet.

    joblib's threads iterate over it, the search's thread hands it the results.
    """

    def __init__(self, trials: Trials):
        self._trials = iter(trials)
        self._lock = threading.Lock()
        self._ready: deque[tuple[Key, Task]] = deque()
        self._open: dict[int, tuple[TrialRecord, list[Task], list]] = {}

    def __iter__(self) -> "_TaskQueue":
        return self

    def __next__(self) -> tuple[Key, Task]:
        with self._lock:
            if not self._ready:
                trial, tasks = next(self._trials)
                self._open[trial.number] = trial, tasks, [None] * len(tasks)
                self._ready.extend(((trial.number, i), task) for i, task in enumerate(tasks))
            return self._ready.popleft()

    def finish(self, key: Key, fold: dict) -> TrialRecord | None:
        """Note a result; return the trial if it was the last one that it waited for."""
        number, split = key
        trial, _, folds = self._open[number]
        folds[split] = fold
        if None in folds:
            return None
        trial.folds = folds
        del self._open[number]
        return trial

    def repeat_unfinished(self) -> None:
        """Put every task that has no result back in the queue, first of all."""
        with self._lock:
            self._ready = deque(
                ((number, split), task)
                for number, (_, tasks, folds) in sorted(self._open.items())
                for split, (task, fold) in enumerate(zip(tasks, folds, strict=True))
                if fold is None
            )


class _Answer:
    """What became of a task: a result, an error, or nothing where it was cut short.

    An error travels as an answer, so that an error of the machinery is known to be one.
    """

    def __init__(self, result: Any = None, error: Exception | None = None):
        self._result, self._error = result, error

    def unpack(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._result


@cache
def _settle_in(pid: int) -> None:
    """Take what a worker has imported out of the garbage collector's sight.

    Without psutil, loky collects garbage once a second, before it asks for the next task; to
    look through all modules takes a tenth of a second or more each time.
    """
    if os.getpid() != pid:
        gc.freeze()


def _answer(stop: Stop, function: Callable, args: tuple, kwargs: dict) -> _Answer:
    """Run a task, in whatever process or thread this is."""
    _settle_in(stop.pid)
    try:
        with stop.handling_interrupts(), stop.listening(), fits_end_when(stop) as watch:
            result = function(*args, **kwargs)
    except KeyboardInterrupt:
        return _Answer()
    except Exception as error:
        error.add_note(f"Raised in a worker:\n{traceback.format_exc()}")
        return _Answer(error=error)
    return _Answer() if watch.ended_fit or stop.interrupted else _Answer(result)


def _numbered_answer(key: Key, *task: Any) -> tuple[Key, _Answer]:
    return key, _answer(*task)


def _is_death_of_worker(error: Exception) -> bool:
    """Whether an error of joblib says that a worker, or the data that it held, is gone."""
    return isinstance(error, BrokenExecutor | CancelledError) or (
        type(error).__module__.startswith("distributed")
    )


def _close(answers: Any) -> None:
    """Cancel what is running; joblib warns that results are given up, which is meant."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers.close()
