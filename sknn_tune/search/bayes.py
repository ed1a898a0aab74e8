"""BayesSearchCV: the search class beside GridSearchCV and RandomizedSearchCV."""

import numbers
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import BaseCrossValidator

from sknn_tune.search import compat
from sknn_tune.search.base import SurrogateSearch
from sknn_tune.search.engine.surrogate import Surrogate
from sknn_tune.search.predictions import OutOfFold

_COUNT = compat.Interval(numbers.Integral, 1, None, closed="left")


class BayesSearchCV(SurrogateSearch):
    """Bayesian search over hyperparameters, with `RandomizedSearchCV`'s interface.

    A Gaussian process learns from the configurations evaluated so far which one to try next. All
    configurations see the same splits, which are drawn once. One that cannot be fitted is
    avoided from then on and does not end the search; nor does one whose worker process dies.

    Ctrl-C ends the running search, keeps the trials that are finished and refits the best. A
    second one within five seconds raises KeyboardInterrupt through everything.

    Parameters
    ----------
    estimator : estimator object
        Any scikit-learn estimator; it needs `score`, or give `scoring`.

    param_distributions : dict, list of dict or "auto"
        What `RandomizedSearchCV` and `GridSearchCV` take: parameter names with scipy.stats
        distributions or lists of values. Lists of numbers are taken in order, on a log scale
        where they are geometric, other values as categories. A list of dicts holds branches,
        each with its own parameters, learned in one model. "auto" takes the space that the
        estimator (or the last step of a Pipeline) offers by `_default_param_distributions()`;
        the search then begins with the configurations that it offers by
        `_default_initial_params()`, if any, for at most half of `n_iter`, and expects what it
        says of other data sets by `_default_related_results()` (one objective, no `resource`).

    n_iter : int, default=10
        Number of configurations to evaluate, the known points included. Fewer are evaluated
        where the space is finite and smaller, and with a `resource`.

    scoring : str, callable, list, tuple or dict, default=None
        One metric or several, as in `RandomizedSearchCV`.

    n_jobs : int, default=None
        Number of fits that run at the same time, on joblib's backend. Estimators that say that
        their fits release the GIL, as ours do, run in threads unless `joblib.parallel_config`
        names a backend.

    refit : bool, str or callable, default=True
        Whether to fit the best configuration on all data; the name of the metric to choose by;
        or a function of `cv_results_` that returns the row to choose.

    cv : int, cross-validation generator or iterable, default=None
        The splits, as in `RandomizedSearchCV`; None is 5-fold.

    verbose : int, default=0
        1 shows a progress bar (with rich, in a terminal) or a line for each trial; more shows
        each fit as well, as in `RandomizedSearchCV`.

    pre_dispatch : int or str, default="2*n_jobs"
        As in `RandomizedSearchCV`; used where trials run in batches.

    random_state : int, RandomState instance or None, default=None
        Seed of the search; the same seed gives the same configurations.

    error_score : "raise" or float, default=np.nan
        Score of a fit that failed; "raise" raises the error. Whatever the number, the search
        counts the configuration as failed.

    return_train_score : bool, default=False
        Whether `cv_results_` has scores on the training data as well.

    objective : str, list or None, default=None
        With several metrics, the one that the search maximises; None is the one that `refit`
        names, else the first. A list of two or three makes the search look for the configurations
        that no other beats in all of them: metrics of `scoring` ("-name" where less is better),
        "-fit_time", "-score_time", and functions of a fitted estimator, whose values are
        maximised too. `refit` may then be a rule such as `Knee()`; what speaks of one objective
        (`surrogate_`, the posterior) is about the first.

    selection : {"mean", "posterior"}, default="mean"
        How the winner is chosen: by the best mean score, scikit-learn's rule, or by the best
        posterior mean, which is less sensitive to noise in the scores.

    initial_params : list of dict, default=None
        Configurations to evaluate first, in this order. Each must lie in the space.

    start_from_estimator : bool, default=True
        Whether to evaluate the estimator's own parameters before all others. Left out where
        they lie outside the space (such as `gamma="scale"`) and where `initial_params` fills
        `n_iter`. False also leaves out what the estimator offers with "auto": configurations to
        begin with, which `prior_results` replaces as well, and results of other data sets.

    prior_results : dict, DataFrame or optuna.Study, default=None
        `cv_results_` of an earlier search to learn from, its `search_history`, or a study of
        Optuna with one objective. Its rows are not evaluated again and are not part of the new
        `cv_results_`; those outside the space are left out with a warning, those with less than
        the full `resource` without. Scores should come from the same data and metric; those of a
        study that minimises count negative, as scikit-learn's losses do.

    asynchronous : bool, default=True
        With several workers, whether each gets new work the moment it is free. The trials then
        depend on which fit ends first; False runs them in batches that wait for the last one,
        so that the same seed gives the same trials. Backends of joblib that give no result
        before the last, and searches with scikit-learn's callbacks, always run in batches.

    storage : str or path-like, default=None
        File of a SQLite database that keeps every trial as it ends. `fit` with a file that holds
        trials resumes after them, with the same splits; another space, estimator, data
        or setting is refused, while `n_iter`, `n_jobs`, `max_time`, `verbose` and the like may
        change. A trial at which the process of the search ended is run again in a worker process,
        and has failed if that dies too. `search_history` shows what a file holds. `~` is
        expanded; the folder must exist.

    max_time : float, default=None
        Seconds that `fit` may take, the refit included. No trial starts that, judging from those
        before it, would not end in time; one that runs late is given up with several workers or
        if its estimator asks `sknn_tune.deadline`, as ours do at the end of an epoch. With one
        worker, other estimators may overshoot by the length of one fit. The first trial is
        always run to its end. Where the time is too short for `n_iter`, what configurations take
        is learned, and improvement is weighed against seconds.

    tol : float, default=None
        Ends the search when the expected improvement of the next configuration over the best
        posterior mean, in units of the objective, is smaller. Checked from the tenth successful
        trial on; None never ends a search.

    resource : str, default=None
        What configurations are given little of at first, and more if they do well: a parameter
        of the estimator that counts something, such as "max_iter" or "clf__max_iter", or
        "n_samples", the rows to learn from. `cv_results_` has a row for each amount that a
        configuration was given. The total is what successive halving would give `n_iter`
        configurations, or what starts all of them and trains one in full, if that is more. At most
        `n_iter` are started, as a rule fewer: the search continues the most promising for its
        remaining cost. Fits resume where they were paused if the estimator offers `_can_continue`,
        as ours does for `max_iter`; others are fitted from scratch, and each rung is paid in full.

    min_resources : int or "auto", default="auto"
        What configurations start with, those whose fits cannot be resumed at least; "auto" is
        `max_resources / factor**3`, and of rows at least 10, or 10 for each label.

    max_resources : int or "auto", default="auto"
        The full resource; "auto" is the estimator's own value, or the number of rows.

    factor : float, default=3
        Factor between the rungs of the resource; the larger, the smaller the total.

    keep_predictions : bool, default=False
        Whether to keep the out-of-fold predictions of the 50 best trials, in `out_of_fold_` and
        in `storage`, for `ensemble`. They take 4 bytes for each row and class (or target), packed
        in `storage`; each split costs one more prediction of its test set. Each row must be in
        the test set of a split.

    Attributes
    ----------
    cv_results_ : dict of str to ndarray
        The table of `RandomizedSearchCV` with two more columns: `posterior_mean` and
        `posterior_std`, what the surrogate makes of the objective at each configuration after
        the last trial. With a `resource`, `n_resources`, `iter` (the rung, counted from 0) and
        `configuration`, its number, are there as well, the posterior is that at the full
        resource, and the `best_` attributes are chosen among the rows that had all of it, or the
        most that succeeded.

    best_estimator_ : estimator
        The winner fitted on all data. Not available if `refit=False`.

    best_score_ : float
        Mean score of the winner. Not available if `refit` is a function.

    best_params_ : dict
        Configuration of the winner.

    best_index_ : int
        Row of the winner. With several metrics, the `best_` attributes are there only if
        `refit` is not False.

    out_of_fold_ : OutOfFold
        With `keep_predictions`: `by_trial`, the predictions of the trials that keep them by their
        rows of `cv_results_`, for the rows of the data in `rows`.

    pareto_front_ : DataFrame
        With several objectives: the trials that no other beats in all of them, by their rows of
        `cv_results_`, the best of the first objective first; means over the splits and
        parameters. Needs pandas. `cv_results_` has the same as `objective_<name>` (larger is
        better) and `pareto_optimal`.

    surrogates_ : dict of str to object
        With several objectives: the models of all of them.

    surrogate_ : object
        The model of the objective; `surrogate_.predict(candidates)` takes a list of
        configurations and returns mean and standard deviation. Not available if no trial had a
        finite score.

    scorer_ : callable or dict
        The scorer, or the scorers by name.

    n_splits_ : int
        Number of splits.

    refit_time_ : float
        Seconds that the refit took. Only if `refit` is not False.

    multimetric_ : bool
        Whether there are several metrics.

    classes_ : ndarray of shape (n_classes,)
        Class labels. Only if `refit` is not False and the estimator is a classifier.

    n_features_in_ : int
        Number of features seen during fit, where the estimator has it.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where the estimator has them.

    See Also
    --------
    sklearn.model_selection.RandomizedSearchCV : Tries configurations at random.
    BayesianOptimizer : The engine by itself: ask and tell.

    References
    ----------
    J. Snoek, H. Larochelle, R. Adams. Practical Bayesian optimization of machine learning
    algorithms. NeurIPS 2012.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sknn_tune import BayesSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = BayesSearchCV(
    ...     SVC(),
    ...     {"C": loguniform(1e-3, 1e3), "kernel": ["linear", "rbf"]},
    ...     n_iter=12,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> bool(search.best_score_ > 0.95)
    True
    >>> search.cv_results_["params"][0]  # the estimator's own parameters come first
    {'C': 1.0, 'kernel': 'rbf'}
    """

    best_estimator_: Any
    best_index_: int
    best_params_: dict[str, Any]
    best_score_: float
    cv_results_: dict[str, Any]
    feature_names_in_: NDArray[np.object_]
    multimetric_: bool
    n_splits_: int
    out_of_fold_: OutOfFold
    refit_time_: float
    scorer_: Callable[..., float] | dict[str, Callable[..., float]]
    surrogate_: Surrogate
    surrogates_: dict[str, Surrogate]

    _parameter_constraints: ClassVar[dict] = {
        **compat.BaseSearchCV._parameter_constraints,
        "param_distributions": [dict, list, compat.StrOptions({"auto"})],
        "n_iter": [_COUNT],
        "random_state": ["random_state"],
        "objective": [str, list, tuple, None],
        "selection": [compat.StrOptions({"mean", "posterior"})],
        "initial_params": [list, tuple, None],
        "start_from_estimator": ["boolean"],
        "asynchronous": ["boolean"],
        "storage": [str, os.PathLike, None],
        "max_time": [compat.Interval(numbers.Real, 0, None, closed="neither"), None],
        "tol": [compat.Interval(numbers.Real, 0, None, closed="neither"), None],
        "resource": [str, None],
        "min_resources": [_COUNT, compat.StrOptions({"auto"})],
        "max_resources": [_COUNT, compat.StrOptions({"auto"})],
        "factor": [compat.Interval(numbers.Real, 1, None, closed="neither")],
        "keep_predictions": ["boolean"],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]] | str,
        *,
        n_iter: int = 10,
        scoring: str | Callable | Sequence[str] | Mapping[str, str | Callable] | None = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable = True,
        cv: int | BaseCrossValidator | Iterable | None = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: int | np.random.RandomState | None = None,
        error_score: float | str = np.nan,
        return_train_score: bool = False,
        objective: str | Sequence[str | Callable[[Any], float]] | None = None,
        selection: str = "mean",
        initial_params: Sequence[Mapping[str, Any]] | None = None,
        start_from_estimator: bool = True,
        prior_results: Any = None,
        asynchronous: bool = True,
        storage: str | os.PathLike[str] | None = None,
        max_time: float | None = None,
        tol: float | None = None,
        resource: str | None = None,
        min_resources: int | str = "auto",
        max_resources: int | str = "auto",
        factor: float = 3,
        keep_predictions: bool = False,
    ):
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.random_state = random_state
        self.objective = objective
        self.selection = selection
        self.initial_params = initial_params
        self.start_from_estimator = start_from_estimator
        self.prior_results = prior_results
        self.asynchronous = asynchronous
        self.storage = storage
        self.max_time = max_time
        self.tol = tol
        self.resource = resource
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.factor = factor
        self.keep_predictions = keep_predictions
