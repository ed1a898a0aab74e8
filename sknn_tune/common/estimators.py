"""Estimators inside other estimators: pipelines, searches, transformed targets."""

from typing import Any


def inner_estimator(owner: Any) -> tuple[str, Any] | None:
    """Return name and value of the estimator that `owner` hands its work to.

    Parameters
    ----------
    owner : estimator object
        Fitted or not.

    Returns
    -------
    inner : tuple of (str, estimator object) or None
        The last step of a Pipeline, else the parameter ``estimator`` or ``regressor``; None if
        there is none.
    """
    if getattr(owner, "steps", None):
        return owner.steps[-1][0], owner.steps[-1][1]
    for name in ("estimator", "regressor"):
        if hasattr(getattr(owner, name, None), "fit"):
            return name, getattr(owner, name)
    return None


def innermost_estimator(model: Any) -> Any:
    """Return the fitted predictor inside searches, pipelines and transformed targets.

    Parameters
    ----------
    model : estimator object
        Fitted.

    Returns
    -------
    predictor : estimator object
        `model` itself where it contains no other.
    """
    while True:
        if hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif hasattr(model, "regressor_"):
            model = model.regressor_
        elif getattr(model, "steps", None):
            model = model.steps[-1][1]
        else:
            return model
