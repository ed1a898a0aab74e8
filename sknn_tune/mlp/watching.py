"""Those who watch a fit: scikit-learn's callbacks and a progress bar.

Each is told of the steps of a fit, which are epochs or the iterations of lbfgs.
"""

import time
from contextlib import suppress
from importlib.util import find_spec

#: Seconds that a fit takes before its progress bar appears.
PATIENCE = 1.0


class Watcher:
    """Base of those who watch; pays no heed to anything."""

    def begin(self, n_steps):
        """Learn how many steps there will be at most."""

    def begin_step(self):
        """Learn that a step begins."""

    def end_step(self):
        """Learn that a step has ended; returns whether the fit shall stop."""
        return False

    def end(self):
        """Learn that the fit has succeeded."""

    def close(self):
        """Leave, whether or not the fit has succeeded."""


class CallbackTasks(Watcher):
    """A fit and its steps as tasks of scikit-learn's callbacks (from 1.9 on)."""

    def __init__(self, estimator, X, y, sample_weight):
        self._estimator = estimator
        self._told = {
            "estimator": estimator,
            "X": X,
            "y": y,
            "metadata": None if sample_weight is None else {"sample_weight": sample_weight},
            # A copy of the estimator can predict at any step.
            "reconstruction_attributes": {},
        }

    def begin(self, n_steps):
        self._fit = self._estimator._init_callback_context(max_subtasks=n_steps)
        self._fit.call_on_fit_task_begin(**self._told)

    def begin_step(self):
        self._step = self._fit.subcontext(task_name="iteration")
        self._step.call_on_fit_task_begin(**self._told)

    def end_step(self):
        return self._step.call_on_fit_task_end(**self._told)

    def end(self):
        self._fit.call_on_fit_task_end(**self._told)


class ProgressBar(Watcher):
    """A bar with the last loss and score, which appears on fits that take their time."""

    def __init__(self, estimator):
        if find_spec("rich") is None:
            raise ImportError(
                "verbose='progress' needs rich; install it with pip install 'sknn-tune[progress]'."
            )
        self._estimator, self._display = estimator, None
        self._started = time.monotonic()

    def begin(self, n_steps):
        self._n_steps, self._n_done = n_steps, 0

    def end_step(self):
        self._n_done += 1
        if self._display is None and time.monotonic() - self._started >= PATIENCE:
            self._show()
        if self._display is not None:
            self._display.update(self._bar, completed=self._n_done, measures=self._measures())
        return False

    def close(self):
        if self._display is not None:
            self._display.stop()

    def _show(self):
        from rich.errors import LiveError
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        display = Progress(
            TextColumn(type(self._estimator).__name__),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[measures]}"),
            TimeRemainingColumn(elapsed_when_finished=True),
        )
        self._bar = display.add_task("", total=self._n_steps, measures="")
        with suppress(LiveError):  # of fits side by side, one shows its bar
            display.start()
            self._display = display

    def _measures(self):
        scores = getattr(self._estimator, "validation_scores_", None)
        score = f", score {scores[-1]:.4g}" if scores else ""
        return f"loss {self._estimator.loss_:.4g}{score}"


class Watchers(Watcher):
    """All who watch a fit."""

    def __init__(self, watchers):
        self._watchers = watchers

    def add(self, watcher):
        """Let another one watch."""
        self._watchers.append(watcher)

    def begin(self, n_steps):
        for watcher in self._watchers:
            watcher.begin(n_steps)

    def begin_step(self):
        for watcher in self._watchers:
            watcher.begin_step()

    def end_step(self):
        answers = [watcher.end_step() for watcher in self._watchers]  # every one is told
        return any(answers)

    def end(self):
        for watcher in self._watchers:
            watcher.end()

    def close(self):
        for watcher in self._watchers:
            watcher.close()

    def __bool__(self):
        return bool(self._watchers)


def watchers_of(estimator, X, y, sample_weight):
    """Those who watch a fit of the estimator to the data."""
    watchers = []
    if getattr(estimator, "_skl_callbacks", None):
        watchers.append(CallbackTasks(estimator, X, y, sample_weight))
    if estimator.verbose == "progress":
        watchers.append(ProgressBar(estimator))
    return Watchers(watchers)
