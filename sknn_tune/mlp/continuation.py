"""Going on exactly where a fit has ended: ``warm_start="continue"``.

A `Run` holds what the next fit needs besides the fitted attributes, so that a run which was cut
gives bit for bit the model of one that was not. It is kept in this mode only, and belongs to the
settings and the data it was begun with: anything else is refused.
"""

import copy
import signal
import threading
import zlib
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import scipy.sparse

from sknn_tune.mlp.watching import Watcher
from sknn_tune.network.options import Option
from sknn_tune.network.training import TrainingState

#: Parameters that may differ from one fit of a run to the next.
_FREE = {"max_iter", "verbose", "warm_start"}


class Draw(NamedTuple):
    """What a run draws before its first epoch, besides the first parameters."""

    order: np.ndarray  #: the rows to learn from, later as the last epoch took them
    held_out: np.ndarray | None  #: the rows held out by ``validation_fraction``
    total_weight: float  #: of the rows to learn from
    seed: int  #: of the dropout masks


@dataclass
class Run:
    """A training that a later fit goes on with."""

    settings: dict  #: parameters of the estimator, those in `_FREE` left out
    data: int  #: fingerprint of the samples
    draw: Draw
    stream: np.random.RandomState  #: of the run alone
    state: TrainingState | None = None
    is_over: bool = False  #: whether training has ended by itself

    def check_settings(self, estimator):
        """Refuse other settings than those of this run."""
        for name, now in settings_of(estimator).items():
            if self.settings[name] != now:
                raise ValueError(
                    f"warm_start='continue' goes on with unchanged settings, but {name} was "
                    f"{self.settings[name]!r} and is now {now!r}; only max_iter and verbose may "
                    "change. Set warm_start=False to begin anew."
                )
        if estimator.max_iter < estimator.n_iter_ and not self.is_over:
            raise ValueError(
                "max_iter is the total number of epochs with warm_start='continue' and must be at "
                f"least the {estimator.n_iter_} epochs already made, got {estimator.max_iter}."
            )

    def check_data(self, *samples):
        """Refuse other data than those of this run."""
        if self.data != fingerprint(*samples):
            raise ValueError(
                "warm_start='continue' goes on with the X, y, weights and validation set that the "
                "run was begun with, got others; set warm_start=False to begin anew, or True to "
                "train the fitted weights on other data."
            )

    def after(self, trainer, is_over):
        """The run after some epochs more."""
        draw = self.draw._replace(order=trainer.order)
        return replace(self, draw=draw, state=trainer.state, is_over=is_over)

    def copy(self):
        """The same run in arrays of its own."""
        draw = self.draw._replace(order=np.array(self.draw.order))
        stream = copy.deepcopy(self.stream)
        return replace(self, draw=draw, state=self.state.copy(), stream=stream)


def settings_of(estimator):
    """The parameters that must stay as they are, in a form that does not change with them."""
    params = estimator.get_params(deep=False)
    return {name: _fixed(value) for name, value in params.items() if name not in _FREE}


def _fixed(value):
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return tuple(map(_fixed, value))
    if isinstance(value, Option):
        return replace(value)  # set_params changes an option in place
    if isinstance(value, np.random.RandomState):
        return "RandomState"  # a fit itself changes it
    return dict(value) if isinstance(value, dict) else value


def fingerprint(*samples):
    """A checksum of samples, the same in every process: against slips, not against malice."""
    checksum = 0
    for sample in samples:
        for part in () if sample is None else sample[:3]:
            for array in _arrays(part):
                checksum = zlib.crc32(f"{array.dtype.str}{array.shape}".encode(), checksum)
                checksum = zlib.crc32(np.ascontiguousarray(array), checksum)
    return checksum


def _arrays(part):
    return (part.data, part.indices, part.indptr) if scipy.sparse.issparse(part) else (part,)


class InterruptsBetweenEpochs(Watcher):
    """Holds Control-C back until an epoch is whole, so that a run can go on after it.

    A second one is let through at once; the epoch is then torn and the run is lost. Signals
    reach the main thread only, so elsewhere there is nothing to hold back.
    """

    def __init__(self, held_back):
        self._held_back = held_back
        self._handler, self._waits, self.tore = None, False, False

    def __enter__(self):
        handler = signal.getsignal(signal.SIGINT)
        in_main_thread = threading.current_thread() is threading.main_thread()
        if self._held_back and callable(handler) and in_main_thread:
            self._handler = handler
            signal.signal(signal.SIGINT, self._hold)
        return self

    def __exit__(self, *exception):
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)
            self.begin_step()

    def _hold(self, number, frame):
        if self._waits:
            self.tore = True
            self._handler(number, frame)
        self._waits = True

    def begin_step(self):
        """Deliver what was held back."""
        if self._waits:
            self._waits = False
            self._handler(signal.SIGINT, None)
