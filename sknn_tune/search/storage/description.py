"""What a stored search belongs to; a search that differs in it cannot go on with the trials."""

from dataclasses import asdict

from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

from sknn_tune.search.storage.fingerprint import describe_data, describe_estimator


def describe_search(search, optimizer, evaluation):
    """Return everything that the scores and the order of the trials depend on.

    Parameters
    ----------
    search : BayesSearchCV
    optimizer : BayesianOptimizer
    evaluation : Evaluation

    Returns
    -------
    description : dict
        Plain values, as JSON holds them.
    """
    space, resource = optimizer.space, getattr(optimizer, "resource", None)
    searched = {name for branch in space.branches for name in branch}
    return {
        "param_distributions": space.describe(),
        "estimator": describe_estimator(search.estimator, searched),
        "data": evaluation.fingerprint(),
        "cv": _describe_cv(search, evaluation),
        "scoring": describe_estimator(search.scoring),
        "objective": search.objective,
        "return_train_score": bool(search.return_train_score),
        "resource": None if resource is None else asdict(resource),
        "random_state": describe_estimator(search.random_state),
    }


def _describe_cv(search, evaluation):
    """The splitter as it prints; the rows themselves where they were given."""
    given = hasattr(search.cv, "__iter__") and not hasattr(search.cv, "split")
    if not given:
        is_classification = is_classifier(search.estimator)
        return describe_estimator(check_cv(search.cv, evaluation.y, classifier=is_classification))
    return [
        {"train": describe_data(train), "test": describe_data(test)}
        for train, test in evaluation.splits
    ]
