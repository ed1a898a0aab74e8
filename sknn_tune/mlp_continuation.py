"""Going on exactly where a fit has ended: ``warm_start="continue"``.

A `Run` holds what the next fit needs besides the fitted attributes, so that a run which was cut
gives bit for bit the model of one that was not. It is kept in this mode only, and belongs to the
settings and the data it was begun with: anything else is refused.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import scipy.sparse

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
    data: str  #: fingerprint of the samples
    draw: Draw
    state: TrainingState
    stream: tuple  #: state of the random numbers
    is_over: bool  #: whether training has ended by itself

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

    def random_state(self):
        """A stream of random numbers where the last fit left it."""
        random_state = np.random.RandomState(0)
        random_state.set_state(self.stream)
        return random_state

    def copy(self):
        """The same run in arrays of its own."""
        draw = self.draw._replace(order=np.array(self.draw.order))
        return replace(self, draw=draw, state=self.state.copy())


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
    """A digest of arrays of samples, the same in every process."""
    digest = hashlib.sha256()
    for sample in samples:
        parts = () if sample is None else (sample.X, sample.targets, sample.weights)
        for part in parts:
            for array in _arrays(part):
                digest.update(f"{array.dtype.str}{array.shape}".encode())
                digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _arrays(part):
    return (part.data, part.indices, part.indptr) if scipy.sparse.issparse(part) else (part,)
