"""Ask and tell: the search engine without scikit-learn's estimators."""

import math
import numbers
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from sknn_tune.common.numeric import is_integer
from sknn_tune.common.threads import single_blas_thread
from sknn_tune.search.engine.acquisition import Acquisition, ExpectedImprovement
from sknn_tune.search.engine.costs import FREE, Costs, NoCosts
from sknn_tune.search.engine.design import initial_design
from sknn_tune.search.engine.fidelity import WHOLE, Rungs
from sknn_tune.search.engine.gaussian_process import Floats
from sknn_tune.search.engine.maximizer import maximize, unknown
from sknn_tune.search.engine.related_tasks import RelatedResults, basis_of
from sknn_tune.search.engine.space import ParamDistributions, Params, Space
from sknn_tune.search.engine.surrogate import Surrogate

# Size of the initial design; later points are chosen by the model, which is more informative.
N_DESIGN = 3
N_FANTASIES = 64


class Observation(NamedTuple):
    """One evaluated configuration; score is nan where it failed."""

    params: dict[str, Any]
    score: float


def draw_seed(random_state: int | np.random.RandomState | None) -> int:
    """Return the seed of a search; a RandomState is advanced by one draw."""
    return int(check_random_state(random_state).randint(2**31 - 1))


class SequentialOptimizer:
    """Proposes configurations from the scores of those before. Larger scores are better.

    `ask` is a pure function of the seed, the trials so far (in their order) and the pending
    configurations: an optimizer that has received the same trials continues in the same way, and
    asking twice without telling gives the same answer.

    Parameters
    ----------
    space : Space
        Where to search.
    seed : int
        Not negative.
    rungs : Rungs, default=Rungs()
        The amounts of the resource that trials may be given.
    n_design : int, default=3
        Configurations before the model is used, known ones included.
    initial_params : sequence of dict, default=()
        Configurations to try first, in this order.
    prior_trials : sequence of (dict, float), default=()
        Configurations with scores, at the full resource, from an earlier search.
    scores_per_trial : int, default=1
        Number of scores that a trial's score is the mean of.
    related_results : RelatedResults, default=None
        What configurations scored on other data sets with the full resource, the only one.
    costs : Costs or NoCosts, default=FREE
        What configurations take of a limited time.

    Attributes
    ----------
    trials : list of Observation
        All trials in the order of `tell`, prior trials first.

    Raises
    ------
    TypeError, ValueError
        Naming the parameter, what was given and what is allowed.
    """

    def __init__(
        self,
        space: Space,
        seed: int,
        *,
        rungs: Rungs = WHOLE,
        n_design: int = N_DESIGN,
        initial_params: Iterable[Params] = (),
        prior_trials: Iterable[tuple[Params, float | None]] = (),
        scores_per_trial: int = 1,
        related_results: RelatedResults | None = None,
        costs: Costs | NoCosts = FREE,
    ):
        if not is_integer(scores_per_trial) or scores_per_trial < 1:
            raise ValueError(f"scores_per_trial must be an integer >= 1, got {scores_per_trial!r}.")
        self.space: Space = space
        self.seed, self.n_design = seed, n_design
        self._rungs, self._costs = rungs, costs
        self._scores_per_trial = scores_per_trial
        with single_blas_thread:
            self._basis = basis_of(space, related_results)
        self.trials: list[Observation] = []
        self._codes: list[Floats] = []
        self._amounts: list[int] = []
        self.initial_params = [self.space.adopt(params) for params in initial_params]
        self._surrogate: Surrogate | None = None
        for params, score in prior_trials:
            self.tell(params, score)

    def ask(self, pending: Sequence[Params] = ()) -> dict[str, Any] | None:
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

    def log_expected_improvement(
        self, candidates: Sequence[Params], pending: Sequence[Params] = ()
    ) -> Floats:
        """Return the acquisition that `ask` maximises, at given configurations.

        Parameters
        ----------
        candidates : sequence of dict
        pending : sequence of dict, default=()
            As in `ask`.

        Returns
        -------
        ndarray of float, shape (n_candidates,)
            The logarithm of the expected improvement of each over the best posterior mean, in
            units of the transformed score.
        """
        rng = np.random.default_rng([self.seed, len(self.trials) + len(pending)])
        with single_blas_thread:
            return self._improvement(self._features(pending), rng)(self._features(candidates))

    def log_improvement_by_trials(
        self,
        candidates: Sequence[Params],
        amounts: Sequence[int],
        pending: Sequence[Params] = (),
    ) -> Floats:
        """Return what trials of configurations are expected to tell, each by itself.

        Parameters
        ----------
        candidates : sequence of dict
        amounts : sequence of int
            What each would be given of the resource, one of the rungs.
        pending : sequence of dict, default=()
            As in `ask`.

        Returns
        -------
        ndarray of float, shape (n_candidates,)
            The logarithm of the improvement, over the best posterior mean at the full resource,
            of the candidate's posterior mean there by the score of the trial, in units of the
            transformed score. A trial with little tells less than one with the full resource.
            Where `costs` say that the time is short, by the seconds that one takes.
        """
        rng = np.random.default_rng([self.seed, len(self.trials) + len(pending)])
        with single_blas_thread:
            X = self._features(candidates)
            improvement = self._costs.weigh(self._improvement(self._features(pending), rng))
            return improvement.by_trials(X, self.surrogate_.at_amounts(X, amounts))

    def expected_gain(self, candidates: Sequence[Params]) -> Floats:
        """Return the expected improvement of candidates, in units of the score.

        Parameters
        ----------
        candidates : sequence of dict

        Returns
        -------
        ndarray of float, shape (n_candidates,)
            The expected improvement over the best posterior mean.
        """
        return self.surrogate_.gain(self.log_expected_improvement(candidates))

    def tell(self, params: Params, score: float | None, n_resources: int | None = None) -> None:
        """Add a trial.

        Parameters
        ----------
        params : dict
            The configuration, of the space.
        score : float or None
            Larger is better; None or nan where the evaluation failed. Infinite counts as failed.
        n_resources : int or None, default=None
            What the trial was given, one of the rungs; None is the full resource.
        """
        if n_resources is not None and n_resources not in self._rungs.amounts:
            raise ValueError(
                f"n_resources must be one of {self._rungs.amounts}, got {n_resources!r}."
            )
        codes, score = self.space.encode(params), _check_score(score)
        self._codes.append(codes)
        self._amounts.append(self._rungs.amounts[-1] if n_resources is None else n_resources)
        self.trials.append(Observation(self.space.adopt(params), score))

    @property
    def n_unknown(self) -> float:
        """Number of configurations of the space that no trial has evaluated yet."""
        if not self.trials:
            return self.space.n_points
        known = self.space.features(np.array(self._codes))
        return self.space.n_points - len(np.unique(known.round(9), axis=0))

    @property
    def best_params_(self) -> dict[str, Any]:
        """Configuration of the best score."""
        return self._best_trial().params

    @property
    def best_score_(self) -> float:
        """The best score."""
        return self._best_trial().score

    @property
    def surrogate_(self) -> Surrogate:
        """Model of the score at the full resource, after the last trial."""
        if self._surrogate is None or self._surrogate.n_trials != len(self.trials):
            self._best_trial()
            self._surrogate = self._fit_surrogate([trial.score for trial in self.trials])
        return self._surrogate

    def posterior_best(self) -> int:
        """Return the index in `trials` of the best posterior mean among successful trials.

        It is less sensitive to noise than the best score, since each mean is shrunk towards those
        of its neighbours.
        """
        mean = self.surrogate_.predict([trial.params for trial in self.trials])[0]
        failed = np.isnan([trial.score for trial in self.trials])
        return int(np.argmax(np.where(failed, -np.inf, mean)))

    def _fit_surrogate(self, scores: Sequence[float]) -> Surrogate:
        """Return a model of one score of each trial."""
        values = np.array(scores)
        with single_blas_thread:
            return Surrogate(
                self.space,
                np.array(self._codes),
                values,
                self._scores_per_trial,
                self._rungs,
                self._amounts,
                self._scale(values[np.isfinite(values)]),
                self._basis,
            )

    def _scale(self, scores: Floats) -> Floats:
        """Return the scores that decide the output transform, of those that are finite."""
        return scores

    def _features(self, configurations: Sequence[Params]) -> Floats:
        codes = [self.space.encode(params) for params in configurations]
        return self.space.features(np.array(codes).reshape(-1, len(self.space.levels)))

    def _first_new(self, candidates: Iterable[dict[str, Any]], X: Floats) -> dict[str, Any] | None:
        """Return the first configuration whose features are not among `X`, or None."""
        for params in candidates:
            if len(unknown(self.space.encode(params)[None], self.space, X)):
                return params
        return None

    def _propose(
        self, codes: Floats, X: Floats, rng: np.random.Generator
    ) -> Iterator[dict[str, Any]]:
        """Yield configurations worth trying, best first."""
        worked = np.isfinite([trial.score for trial in self.trials]).sum()
        n_pending = len(codes) - len(self.trials)
        if worked < 2 or worked + n_pending < self.n_design:
            rows = initial_design(self.space, self.seed, rng)
        else:
            rows = self._most_promising(codes, X, rng)
        return map(self.space.decode, rows)

    def _remaining(self) -> Iterator[dict[str, Any]]:
        """Yield what a finite space holds; nothing for an infinite one."""
        if np.isfinite(self.space.n_points):
            yield from map(self.space.decode, self.space.enumerate())

    def _most_promising(self, codes: Floats, X: Floats, rng: np.random.Generator) -> Floats:
        """Return codes of new configurations, the greatest expected improvement first."""
        improvement = self._costs.weigh(self._improvement(X[len(self.trials) :], rng))
        incumbents = improvement.order_of_observed()
        return maximize(improvement, self.space, codes, X, incumbents, rng)

    def _improvement(self, pending: Floats, rng: np.random.Generator) -> Acquisition:
        """Return the acquisition; the scores of the rows `pending` are not known yet."""
        posterior = self.surrogate_.posterior
        if len(pending):
            posterior = posterior.with_fantasies(pending, rng, N_FANTASIES)
        return ExpectedImprovement(posterior)

    def _best_trial(self) -> Observation:
        scores = [trial.score for trial in self.trials]
        if not np.isfinite(scores).any():
            raise ValueError("No trial has succeeded yet.")
        return self.trials[int(np.nanargmax(scores))]


class BayesianOptimizer(SequentialOptimizer):
    """Bayesian optimization by ask and tell. Larger scores are better.

    `ask` is a pure function of the seed, the trials so far (in their order) and the pending
    configurations: an optimizer that has received the same trials continues in the same way, and
    asking twice without telling gives the same answer.

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
        cross-validation. The more there are, the less noise `surrogate_` and `posterior_best`
        assume in a score.

    Attributes
    ----------
    trials : list of Observation
        All trials in the order of `tell`, prior trials first.
    best_params_ : dict
        Configuration of the best score; `best_score_` is that score.
    surrogate_ : Surrogate
        Model of the score after the last trial; `predict(candidates)` returns mean and std.

    Raises
    ------
    TypeError, ValueError
        Naming the parameter, what was given and what is allowed.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> from sknn_tune import BayesianOptimizer
    >>> optimizer = BayesianOptimizer({"x": uniform(-5, 10)}, random_state=0)
    >>> for _ in range(15):
    ...     params = optimizer.ask()
    ...     optimizer.tell(params, -(params["x"] - 1.0) ** 2)
    >>> bool(abs(optimizer.best_params_["x"] - 1.0) < 3)
    True
    """

    def __init__(
        self,
        space: Space | ParamDistributions,
        *,
        random_state: int | np.random.RandomState | None = None,
        initial_params: Iterable[Params] = (),
        prior_trials: Iterable[tuple[Params, float | None]] = (),
        scores_per_trial: int = 1,
    ):
        super().__init__(
            space if isinstance(space, Space) else Space(space),
            draw_seed(random_state),
            initial_params=initial_params,
            prior_trials=prior_trials,
            scores_per_trial=scores_per_trial,
        )


def _check_score(score: object) -> float:
    if score is None:
        return math.nan
    if not isinstance(score, numbers.Real):
        raise TypeError(f"score must be a number or None, got {score!r}.")
    return float(score) if math.isfinite(score) else math.nan
