"""When a search ends before its last trial: out of time, by Ctrl-C, or with nothing to expect."""

import _thread
import math
import os
import signal
import threading
import time
from contextlib import contextmanager

import numpy as np

from .acquisition import ExpectedImprovement

# Before so many successes, the model's word on what can still be gained is worth nothing.
MIN_TRIALS = 10
# Seconds after which a moved deadline is noticed.
LONGEST_NAP = 0.05
# Fits of one length differ by so much, and by so many seconds; a refit cut short is a poor model.
REFIT_MARGIN, LEAST_MARGIN = 1.25, 0.05


class Stop:
    """Says when to stop: at a given time, or as soon as somebody interrupts.

    A copy in another process knows the time, and interruptions of that process.

    Parameters
    ----------
    at : float, default=inf
        Seconds since the epoch, as `time.time()` counts them.
    pid : int or None, default=None
        The process of the search; None is this one.

    Attributes
    ----------
    interrupted : bool
        Whether there was a Ctrl-C.
    """

    def __init__(self, at=math.inf, pid=None):
        self.pid = os.getpid() if pid is None else pid
        self.at, self.interrupted, self._listening, self._alarmed = at, False, False, False

    def __call__(self):
        return self.interrupted or time.time() >= self.at

    def __reduce__(self):
        return Stop, (self.at, self.pid)

    @contextmanager
    def handling_interrupts(self):
        """Note a Ctrl-C, also where an estimator's fit swallows it.

        It is raised as KeyboardInterrupt within `listening` only, so that what a finished fit
        gave is never lost half-way to the journal. The end of the time wakes the main thread in
        the same way. Outside the main thread, where signals never arrive, this does nothing.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._on_signal)
        ended = threading.Event()
        alarm = threading.Thread(target=self._watch_the_time, args=(ended,), daemon=True)
        alarm.start()
        try:
            yield
        finally:
            ended.set()
            alarm.join()
            signal.signal(signal.SIGINT, before or signal.default_int_handler)

    @contextmanager
    def listening(self):
        """Let an interruption break off what is done within, if this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._listening = True
        try:
            if self.interrupted:
                raise KeyboardInterrupt
            yield
        finally:
            self._listening = False

    def _watch_the_time(self, ended):
        """Wake the main thread when the time is up; `at` may have moved meanwhile."""
        while not ended.wait(min(max(self.at - time.time(), 0.0), LONGEST_NAP)):
            if time.time() >= self.at:
                self._alarmed = True
                _thread.interrupt_main()
                return

    def _on_signal(self, signum, frame):
        self.interrupted = self.interrupted or not self._alarmed
        self._alarmed = False
        if self._listening:
            self._listening = False  # once; what cleans up after it is not to be disturbed
            raise KeyboardInterrupt


class Budget:
    """Seconds for a whole search, the refit included.

    The first trial is run to its end, so that there is always something to give back; from then
    on, what is to come after the trials is kept free.

    Parameters
    ----------
    max_time : float or None
        None is unlimited.
    refits : bool
        Whether a refit has to fit in as well.
    n_splits : int

    Attributes
    ----------
    end : float
        When all must have ended, in seconds since the epoch.
    stop : Stop
        Says when the trials must have ended.
    """

    def __init__(self, max_time, refits, n_splits):
        self._refits = refits
        # A refit sees all rows, a fit of k-fold cross-validation all but one part in k; one split
        # may hold out any share, a third is on the safe side of what is usual.
        self._refit_share = n_splits / (n_splits - 1) if n_splits > 1 else 1.5
        self.end = math.inf if max_time is None else time.time() + max_time
        self.stop = Stop()

    def keep_free(self, fit_seconds, seconds=0.0):
        """Keep time free for what comes after the trials.

        Parameters
        ----------
        fit_seconds : float
            What the winner's fit on the splits took; the refit will take longer.
        seconds : float, default=0.0
            What else there is to do.
        """
        if self._refits:
            seconds += REFIT_MARGIN * self._refit_share * fit_seconds + LEAST_MARGIN
        self.stop.at = self.end - seconds

    def left(self):
        """Return the seconds that are left, not less than 0."""
        return max(self.end - time.time(), 0.0)

    def allows(self, seconds):
        """Whether a trial that takes so long would end in time."""
        return not self.stop() and time.time() + seconds <= self.stop.at


def expected_gain(optimizer, params):
    """Return by how much `params` is expected to beat the best configuration, in units of score.

    The expected improvement over the best posterior mean; infinite while the model knows too
    little to say.

    Parameters
    ----------
    optimizer : BayesianOptimizer
    params : dict
        A configuration not evaluated yet.
    """
    if np.isfinite([trial.score for trial in optimizer.trials]).sum() < MIN_TRIALS:
        return math.inf
    surrogate = optimizer.surrogate_
    improvement = ExpectedImprovement(surrogate.gp)
    features = surrogate.space.features(surrogate.space.encode(params)[None])
    best = improvement.best[0]
    gain = math.exp(improvement(features)[0])
    return float(surrogate.transform.inverse(best + gain) - surrogate.transform.inverse(best))
