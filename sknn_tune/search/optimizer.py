"""Ask and tell: the search engine without scikit-learn's estimators."""

import math
import numbers
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from .space import Space


class Trial(NamedTuple):
    """One evaluated configuration; score is nan where it failed."""

    params: dict
    score: float


class BayesianOptimizer:
    """Bayesian optimization by ask and tell. Larger scores are better.

    `ask` is a pure function of the seed, the trials told so far (in their order) and the pending
    configurations: an optimizer that is told the same trials goes on in the same way, and asking
    twice without telling gives the same answer.

    Parameters
    ----------
    space : Space, dict or list of dict
        Where to search; what `RandomizedSearchCV` takes as `param_distributions`.
    random_state : int, RandomState instance or None, default=None
        Seed of the search.
    initial_params : sequence of dict, default=()
        Configurations to try first, in this order.
    prior_trials : sequence of (dict, float), default=()
        Configurations with scores from an earlier search.

    Attributes
    ----------
    trials : list of Trial
        What was told, in order, prior trials first.
    best_params_ : dict
        Configuration of the best score; `best_score_` is that score.
    surrogate_ : Surrogate
        Model of the score after the last trial; `predict(candidates)` answers mean and std.

    Raises
    ------
    TypeError, ValueError
        Naming the parameter, what was given and what is allowed.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> from sknn_tune.search.optimizer import BayesianOptimizer
    >>> optimizer = BayesianOptimizer({"x": uniform(-5, 10)}, random_state=0)
    >>> for _ in range(15):
    ...     params = optimizer.ask()
    ...     optimizer.tell(params, -(params["x"] - 1.0) ** 2)
    >>> bool(abs(optimizer.best_params_["x"] - 1.0) < 3)
    True
    """

    def __init__(self, space, *, random_state=None, initial_params=(), prior_trials=()):
        self.space = space if isinstance(space, Space) else Space(space)
        self.seed = int(check_random_state(random_state).randint(2**31 - 1))
        self.initial_params = list(initial_params)
        self.trials = []
        for params in self.initial_params:
            self.space.encode(params)
        for params, score in prior_trials:
            self.tell(params, score)

    def ask(self, pending=()):
        """Return the configuration to try next.

        Parameters
        ----------
        pending : sequence of dict, default=()
            Configurations asked for earlier whose scores are not known yet.

        Returns
        -------
        params : dict or None
            None where a finite space is used up.
        """
        rng = np.random.default_rng([self.seed, len(self.trials) + len(pending)])
        return self.space.sample(rng)

    def tell(self, params, score):
        """Add a trial.

        Parameters
        ----------
        params : dict
            The configuration, of the space.
        score : float or None
            Larger is better; None or nan where the evaluation failed. Infinite counts as failed.
        """
        self.space.encode(params)
        self.trials.append(Trial(dict(params), _check_score(score)))

    @property
    def best_params_(self):
        return self._best_trial().params

    @property
    def best_score_(self):
        return self._best_trial().score

    def posterior_best(self):
        """Return the index in `trials` of the best posterior mean among successful trials."""
        return int(np.nanargmax([t.score for t in self.trials]))

    def _best_trial(self):
        scores = [t.score for t in self.trials]
        if not np.isfinite(scores).any():
            raise ValueError("No trial has succeeded yet.")
        return self.trials[int(np.nanargmax(scores))]


def _check_score(score):
    if score is None:
        return math.nan
    if not isinstance(score, numbers.Real):
        raise TypeError(f"score must be a number or None, got {score!r}.")
    return float(score) if math.isfinite(score) else math.nan
