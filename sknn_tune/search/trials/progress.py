"""What a search shows while it runs: a bar in a terminal, a line per trial elsewhere."""

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sknn_tune.common.progress_bar import ProgressBar, has_rich
from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials.plan import TrialPlan


class Progress(Protocol):
    """What the loop of a search asks of a display."""

    def update(self, trial: TrialRecord) -> None:
        """Show a finished trial."""


@contextmanager
def showing_progress(
    verbose: int, plan: TrialPlan, n_splits: int, end: float
) -> Iterator[Progress]:
    """Yield an object whose `update(trial)` shows a finished trial.

    Parameters
    ----------
    verbose : int
        0 shows nothing, 1 a bar where rich is installed and a terminal is there, else lines;
        more always shows lines, which do not disturb what scikit-learn prints of each fit.
    plan : TrialPlan
        Says how much there is to do; what is done already was done by an earlier run.
    n_splits : int
        Fits of a trial.
    end : float
        When the search must have ended, in seconds since the epoch.
    """
    if not verbose:
        yield Silence()
        return
    pace = Pace(plan, end)
    print(plan.announcement(n_splits, may_end_early=math.isfinite(end)))
    if verbose > 1 or not sys.stdout.isatty() or not has_rich():
        yield Lines(plan, pace)
        return
    # The share of the time that is over is no number of configurations.
    counts = not math.isfinite(end)
    total, done = (plan.total, plan.done) if counts else (1.0, pace.share())
    with ProgressBar("Search", total, completed=done, counts=counts, foresees=False) as bar:
        yield Bar(bar, plan, pace, counts)


class Silence:
    """Shows nothing."""

    def update(self, trial: TrialRecord) -> None:
        pass


class Lines:
    """One line for each trial."""

    def __init__(self, plan: TrialPlan, pace: "Pace"):
        self._plan, self._pace = plan, pace

    def update(self, trial: TrialRecord) -> None:
        """Print the trial's line."""
        at = "" if trial.n_resources is None else f" with {trial.n_resources} resources"
        print(
            f"Trial {trial.number + 1}{at}: score {trial.score:.4g}. "
            f"{self._plan.state}, {self._pace.text()}",
            flush=True,
        )


class Bar:
    """A bar that counts configurations or resources; with a time limit, the share that is over."""

    def __init__(self, bar: ProgressBar, plan: TrialPlan, pace: "Pace", counts: bool):
        self._bar, self._plan, self._pace, self._counts = bar, plan, pace, counts

    def update(self, trial: TrialRecord) -> None:
        """Move the bar."""
        if self._counts:
            self._bar.update(self._plan.done, self._pace.text())
        else:
            self._bar.update(self._pace.share(), f"{self._plan.state}, {self._pace.text()}")


class Pace:
    """Foresees when a search ends from how long it has taken so far."""

    def __init__(self, plan: TrialPlan, end: float):
        self._plan, self._done_before, self._end = plan, plan.done, end
        self._start = time.time()

    def text(self) -> str:
        """Return the best score and the time left as text."""
        best = self._plan.best
        score = "none" if best is None or math.isnan(best.score) else f"{best.score:.4g}"
        return f"best {score}, {as_duration(self.seconds_left())} left"

    def seconds_left(self) -> float:
        """Return the seconds left, as far as they can be foreseen."""
        now = time.time()
        done = self._plan.done
        pace = (now - self._start) / max(done - self._done_before, 1)
        return max(min(pace * (self._plan.total - done), self._end - now), 0.0)

    def share(self) -> float:
        """Return the share of the search that is over, of the time or of the work."""
        worked = self._plan.done / max(self._plan.total, 1)
        return min(max(worked, (time.time() - self._start) / (self._end - self._start)), 1.0)


def as_duration(seconds: float) -> str:
    """Return seconds as h:mm:ss."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
