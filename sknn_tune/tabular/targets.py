"""Targets of members: classes as codes, numbers scaled."""

from typing import Any, NamedTuple, Protocol

import numpy as np
import scipy.sparse

from sknn_tune.mlp.configuration import LossOption
from sknn_tune.mlp.targets import ClassTargets, NumericTargets


class Targets(Protocol):
    """Targets of a kind."""

    @property
    def n_outputs(self) -> int:
        """Outputs of a member."""

    @property
    def loss(self) -> LossOption:
        """What members minimise."""

    @property
    def measure(self) -> LossOption:
        """What tells them when to stop."""

    def encode(self, y: Any, dtype: np.dtype, name: str = "y") -> np.ndarray:
        """Targets of these classes or numbers, checked, as members learn them."""

    def order(self, y: Any) -> np.ndarray:
        """What folds are balanced by."""


class LabelTargets(NamedTuple):
    """Class labels or label indicators."""

    classes: ClassTargets
    label_smoothing: float

    @property
    def n_outputs(self) -> int:
        """Outputs of a member."""
        return self.classes.n_outputs

    @property
    def loss(self) -> LossOption:
        """Log-loss with smoothed labels."""
        return self.classes.loss(self.label_smoothing)

    @property
    def measure(self) -> LossOption:
        """Log-loss."""
        return self.classes.loss(0.0)

    def encode(self, y: Any, dtype: np.dtype, name: str = "y") -> np.ndarray:
        """Numbers of classes, or 0 and 1 for each label."""
        self.classes.check(y, name=name)
        return self.classes.encode(y, dtype)

    def order(self, y: Any) -> np.ndarray:
        """The labels."""
        return self.classes.encode(y, np.dtype(np.float64))


class TargetScale(NamedTuple):
    """From numbers to those of the network and back: ``scaled = (y - shift) / scale``."""

    shift: np.ndarray  #: (n_outputs,)
    scale: np.ndarray  #: (n_outputs,)

    @classmethod
    def learn(cls, y: np.ndarray, weights: np.ndarray, link: str) -> "TargetScale":
        """Learn from numbers of shape (n_rows, n_outputs); a weight of 2 is the row twice.

        Predictions that are positive by their link get targets with a mean of 1, others with a
        mean of 0 and a deviation of 1.
        """
        largest = np.abs(y).max(axis=0)
        unit = np.where(largest > 0, largest, 1.0)  # squares of what is huge overflow
        mean = np.average(y / unit, axis=0, weights=weights)
        if link == "exp":
            return cls(np.zeros_like(mean), np.where(mean > 0, mean * unit, 1.0))
        deviation = np.sqrt(np.average((y / unit - mean) ** 2, axis=0, weights=weights))
        is_constant = deviation <= 1e-12
        return cls(mean * unit, np.where(is_constant, 1.0, deviation * unit))

    def scaled(self, y: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Numbers as the network learns them."""
        return np.ascontiguousarray((y - self.shift) / self.scale, dtype=dtype)

    def restored(self, predictions: np.ndarray) -> np.ndarray:
        """Predictions in the units of y, float64."""
        return predictions.astype(np.float64) * self.scale + self.shift


class NumberTargets(NamedTuple):
    """Numbers."""

    numbers: NumericTargets
    scale: TargetScale

    @classmethod
    def learn(cls, y: np.ndarray, weights: np.ndarray, loss: LossOption) -> "NumberTargets":
        """Learn the outputs of numbers that the loss must allow, and their scale."""
        numbers = NumericTargets.learn(y, loss)
        columns = np.broadcast_to(_columns(y), (len(y), numbers.n_outputs))
        present = weights > 0
        return cls(numbers, TargetScale.learn(columns[present], weights[present], loss.link))

    @property
    def n_outputs(self) -> int:
        """Outputs of a member."""
        return self.numbers.n_outputs

    @property
    def loss(self) -> LossOption:
        """The loss in the units of the network."""
        loss = self.numbers.loss
        if loss.name != "huber":
            return loss
        return loss._replace(params=tuple(float(loss.params[0] / s) for s in self.scale.scale))

    @property
    def measure(self) -> LossOption:
        """The same loss."""
        return self.loss

    def encode(self, y: np.ndarray, dtype: np.dtype, name: str = "y") -> np.ndarray:
        """A column for each output."""
        self.numbers.check(y, name=name)
        columns = np.broadcast_to(_columns(y), (len(y), self.n_outputs))
        return self.scale.scaled(columns, dtype)

    def order(self, y: np.ndarray) -> np.ndarray:
        """The numbers."""
        return _columns(y)


def _columns(y):
    y = y.toarray() if scipy.sparse.issparse(y) else y
    return y.reshape(len(y), -1).astype(np.float64)
