"""Runs trials. The search hands over an iterator of them and gets them back as they end.

`run(trials)` is the whole interface. It takes the next trial with its tasks, one (function, args,
kwargs) for each split, only when a worker is free, so that each trial is chosen with as many known
scores as possible. Trials that are cut short by the time limit or by Ctrl-C are not returned.
"""

import logging
import re
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

from joblib import effective_n_jobs
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel, delayed

from sknn_tune.deadline import fits_end_when
from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials.deaths import WorkerDeath, noticing_deaths
from sknn_tune.search.trials.fits import Task
from sknn_tune.search.trials.stopping import Stop
from sknn_tune.search.trials.worker import Answer, answer, failure

Key = tuple[int, int]  # number of a trial, split
Batch = list[tuple[TrialRecord, list[Task]]]
Trials = Iterable[tuple[TrialRecord, list[Task]]]

logger = logging.getLogger("sknn_tune.search")


class Executor(Protocol):
    """What the loop of a search asks of an executor."""

    @property
    def is_in_process(self) -> bool:
        """Whether fits run in the process of the search, which a fit can end."""

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

    is_in_process = True

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
                except KeyboardInterrupt as error:
                    if not self._stop.takes(error):
                        raise
                    return
                if watch.ended_fit or self._stop.interrupted:
                    return
                trial.folds.append(fold)
            yield trial


class ParallelExecutor(ABC):
    """Base of the executors with workers: a task whose worker dies is run again, alone.

    A task that kills its worker even then counts as a failed fit.

    Parameters
    ----------
    stop : Stop
    **parallel_options : dict
        Of `joblib.Parallel`.
    """

    def __init__(self, stop: Stop, **parallel_options: Any):
        self._stop, self._parallel_options = stop, parallel_options

    @property
    def is_in_process(self) -> bool:
        """Whether fits run in the process of the search, which a fit can end."""
        backend, _ = get_active_backend(prefer=self._parallel_options.get("prefer"))
        return getattr(backend, "supports_sharedmem", False)

    def run(self, trials: Trials) -> Iterator[TrialRecord]:
        """Yield each trial with its splits evaluated."""
        try:
            yield from self._run(trials)
        except KeyboardInterrupt as error:
            if not self._stop.takes(error):
                raise

    @abstractmethod
    def _run(self, trials: Trials) -> Iterator[TrialRecord]:
        """Yield trials as `run` does; KeyboardInterrupt is handled there."""

    def _run_alone(self, task: Task) -> Any:
        """Return the result of a task that runs with no other one beside it."""
        options = {name: v for name, v in self._parallel_options.items() if name != "pre_dispatch"}
        with Parallel(**options) as parallel, noticing_deaths(self._stop), self._stop.listening():
            return parallel([delayed(answer)(self._stop, *task)])[0].unpack()

    def _run_one_by_one(self, trials: Trials) -> Iterator[TrialRecord]:
        """Yield trials whose tasks run alone, until it is time to stop."""
        for trial, tasks in trials:
            yield from _complete([(trial, tasks)], self._results_alone(tasks))

    def _results_alone(self, tasks: list[Task]) -> list[Any]:
        """Return the results of a trial's tasks; one that kills its worker is the last to run."""
        results: list[Any] = []
        try:
            for task in tasks:
                results.append(None if self._stop() else self._run_alone(task))
                if results[-1] is None:
                    break
        except WorkerDeath as death:
            results += [_failure_by(death, task) for task in tasks[len(results) :]]
        return results


class BatchExecutor(ParallelExecutor):
    """A few trials at a time, one task for each trial and split; waits for all of a batch."""

    def __init__(self, stop: Stop, *, batch_size: int, **parallel_options: Any):
        super().__init__(stop, **parallel_options)
        self._batch_size = batch_size

    def _run(self, trials: Trials) -> Iterator[TrialRecord]:
        """Yield trials in the order they were asked for."""
        trials = iter(trials)
        while batch := list(islice(trials, self._batch_size)):
            with Parallel(**self._parallel_options) as parallel:
                while batch and (results := self._results(parallel, batch)) is not None:
                    yield from _complete(batch, results)
                    batch = list(islice(trials, self._batch_size))
            yield from self._run_one_by_one(batch)

    def _results(self, parallel: Parallel, batch: Batch) -> list[Any] | None:
        """Return the results of all tasks of a batch, None if a worker died."""
        tasks = [task for _, own in batch for task in own]
        calls = [delayed(answer)(self._stop, *task) for task in tasks]
        try:
            with noticing_deaths(self._stop), self._stop.listening():
                answers = parallel(calls)
        except WorkerDeath as death:
            logger.warning("A worker died; its batch is run again, one by one. %s", death)
            return None
        return [each.unpack() for each in answers]


def _complete(batch: Batch, results: Iterable[Any]) -> Iterator[TrialRecord]:
    """Yield the trials of a batch with their results, but for those that were cut short."""
    results = iter(results)
    for trial, own in batch:
        folds = list(islice(results, len(own)))
        if None in folds:
            return
        trial.folds = folds
        yield trial


class AsyncExecutor(ParallelExecutor):
    """Every worker gets the next task as soon as it is free; trials end in any order."""

    def _run(self, trials: Trials) -> Iterator[TrialRecord]:
        """Yield trials as they end."""
        queue = _TaskQueue(trials)
        while True:
            try:
                yield from self._results(queue)
                return
            except WorkerDeath as death:
                logger.warning("A worker died; its trials are run again, one by one. %s", death)
            for key, task in queue.unfinished():
                if self._stop():
                    return
                if not queue.waits_for(key):  # given up with another task of its trial
                    continue
                try:
                    fold = self._run_alone(task)
                except WorkerDeath as death:
                    yield queue.give_up(key, death)
                    continue
                if fold is None:
                    return
                trial = queue.finish(key, fold)
                if trial is not None:
                    yield trial

    def _results(self, queue: "_TaskQueue") -> Iterator[TrialRecord]:
        parallel = _StreamingParallel(
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
                with noticing_deaths(self._stop), self._stop.listening():
                    item = next(answers, None)
                if item is None:
                    return
                key, its_answer = item
                fold = its_answer.unpack()
                if fold is None:
                    return
                trial = queue.finish(key, fold)
                if trial is not None:
                    yield trial
        finally:
            answers.close()


class _StreamingParallel(Parallel):
    """Cancels running tasks without joblib's warning: giving them up is intended.

    A filter of warnings would not do: a thread that starts meanwhile would restore it as it ends.
    """

    def _warn_exit_early(self) -> None:
        pass


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

    def give_up(self, key: Key, death: WorkerDeath) -> TrialRecord:
        """Return the trial of a task that killed its worker; its other tasks need not run."""
        number, _ = key
        with self._lock:
            trial, tasks, folds = self._open.pop(number)
            self._ready = deque(item for item in self._ready if item[0][0] != number)
        trial.folds = [
            _failure_by(death, task) if fold is None else fold
            for task, fold in zip(tasks, folds, strict=True)
        ]
        return trial

    def waits_for(self, key: Key) -> bool:
        """Whether a task is still to be run."""
        number, split = key
        return number in self._open and self._open[number][2][split] is None

    def unfinished(self) -> list[tuple[Key, Task]]:
        """Return the tasks that were handed out and have no result."""
        with self._lock:
            waiting = {key for key, _ in self._ready}
            return [
                ((number, split), task)
                for number, (_, tasks, folds) in sorted(self._open.items())
                for split, (task, fold) in enumerate(zip(tasks, folds, strict=True))
                if fold is None and (number, split) not in waiting
            ]


def _failure_by(death: WorkerDeath, task: Task) -> Any:
    """The result of a task whose trial killed its worker while it was alone."""
    return failure(task[2], f"The worker died while it ran this configuration. {death}").unpack()


def _numbered_answer(key: Key, *task: Any) -> tuple[Key, Answer]:
    return key, answer(*task)
