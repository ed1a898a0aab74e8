"""What runs in a worker: a process, a thread, or the process of the search."""

import gc
import math
import os
import pickle
import traceback
from collections.abc import Callable
from functools import cache
from typing import Any

from sknn_tune.deadline import fits_end_when
from sknn_tune.search.storage.trial_records import failed_fold
from sknn_tune.search.trials.stopping import Stop


class Answer:
    """The outcome of a task: a result, an error, or nothing if it was cut short.

    An error of the task is returned rather than raised, so that a raised error is one of the
    machinery.

    Parameters
    ----------
    result : object, default=None
    error : BaseException or None, default=None
    """

    def __init__(self, result: Any = None, error: BaseException | None = None):
        self._result, self._error = result, error

    def unpack(self) -> Any:
        """Return the result, None where there is none, or raise the error."""
        if self._error is not None:
            raise self._error
        return self._result


def answer(stop: Stop, function: Callable, args: tuple, kwargs: dict) -> Answer:
    """Run a task."""
    _settle_in(stop.pid)
    try:
        with stop.handling_interrupts(), stop.listening(), fits_end_when(stop) as watch:
            result = function(*args, **kwargs)
    except KeyboardInterrupt as error:
        return Answer() if stop.takes(error) else Answer(error=error)
    except SystemExit as error:
        return failure(kwargs, f"The fit called sys.exit({error.code!r}).")
    except Exception as error:
        error.add_note(f"Raised in a worker:\n{traceback.format_exc()}")
        return Answer(error=error if os.getpid() == stop.pid else _as_picklable(error))
    return Answer() if watch.ended_fit or stop.interrupted else Answer(result)


def failure(kwargs: dict[str, Any], message: str) -> Answer:
    """Return the answer for a fit that returned nothing.

    Parameters
    ----------
    kwargs : dict
        Of the task; `error_score` and `return_train_score` are looked at.
    message : str
        What happened.
    """
    if kwargs.get("error_score") == "raise":
        return Answer(error=RuntimeError(message))
    return Answer(
        failed_fold(
            message,
            math.nan,
            n_test_samples=len(kwargs["test"]) if "test" in kwargs else None,
            return_train_score=kwargs.get("return_train_score", False),
        )
    )


@cache
def _settle_in(pid: int) -> None:
    """Exclude the modules of a worker from garbage collection.

    Without psutil, loky collects garbage once a second before it gets the next task, which takes
    a tenth of a second or more with all modules.
    """
    if os.getpid() != pid:
        gc.freeze()


def _as_picklable(error: Exception) -> Exception:
    """Return an error that arrives in another process: `error` itself where that can be."""
    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):
            return error
    except Exception:  # whatever its methods for pickling do
        pass
    substitute = RuntimeError(f"{type(error).__name__}: {error}")
    for note in error.__notes__:
        substitute.add_note(note)
    return substitute
