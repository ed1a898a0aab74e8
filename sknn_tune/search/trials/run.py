"""The loop of a search: plan a trial, have it run, score it, write it down, learn from it."""

import logging
import threading
import time

logger = logging.getLogger("sknn_tune.search")


class SearchRun:
    """Runs the trials of a plan until it is fulfilled or the search is stopped.

    Parameters
    ----------
    plan : Plan
        Says what to run next and learns from what has ended.
    objective : Objective
        Scores a trial.
    evaluation : Evaluation
        Keeps fits that may go on.
    journal : Journal or NoJournal
        Keeps the trials.
    budget : Budget
        The time.
    n_side_by_side : int
        Splits of one trial that run at the same time.
    """

    def __init__(self, plan, objective, evaluation, journal, budget, n_side_by_side):
        self._plan, self._objective, self._journal = plan, objective, journal
        self._evaluation = evaluation
        self._budget, self._n_side_by_side = budget, n_side_by_side
        self._running = {}
        self._planning_seconds = 0.0
        # joblib asks for trials in threads of its own.
        self._lock = threading.Lock()

    def resume(self):
        """Learn from the trials of the journal."""
        stored = self._journal.trials
        for trial in stored:
            trial.score = self._objective.score(trial.folds)
            self._learn(trial)
        if stored:
            logger.info("%d trials were finished before.", len(stored))

    def run(self, executor, progress):
        """Run trials until there are no more; return whether Ctrl-C ended them.

        Parameters
        ----------
        executor : object
            Its `run(trials)` yields trials as they end.
        progress : object
            Told of every trial by `update(trial)`.
        """
        stop = self._budget.stop
        with stop.handling_interrupts():
            # Trials that end may make others possible that the plan had to wait with.
            while not stop():
                n_before = len(self._plan.finished)
                for trial in executor.run(self._ask()):
                    self._finish(trial)
                    progress.update(trial)
                self._running.clear()
                if len(self._plan.finished) == n_before:
                    break
        return stop.interrupted

    def _ask(self):
        while True:
            with self._lock:
                began = time.time()
                trial = self._plan.next(list(self._running.values()), self._in_time)
                self._planning_seconds = time.time() - began
                if trial is None:
                    return
                self._running[trial.number] = trial
            logger.debug("Trial %d begins: %s", trial.number, trial.params)
            yield trial

    def _in_time(self, seconds):
        """Whether splits that take so many seconds, one after the other, would end in time."""
        return self._budget.allows(seconds / self._n_side_by_side)

    def _finish(self, trial):
        trial.score = self._objective.score(trial.folds)
        self._evaluation.pause(trial)
        self._journal.record(trial)
        with self._lock:
            del self._running[trial.number]
            self._learn(trial)
        logger.info("Trial %d ended: score %g, %s", trial.number, trial.score, trial.params)

    def _learn(self, trial):
        self._plan.tell(trial)
        # After the last trial the model learns once more, as it does to plan the next one.
        self._budget.keep_free(self._plan.refit_seconds, self._planning_seconds)
