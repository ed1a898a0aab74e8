"""How much a score depends on the seed and the rows; whether one model is better than another."""

from collections.abc import Callable
from typing import Any, overload

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.utils import check_random_state, indexable

from sknn_tune.common.numeric import is_integer
from sknn_tune.common.typing import MatrixLike, RandomState
from sknn_tune.quality.consistency_report import Consistency, ConsistencyComparison
from sknn_tune.quality.parallel_fits import check_verbose
from sknn_tune.quality.refits import refit_everywhere
from sknn_tune.quality.resampling import make_scorer_of_one_metric, random_splits


@overload
def consistency(
    estimator: list[Any] | tuple[Any, ...] | dict[str, Any],
    X: MatrixLike,
    y: ArrayLike | None = None,
    *,
    cv: Any = None,
    n_seeds: int = 5,
    scoring: str | Callable[..., float] | None = None,
    groups: ArrayLike | None = None,
    n_jobs: int | None = None,
    random_state: RandomState = None,
    verbose: int = 0,
) -> ConsistencyComparison: ...


@overload
def consistency(
    estimator: BaseEstimator,
    X: MatrixLike,
    y: ArrayLike | None = None,
    *,
    cv: Any = None,
    n_seeds: int = 5,
    scoring: str | Callable[..., float] | None = None,
    groups: ArrayLike | None = None,
    n_jobs: int | None = None,
    random_state: RandomState = None,
    verbose: int = 0,
) -> Consistency: ...


def consistency(
    estimator: Any,
    X: MatrixLike,
    y: ArrayLike | None = None,
    *,
    cv: Any = None,
    n_seeds: int = 5,
    scoring: str | Callable[..., float] | None = None,
    groups: ArrayLike | None = None,
    n_jobs: int | None = None,
    random_state: RandomState = None,
    verbose: int = 0,
) -> Consistency | ConsistencyComparison:
    """Measure how much the score of a model depends on its seed and on its rows.

    Every split is fitted with every seed. Analysis of variance separates the effect of the split
    from that of the seed. Several estimators are fitted on the same splits with the same seeds and
    compared by a paired test.

    Parameters
    ----------
    estimator : estimator object, list of estimators, or dict of str to estimator
        One model, or several to compare.
    X : array-like, DataFrame or sparse matrix of shape (n_samples, n_features)
        The input.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target.
    cv : int, cross-validation generator or iterable, default=None
        The splits; None draws 10 random ones that hold out a fifth of the rows, stratified for
        classifiers (with `groups`, 5 folds of whole groups).
    n_seeds : int, default=5
        Number of seeds for each split, given to every `random_state` of the estimator. An
        estimator without one is fitted once a split.
    scoring : str or callable, default=None
        One metric; None is the estimator's own `score`. Larger is better.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group stay together.
    n_jobs : int, default=None
        Number of fits that run at the same time.
    random_state : int, RandomState instance or None, default=None
        Seed of the splits and of the seeds.
    verbose : int, default=0
        Above 0, shows the progress of the fits.

    Returns
    -------
    report : Consistency or ConsistencyComparison
        The latter for a list or dict of estimators.

    Raises
    ------
    TypeError
        If an estimator has no `fit`, or is a class.
    ValueError
        If there are fewer than two splits, `n_seeds` is not a positive integer, a score is not
        finite, or classifiers and regressors would be compared by different scores.

    Notes
    -----
    Splits share rows: the spread over splits is that of models trained on mostly the same data.
    The standard error and the test are corrected for that.

    References
    ----------
    C. Nadeau, Y. Bengio. Inference for the generalization error. Machine Learning 52, 2003,
    239-281.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sknn_tune import consistency
    >>> X, y = load_iris(return_X_y=True)
    >>> report = consistency(DecisionTreeClassifier(), X, y, n_seeds=3, random_state=0)
    >>> report.scores.shape
    (10, 3)
    >>> bool(report.worst_score <= report.mean_score)
    True
    """
    if not is_integer(n_seeds) or n_seeds < 1:
        raise ValueError(f"n_seeds must be a positive integer, got {n_seeds!r}.")
    check_verbose(verbose)
    models = _by_name(estimator)
    _check_comparable(models, scoring)
    scorers = {name: make_scorer_of_one_metric(m, scoring) for name, m in models.items()}
    X, y, groups = indexable(X, y, groups)
    rng = check_random_state(random_state)
    seeds = rng.randint(2**31 - 1, size=n_seeds).tolist()
    splits = random_splits(
        next(iter(models.values())),
        X,
        y,
        cv=cv,
        groups=groups,
        random_state=rng.randint(2**31 - 1),
    )
    reports = {
        name: Consistency(
            name,
            refit_everywhere(
                model,
                X,
                y,
                splits,
                seeds,
                scorer=scorers[name],
                n_jobs=n_jobs,
                verbose=verbose,
                description=f"Fitting {name}",
            ),
            splits,
            labels=not is_regressor(model),
        )
        for name, model in models.items()
    }
    if isinstance(estimator, dict | list | tuple):
        return ConsistencyComparison(reports)
    return reports[next(iter(reports))]


def _by_name(estimator: Any) -> dict[str, Any]:
    """Models by name; those of a list by class, numbered where classes repeat."""
    if isinstance(estimator, dict):
        models = dict(estimator)
    elif isinstance(estimator, list | tuple):
        kinds = [type(model).__name__ for model in estimator]
        models = {
            f"{kind} {i + 1}" if kinds.count(kind) > 1 else kind: model
            for i, (kind, model) in enumerate(zip(kinds, estimator, strict=True))
        }
    else:
        models = {type(estimator).__name__: estimator}
    for model in models.values():
        if isinstance(model, type) or not hasattr(model, "fit"):
            raise TypeError(
                f"estimator must be an estimator instance or a list or dict of them, got {model!r}."
            )
    if not models:
        raise ValueError("estimator is empty; give at least one.")
    return models


def _check_comparable(models: dict[str, Any], scoring: Any) -> None:
    kinds = {is_classifier(model) for model in models.values()}
    if scoring is None and len(kinds) > 1:
        raise ValueError(
            "estimator holds classifiers and others, whose own scores cannot be compared; "
            "give `scoring`."
        )
