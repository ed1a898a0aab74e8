"""Spending little on hopeless configurations: rungs of a growing resource.

Asynchronous successive halving (Li et al. 2020, arXiv 1810.05934) with one Gaussian process over
(configuration, log resource), as in MOBSTER (Klein et al. 2020, arXiv 2003.10865): which new
configuration to begin, and which of those on a rung to carry on, is decided by what the model
expects at the full resource.
"""

import math
import numbers
from dataclasses import dataclass

import numpy as np

from .optimizer import BayesianOptimizer
from .plan import Plan, lowest_free
from .space import Space
from .surrogate import Surrogate
from .trials import TrialRecord

#: What is given out where no parameter is: rows of the training data.
ROWS = "n_samples"
# Rungs below the full resource by default.
N_PROMOTIONS = 3


@dataclass(frozen=True)
class Resource:
    """What trials are given little or much of.

    Parameters
    ----------
    name : str
        A parameter of the estimator, or "n_samples".
    rungs : tuple of int
        The amounts, rising; the last is the full resource.
    factor : float
        The share of the configurations on a rung that goes on is one in so many.
    """

    name: str
    rungs: tuple
    factor: float

    def parameters(self, n_resources):
        """Return what an amount sets among the estimator's parameters."""
        return {} if self.name == ROWS else {self.name: n_resources}


def make_resource(search, space, n_rows):
    """Return the resource of a search, None where it has none.

    Parameters
    ----------
    search : BayesSearchCV
    space : Space
    n_rows : int
        Rows of the data.

    Raises
    ------
    ValueError
        Naming the parameter, what was given and what is allowed.
    """
    if search.resource is None:
        return None
    if any(search.resource in branch for branch in space.branches):
        raise ValueError(
            f"resource={search.resource!r} is in param_distributions as well; leave it out there."
        )
    most = _most(search, n_rows)
    least = search.min_resources
    if least == "auto":
        least = max(1, round(most / search.factor**N_PROMOTIONS))
    if least > most:
        raise ValueError(f"min_resources={least} is greater than max_resources={most}.")
    n_steps = max(round(math.log(most / least, search.factor)), 0)
    inner = [round(least * search.factor**k) for k in range(n_steps)]
    return Resource(search.resource, (*[n for n in inner if n < most], most), search.factor)


def resource_columns(trials, resource):
    """Return the columns of `cv_results_` that a resource adds."""
    n_resources = np.array([trial.n_resources for trial in trials])
    return {
        "n_resources": n_resources,
        "iter": np.searchsorted(resource.rungs, n_resources),
        "configuration": np.array([trial.configuration for trial in trials]),
    }


def _most(search, n_rows):
    """The full resource."""
    if search.resource == ROWS:
        most = n_rows if search.max_resources == "auto" else search.max_resources
        if most > n_rows:
            raise ValueError(f"max_resources={most} is greater than the {n_rows} rows of X.")
        return most
    current = search.estimator.get_params(deep=True)
    if search.resource not in current:
        raise ValueError(
            f"resource={search.resource!r} is neither 'n_samples' nor a parameter of "
            f"{type(search.estimator).__name__}, which has {sorted(current)}."
        )
    most = current[search.resource] if search.max_resources == "auto" else search.max_resources
    if not isinstance(most, numbers.Integral) or isinstance(most, bool) or most < 1:
        raise ValueError(
            f"resource={search.resource!r} must be a parameter that counts something: the "
            f"estimator has {most!r} there, which max_resources='auto' takes for the most. "
            "Give max_resources as a positive integer."
        )
    return int(most)


class FidelityOptimizer(BayesianOptimizer):
    """Ask and tell where a score may come from less than the full resource.

    Parameters
    ----------
    distributions : dict or list of dict
        The space, without the resource.
    resource : Resource
    **kwargs : dict
        As in `BayesianOptimizer`; `prior_trials` had the full resource.
    """

    def __init__(self, distributions, resource, **kwargs):
        self.resource = resource
        branches = [distributions] if isinstance(distributions, dict) else distributions
        # A parameter like any other, with the rungs for values, on a log scale as they are
        # geometric; first, so that its feature is the first after those of the branches.
        self._joint = Space([{resource.name: list(resource.rungs), **b} for b in branches])
        self._joint_codes = []
        super().__init__(distributions, **kwargs)

    def tell(self, params, score, n_resources=None):
        """Add a trial that had `n_resources` of the resource, all of it where that is None."""
        n_resources = self.resource.rungs[-1] if n_resources is None else n_resources
        self._joint_codes.append(self._joint.encode({**params, self.resource.name: n_resources}))
        super().tell(params, score)

    @property
    def surrogate_(self):
        """Model of the score at the full resource."""
        if self._surrogate is None or len(self._surrogate.gp.X) != len(self.trials):
            self._best_trial()
            scores = np.array([trial.score for trial in self.trials])
            joint = Surrogate(self._joint, np.array(self._joint_codes), scores)
            self._surrogate = FullResourceSurrogate(joint, self.space, self.resource)
        return self._surrogate


class FullResourceSurrogate:
    """A model over (configuration, resource), asked about the full resource only.

    Parameters
    ----------
    joint : Surrogate
        The model over both.
    space : Space
        The configurations.
    resource : Resource
    """

    def __init__(self, joint, space, resource):
        self._joint, self.space, self._resource = joint, space, resource
        self.transform = joint.transform
        column = len(space.branches) if len(space.branches) > 1 else 0
        self.gp = _AtFullResource(joint.gp, column if len(resource.rungs) > 1 else None)

    def predict(self, candidates):
        """Return mean and standard deviation of the score; see `Surrogate.predict`."""
        full = {self._resource.name: self._resource.rungs[-1]}
        return self._joint.predict([{**params, **full} for params in candidates])


class _AtFullResource:
    """A Gaussian process with one feature, in [0, 1], held at 1.

    Parameters
    ----------
    gp : GaussianProcess
    column : int or None
        Place of the feature; None where there is no such feature.
    """

    def __init__(self, gp, column):
        self._gp, self._column = gp, column
        self.X = gp.X if column is None else np.delete(gp.X, column, axis=1)

    def _lift(self, X):
        return X if self._column is None else np.insert(X, self._column, 1.0, axis=1)

    def _drop(self, slopes):
        return slopes if self._column is None else np.delete(slopes, self._column, axis=1)

    def predict(self, X):
        return self._gp.predict(self._lift(X))

    def predict_with_gradient(self, X):
        mean, std, mean_slope, std_slope = self._gp.predict_with_gradient(self._lift(X))
        return mean, std, self._drop(mean_slope), self._drop(std_slope)

    def at_observed(self):
        """Return what is expected of every configuration tried, of the shape of y."""
        return self.predict(self.X)[0]

    def with_fantasies(self, X, rng, size):
        return _AtFullResource(self._gp.with_fantasies(self._lift(X), rng, size), self._column)


class FidelityPlan(Plan):
    """Rungs: every configuration begins on the lowest, the most promising go on.

    A configuration goes on from a rung as soon as it is among the best one in `factor` of those
    that reached it, by what the model expects at the full resource. `n_iter` counts
    configurations. The first one is carried through.
    """

    def __init__(self, optimizer, n_iter, tol=None):
        super().__init__(optimizer, n_iter, tol)
        self._resource = optimizer.resource

    def next(self, running):
        """Return the trial to run next, None where there is none to run now."""
        begun = [*self.finished, *running]
        number = lowest_free({trial.number for trial in begun})
        n_begun = len({trial.configuration for trial in begun})
        trial = self._promotion(begun)
        if trial is None and n_begun < self._n_iter and not self._is_over:
            trial = self._beginning(running, {trial.configuration for trial in begun})
        if trial is not None:
            trial.number = number
        return trial

    def tell(self, trial):
        """Take a finished trial into account."""
        self.optimizer.tell(trial.params, trial.score, trial.n_resources)
        self.finished.append(trial)

    def work(self, trial):
        """Return how much there is to do: the resource."""
        return float(trial.n_resources)

    @property
    def best(self):
        """The best trial among those with the most resources."""
        most = max((trial.n_resources for trial in self.finished), default=0)
        return self.best_of(trial for trial in self.finished if trial.n_resources == most)

    @property
    def refit_seconds(self):
        """Seconds that the winner's fit with the full resource takes, as far as known."""
        best = self.best
        rungs = [trial for trial in self.finished if trial.configuration == best.configuration]
        seconds = sum(np.mean([fold["fit_time"] for fold in trial.folds]) for trial in rungs)
        return seconds * self._resource.rungs[-1] / best.n_resources

    @property
    def n_configurations(self):
        """Number of configurations that finished a rung."""
        return len({trial.configuration for trial in self.finished})

    # ------------------------------------------------------------ within
    _is_over = False

    def _beginning(self, running, taken):
        """Return the first trial of a new configuration."""
        known = {trial.configuration for trial in self.finished}
        params = self.ask([trial for trial in running if trial.configuration not in known])
        if params is None:
            self._is_over = True
            return None
        configuration, least = lowest_free(taken), self._resource.rungs[0]
        return TrialRecord(-1, params, configuration=configuration, n_resources=least)

    def _promotion(self, begun):
        """Return the next of the trials `begun` that goes on, from the highest rung it can."""
        for rung, following in zip(
            self._resource.rungs[-2::-1], self._resource.rungs[:0:-1], strict=True
        ):
            reached = [trial for trial in self.finished if trial.n_resources == rung]
            gone_on = {trial.configuration for trial in begun if trial.n_resources == following}
            # Rounded up: the first configuration is carried through, so that the model learns
            # early what the resource does.
            quota = math.ceil(len(reached) / self._resource.factor)
            if len(gone_on) >= quota:
                continue
            for trial in self._most_promising(reached)[:quota]:
                if trial.configuration not in gone_on:
                    return TrialRecord(
                        -1,
                        trial.params,
                        configuration=trial.configuration,
                        n_resources=following,
                    )
        return None

    def _most_promising(self, trials):
        """Return the trials that did not fail, the best at the full resource first."""
        trials = [trial for trial in trials if not math.isnan(trial.score)]
        if not trials:
            return []
        expected = self.optimizer.surrogate_.predict([trial.params for trial in trials])[0]
        return [trials[i] for i in np.argsort(-expected, kind="stable")]
