"""When a search ends before its last trial: time limit, Ctrl-C, or no expected gain."""

import _thread
import math
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sknn_tune.common.caller import warn_caller
from sknn_tune.search.trials.plan import TrialPlan

# Seconds after which a moved deadline is noticed.
LONGEST_NAP = 0.05
# Seconds within which a second Ctrl-C ends everything, not only the running search.
PATIENCE = 5.0
# Safety margin of the refit, a factor and seconds: fits of equal length differ by about as much.
REFIT_MARGIN, LEAST_MARGIN = 1.25, 0.05
# Minimum time for the refit: a multiple of its expected time, plus so many seconds.
LEAST_REFIT, LEAST_REFIT_SECONDS = 3.0, 1.0


class _Presses:
    """Ctrl-C in this process, whichever of several nested searches it ended."""

    last = -math.inf

    @classmethod
    def note(cls) -> bool:
        """Note a press; return whether it was the second of two."""
        now = time.monotonic()
        is_second = now - cls.last < PATIENCE
        cls.last = -math.inf if is_second else now
        return is_second


class Stop:
    """Whether to stop: at a given time, or after an interrupt.

    The first Ctrl-C ends the search; a second one within five seconds is raised as
    KeyboardInterrupt through everything, nested searches included. A copy in another process
    knows the time, and interruptions of that process.

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

    def __init__(self, at: float = math.inf, pid: int | None = None):
        self.pid = os.getpid() if pid is None else pid
        self.at, self.interrupted, self._listening, self._alarmed = at, False, False, False
        self._is_raised = self._is_ignored = False

    def __call__(self) -> bool:
        return self.interrupted or time.time() >= self.at

    def takes(self, error: KeyboardInterrupt) -> bool:
        """Whether a KeyboardInterrupt is this object's, and ends nothing but the search."""
        is_own, self._is_raised = self._is_raised, False
        return is_own

    def __reduce__(self) -> tuple:
        return Stop, (self.at, self.pid)

    @contextmanager
    def handling_interrupts(self) -> Iterator[None]:
        """Note a Ctrl-C, also where an estimator's fit swallows it.

        It is raised as KeyboardInterrupt within `listening` only, so that the result of a finished
        fit is never lost before it is stored. The end of the time wakes the main thread in
        the same way. Outside the main thread, where signals never arrive, this does nothing.
        Where Ctrl-C was ignored before, as in a job that a script runs in the background, it is
        still ignored.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)
        self._is_ignored = _ignores(before)
        signal.signal(signal.SIGINT, self._on_signal)
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
    def listening(self) -> Iterator[None]:
        """Let an interruption break off what is done within, if this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._listening = True
        try:
            if self():  # what woke the main thread may have come when it did not listen
                self._is_raised = True
                raise KeyboardInterrupt
            yield
        finally:
            self._listening = False

    def _watch_the_time(self, ended: threading.Event) -> None:
        """Wake the main thread when the time is up; `at` may have moved meanwhile."""
        while not ended.wait(min(max(self.at - time.time(), 0.0), LONGEST_NAP)):
            if time.time() >= self.at:
                self.wake()
                return

    def wake(self) -> None:
        """Break off what the main thread is listening in, from another thread."""
        self._alarmed = True
        _thread.interrupt_main()

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        is_alarm, self._alarmed = self._alarmed, False
        if not is_alarm:
            if self._is_ignored:
                return
            self.interrupted = True
            if _Presses.note():
                self._is_raised = False
                raise KeyboardInterrupt
        if self._listening:
            self._listening = False  # once; what cleans up after it is not to be disturbed
            self._is_raised = True
            raise KeyboardInterrupt


def _ignores(handler):
    """Whether a handler of Ctrl-C, perhaps that of a search around this one, ignores it."""
    stop = getattr(handler, "__self__", None)
    return stop._is_ignored if isinstance(stop, Stop) else handler == signal.SIG_IGN


class Budget:
    """The time limit of a search, the refit included.

    The first trial always runs to its end, so that there is a result. After it, time is reserved
    for the refit.

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

    def __init__(self, max_time: float | None, refits: bool, n_splits: int):
        self._refits = refits
        # A refit sees all rows, a fit of k-fold cross-validation all but one part in k; one split
        # may hold out any share, a third is on the safe side of what is usual.
        self._refit_share = n_splits / (n_splits - 1) if n_splits > 1 else 1.5
        self.end = math.inf if max_time is None else time.time() + max_time
        self.stop = Stop()

    def keep_free(self, fit_seconds: float, seconds: float = 0.0) -> None:
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

    def refit_seconds(self, fit_seconds: float) -> float:
        """Return the minimum time for the refit, granted even after the deadline.

        Without it, a late search would return an untrained winner.
        """
        return LEAST_REFIT * self._refit_share * fit_seconds + LEAST_REFIT_SECONDS

    def left(self) -> float:
        """Return the seconds that are left, not less than 0."""
        return max(self.end - time.time(), 0.0)

    def allows(self, seconds: float) -> bool:
        """Whether a trial that takes so long would end in time."""
        return not self.stop() and time.time() + seconds <= self.stop.at


def say_why_it_ended(plan: TrialPlan, n_iter: int, interrupted: bool) -> None:
    """Warn of Ctrl-C, of an exhausted finite space, or of a winner without the full resource.

    Parameters
    ----------
    plan : TrialPlan
    n_iter : int
    interrupted : bool

    Raises
    ------
    KeyboardInterrupt
        If there was a Ctrl-C before anything was finished.
    ValueError
        If there was nothing to evaluate.
    """
    n_points = plan.optimizer.space.n_points
    if interrupted:
        if not plan.finished:
            raise KeyboardInterrupt
        warn_caller(
            f"The search was interrupted after {len(plan.finished)} trials; the best of them "
            "counts. Only this search has ended; press Ctrl-C twice within five seconds to end "
            "all that runs around it as well."
        )
    elif not plan.finished:
        raise ValueError(
            f"prior_results cover all {n_points} configurations of param_distributions; "
            "there is nothing left to evaluate."
        )
    elif plan.used_up:
        n_tried = len({trial.configuration for trial in plan.finished})
        warn_caller(
            f"The total space of parameters {n_points} is used up: {n_tried} of "
            f"n_iter={n_iter} configurations were evaluated. For exhaustive searches, "
            "use GridSearchCV.",
        )
    if plan.shortfall is not None:
        warn_caller(plan.shortfall)
