"""Diagnosis of a model by experiments: variants and baselines on the same folds."""

from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import check_random_state, indexable

from sknn_tune.common.numeric import is_real
from sknn_tune.common.typing import MatrixLike, RandomState
from sknn_tune.quality.advice import advise
from sknn_tune.quality.decomposition import decompose, name_faults
from sknn_tune.quality.diagnosis_report import Diagnosis
from sknn_tune.quality.evidence import Evidence
from sknn_tune.quality.fold_errors import FoldRunner
from sknn_tune.quality.parallel_fits import check_verbose
from sknn_tune.quality.resampling import make_scorer_of_one_metric, shuffled_folds


def diagnose(
    estimator: Any,
    X: MatrixLike,
    y: ArrayLike,
    *,
    reference: Any = None,
    scoring: str | Callable[..., float] | None = None,
    cv: Any = None,
    groups: ArrayLike | None = None,
    tolerance: float = 0.05,
    n_jobs: int | None = None,
    random_state: RandomState = None,
    verbose: int = 0,
) -> Diagnosis:
    """Find what limits a model, and which hyperparameters to change.

    The estimator, baselines and variants of the estimator (with more and with less capacity, with
    a lower learning rate, with more steps) are fitted on the same folds: 6 to 20 fits per fold.
    Hyperparameters are recognised by their names (`alpha`, `C`, `max_depth`,
    `hidden_layer_sizes`, ...), also inside a Pipeline; an estimator without any of these is
    compared with the baselines only.

    Parameters
    ----------
    estimator : estimator object
        A classifier or regressor; it is cloned.
    X : array-like, DataFrame or sparse matrix of shape (n_samples, n_features)
        The input.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The target.
    reference : float or estimator object, default=None
        An error that is known to be possible, such as that of a human, or a model to compare
        with, in addition to a dummy, a linear model and a forest.
    scoring : str or callable, default=None
        One metric; None is the estimator's own `score`. The error is 1 minus the score, or the
        loss where the metric is a negative loss.
    cv : int, cross-validation generator or iterable, default=None
        The folds; None is 5 of them, shuffled, stratified for classifiers, of whole `groups`.
    groups : array-like of shape (n_samples,), default=None
        Rows of one group stay in one fold.
    tolerance : float, default=0.05
        Costs below this share of the error of the dummy do not count as faults.
    n_jobs : int, default=None
        Number of fits that run at the same time.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds and of the learning curve.
    verbose : int, default=0
        Above 0, shows what is being fitted.

    Returns
    -------
    report : Diagnosis
        Its `fault` is one of ``"high_bias"``, ``"high_variance"``, ``"noise"``,
        ``"too_few_rows"``, ``"rate_too_high"``, ``"not_converged"`` and ``"balanced"``.

    Raises
    ------
    TypeError, ValueError
        If the estimator is neither classifier nor regressor, a parameter is out of range, or the
        estimator cannot be fitted, not even with a lower learning rate.

    Notes
    -----
    The dev error is a sum of what each fault costs, in units of the error, and the costliest
    fault is named first. What more rows would bring is extrapolated from training on a quarter, a
    half and all rows, the error falling with the square root of their number; it is a rough
    figure.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sknn_tune import diagnose
    >>> X, y = load_digits(return_X_y=True)
    >>> report = diagnose(DecisionTreeClassifier(max_depth=2), X, y, cv=3, random_state=0)
    >>> report.fault
    'high_bias'
    >>> report.advice[0].parameter, report.advice[0].action
    ('max_depth', 'raise')
    """
    _check(estimator, reference, tolerance)
    check_verbose(verbose)
    scorer = make_scorer_of_one_metric(estimator, scoring)
    X, y, groups = indexable(X, y, groups)
    rng = check_random_state(random_state)
    folds = shuffled_folds(estimator, X, y, cv=cv, groups=groups, rng=rng)
    runner = FoldRunner(X, y, folds, scorer, n_jobs, verbose)
    evidence = Evidence(estimator, runner, tolerance, reference, rng)
    parts, significant = decompose(evidence)
    faults = name_faults(evidence, parts, significant)
    return Diagnosis(evidence, faults, parts, advise(estimator, faults, evidence))


def _check(estimator: Any, reference: Any, tolerance: Any) -> None:
    if isinstance(estimator, type) or not (is_classifier(estimator) or is_regressor(estimator)):
        raise TypeError(f"estimator must be a classifier or regressor instance, got {estimator!r}.")
    is_error = is_real(reference) and reference >= 0
    is_model = hasattr(reference, "fit") and not isinstance(reference, type)
    if not (reference is None or is_error or is_model):
        raise ValueError(
            f"reference must be an error of at least 0 or an estimator instance, got {reference!r}."
        )
    if not (is_real(tolerance) and 0 <= tolerance < 1):
        raise ValueError(f"tolerance must be a number in [0, 1), got {tolerance!r}.")
