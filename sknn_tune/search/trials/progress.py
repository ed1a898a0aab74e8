"""What a search shows while it runs: a bar in a terminal, a line a trial elsewhere."""

import math
import sys
import time
from contextlib import contextmanager


@contextmanager
def showing_progress(verbose, plan, n_splits, end):
    """Yield an object whose `update(trial)` shows a finished trial.

    Parameters
    ----------
    verbose : int
        0 shows nothing, 1 a bar where rich is installed and a terminal is there, else lines;
        more always shows lines, which do not disturb what scikit-learn prints of each fit.
    plan : Plan
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


def _rich_progress():
    """Return rich's progress display, None where rich is not installed."""
    try:
        from rich import progress
    except ImportError:
        return None
    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[told]}"),
    )


class Silence:
    """Shows nothing."""

    def update(self, trial):
        pass


class Lines:
    """One line for each trial."""

    def __init__(self, plan, end):
        self._plan, self._pace = plan, Pace(plan, end)

    def update(self, trial):
        """Print the trial's line."""
        at = "" if trial.n_resources is None else f" with {trial.n_resources} resources"
        print(
            f"Trial {trial.number + 1}{at}: score {trial.score:.4g}. "
            f"{self._plan.state}, {self._pace.told()}",
            flush=True,
        )


class Bar:
    """A bar that grows with what is done."""

    def __init__(self, progress, plan, end):
        self._progress, self._plan, self._pace = progress, plan, Pace(plan, end)
        self._task = progress.add_task("Search", total=plan.total, completed=plan.done, told="")

    def update(self, trial):
        """Move the bar."""
        self._progress.update(self._task, completed=self._plan.done, told=self._pace.told())


class Pace:
    """Foresees when a search ends from how long it has taken so far."""

    def __init__(self, plan, end):
        self._plan, self._done_before, self._end = plan, plan.done, end
        self._began = time.time()

    def told(self):
        """Return the best score and the time left as text."""
        best = self._plan.best.score
        left = as_duration(self.seconds_left())
        return f"best {best if not math.isnan(best) else 'none'!s:.7}, {left} left"

    def seconds_left(self):
        """Return the seconds left, as far as they can be foreseen."""
        now = time.time()
        done = self._plan.done
        a_piece = (now - self._began) / max(done - self._done_before, 1)
        return max(min(a_piece * (self._plan.total - done), self._end - now), 0.0)


def as_duration(seconds):
    """Return seconds as h:mm:ss."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
