"""What configurations cost in seconds, for searches whose time is limited.

Where the time is short, the acquisition is divided by the expected seconds of a configuration
(Snoek et al. 2012) to a power between 0 and 1: the share of the trials, at what they have taken so
far, that the time left is too short for. Cheap trials make it fall, and the dear ones have their
turn.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sknn_tune.search.engine.acquisition import Acquisition
from sknn_tune.search.engine.gaussian_process import Floats, GaussianProcess, fit_theta
from sknn_tune.search.engine.space import Params, Space

# Fewer configurations tell nothing of the others.
MIN_TIMED = 3


class NoCosts:
    """The costs of a search without a time limit, which do not count."""

    def tell(self, params: Params, seconds: float, n_left: int) -> None:
        """Learn nothing."""

    def weigh(self, acquisition: Acquisition) -> Acquisition:
        """Return the acquisition as it is."""
        return acquisition


FREE = NoCosts()


class Costs:
    """A model of the seconds that configurations take, a Gaussian process over their logarithm.

    Parameters
    ----------
    space : Space
    time_left : callable
        Returns the seconds that the search has left.
    n_workers : int, default=1
        Fits that run at the same time.
    """

    def __init__(self, space: Space, time_left: Callable[[], float], n_workers: int = 1):
        self._space, self._time_left, self._n_workers = space, time_left, n_workers
        self._codes: list[Floats] = []
        self._seconds: list[float] = []
        self._n_left = 0
        self._model: LogSeconds | None = None

    def tell(self, params: Params, seconds: float, n_left: int) -> None:
        """Take a trial into account.

        Parameters
        ----------
        params : dict
            The configuration.
        seconds : float
            What the trial took, for each unit of the resource; positive.
        n_left : int
            Units that the search will give out if the time lasts.
        """
        self._codes.append(self._space.encode(params))
        self._seconds.append(seconds)
        self._n_left, self._model = n_left, None

    def weigh(self, acquisition: Acquisition) -> Acquisition:
        """Return the acquisition by seconds, as much as the time is short."""
        power = self.power()
        if power == 0 or len(self._codes) < MIN_TIMED:
            return acquisition
        if self._model is None:
            X = self._space.features(np.array(self._codes))
            self._model = LogSeconds(X, self._space.groups, np.log(self._seconds))
        return PerSecond(acquisition, self._model, power)

    def power(self) -> float:
        """Return the power of the seconds, 0 where all trials are going to end in time."""
        needed = self._n_left * np.sum(self._seconds) / max(len(self._seconds), 1)
        left = self._n_workers * self._time_left()
        return 1.0 - left / needed if needed > left else 0.0


class LogSeconds:
    """The logarithm of seconds as a function of features.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
    groups : ndarray of int, shape (n_features,)
    log_seconds : ndarray, shape (n,)
    """

    def __init__(self, X: Floats, groups: NDArray[np.intp], log_seconds: Floats):
        self._mean, self._scale = log_seconds.mean(), max(log_seconds.std(), 1e-9)
        z = (log_seconds - self._mean) / self._scale
        self._gp = GaussianProcess(X, groups, z[:, None], fit_theta(X, groups, z))

    def __call__(self, X: Floats) -> Floats:
        """Return the mean, (len(X),)."""
        return self._mean + self._scale * self._gp.predict(X)[0][:, 0]

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """Return the mean, (len(X),), and its gradient by X, of the shape of X."""
        mean, _, slope, _ = self._gp.predict_with_gradient(X)
        return self._mean + self._scale * mean[:, 0], self._scale * slope[:, :, 0]


class PerSecond:
    """A log acquisition by seconds to a power.

    Parameters
    ----------
    acquisition : Acquisition
    log_seconds : LogSeconds
    power : float
    """

    def __init__(self, acquisition: Acquisition, log_seconds: LogSeconds, power: float):
        self._acquisition, self._log_seconds, self._power = acquisition, log_seconds, power

    def __call__(self, X: Floats) -> Floats:
        """Return the log acquisition, (len(X),)."""
        return self._acquisition(X) - self._power * self._log_seconds(X)

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """Return the log acquisition, (len(X),), and its gradient by X, of the shape of X."""
        value, gradient = self._acquisition.with_gradient(X)
        log_seconds, slope = self._log_seconds.with_gradient(X)
        return value - self._power * log_seconds, gradient - self._power * slope

    def by_trials(self, X: Floats, at: Floats) -> Floats:
        """Return the log acquisition at X with what observations at rows of `at` would tell."""
        return self._acquisition.by_trials(X, at) - self._power * self._log_seconds(X)

    def order_of_observed(self) -> NDArray[np.intp]:
        """Return the observed points, those first around which to search."""
        return self._acquisition.order_of_observed()
