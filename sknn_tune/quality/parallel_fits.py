"""Fits that run at the same time, and what is shown meanwhile."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from joblib import Parallel

from sknn_tune.common.numeric import is_integer
from sknn_tune.common.progress_bar import ProgressBar, has_rich

Result = TypeVar("Result")

# Seconds between two lines where there is no terminal.
INTERVAL = 10.0


def check_verbose(verbose: Any) -> None:
    """Raise ValueError if `verbose` is no integer of at least 0."""
    if not isinstance(verbose, bool) and not (is_integer(verbose) and verbose >= 0):
        raise ValueError(f"verbose must be an integer of at least 0, got {verbose!r}.")


def run_fits(
    tasks: Iterable[Any], total: int, *, n_jobs: int | None, verbose: int, description: str
) -> list[Any]:
    """Run delayed fits and return their results in order.

    Parameters
    ----------
    tasks : iterable of delayed calls
    total : int
        Their number.
    n_jobs : int or None
        Number of fits that run at the same time.
    verbose : int
        Above 0, shows a progress bar in a terminal where rich is installed, and lines elsewhere.
    description : str
        What is fitted.
    """
    if not verbose:
        return Parallel(n_jobs=n_jobs)(tasks)
    results = Parallel(n_jobs=n_jobs, return_as="generator")(tasks)
    show = _with_bar if has_rich() and sys.stdout.isatty() else _with_lines
    return list(show(results, total, description))


def _with_bar(results: Iterable[Result], total: int, description: str) -> Iterator[Result]:
    with ProgressBar(description, total) as bar:
        for n_done, result in enumerate(results, start=1):
            bar.update(n_done)
            yield result


def _with_lines(results: Iterable[Result], total: int, description: str) -> Iterator[Result]:
    print(f"{description}: {total} fits", flush=True)
    last = time.monotonic()
    for n_done, result in enumerate(results, start=1):
        if time.monotonic() - last >= INTERVAL and n_done < total:
            print(f"{description}: {n_done} of {total} fits", flush=True)
            last = time.monotonic()
        yield result
