"""Little of a resource for most configurations, all of it for few: the rungs and the model.

One Gaussian process over (configuration, log resource), asked about the full resource, as in
MOBSTER (Klein et al. 2020, arXiv 2003.10865).
"""

import math
import numbers
from dataclasses import dataclass

import numpy as np
from sklearn.base import is_classifier

from sknn_tune.common.labels import count_labels
from sknn_tune.common.threads import single_blas_thread
from sknn_tune.search import compat
from sknn_tune.search.engine.optimizer import N_DESIGN, BayesianOptimizer
from sknn_tune.search.engine.space import Space
from sknn_tune.search.engine.surrogate import Surrogate
from sknn_tune.search.estimators import continuing

#: What is given out where no parameter is: rows of the training data.
ROWS = "n_samples"
# Configurations begun before the model speaks are one in `factor`, but not more than this: with
# little each, they cost little, and where to look in earnest hangs on them.
MOST_AT_FIRST = 16
# Of rows, no fewer for each label by default.
ROWS_PER_LABEL = 10
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
        The amounts, strictly rising; the last is the full resource.
    factor : float
        Each rung is about so many times the one below.
    goes_on : bool
        Whether fits go on where they were paused; otherwise each rung is paid in full.
    """

    name: str
    rungs: tuple
    factor: float
    goes_on: bool

    @property
    def steps(self):
        """What each rung costs one who comes from the rung below, of the resource."""
        return np.diff(self.rungs, prepend=0) if self.goes_on else np.array(self.rungs)

    def parameters(self, n_resources):
        """Return what an amount sets among the estimator's parameters."""
        return {} if self.name == ROWS else {self.name: n_resources}

    def price(self, n_configurations):
        """Return what so many configurations get together.

        What successive halving gives them, one in `factor` going on from each rung, and what it
        takes to carry one through besides.
        """
        shares = float(self.factor) ** -np.arange(len(self.rungs))
        return round(n_configurations * (self.steps @ shares)) + int(self.steps[1:].sum())

    def n_design(self, n_configurations):
        """Return how many of so many configurations are begun before the model speaks."""
        return min(max(math.ceil(n_configurations / self.factor), N_DESIGN), MOST_AT_FIRST)


def make_resource(search, space, X, y):
    """Return the resource of a search, None where it has none.

    Parameters
    ----------
    search : BayesSearchCV
    space : Space
    X, y : array-like
        The data.

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
    most = _most(search, compat.n_rows(X))
    least = search.min_resources
    if least == "auto":
        least = max(1, round(most / search.factor**N_PROMOTIONS))
        if search.resource == ROWS:
            least = min(max(least, ROWS_PER_LABEL * _n_labels(search, y)), most)
    if least > most:
        raise ValueError(f"min_resources={least} is greater than max_resources={most}.")
    n_steps = max(round(math.log(most / least, search.factor)), 0)
    # A factor near 1 rounds neighbours to the same amount.
    inner = sorted({round(least * search.factor**k) for k in range(n_steps)})
    rungs = (*[n for n in inner if n < most], most)
    goes_on = search.resource != ROWS and bool(continuing(search.estimator, {}, search.resource))
    return Resource(search.resource, rungs, search.factor, goes_on)


def resource_columns(trials, resource):
    """Return the columns of `cv_results_` that a resource adds."""
    n_resources = np.array([trial.n_resources for trial in trials])
    return {
        "n_resources": n_resources,
        "iter": np.searchsorted(resource.rungs, n_resources),
        "configuration": np.array([trial.configuration for trial in trials]),
    }


def _n_labels(search, y):
    """Labels to be told apart; 1 where there are none."""
    is_labelled = is_classifier(search.estimator) and y is not None
    return len(count_labels(y)[0]) if is_labelled else 1


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
    n_design : int
        Configurations before the model speaks.
    **kwargs : dict
        As in `BayesianOptimizer`; `prior_trials` had the full resource.
    """

    def __init__(self, distributions, resource, n_design, **kwargs):
        self.resource, self.n_design = resource, n_design
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
            with single_blas_thread:
                joint = Surrogate(
                    self._joint, np.array(self._joint_codes), scores, self.scores_per_trial
                )
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
        self.transform, self.observed = joint.transform, joint.observed
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
