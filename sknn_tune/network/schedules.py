"""Learning-rate schedules: progress -> factor on ``learning_rate_init``.

A schedule is a small frozen object. `factor` maps the epochs done so far (an array that counts
parts of an epoch) and the horizon (in epochs) to factors; `rates` gives those of an epoch's
batches. Two schedules of scikit-learn's look at more than progress: `InvScaling` at
the number of samples seen, `Adaptive` at whether training still improves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from sknn_tune.network.options import Option, is_count, is_real


@dataclass(frozen=True)
class Schedule(Option):
    """Base of the schedules.

    Parameters
    ----------
    warmup : float, default=0.0
        Share of the horizon, in [0, 1), during which the rate rises linearly from 0; the
        schedule proper takes the rest.
    epochs : int or None, default=None
        The horizon in epochs; None stands for ``max_iter``. Beyond it the last factor stays.
    """

    warmup: float = 0.0
    epochs: int | None = None

    def check(self) -> None:
        self._require(is_real(self.warmup) and 0 <= self.warmup < 1, "warmup", "in [0, 1)")
        self._require(
            self.epochs is None or is_count(self.epochs), "epochs", "a positive int or None"
        )

    def rates(self, epoch: int, n_batches: int, max_iter: int) -> np.ndarray:
        """Factors of the batches of an epoch, float64 of shape (n_batches,)."""
        horizon = float(self.epochs or max_iter)
        warm = self.warmup * horizon
        # The first step of a warm-up has a rate above 0, the last one the full rate.
        ends = epoch + np.arange(1, n_batches + 1) / n_batches
        starts = np.minimum(epoch + np.arange(n_batches) / n_batches, horizon)
        factors = self.factor(np.maximum(starts - warm, 0.0), horizon - warm)
        rises = ends <= warm
        factors[rises] = ends[rises] / warm
        return factors

    def factor(self, epochs_done: np.ndarray, horizon: float) -> np.ndarray:
        """Factors after numbers of epochs, warm-up excluded; an array like ``epochs_done``."""
        return np.ones_like(epochs_done)

    def follows_horizon(self) -> bool:
        """Whether the factors depend on the horizon, which may be ``max_iter``."""
        epochs_done = np.arange(0.0, 64.0, 0.5)
        short, long = (self.factor(epochs_done, horizon) for horizon in (64.0, 128.0))
        return self.warmup > 0 or not np.array_equal(short, long)


@dataclass(frozen=True)
class Constant(Schedule):
    """The initial rate throughout, after the warm-up if there is one."""


@dataclass(frozen=True)
class InvScaling(Schedule):
    """``1 / (samples seen + 1) ** power``, updated after each epoch, as in scikit-learn.

    Parameters
    ----------
    power : float, default=0.5
        The exponent, at least 0. The string ``"invscaling"`` takes ``power_t``.
    """

    power: float = 0.5

    def check(self) -> None:
        super().check()
        self._require(is_real(self.power) and self.power >= 0, "power", "at least 0")


@dataclass(frozen=True)
class Adaptive(Schedule):
    """Divide the rate where training stops improving, as in scikit-learn.

    Each time ``n_iter_no_change`` epochs pass without an improvement by ``tol``, the rate is
    divided; training stops once it is 1e-6 or less.

    Parameters
    ----------
    divisor : float, default=5.0
        What the rate is divided by, above 1.
    """

    divisor: float = 5.0

    def check(self) -> None:
        super().check()
        self._require(is_real(self.divisor) and self.divisor > 1, "divisor", "above 1")


@dataclass(frozen=True)
class Step(Schedule):
    """Multiply the rate by ``decay`` every ``every`` epochs.

    Parameters
    ----------
    every : int, default=10
        Epochs between two steps.
    decay : float, default=0.1
        Factor of a step, in (0, 1].
    """

    every: int = 10
    decay: float = 0.1

    def check(self) -> None:
        super().check()
        self._require(is_count(self.every), "every", "a positive int")
        self._require(is_real(self.decay) and 0 < self.decay <= 1, "decay", "in (0, 1]")

    def factor(self, epochs_done: np.ndarray, horizon: float) -> np.ndarray:
        return self.decay ** (epochs_done // self.every)


@dataclass(frozen=True)
class Exponential(Schedule):
    """Multiply the rate by ``decay`` after each epoch.

    Parameters
    ----------
    decay : float, default=0.95
        Factor an epoch, in (0, 1].
    """

    decay: float = 0.95

    def check(self) -> None:
        super().check()
        self._require(is_real(self.decay) and 0 < self.decay <= 1, "decay", "in (0, 1]")

    def factor(self, epochs_done: np.ndarray, horizon: float) -> np.ndarray:
        return self.decay ** np.floor(epochs_done)


@dataclass(frozen=True)
class _Decay(Schedule):
    """From 1 to ``end``."""

    end: float = 0.0

    def check(self) -> None:
        super().check()
        self._require(is_real(self.end) and 0 <= self.end <= 1, "end", "in [0, 1]")


@dataclass(frozen=True)
class Linear(_Decay):
    """Straight from 1 to ``end`` over the horizon.

    Parameters
    ----------
    end : float, default=0.0
        Last factor, in [0, 1].
    """

    def factor(self, epochs_done: np.ndarray, horizon: float) -> np.ndarray:
        return 1.0 + (self.end - 1.0) * epochs_done / horizon


@dataclass(frozen=True)
class Cosine(_Decay):
    """Half a cosine from 1 to ``end`` over the horizon (Loshchilov and Hutter 2017).

    Parameters
    ----------
    end : float, default=0.0
        Last factor, in [0, 1].
    """

    def factor(self, epochs_done: np.ndarray, horizon: float) -> np.ndarray:
        return self.end + (1.0 - self.end) * 0.5 * (1.0 + np.cos(np.pi * epochs_done / horizon))


@dataclass(frozen=True)
class CosineRestarts(Schedule):
    """Cosines that start again at 1 (SGDR, Loshchilov and Hutter 2017, arXiv:1608.03983).

    Parameters
    ----------
    period : int, default=10
        Epochs of the first cosine.
    growth : float, default=2.0
        Factor between the lengths of two cosines, in [1, 1000].
    end : float, default=0.0
        Factor at the end of each cosine, in [0, 1].
    """

    period: int = 10
    growth: float = 2.0
    end: float = 0.0

    def check(self) -> None:
        super().check()
        self._require(is_count(self.period), "period", "a positive int")
        in_range = is_real(self.growth) and 1 <= self.growth <= 1000
        self._require(in_range, "growth", "in [1, 1000]")
        self._require(is_real(self.end) and 0 <= self.end <= 1, "end", "in [0, 1]")

    def factor(self, epochs_done: np.ndarray, horizon: float) -> np.ndarray:
        cycle, length = self._cycle(epochs_done)
        done = np.maximum(epochs_done - cycle, 0.0) / length
        return self.end + (1.0 - self.end) * 0.5 * (1.0 + np.cos(np.pi * done))

    def _cycle(self, epochs_done):
        """Where the current cosine starts, and its length: a geometric sum and its last term."""
        if self.growth == 1:
            return np.floor(epochs_done / self.period) * self.period, self.period
        excess = self.growth - 1.0

        def start(number):
            return self.period * (self.growth**number - 1.0) / excess

        number = np.floor(np.log1p(epochs_done * excess / self.period) / np.log(self.growth))
        # The logarithm, and the sum it inverts, may be off by a few last digits.
        number += epochs_done >= start(number + 1) * (1.0 - 1e-9)
        number -= epochs_done < start(number) * (1.0 - 1e-9)
        return start(number), self.period * self.growth**number


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to the initial rate and down again in two half cosines (Smith and Topin 2018).

    Parameters
    ----------
    peak : float, default=0.3
        Share of the horizon after which the rate is highest, in (0, 1).
    start : float, default=0.04
        First factor, in [0, 1].
    end : float, default=4e-6
        Last factor, in [0, 1].
    """

    peak: float = 0.3
    start: float = 0.04
    end: float = 4e-6

    def check(self) -> None:
        super().check()
        self._require(is_real(self.peak) and 0 < self.peak < 1, "peak", "in (0, 1)")
        self._require(is_real(self.start) and 0 <= self.start <= 1, "start", "in [0, 1]")
        self._require(is_real(self.end) and 0 <= self.end <= 1, "end", "in [0, 1]")

    def factor(self, epochs_done: np.ndarray, horizon: float) -> np.ndarray:
        progress = epochs_done / horizon
        rises = progress < self.peak
        low = np.where(rises, self.start, self.end)
        share = np.abs(progress - self.peak) / np.where(rises, self.peak, 1.0 - self.peak)
        return low + (1.0 - low) * 0.5 * (1.0 + np.cos(np.pi * share))


@dataclass(frozen=True, kw_only=True)
class UserSchedule(Schedule):
    """A user's callable of progress (0 at the start of training, 1 at its end)."""

    function: Callable[[float], float]

    def follows_horizon(self) -> bool:
        return True

    def factor(self, epochs_done: np.ndarray, horizon: float) -> np.ndarray:
        return np.array([self._call(progress) for progress in (epochs_done / horizon).tolist()])

    def _call(self, progress):
        try:
            value = self.function(progress)
        except TypeError as error:
            raise TypeError(
                f"learning_rate as a callable takes one number, the progress: {error}"
            ) from error
        if not (is_real(value) and value >= 0):
            raise ValueError(
                "learning_rate as a callable must return a finite factor of at least 0, "
                f"got {value!r} at progress {progress:.3g}."
            )
        return float(value)


SCHEDULES: Mapping[str, type[Schedule]] = MappingProxyType(
    {
        "constant": Constant,
        "invscaling": InvScaling,
        "adaptive": Adaptive,
        "step": Step,
        "exponential": Exponential,
        "linear": Linear,
        "cosine": Cosine,
        "cosine_restarts": CosineRestarts,
        "one_cycle": OneCycle,
    }
)
