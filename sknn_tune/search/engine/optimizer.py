"""Ask and tell: the search engine without scikit-learn's estimators."""

import math
import numbers
from typing import NamedTuple

import numpy as np
from scipy.stats import qmc
from sklearn.utils import check_random_state

from sknn_tune.common.threads import single_blas_thread
from sknn_tune.search.engine.acquisition import ExpectedImprovement
from sknn_tune.search.engine.maximizer import maximize, unknown
from sknn_tune.search.engine.space import Space
from sknn_tune.search.engine.surrogate import Surrogate

# Points before the model speaks: it learns more where it looks itself.
N_DESIGN = 3
# They lie in the middle of the space: the ends of a range are there to be safe, not to be likely.
DESIGN_WIDTH = 0.5
# A power of two, as Sobol sequences like it.
MAX_DESIGN = 64
N_FANTASIES = 64


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
    scores_per_trial : int, default=1
        Number of scores that a trial's score is the mean of, such as the splits of a
        cross-validation. The more there are, the less luck `surrogate_` and `posterior_best`
        see in a score.

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
    >>> from sknn_tune.search.engine.optimizer import BayesianOptimizer
    >>> optimizer = BayesianOptimizer({"x": uniform(-5, 10)}, random_state=0)
    >>> for _ in range(15):
    ...     params = optimizer.ask()
    ...     optimizer.tell(params, -(params["x"] - 1.0) ** 2)
    >>> bool(abs(optimizer.best_params_["x"] - 1.0) < 3)
    True
    """

    #: Points before the model speaks, known ones among them.
    n_design = N_DESIGN

    def __init__(
        self,
        space,
        *,
        random_state=None,
        initial_params=(),
        prior_trials=(),
        scores_per_trial=1,
    ):
        if not isinstance(scores_per_trial, numbers.Integral) or scores_per_trial < 1:
            raise ValueError(f"scores_per_trial must be an integer >= 1, got {scores_per_trial!r}.")
        self.scores_per_trial = scores_per_trial
        self.space = space if isinstance(space, Space) else Space(space)
        self.seed = int(check_random_state(random_state).randint(2**31 - 1))
        self.trials = []
        self._codes = []
        self.initial_params = [dict(params) for params in initial_params]
        for params in self.initial_params:
            self.space.encode(params)
        self._surrogate = None
        for params, score in prior_trials:
            self.tell(params, score)

    def ask(self, pending=()):
        """Return the configuration to try next.

        Parameters
        ----------
        pending : sequence of dict, default=()
            Configurations asked for earlier whose scores are not known yet. They count as known
            by fantasies: draws of their scores from the model.

        Returns
        -------
        params : dict or None
            None where a finite space is used up.
        """
        codes = np.array(self._codes + [self.space.encode(p) for p in pending])
        codes = codes.reshape(-1, len(self.space.levels))
        X = self.space.features(codes)
        rng = np.random.default_rng([self.seed, len(codes)])
        with single_blas_thread:
            return (
                self._first_new(self.initial_params, X)
                or self._first_new(self._propose(codes, X, rng), X)
                or self._first_new(self._remaining(), X)
            )

    def log_expected_improvement(self, candidates, pending=()):
        """Return what `ask` makes as large as possible, of given configurations.

        Parameters
        ----------
        candidates : sequence of dict
        pending : sequence of dict, default=()
            As in `ask`.

        Returns
        -------
        ndarray of float, shape (n_candidates,)
            The logarithm of the improvement over the best posterior mean that is expected of
            each, in units of the transformed score.
        """
        rng = np.random.default_rng([self.seed, len(self.trials) + len(pending)])
        with single_blas_thread:
            return self._improvement(self._features(pending), rng)(self._features(candidates))

    def tell(self, params, score):
        """Add a trial.

        Parameters
        ----------
        params : dict
            The configuration, of the space.
        score : float or None
            Larger is better; None or nan where the evaluation failed. Infinite counts as failed.
        """
        codes, score = self.space.encode(params), _check_score(score)
        self._codes.append(codes)
        self.trials.append(Trial(dict(params), score))

    @property
    def best_params_(self):
        return self._best_trial().params

    @property
    def best_score_(self):
        return self._best_trial().score

    @property
    def surrogate_(self):
        if self._surrogate is None or len(self._surrogate.gp.X) != len(self.trials):
            self._best_trial()
            scores = np.array([t.score for t in self.trials])
            with single_blas_thread:
                self._surrogate = Surrogate(
                    self.space, np.array(self._codes), scores, self.scores_per_trial
                )
        return self._surrogate

    def posterior_best(self):
        """Return the index in `trials` of the best posterior mean among successful trials.

        The luckiest score does not win: it is drawn towards what its neighbourhood promises.
        """
        mean = self.surrogate_.predict([trial.params for trial in self.trials])[0]
        failed = np.isnan([t.score for t in self.trials])
        return int(np.argmax(np.where(failed, -np.inf, mean)))

    def _features(self, configurations):
        codes = [self.space.encode(params) for params in configurations]
        return self.space.features(np.array(codes).reshape(-1, len(self.space.levels)))

    def _first_new(self, candidates, X):
        """Return the first configuration whose features are not among `X`, or None."""
        for params in candidates:
            if len(unknown(self.space.encode(params)[None], self.space, X)):
                return params
        return None

    def _propose(self, codes, X, rng):
        """Yield configurations worth trying, best first."""
        worked = np.isfinite([t.score for t in self.trials]).sum()
        n_pending = len(codes) - len(self.trials)
        if worked < 2 or worked + n_pending < self.n_design:
            rows = self._design(rng)
        else:
            rows = self._most_promising(codes, X, rng)
        return map(self.space.decode, rows)

    def _remaining(self):
        """Yield what a finite space holds; nothing for an infinite one."""
        if np.isfinite(self.space.n_points):
            yield from map(self.space.decode, self.space.enumerate())

    def _design(self, rng):
        """Return codes: the centre, a scrambled Sobol sequence around it, random draws.

        The first two points of the sequence lie in opposite halves of every dimension. Categories
        have no middle; theirs come from the whole sequence.
        """
        n_codes = len(self.space.levels)
        sobol = qmc.Sobol(n_codes, seed=self.seed).random(MAX_DESIGN)
        sobol = np.vstack([sobol[-1], sobol])
        width = np.r_[0.0, np.full(MAX_DESIGN, DESIGN_WIDTH)][:, None]
        inner = np.where(self.space.ordered, 0.5 + width * (sobol - 0.5), sobol)
        return self.space.sample_codes(np.vstack([inner, rng.random((MAX_DESIGN, n_codes))]))

    def _most_promising(self, codes, X, rng):
        """Return codes of new configurations, the greatest expected improvement first."""
        improvement = self._improvement(X[len(self.trials) :], rng)
        incumbents = np.argsort(-improvement.gp.at_observed().mean(axis=1), kind="stable")
        return maximize(improvement, self.space, codes, X, incumbents, rng)

    def _improvement(self, pending, rng):
        """Return the acquisition, where the scores of rows of features are still to come."""
        gp = self.surrogate_.gp
        if len(pending):
            gp = gp.with_fantasies(pending, rng, N_FANTASIES)
        return ExpectedImprovement(gp)

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
