"""A progress bar in a terminal or notebook, drawn by rich."""

import time
from importlib.util import find_spec
from typing import Any


def has_rich() -> bool:
    """Whether rich is installed."""
    return find_spec("rich") is not None


class ProgressBar:
    """A bar with a description, a count, a text that changes and the time left.

    Parameters
    ----------
    description : str
        What is in progress.
    total : float
        The amount of work.
    completed : float, default=0
        What is done already.
    patience : float, default=0.0
        Seconds until the bar appears, so that short work shows none.
    counts : bool, default=True
        Whether `total` is a number of things, shown as "3/50"; else the share done is shown, as a
        percentage.
    foresees : bool, default=True
        Whether to show the time left as it follows from the pace so far.

    Raises
    ------
    ImportError
        If rich is not installed.

    Examples
    --------
    >>> from sknn_tune.common.progress_bar import ProgressBar
    >>> with ProgressBar("Epochs", 10, patience=60.0) as bar:
    ...     for epoch in range(10):
    ...         bar.update(epoch + 1, f"loss {1 / (epoch + 1):.2g}")
    """

    def __init__(
        self,
        description: str,
        total: float,
        *,
        completed: float = 0,
        patience: float = 0.0,
        counts: bool = True,
        foresees: bool = True,
    ) -> None:
        if not has_rich():
            raise ImportError(
                "A progress bar needs rich; install it with `pip install 'sknn-tune[progress]'`."
            )
        self._display = _make_display(counts, foresees)
        self._task = self._display.add_task(description, total=total, completed=completed, text="")
        self._appears_at = time.monotonic() + patience

    def update(self, completed: float, text: str = "") -> None:
        """Move the bar to `completed` and replace the text behind it."""
        self._display.update(self._task, completed=completed, text=text)
        if not self._display.live.is_started and time.monotonic() >= self._appears_at:
            self._start()

    def close(self) -> None:
        """Stop updating; the bar stays on the screen."""
        if self._display.live.is_started:
            self._display.stop()

    def __enter__(self) -> "ProgressBar":
        if time.monotonic() >= self._appears_at:
            self._start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _start(self):
        from rich.errors import LiveError

        try:
            self._display.start()
        except LiveError:  # before version 14.1 rich shows one bar at a time
            self._appears_at = float("inf")


def _make_display(counts, foresees) -> Any:
    from rich import progress

    columns = [
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn() if counts else progress.TaskProgressColumn(),
        progress.TextColumn("{task.fields[text]}", markup=False),
    ]
    if foresees:
        columns.append(progress.TimeRemainingColumn(elapsed_when_finished=True))
    return progress.Progress(*columns)
