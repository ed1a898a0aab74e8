"""What a search is before its trials, checked and made from its parameters and its data."""

from typing import Any, NamedTuple

from sklearn.base import is_classifier
from sklearn.utils import indexable

from sknn_tune.search import compat
from sknn_tune.search.engine.optimizer import draw_seed
from sknn_tune.search.engine.space import Space
from sknn_tune.search.estimators import (
    check_is_instance,
    check_names,
    default_points,
    default_results,
    distributions_of,
)
from sknn_tune.search.known_points import known_points
from sknn_tune.search.resource import Resource, make_resource
from sknn_tune.search.storage.prior_results import read_prior_results
from sknn_tune.search.trials.objective import Objective, SearchObjective
from sknn_tune.search.trials.several_objectives import SeveralObjectives
from sknn_tune.search.trials.splits import draw_splits


class SetUp(NamedTuple):
    """A search before its trials."""

    scorers: Any
    refit_metric: Any
    metrics: list[str] | None
    objective: Objective
    space: Space
    known: dict[str, Any]  #: what the optimizer knows before the first trial
    resource: Resource
    seed: int
    rows: Any
    labels: Any
    data: dict[str, Any]  #: what was given to `fit`, by name
    routed: Any
    splits: list


def set_up(search: Any, X: Any, y: Any, params: dict[str, Any]) -> SetUp:
    """Check what a search was given.

    Parameters
    ----------
    search : SurrogateSearch
    X, y : array-like
        Its data.
    params : dict of str to object
        The other arguments of its `fit`.

    Returns
    -------
    made : SetUp

    Raises
    ------
    TypeError, ValueError
        If any of it is wrong.
    """
    check_is_instance(search.estimator)
    scorers, refit_metric = compat.get_scorers(search)
    metrics = compat.metric_names(search, scorers)
    objective = _make_objective(search, metrics)
    # Half of the rows: as many as the training rows of any number of folds.
    n_samples = max(compat.n_rows(X) // 2, 1)
    distributions = distributions_of(search.estimator, search.param_distributions, n_samples)
    space = Space(distributions)
    check_names(search.estimator, distributions)
    known = _known(search, space, objective, n_samples)
    resource = make_resource(
        search.resource,
        search.min_resources,
        search.max_resources,
        search.factor,
        estimator=search.estimator,
        space=space,
        n_samples=compat.n_rows(X),
        y=y,
    )
    seed = draw_seed(search.random_state)
    rows, labels = indexable(X, y)
    params = compat.check_fit_params(X, params)
    routed = compat.route_fit_params(search, params)
    splits = draw_splits(
        search.cv,
        rows,
        labels,
        classifier=is_classifier(search.estimator),
        **routed.splitter.split,
    )
    return SetUp(
        scorers=scorers,
        refit_metric=refit_metric,
        metrics=metrics,
        objective=objective,
        space=space,
        known=known,
        resource=resource,
        seed=seed,
        rows=rows,
        labels=labels,
        data={"X": X, "y": y, **params},
        routed=routed,
        splits=splits,
    )


def _make_objective(search: Any, metrics: list[str] | None) -> Objective:
    """Return what the search maximises: one objective, or several."""
    named = search.objective
    if named is None or isinstance(named, str):
        return SearchObjective(metrics, named, search.refit, search.selection)
    if search.prior_results is not None:
        raise ValueError("prior_results teach one objective; objective names several.")
    return SeveralObjectives(named, metrics, search.scoring, search.selection, search.tol)


def _known(search: Any, space: Space, objective: Objective, n_samples: int) -> dict[str, Any]:
    """Return what the optimizer knows before the first trial."""
    own = search.estimator if search.start_from_estimator else None
    offers = own is not None and isinstance(search.param_distributions, str)
    prior: list = []
    proposed: list = []
    if search.prior_results is not None:
        prior = read_prior_results(search.prior_results, space, objective.metric)
    elif offers:
        proposed = default_points(own, n_samples)
    # Results of other data sets are scores of whole fits: they tell nothing of times and sizes, nor
    # of fits with a part of a resource.
    are_alike = not objective.labels and search.resource is None
    return {
        "initial_params": known_points(space, search.n_iter, search.initial_params, own, proposed),
        "prior_trials": prior,
        "related_results": default_results(own, n_samples) if offers and are_alike else None,
    }
