"""BayesSearchCV: the search class beside GridSearchCV and RandomizedSearchCV."""

import numbers
import os
import time
from contextlib import closing
from typing import ClassVar

import numpy as np
from joblib import effective_n_jobs

from sknn_tune.search import compat
from sknn_tune.search.engine.fidelity import FidelityOptimizer, make_resource, resource_columns
from sknn_tune.search.engine.optimizer import BayesianOptimizer
from sknn_tune.search.engine.space import Space
from sknn_tune.search.estimators import (
    check_is_instance,
    check_names,
    default_space,
    own_params,
    releases_gil,
)
from sknn_tune.search.storage.fingerprint import describe_search
from sknn_tune.search.storage.journal import Journal, NoJournal
from sknn_tune.search.storage.prior_results import read_prior_results
from sknn_tune.search.trials.evaluation import Evaluation
from sknn_tune.search.trials.executor import make_executor
from sknn_tune.search.trials.fidelity_plan import FidelityPlan
from sknn_tune.search.trials.objective import Objective
from sknn_tune.search.trials.plan import Plan
from sknn_tune.search.trials.progress import showing_progress
from sknn_tune.search.trials.run import SearchRun
from sknn_tune.search.trials.stopping import Budget, say_why_it_ended

_COUNT = compat.Interval(numbers.Integral, 1, None, closed="left")


class BayesSearchCV(compat.BaseSearchCV):
    """Bayesian search over hyperparameters, with `RandomizedSearchCV`'s interface.

    A Gaussian process learns from the configurations evaluated so far which one to try next. All
    configurations see the same splits, which are drawn once. One that cannot be fitted is
    avoided from then on and does not end the search.

    Parameters
    ----------
    estimator : estimator object
        Any scikit-learn estimator; it needs `score`, or give `scoring`.

    param_distributions : dict, list of dict or "auto"
        What `RandomizedSearchCV` and `GridSearchCV` take: parameter names with scipy.stats
        distributions or lists of values. Lists of numbers are taken in order, on a log scale
        where they are geometric, other values as categories. A list of dicts holds branches,
        each with parameters of its own, learned in one model. "auto" takes the space that the
        estimator (or the last step of a Pipeline) offers by `_default_param_distributions()`.

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

    objective : str, default=None
        With several metrics, the one that the search maximises; None is the one that `refit`
        names, else the first.

    selection : {"mean", "posterior"}, default="mean"
        How the winner is chosen: by the best mean score, scikit-learn's rule, or by the best
        posterior mean, which luck on the splits deceives less where scores are noisy.

    initial_params : list of dict, default=None
        Configurations to evaluate first, in this order. Each must lie in the space.

    start_from_estimator : bool, default=True
        Whether to evaluate the estimator's own parameters before all others. Left out where
        they lie outside the space (such as `gamma="scale"`) and where `initial_params` fills
        `n_iter`.

    prior_results : dict or DataFrame, default=None
        `cv_results_` of an earlier search to learn from. Its rows are not evaluated again and
        are not part of the new `cv_results_`; those outside the space are left out with a
        warning. Scores should come from the same data and metric.

    asynchronous : bool, default=True
        With several workers, whether each gets new work the moment it is free. The trials then
        depend on which fit ends first; False runs them in batches that wait for the last one,
        so that the same seed gives the same trials. Backends of joblib that give no result
        before the last, and searches with scikit-learn's callbacks, always run in batches.

    storage : str or path-like, default=None
        File of a SQLite database that keeps every trial as it ends. `fit` with a file that holds
        trials goes on where they stopped, with the same splits; another space, estimator, data
        or setting is refused, while `n_iter`, `n_jobs`, `max_time`, `verbose` and the like may
        change. `search_history` shows what a file holds.

    max_time : float, default=None
        Seconds that `fit` may take, the refit included. No trial begins that would not end in
        time, as far as those before it tell; one that runs late is given up with several
        workers or if its estimator heeds `sknn_tune.deadline`, as ours do, at the end of an
        epoch. With one worker, other estimators may overshoot by the length of one fit. The
        first trial is always run to its end.

    tol : float, default=None
        The search ends when the next configuration is not expected to gain as much: its expected
        improvement over the best posterior mean, in units of the objective, is smaller. Looked
        at from the tenth successful trial on; None never ends a search.

    resource : str, default=None
        What configurations are first given little of, and more if they do well: a parameter of
        the estimator that counts something, such as "max_iter" or "clf__max_iter", or
        "n_samples", the rows to learn from. `cv_results_` has a row for each amount that a
        configuration was given. The total is what successive halving would give `n_iter`
        configurations, and what carries one of them through. At most `n_iter` are begun, as a
        rule fewer: the search carries on what promises most for what it still costs. Fits go on
        where they were paused if the estimator offers `_can_continue`, as ours does for
        `max_iter`; others are fitted anew, and each rung is paid in full.

    min_resources : int or "auto", default="auto"
        What every configuration begins with; "auto" is `max_resources / factor**3`, and of rows
        at least 10, or 10 for each label.

    max_resources : int or "auto", default="auto"
        The full resource; "auto" is the estimator's own value, or the number of rows.

    factor : float, default=3
        Who goes on is given so many times the resource; the larger, the smaller the total.

    Attributes
    ----------
    cv_results_ : dict of str to ndarray
        The table of `RandomizedSearchCV` with two more columns: `posterior_mean` and
        `posterior_std`, what the surrogate makes of the objective at each configuration after
        the last trial. With a `resource`, `n_resources`, `iter` (how often the configuration had
        gone on) and `configuration`, its number, are there as well, the posterior is that at the
        full resource, and the `best_` attributes are chosen among the rows that had all of it,
        or the most that succeeded.

    best_estimator_ : estimator
        The winner fitted on all data. Not available if `refit=False`.

    best_score_ : float
        Mean score of the winner. Not available if `refit` is a function.

    best_params_ : dict
        Configuration of the winner.

    best_index_ : int
        Row of the winner. With several metrics, the `best_` attributes are there only if
        `refit` is not False.

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
        Number of features seen during fit, where the estimator tells.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where the estimator tells.

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

    _parameter_constraints: ClassVar[dict] = {
        **compat.BaseSearchCV._parameter_constraints,
        "param_distributions": [dict, list, compat.StrOptions({"auto"})],
        "n_iter": [_COUNT],
        "random_state": ["random_state"],
        "objective": [str, None],
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
    }

    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        n_iter=10,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        pre_dispatch="2*n_jobs",
        random_state=None,
        error_score=np.nan,
        return_train_score=False,
        objective=None,
        selection="mean",
        initial_params=None,
        start_from_estimator=True,
        prior_results=None,
        asynchronous=True,
        storage=None,
        max_time=None,
        tol=None,
        resource=None,
        min_resources="auto",
        max_resources="auto",
        factor=3,
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

    @compat.fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, **params):
        """Search, then fit the winner on all data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
            Training data; square for a precomputed kernel or distance matrix.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target; None for unsupervised learning.

        **params : dict of str to object
            Parameters of the estimator's `fit`, the scorer and the splitter. Those with
            n_samples entries are split as X is.

        Returns
        -------
        self : BayesSearchCV
            The fitted search.

        Raises
        ------
        TypeError, ValueError
            If a parameter is wrong, or `storage` holds another search or is in use, before the
            first fit; if all fits failed, after the last.
        OSError
            If `storage` cannot be written. The trials stored before are safe.
        """
        check_is_instance(self.estimator)
        scorers, refit_metric = compat.get_scorers(self)
        objective = Objective(self, compat.scorers_by_name(scorers))
        optimizer = self._make_optimizer(objective, X, y)
        evaluation = Evaluation(self, scorers, X, y, params)

        n_splits = optimizer.scores_per_trial = len(evaluation.splits)
        budget = Budget(self.max_time, bool(self.refit), n_splits)
        plan = (Plan if self.resource is None else FidelityPlan)(optimizer, self.n_iter, self.tol)
        data = {"X": X, "y": y, **params}
        with closing(self._open_journal(optimizer, evaluation.splits, data)) as journal:
            optimizer.seed, evaluation.splits = journal.seed, journal.splits
            if self.resource is not None:
                evaluation.share_out(optimizer.resource, optimizer.seed)
            self._run_trials(plan, objective, evaluation, journal, budget)
        left = budget.left()
        trials = sorted(plan.finished, key=lambda trial: trial.number)
        self.n_splits_, self.scorer_ = n_splits, compat.scorers_by_name(scorers)
        self.cv_results_ = self._tabulate(trials, evaluation, optimizer)
        self._choose(trials, refit_metric)
        if self.refit:
            # Counted from here, as a refit cut short is a poor model.
            end = time.time() + left
            self.best_estimator_, self.refit_time_ = evaluation.refit(self.best_params_, end)
            if hasattr(self.best_estimator_, "feature_names_in_"):
                self.feature_names_in_ = self.best_estimator_.feature_names_in_
        evaluation.callbacks.end()
        return self

    # ------------------------------------------------------------ before the trials
    def _make_optimizer(self, objective, X, y):
        """Check the space and the known points, and return the engine that starts from them."""
        distributions = self.param_distributions
        if isinstance(distributions, str):
            distributions = default_space(self.estimator)
        space = Space(distributions)
        check_names(self.estimator, distributions)
        prior_trials = ()
        if self.prior_results is not None:
            prior_trials = read_prior_results(self.prior_results, space, objective.metric)
        known = {
            "random_state": self.random_state,
            "initial_params": self._known_points(space),
            "prior_trials": prior_trials,
        }
        resource = make_resource(self, space, X, y)
        if resource is None:
            return BayesianOptimizer(space, **known)
        return FidelityOptimizer(distributions, resource, resource.n_design(self.n_iter), **known)

    def _known_points(self, space):
        """The configurations to evaluate first: the estimator's own, then the user's."""
        points = list(self.initial_params or ())
        if len(points) > self.n_iter:
            raise ValueError(
                f"initial_params has {len(points)} configurations, but n_iter={self.n_iter}; "
                "they count in n_iter, raise it."
            )
        for i, point in enumerate(points):
            if not isinstance(point, dict):
                raise TypeError(f"initial_params[{i}] must be a dict, got {point!r}.")
            try:
                space.encode(point)
            except ValueError as error:
                raise ValueError(f"initial_params[{i}]: {error}") from error
        if self.start_from_estimator and len(points) < self.n_iter:
            own = own_params(self.estimator, space)
            if own is not None:
                points.insert(0, own)
        return points

    # ------------------------------------------------------------ the trials
    def _open_journal(self, optimizer, splits, data):
        """Start the stored search or resume it, with the seed and the splits it started with."""
        if self.storage is None:
            return NoJournal(optimizer.seed, splits)
        description = describe_search(
            space=optimizer.space,
            estimator=self.estimator,
            data=data,
            cv=self.cv,
            splits=splits,
            scoring=self.scoring,
            objective=self.objective,
            return_train_score=self.return_train_score,
            resource=getattr(optimizer, "resource", None),
            random_state=self.random_state,
        )
        n_rows = compat.n_rows(data["X"])
        return Journal(self.storage, optimizer.space, description, optimizer.seed, splits, n_rows)

    def _run_trials(self, plan, objective, evaluation, journal, budget):
        """Ask, evaluate, tell until the plan is fulfilled or the time is up."""
        n_splits = len(evaluation.splits)
        n_rungs = 1 if self.resource is None else len(plan.optimizer.resource.rungs)
        executor = make_executor(
            evaluation.tasks,
            n_splits,
            budget.stop,
            n_jobs=self.n_jobs,
            pre_dispatch=self.pre_dispatch,
            asynchronous=self.asynchronous and not evaluation.callbacks.watching,
            prefer="threads" if releases_gil(self.estimator) else None,
        )
        n_side_by_side = min(effective_n_jobs(self.n_jobs), n_splits)
        run = SearchRun(plan, objective, evaluation, journal, budget, n_side_by_side)
        run.resume()
        with (
            evaluation.callbacks.searching(self.n_iter * n_splits * n_rungs),
            showing_progress(self.verbose, plan, n_splits, budget.end) as progress,
        ):
            interrupted = run.run(executor, progress)
        say_why_it_ended(plan, self.n_iter, interrupted)

    # ------------------------------------------------------------ after the trials
    def _tabulate(self, trials, evaluation, optimizer):
        """Return `cv_results_` and keep the surrogate."""
        folds = [fold for trial in trials for fold in trial.folds]
        compat.report_failed_fits(self, folds)
        self.multimetric_ = isinstance(folds[0]["test_scores"], dict)
        params = [evaluation.parameters(trial) for trial in trials]
        results = compat.format_results(self, params, self.n_splits_, folds)
        mean = std = np.full(len(trials), np.nan)
        if np.isfinite([trial.score for trial in trials]).any():
            self.surrogate_ = optimizer.surrogate_
            mean, std = self.surrogate_.predict([trial.params for trial in trials])
        if self.resource is not None:
            results |= resource_columns(trials, optimizer.resource)
        results["posterior_mean"], results["posterior_std"] = mean, std
        return results

    def _choose(self, trials, refit_metric):
        """Set best_index_, best_params_ and best_score_, where scikit-learn sets them."""
        if callable(self.scoring) and self.multimetric_:
            refit_metric = self.refit
        if not self.refit and self.multimetric_:
            return
        results = self.cv_results_
        n_resources = np.array([trial.n_resources or 0 for trial in trials])
        succeeded = np.isfinite([trial.score for trial in trials])
        is_full = n_resources == n_resources[succeeded].max(initial=0)
        among = is_full & succeeded
        if self.selection == "posterior":
            self.best_index_ = int(np.where(among, results["posterior_mean"], -np.inf).argmax())
        elif is_full.all() or callable(self.refit):
            self.best_index_ = compat.select_best_index(self, refit_metric, results)
        else:
            ranks = results[f"rank_test_{refit_metric}"]
            self.best_index_ = int(np.where(among, ranks, len(ranks) + 1).argmin())
        if not callable(self.refit):
            self.best_score_ = results[f"mean_test_{refit_metric}"][self.best_index_]
        self.best_params_ = results["params"][self.best_index_]
