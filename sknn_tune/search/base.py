"""The `fit` of a search: set-up in order, trials, results."""

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike
from sklearn.base import is_classifier

from sknn_tune.common.cv_results import leading_metric, objective_labels
from sknn_tune.search import compat
from sknn_tune.search.engine.costs import FREE, Costs, NoCosts
from sknn_tune.search.engine.fidelity import Rungs
from sknn_tune.search.engine.optimizer import SequentialOptimizer
from sknn_tune.search.engine.pareto_optimizer import ParetoOptimizer, make_optimizer
from sknn_tune.search.engine.space import Space
from sknn_tune.search.ensembles.making import Ensemble, search_ensemble
from sknn_tune.search.estimators import (
    continuing,
    releases_gil,
)
from sknn_tune.search.front import front_columns, front_table
from sknn_tune.search.predictions import OutOfFold, Outputs, check_all_rows_predicted
from sknn_tune.search.resource import Resource
from sknn_tune.search.results import choose_row, tabulate
from sknn_tune.search.set_up import SetUp, set_up
from sknn_tune.search.storage.fingerprint import describe_search
from sknn_tune.search.storage.journal import Journal, NoJournal
from sknn_tune.search.storage.trial_records import TrialRecord
from sknn_tune.search.trials.executor import make_executor
from sknn_tune.search.trials.fidelity_plan import make_plan
from sknn_tune.search.trials.fits import FitData, TrialFits
from sknn_tune.search.trials.objective import Objective
from sknn_tune.search.trials.plan import TrialPlan
from sknn_tune.search.trials.progress import showing_progress
from sknn_tune.search.trials.run import SearchRun
from sknn_tune.search.trials.splits import tests_of
from sknn_tune.search.trials.stopping import Budget, say_why_it_ended

if TYPE_CHECKING:
    import pandas as pd


class SurrogateSearch(compat.BaseSearchCV):
    """A search whose next configuration depends on a model of those before.

    Each part is constructed once and not changed later: the space, the splits, the journal (which
    has the seed and the splits of a stored search), the optimizer, the plan, the fits.
    """

    param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]] | str
    n_iter: int
    random_state: int | np.random.RandomState | None
    objective: str | Sequence[str | Callable[[Any], float]] | None
    selection: str
    initial_params: Sequence[Mapping[str, Any]] | None
    start_from_estimator: bool
    prior_results: Any
    asynchronous: bool
    storage: str | os.PathLike[str] | None
    max_time: float | None
    tol: float | None
    resource: str | None
    min_resources: int | str
    max_resources: int | str
    factor: float
    keep_predictions: bool

    @compat.checks_parameters
    def fit(self, X: ArrayLike, y: ArrayLike | None = None, **params: Any) -> Self:
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
            If a parameter is wrong, or `storage` holds another search, is damaged or in use,
            before the first fit; if all fits failed, after the last.
        OSError
            If `storage` cannot be written, or its folder does not exist. The trials stored before
            are safe.
        """
        given = set_up(self, X, y, params)
        rows, labels, splits, routed = given.rows, given.labels, given.splits, given.routed
        objective, resource, scorers = given.objective, given.resource, given.scorers
        callbacks = compat.Callbacks(self, rows, labels, given.data.get("sample_weight"))
        classifier = is_classifier(self.estimator)
        outputs = self._kept_outputs(labels, classifier, tests_of(splits, rows))
        budget = Budget(self.max_time, bool(self.refit), len(splits))
        with self._open_journal(given) as journal:
            costs = self._make_costs(given.space, budget)
            optimizer = make_optimizer(
                given.space,
                journal.seed,
                max(len(objective.labels), 1),
                rungs=Rungs(resource.name, resource.rungs),
                n_design=resource.n_design(self.n_iter),
                scores_per_trial=len(splits),
                costs=costs,
                **given.known,
            )
            plan = make_plan(optimizer, resource, self.n_iter, self.tol, self._resumes, costs)
            fits = TrialFits(
                self.estimator,
                FitData(rows, labels, journal.splits, routed.estimator.fit),
                resource,
                journal.seed,
                callbacks,
                self.n_iter,
                outputs=outputs,
                measures=objective.measures,
                scorer=scorers,
                score_params=routed.scorer.score,
                return_train_score=self.return_train_score,
                # A number would hide from the search that a scorer failed.
                error_score="raise" if self.error_score == "raise" else np.nan,
                verbose=self.verbose,
                caller=self,
            )
            with callbacks.searching(self.n_iter * len(splits) * len(resource.rungs)):
                trials = self._run_trials(plan, fits, objective, journal, budget, callbacks)
            if outputs is not None:
                self.out_of_fold_ = OutOfFold.of(trials, tests_of(journal.splits, rows), outputs)
        left = budget.left()
        self.n_splits_, self.scorer_ = len(splits), compat.scorers_by_name(scorers)
        self._keep_results(trials, optimizer, objective, resource, given.refit_metric)
        if self.refit:
            self._refit_winner(fits, max(left, budget.refit_seconds(plan.refit_seconds)))
        callbacks.end()
        return self

    def score(self, X: ArrayLike, y: ArrayLike | None = None, **params: Any) -> float:
        """Return the score of the winner on other data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The data.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target; None for unsupervised learning.

        **params : dict of str to object
            Parameters of the scorer.

        Returns
        -------
        score : float
            By the metric that `refit` names; where several metrics meet a function as `refit`,
            by the objective, the first metric of several.
        """
        if not (callable(self.refit) and getattr(self, "multimetric_", False)):
            return super().score(X, y, **params)
        named = copy(self)
        named.refit = leading_metric(self, self.cv_results_)
        return named.score(X, y, **params)

    def ensemble(
        self, X: ArrayLike, y: ArrayLike, n_members: int = 10, **fit_params: Any
    ) -> Ensemble:
        """Make an ensemble of the models that were found, and fit it.

        Needs `keep_predictions=True`. Members are selected with replacement, one at a time, so
        that the mean of their out-of-fold predictions scores best, then fitted on all rows. With
        a `resource`, only trials that had all of it, or the most, are members.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The data of the search.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target of the search.

        n_members : int, default=10
            Members at most, repeated ones counted as often as they are in.

        **fit_params : dict of str to object
            Parameters of the members' `fit`, of the scorer and the splitter, as for `fit`.

        Returns
        -------
        ensemble : SearchEnsembleClassifier or SearchEnsembleRegressor
            Fitted on all rows. `oof_score_` is its score on rows that neither its members nor
            their weights have seen.

        Raises
        ------
        ValueError
            If no predictions were kept, `X` and `y` are not those of the search, or the score
            needs more than predictions.
        """
        return search_ensemble(self, X, y, n_members=n_members, **fit_params)

    @property
    def pareto_front_(self) -> "pd.DataFrame":
        """The configurations on the front of a search with several objectives."""
        if not objective_labels(getattr(self, "cv_results_", {})):
            raise AttributeError("pareto_front_ is there after a search with several objectives.")
        return front_table(self.cv_results_)

    # ------------------------------------------------------------ before the trials
    def _check_storage(self, X: ArrayLike, y: ArrayLike | None = None, **params: Any) -> None:
        """Refuse a stored search that `fit` with the same data could not resume."""
        with self._open_journal(set_up(self, X, y, params)):
            pass

    def _kept_outputs(self, y: Any, classifier: bool, tests: list) -> Outputs | None:
        """Return what is predicted of each row, None where predictions are not kept."""
        if not self.keep_predictions:
            return None
        outputs = Outputs.of(y, classifier=classifier)
        check_all_rows_predicted(tests, compat.n_rows(y))
        return outputs

    def _make_costs(self, space: Space, budget: Budget) -> Costs | NoCosts:
        if self.max_time is None:
            return FREE
        return Costs(space, budget.left, effective_n_jobs(self.n_jobs))

    def _resumes(self, params: Mapping[str, Any]) -> bool:
        """Whether fits of a configuration resume with more of the resource."""
        return bool(continuing(self.estimator, dict(params), self.resource))

    def _open_journal(self, given: SetUp) -> Journal | NoJournal:
        """Start the stored search or resume it, with the seed and the splits it started with."""
        if self.storage is None:
            return NoJournal(given.seed, given.splits)
        description = describe_search(
            space=given.space,
            estimator=self.estimator,
            data=given.data,
            cv=self.cv,
            splits=given.splits,
            scoring=self.scoring,
            metrics=given.metrics,
            objective=self.objective,
            return_train_score=self.return_train_score,
            resource=given.resource,
            random_state=self.random_state,
            keep_predictions=self.keep_predictions,
            measures=given.objective.measures,
        )
        n_rows = compat.n_rows(given.data["X"])
        return Journal(self.storage, given.space, description, given.seed, given.splits, n_rows)

    # ------------------------------------------------------------ the trials
    def _run_trials(
        self,
        plan: TrialPlan,
        fits: TrialFits,
        objective: Objective,
        journal: Journal | NoJournal,
        budget: Budget,
        callbacks: compat.Callbacks,
    ) -> list[TrialRecord]:
        """Plan and evaluate trials until the plan is complete or the time is up."""
        n_splits = len(journal.splits)
        executor = make_executor(
            n_splits,
            budget.stop,
            n_jobs=self.n_jobs,
            pre_dispatch=self.pre_dispatch,
            asynchronous=self.asynchronous and not callbacks.watching,
            prefer="threads" if releases_gil(self.estimator) else None,
        )
        n_parallel = min(effective_n_jobs(self.n_jobs), n_splits)
        run = SearchRun(plan, fits, objective, journal, budget, n_parallel)
        run.resume()
        with showing_progress(self.verbose, plan, n_splits, budget.end) as progress:
            interrupted = run.run(executor, progress)
        say_why_it_ended(plan, self.n_iter, interrupted)
        return sorted(plan.finished, key=lambda trial: trial.number)

    # ------------------------------------------------------------ after the trials
    def _refit_winner(self, fits: TrialFits, seconds: float) -> None:
        """Fit the winner on all data, in as many seconds as there are."""
        # Counted from here, since a refit that is cut short gives a poor model.
        end = time.time() + seconds
        self.best_estimator_, self.refit_time_ = fits.refit(self.best_params_, end)
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_

    def _keep_results(
        self,
        trials: Sequence[TrialRecord],
        optimizer: SequentialOptimizer,
        objective: Objective,
        resource: Resource,
        refit_metric: str | Callable,
    ) -> None:
        """Set the table, and the best_ attributes where scikit-learn sets them."""
        surrogate = None
        if any(math.isfinite(trial.score) for trial in trials):
            surrogate = self.surrogate_ = optimizer.surrogate_
            if isinstance(optimizer, ParetoOptimizer):
                self.surrogates_ = dict(zip(objective.labels, optimizer.surrogates_, strict=True))
        self.cv_results_ = tabulate(self, trials, resource, surrogate)
        self.cv_results_ |= front_columns(objective.labels, trials)
        folds = (fold for trial in trials for fold in trial.folds)
        self.multimetric_ = any(isinstance(fold["test_scores"], dict) for fold in folds)
        if callable(self.scoring) and self.multimetric_:
            refit_metric = self.refit
        if not self.refit and self.multimetric_:
            return
        row = choose_row(self, self.cv_results_, trials, refit_metric, self.selection)
        self.best_index_, self.best_params_ = row, self.cv_results_["params"][row]
        if not callable(self.refit):
            self.best_score_ = self.cv_results_[f"mean_test_{refit_metric}"][row]
