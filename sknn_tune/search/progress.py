"""What a search shows while it runs: a bar in a terminal, a line a trial elsewhere."""

import math
import sys
import time
from contextlib import contextmanager


@contextmanager
def showing_progress(verbose, n_iter, n_before, end):
    """Yield an object whose `update(plan, trial)` shows a finished trial.

    Parameters
    ----------
    verbose : int
        0 shows nothing, 1 a bar where rich is installed and a terminal is there, else lines;
        more always shows lines, which do not disturb what scikit-learn prints of each fit.
    n_iter : int
        Number of configurations.
    n_before : int
        Trials finished by an earlier run.
    end : float
        When the search must have ended, in seconds since the epoch.
    """
    if not verbose:
        yield Silence()
        return
    progress = None
    if verbose == 1 and sys.stdout.isatty():
        progress = _rich_progress()
    if progress is None:
        yield Lines(n_iter, n_before, end)
        return
    with progress:
        yield Bar(progress, n_iter, n_before, end)


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

    def update(self, plan, trial):
        pass


class Lines:
    """One line for each trial."""

    def __init__(self, n_iter, n_before, end):
        self._n_iter, self._pace = n_iter, Pace(n_iter, n_before, end)

    def update(self, plan, trial):
        """Print the trial's line."""
        at = "" if trial.n_resources is None else f" with {trial.n_resources} resources"
        print(
            f"Trial {trial.number + 1}{at}: score {trial.score:.4g}. "
            f"{plan.n_configurations} of {self._n_iter} configurations, {told(plan, self._pace)}",
            flush=True,
        )


class Bar:
    """A bar that grows with the configurations."""

    def __init__(self, progress, n_iter, n_before, end):
        self._progress, self._pace = progress, Pace(n_iter, n_before, end)
        self._task = progress.add_task("Search", total=n_iter, completed=n_before, told="")

    def update(self, plan, trial):
        """Move the bar."""
        self._progress.update(
            self._task, completed=plan.n_configurations, told=told(plan, self._pace)
        )


class Pace:
    """Foresees when a search ends from how long it has taken so far."""

    def __init__(self, n_iter, n_before, end):
        self._n_iter, self._n_before, self._end = n_iter, n_before, end
        self._began = time.time()

    def seconds_left(self, n_now):
        """Return the seconds left when `n_now` configurations are finished."""
        now = time.time()
        a_piece = (now - self._began) / max(n_now - self._n_before, 1)
        return max(min(a_piece * (self._n_iter - n_now), self._end - now), 0.0)


def told(plan, pace):
    """Return the best score and the time left as text."""
    left = pace.seconds_left(plan.n_configurations)
    best = plan.best.score
    return f"best {best if not math.isnan(best) else 'none'!s:.7}, {as_duration(left)} left"


def as_duration(seconds):
    """Return seconds as h:mm:ss."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
