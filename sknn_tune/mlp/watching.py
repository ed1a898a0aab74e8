"""Observers of a fit: scikit-learn's callbacks and a progress bar.

Each is notified of the steps of a fit, which are epochs or the iterations of lbfgs.
"""

from collections.abc import Iterable
from typing import Any

from sknn_tune.common import progress_bar
from sknn_tune.mlp.compat import has_callbacks, open_callback_context

#: Seconds that a fit takes before its progress bar appears.
PATIENCE = 1.0


class Watcher:
    """Base of the observers of a fit; does nothing."""

    def begin(self, n_steps: int) -> None:
        """The fit starts; it makes at most a number of steps."""

    def begin_step(self) -> None:
        """A step starts."""

    def end_step(self) -> bool:
        """A step has ended; returns whether the fit must stop."""
        return False

    def end(self) -> None:
        """The fit has succeeded."""

    def close(self) -> None:
        """The fit is over, whether or not it has succeeded."""


class CallbackTasks(Watcher):
    """A fit and its steps as tasks of scikit-learn's callbacks (from 1.9 on)."""

    def __init__(self, estimator: Any, X: Any, y: Any, sample_weight: Any) -> None:
        self._estimator = estimator
        self._fit: Any = None
        self._step: Any = None
        self._arguments = {
            "estimator": estimator,
            "X": X,
            "y": y,
            "metadata": None if sample_weight is None else {"sample_weight": sample_weight},
            # A copy of the estimator can predict at any step.
            "reconstruction_attributes": {},
        }

    def begin(self, n_steps: int) -> None:
        self._fit = open_callback_context(self._estimator, n_steps)
        self._fit.call_on_fit_task_begin(**self._arguments)

    def begin_step(self) -> None:
        self._step = self._fit.subcontext(task_name="iteration")
        self._step.call_on_fit_task_begin(**self._arguments)

    def end_step(self) -> bool:
        return self._step.call_on_fit_task_end(**self._arguments)

    def end(self) -> None:
        self._fit.call_on_fit_task_end(**self._arguments)


class EpochBar(Watcher):
    """A progress bar with the last loss and score, which appears on fits that take a while."""

    def __init__(self, estimator: Any) -> None:
        if not progress_bar.has_rich():
            raise ImportError(
                "verbose='progress' needs rich; install it with pip install 'sknn-tune[progress]'."
            )
        self._estimator = estimator
        self._bar: progress_bar.ProgressBar | None = None
        self._n_done = 0

    def begin(self, n_steps: int) -> None:
        name = type(self._estimator).__name__
        self._bar = progress_bar.ProgressBar(name, n_steps, patience=PATIENCE)

    def end_step(self) -> bool:
        assert self._bar is not None
        self._n_done += 1
        self._bar.update(self._n_done, self._measures())
        return False

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def _measures(self):
        scores = getattr(self._estimator, "validation_scores_", None)
        score = f", score {scores[-1]:.4g}" if scores else ""
        return f"loss {self._estimator.loss_:.4g}{score}"


class Watchers(Watcher):
    """All observers of a fit."""

    def __init__(self, watchers: Iterable[Watcher] = ()) -> None:
        self._watchers = tuple(watchers)

    def joined_by(self, watcher: Watcher) -> "Watchers":
        """These and another one."""
        return Watchers((*self._watchers, watcher))

    def begin(self, n_steps: int) -> None:
        for watcher in self._watchers:
            watcher.begin(n_steps)

    def begin_step(self) -> None:
        for watcher in self._watchers:
            watcher.begin_step()

    def end_step(self) -> bool:
        answers = [watcher.end_step() for watcher in self._watchers]  # each is notified
        return any(answers)

    def end(self) -> None:
        for watcher in self._watchers:
            watcher.end()

    def close(self) -> None:
        for watcher in self._watchers:
            watcher.close()

    def __enter__(self) -> "Watchers":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __bool__(self) -> bool:
        return bool(self._watchers)


def watchers_of(estimator: Any, X: Any, y: Any, sample_weight: Any) -> Watchers:
    """Return the observers of a fit of the estimator to the data."""
    watchers: list[Watcher] = []
    if has_callbacks(estimator):
        watchers.append(CallbackTasks(estimator, X, y, sample_weight))
    if estimator.verbose == "progress":
        watchers.append(EpochBar(estimator))
    return Watchers(watchers)
