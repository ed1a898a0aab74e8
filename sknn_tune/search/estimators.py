"""What the search needs from an estimator: names and values of parameters, a default space."""

from inspect import signature
from typing import Any

import numpy as np
from sklearn.base import clone

from sknn_tune.common.estimators import inner_estimator
from sknn_tune.search.engine.related_tasks import RelatedResults


def check_is_instance(estimator: object) -> None:
    """Raise TypeError if `estimator` is a class."""
    if isinstance(estimator, type):
        raise TypeError(
            f"estimator must be an instance, got the class {estimator.__name__}; "
            f"write {estimator.__name__}()."
        )


def default_space(estimator: Any, n_samples: int) -> dict[str, Any] | list[dict[str, Any]]:
    """Return the space that an estimator offers for `param_distributions="auto"`.

    Any estimator may offer one by a method `_default_param_distributions()`, which may have a
    parameter `n_samples`. A Pipeline is asked for its last step, other
    meta-estimators for the estimator that they hold.

    Parameters
    ----------
    estimator : estimator object
        The estimator to be searched.
    n_samples : int
        Rows that a fit on a split has at least, for values that cannot be larger.

    Returns
    -------
    param_distributions : dict or list of dict
        With the names as `estimator.set_params` takes them.

    Raises
    ------
    ValueError
        If the estimator offers no space.
    """
    prefix, owner = _owner_of_space(estimator)
    offered = _offer(owner, "_default_param_distributions", n_samples)
    if isinstance(offered, dict):
        return _with_prefix(prefix, offered)
    return [_with_prefix(prefix, branch) for branch in offered]


def default_points(estimator: Any, n_samples: int) -> list[dict[str, Any]]:
    """Return configurations of its default space that an estimator proposes to try first.

    What offers a space may offer these by a method `_default_initial_params()`, which may have a
    parameter `n_samples` as well: a list of dicts, the best first.

    Parameters
    ----------
    estimator, n_samples
        As in `default_space`.

    Returns
    -------
    points : list of dict
        Empty where there is no such method.
    """
    prefix, owner = _owner_of_space(estimator)
    offered = _offer(owner, "_default_initial_params", n_samples) or []
    return [_with_prefix(prefix, params) for params in offered]


def default_results(estimator: Any, n_samples: int) -> RelatedResults | None:
    """Return what configurations of its default space scored on other data sets, if it is known.

    What offers a space may offer this by a method `_default_related_results()`, which may have a
    parameter `n_samples` as well: a list of n configurations, and an array of shape
    (n, n_data_sets) of their scores, of which larger ones are better; or None.

    Parameters
    ----------
    estimator, n_samples
        As in `default_space`.

    Returns
    -------
    results : RelatedResults or None
        None where there is no such method.

    Raises
    ------
    ValueError
        If there are not as many finite scores as configurations for each data set.
    """
    prefix, owner = _owner_of_space(estimator)
    offered = _offer(owner, "_default_related_results", n_samples)
    if offered is None:
        return None
    configurations, scores = offered
    known = RelatedResults(
        [_with_prefix(prefix, params) for params in configurations],
        np.asarray(scores, dtype=np.float64),
    )
    n, shape = len(known.configurations), known.scores.shape
    if len(shape) != 2 or shape[0] != n or not shape[1] or not np.isfinite(known.scores).all():
        raise ValueError(
            f"{type(owner).__name__}._default_related_results() must return configurations and "
            "finite scores, of shape (n_configurations, n_data_sets); got "
            f"{n} configurations and scores of shape {shape}."
        )
    return known


def _owner_of_space(estimator: Any) -> tuple[str, Any]:
    """Return the estimator, at any depth, that offers a space, and the prefix of its parameters."""
    prefix, owner = "", estimator
    while not hasattr(owner, "_default_param_distributions"):
        step = inner_estimator(owner)
        if step is None:
            raise ValueError(
                f"param_distributions='auto' needs an estimator that offers a default space "
                f"(by _default_param_distributions()); {type(owner).__name__} does not. "
                "Give param_distributions as a dict."
            )
        name, owner = step
        prefix += f"{name}__"
    return prefix, owner


def _offer(owner: Any, name: str, n_samples: int) -> Any:
    """Return what a method of the owner offers for so many rows; None where there is none."""
    method = getattr(owner, name, None)
    if method is None:
        return None
    takes_rows = "n_samples" in signature(method).parameters
    return method(**{"n_samples": n_samples} if takes_rows else {})


def _with_prefix(prefix: str, branch: dict[str, Any]) -> dict[str, Any]:
    return {prefix + name: values for name, values in branch.items()}


def releases_gil(estimator: Any) -> bool:
    """Whether fits of `estimator` run side by side in threads: it says so by `_releases_gil`.

    Any estimator may say so by an attribute of this name. A Pipeline is asked for its last step,
    other meta-estimators for the estimator that they hold.
    """
    owner = estimator
    while not hasattr(owner, "_releases_gil"):
        step = inner_estimator(owner)
        if step is None:
            return False
        owner = step[1]
    return bool(owner._releases_gil)


def continuing(estimator: Any, params: dict[str, Any], resource: str | None) -> dict[str, Any]:
    """Return the setting that lets a fit of `estimator` resume with more of `resource`, if any.

    An estimator that can offers a method `_can_continue(resource)`, which says whether, with its
    parameters as they are, `set_params(warm_start="continue")` and `fit` with the same data and
    a larger `resource` (the total) resume exactly where the last fit ended. Steps of a Pipeline
    and other nested estimators are asked by the resource's full name.

    Parameters
    ----------
    estimator : estimator object
        Not changed.
    params : dict
        The configuration that it will get.
    resource : str or None
        Such as "max_iter" or "clf__max_iter"; None resumes nothing.

    Returns
    -------
    switch : dict
        What to set before the first fit; empty where fits cannot be resumed.
    """
    if resource is None:
        return {}
    prefix, _, name = resource.rpartition("__")
    try:
        configured = clone(estimator).set_params(**clone(params, safe=False))
        owner = configured.get_params(deep=True)[prefix] if prefix else configured
        can = owner._can_continue(name)
    except Exception:
        # No such method, or a configuration that cannot be fitted either, as its fit will show.
        return {}
    return {f"{prefix}__warm_start" if prefix else "warm_start": "continue"} if can else {}


def distributions_of(estimator: Any, param_distributions: Any, n_samples: int) -> Any:
    """Return what to search: as given, or for "auto" what the estimator offers for the rows."""
    if isinstance(param_distributions, str):
        return default_space(estimator, n_samples)
    return param_distributions


def check_names(estimator: Any, param_distributions: Any) -> None:
    """Raise ValueError if a configuration would name a parameter that the estimator lacks.

    A nested name such as "clf__C" is looked up in every estimator that the same dict offers for
    "clf", otherwise in the estimator's own.
    """
    branches = param_distributions
    if isinstance(param_distributions, dict):
        branches = [param_distributions]
    for branch in branches:
        for name, values in branch.items():
            owner = _searched_owner(name, branch)
            if owner is not None:
                _check_in_every_choice(name, values, owner, branch[owner])
            elif not _takes(estimator, name, values):
                raise ValueError(
                    f"Parameter {name!r} of param_distributions is not a parameter of "
                    f"{type(estimator).__name__}; allowed are "
                    f"{sorted(estimator.get_params(deep=True))}."
                )


def _searched_owner(name, branch):
    """The longest prefix of `name` that `branch` chooses a value for."""
    parts = name.split("__")
    prefixes = ["__".join(parts[:i]) for i in range(len(parts) - 1, 0, -1)]
    return next((p for p in prefixes if p in branch and not hasattr(branch[p], "rvs")), None)


def _check_in_every_choice(name, values, owner, choices):
    inner = name.removeprefix(f"{owner}__")
    for choice in choices:
        if not hasattr(choice, "get_params") or not _takes(choice, inner, values):
            raise ValueError(
                f"Parameter {name!r} of param_distributions: {choice!r}, one of the choices for "
                f"{owner!r}, has no parameter {inner!r}. Give a list of dicts, one for the "
                "choices that have it and one for the others."
            )


def _takes(estimator, name, values):
    """Whether `set_params` takes `name`: some take more than `get_params` tells of."""
    if name in estimator.get_params(deep=True):
        return True
    value = values.rvs(random_state=0) if hasattr(values, "rvs") else values[0]
    try:
        clone(estimator).set_params(**{name: value})
    except Exception:
        return False
    return True
