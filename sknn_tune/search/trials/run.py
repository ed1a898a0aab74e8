"""The loop of a search: plan a trial, run it, score it, store it, learn from it."""

import logging
import math
import threading
import time

from sknn_tune.search.predictions import KeptPredictions
from sknn_tune.search.storage.journal import Journal, NoJournal
from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials.executor import Executor, Trials
from sknn_tune.search.trials.fits import TrialFits
from sknn_tune.search.trials.isolation import IsolatedExecutor
from sknn_tune.search.trials.objective import Objective
from sknn_tune.search.trials.plan import TrialPlan, count
from sknn_tune.search.trials.progress import Progress
from sknn_tune.search.trials.stopping import Budget

# After this many trials without a finite score and without a failed fit, the scorer is at fault.
MIN_SCORED = 3

logger = logging.getLogger("sknn_tune.search")


class SearchRun:
    """Runs the trials of a plan until it is fulfilled or the search is stopped.

    Parameters
    ----------
    plan : TrialPlan
        Says what to run next and learns from what has ended.
    fits : TrialFits
        Makes the tasks of a trial.
    objective : Objective
        Scores a trial.
    journal : Journal or NoJournal
        Keeps the trials.
    budget : Budget
        The time.
    n_parallel : int
        Splits of one trial that run at the same time.
    """

    def __init__(
        self,
        plan: TrialPlan,
        fits: TrialFits,
        objective: Objective,
        journal: Journal | NoJournal,
        budget: Budget,
        n_parallel: int,
    ):
        self._plan, self._fits, self._objective = plan, fits, objective
        self._journal, self._budget, self._n_parallel = journal, budget, n_parallel
        self._kept = KeptPredictions(journal.trials)
        self._running: dict[int, TrialRecord] = {}
        self._planning_seconds = 0.0
        # joblib's threads ask for trials.
        self._lock = threading.Lock()

    def resume(self) -> None:
        """Learn from the trials of the journal."""
        stored = self._journal.trials
        for trial in stored:
            self._objective.rate(trial)
            self._learn(trial)
        if stored:
            logger.info("%d trials were finished before.", len(stored))
            self._check_scores(MIN_SCORED)

    def run(self, executor: Executor, progress: Progress) -> bool:
        """Run trials until there are no more; return whether Ctrl-C ended them.

        Trials at which the process of an earlier run ended come first, in worker processes.

        Parameters
        ----------
        executor : Executor
        progress : object
            Receives every finished trial by `update(trial)`.
        """
        stop = self._budget.stop
        with stop.handling_interrupts():
            if self._journal.unended:
                self._run(IsolatedExecutor(stop), self._unended(), progress)
            # Trials that end may make others possible that the plan had to wait with.
            while not stop():
                n_before = len(self._plan.finished)
                self._run(executor, self._ask(is_marked=executor.is_in_process), progress)
                if len(self._plan.finished) == n_before:
                    break
        if not stop.interrupted:
            self._check_scores(1)
        return stop.interrupted

    def _run(self, executor: Executor, trials: Trials, progress: Progress) -> None:
        for trial in executor.run(trials):
            self._finish(trial)
            progress.update(trial)
            self._check_scores(MIN_SCORED)
        self._running.clear()

    def _unended(self) -> Trials:
        for trial in self._journal.unended:
            self._running[trial.number] = trial
            yield trial, self._fits.tasks(trial)

    def _ask(self, is_marked: bool) -> Trials:
        while True:
            with self._lock:
                start = time.time()
                trial = self._plan.next(list(self._running.values()), self._in_time)
                self._planning_seconds = time.time() - start
                if trial is None:
                    return
                self._running[trial.number] = trial
                if is_marked:
                    self._journal.start(trial)
            logger.debug("Trial %d starts: %s", trial.number, trial.params)
            yield trial, self._fits.tasks(trial)

    def _in_time(self, seconds: float) -> bool:
        """Whether splits that take `seconds` in all, one after the other, would end in time."""
        return self._budget.allows(seconds / self._n_parallel)

    def _finish(self, trial: TrialRecord) -> None:
        self._objective.rate(trial)
        self._fits.pause(trial)
        self._journal.record(trial, forgotten=self._kept.add(trial))
        with self._lock:
            del self._running[trial.number]
            self._learn(trial)
        logger.info("Trial %d ended: score %g, %s", trial.number, trial.score, trial.params)

    def _check_scores(self, n_trials: int) -> None:
        """Raise if no trial has a finite score, of at least `n_trials` without a failed fit."""
        finished = self._plan.finished
        if any(math.isfinite(trial.score) for trial in finished):
            return
        fitted = [t for t in finished if all(fold["fit_error"] is None for fold in t.folds)]
        if len(fitted) < n_trials:
            return
        metric = self._objective.metric or "score"
        error = self._fits.scoring_error(fitted[0], metric)
        scores = [fold["test_scores"] for fold in fitted[0].folds]
        reason = (
            f"The scorer returns {scores}." if error is None else f"{type(error).__name__}: {error}"
        )
        raise ValueError(
            f"The fits of {count(len(fitted), 'trial')} succeeded, but scoring gave no finite "
            f"{metric!r}; there is nothing to search by. {reason}"
        ) from error

    def _learn(self, trial: TrialRecord) -> None:
        self._plan.tell(trial)
        # After the last trial the model learns once more, as it does to plan the next one.
        self._budget.keep_free(self._plan.refit_seconds, self._planning_seconds)
