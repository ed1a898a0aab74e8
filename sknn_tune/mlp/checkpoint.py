"""The state in which training stopped, and the part of it that a later fit resumes.

Every fit by a stochastic solver leaves a `Checkpoint`. `start_from` derives from it the `Start`
of the next fit, depending on the mode:

==============  ==================================================================================
mode            resumes, besides the parameters and the curves
==============  ==================================================================================
``WARM_START``  nothing: optimizer and learning rate restart
``NEXT_BATCH``  the optimizer; after another ``partial_fit`` also the last epoch and the scores
``CONTINUE``    everything, so that interrupted training gives the bits of uninterrupted training
==============  ==================================================================================
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from sknn_tune.mlp.history import History
from sknn_tune.network.options import Option
from sknn_tune.network.training import TrainingState

#: Parameters that may change when training is continued.
_MAY_CHANGE = {"max_iter", "verbose", "warm_start"}


class StartMode(Enum):
    """How a fit starts."""

    FROM_SCRATCH = "fit"
    WARM_START = "fit with warm_start=True"
    CONTINUE = "fit with warm_start='continue'"
    FIRST_BATCH = "first partial_fit"
    NEXT_BATCH = "partial_fit"

    @property
    def is_from_scratch(self) -> bool:
        """Whether nothing of an earlier fit is used."""
        return self in (StartMode.FROM_SCRATCH, StartMode.FIRST_BATCH)

    @property
    def is_partial_fit(self) -> bool:
        """Whether there is one epoch to make."""
        return self in (StartMode.FIRST_BATCH, StartMode.NEXT_BATCH)


class Split(NamedTuple):
    """The rows of a training, and what else is drawn before its first epoch."""

    order: np.ndarray  #: the rows to learn from, later as the last epoch took them
    held_out: np.ndarray | None  #: the rows held out by ``validation_fraction``
    total_weight: float  #: of the rows to learn from
    seed: int  #: of the dropout masks


class Identity(NamedTuple):
    """What must not change when training is continued."""

    settings: dict[str, Any]  #: parameters of the estimator
    data: int  #: fingerprint of the samples


@dataclass(frozen=True)
class Run:
    """What ``warm_start="continue"`` resumes besides the rest of a checkpoint."""

    identity: Identity
    split: Split
    stream: np.random.RandomState  #: used by this training alone
    is_complete: bool  #: whether training stopped by itself

    def copy(self) -> "Run":
        """The same run in separate arrays."""
        split = self.split._replace(order=np.array(self.split.order))
        return replace(self, split=split, stream=copy.deepcopy(self.stream))

    def check_settings(self, settings: dict[str, Any], max_iter: int, n_iter: int) -> None:
        """Refuse other settings than those of this training."""
        for name, now in settings.items():
            before = self.identity.settings.get(name)
            if before != now:
                raise ValueError(
                    f"warm_start='continue' needs unchanged settings, but {name} was {before!r} "
                    f"and is now {now!r}; only max_iter and verbose may change. Set "
                    "warm_start=False to start from scratch."
                )
        if max_iter < n_iter and not self.is_complete:
            raise ValueError(
                "max_iter is the total number of epochs with warm_start='continue' and must be at "
                f"least the {n_iter} epochs already made, got {max_iter}."
            )

    def check_data(self, data: int) -> None:
        """Refuse other data than those of this training."""
        if self.identity.data != data:
            raise ValueError(
                "warm_start='continue' needs the X, y, weights and validation set that the "
                "training started with, got others; set warm_start=False to start from scratch, "
                "or True to train the fitted weights on other data."
            )


@dataclass
class Checkpoint:
    """The state in which training by a stochastic solver stopped."""

    optimizer: TrainingState | None
    n_without_progress: int  #: epochs in a row
    #: Parameters and running moments of the last epoch, where the estimator shows the best one's.
    last: list[np.ndarray] | None
    is_partial: bool  #: whether partial_fit left it
    run: Run | None  #: None where it cannot be continued exactly

    def copy(self) -> "Checkpoint":
        """The same checkpoint in separate arrays."""
        return replace(
            self,
            optimizer=self.optimizer and self.optimizer.copy(),
            last=self.last and [np.array(part) for part in self.last],
            run=self.run and self.run.copy(),
        )

    def __getstate__(self) -> dict[str, Any]:
        # The moments are twice the model; without need they are not stored.
        is_needed = self.is_partial or self.run is not None
        return vars(self) | {"optimizer": self.optimizer if is_needed else None}


@dataclass(frozen=True)
class Start:
    """What a fit starts from, besides the parameters of the network."""

    history: History
    stream: np.random.RandomState
    is_partial_fit: bool  #: whether there is one epoch to make
    identity: Identity | None  #: for a later fit that continues this one; None where none may
    optimizer: TrainingState | None = None  #: None: a fresh one
    last: list[np.ndarray] | None = None  #: parameters to return to; None: those of the network
    split: Split | None = None  #: None: to be drawn
    same_validation: bool = False  #: whether earlier scores are of the same validation set
    is_complete: bool = False  #: whether there is nothing left to train


def start_from(
    mode: StartMode,
    checkpoint: Checkpoint | None,
    attributes: Mapping[str, Any],
    stream: np.random.RandomState,
    identity: Identity | None,
) -> Start:
    """Return what a fit starts from: a fresh start, or what it resumes of an earlier fit.

    Parameters
    ----------
    mode : StartMode
        How the fit starts.
    checkpoint : Checkpoint or None
        State in which the previous fit stopped; None if no stochastic solver has been used.
    attributes : mapping
        The fitted attributes of the estimator.
    stream : RandomState
        Random numbers, used unless an earlier stream is resumed.
    identity : Identity or None
        What a later fit must match to continue this one; None if no fit may continue it.

    Raises
    ------
    ValueError
        If the training to be continued used different data.
    """
    if mode.is_from_scratch or checkpoint is None:
        history = History() if mode.is_from_scratch else History.of(attributes)
        return Start(history, stream, mode.is_partial_fit, identity)
    history = History.of(attributes, checkpoint.n_without_progress)
    start = Start(history, stream, mode.is_partial_fit, identity)
    if mode is StartMode.NEXT_BATCH:
        start = replace(start, optimizer=checkpoint.optimizer)
        if checkpoint.is_partial:
            start = replace(start, last=checkpoint.last, same_validation=True)
    if mode is StartMode.CONTINUE and checkpoint.run is not None and identity is not None:
        checkpoint.run.check_data(identity.data)
        history.n_epochs = attributes["n_iter_"]
        start = replace(
            start,
            stream=checkpoint.run.stream,
            optimizer=checkpoint.optimizer,
            last=checkpoint.last,
            split=checkpoint.run.split,
            same_validation=True,
            is_complete=checkpoint.run.is_complete,
        )
    return start


def settings_of(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters that must not change, in a form that later changes do not reach."""
    return {name: _frozen(value) for name, value in params.items() if name not in _MAY_CHANGE}


def _frozen(value):
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    if isinstance(value, Option):
        return replace(value)  # set_params changes an option in place
    if isinstance(value, np.random.RandomState):
        return "RandomState"  # a fit itself changes it
    return dict(value) if isinstance(value, dict) else value
