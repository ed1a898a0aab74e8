"""What a search shows while it runs: a bar in a terminal, a line a trial elsewhere."""

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

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
    print(plan.announcement(n_splits))
    progress = None
    if verbose == 1 and sys.stdout.isatty():
        progress = _rich_progress()
    if progress is None:
        yield Lines(plan, end)
        return
    with progress:
        yield Bar(progress, plan, end)


def _rich_progress() -> Any:
    """Return rich's progress display, None where rich is not installed."""
    try:
        from rich import progress
    except ImportError:
        return None
    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[text]}"),
    )


class Silence:
    """Shows nothing."""

    def update(self, trial: TrialRecord) -> None:
        pass


class Lines:
    """One line for each trial."""

    def __init__(self, plan: TrialPlan, end: float):
        self._plan, self._pace = plan, Pace(plan, end)

    def update(self, trial: TrialRecord) -> None:
        """Print the trial's line."""
        at = "" if trial.n_resources is None else f" with {trial.n_resources} resources"
        print(
            f"Trial {trial.number + 1}{at}: score {trial.score:.4g}. "
            f"{self._plan.state}, {self._pace.text()}",
            flush=True,
        )


class Bar:
    """A bar."""

    def __init__(self, progress: Any, plan: TrialPlan, end: float):
        self._progress, self._plan, self._pace = progress, plan, Pace(plan, end)
        self._task = progress.add_task("Search", total=plan.total, completed=plan.done, text="")

    def update(self, trial: TrialRecord) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=self._plan.done, text=self._pace.text())


class Pace:
    """Foresees when a search ends from how long it has taken so far."""

    def __init__(self, plan: TrialPlan, end: float):
        self._plan, self._done_before, self._end = plan, plan.done, end
        self._start = time.time()

    def text(self) -> str:
        """Return the best score and the time left as text."""
        best = self._plan.best.score
        left = as_duration(self.seconds_left())
        return f"best {best if not math.isnan(best) else 'none'!s:.7}, {left} left"

    def seconds_left(self) -> float:
        """Return the seconds left, as far as they can be foreseen."""
        now = time.time()
        done = self._plan.done
        pace = (now - self._start) / max(done - self._done_before, 1)
        return max(min(pace * (self._plan.total - done), self._end - now), 0.0)


def as_duration(seconds: float) -> str:
    """Return seconds as h:mm:ss."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
