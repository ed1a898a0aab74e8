"""Every private scikit-learn name that the search needs, in one place.

Works on scikit-learn 1.6 to 1.9. Differences between versions (callbacks came with 1.9) are handled
here, so that the rest of the search need not know the version.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from inspect import signature
from numbers import Real
from types import SimpleNamespace
from typing import Any, TypeVar

from sklearn.base import _fit_context
from sklearn.metrics import check_scoring
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import (
    _fit_and_score,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params
from sklearn.utils.validation import _num_samples as n_rows

from sknn_tune.common.compat import Interval

__all__ = [
    "BaseSearchCV",
    "Callbacks",
    "Interval",
    "StrOptions",
    "check_fit_params",
    "check_refit_for_multimetric",
    "checks_parameters",
    "fit_and_score",
    "format_results",
    "get_scorers",
    "held_out_rows",
    "n_rows",
    "report_failed_fits",
    "route_fit_params",
    "scorers_by_name",
    "select_best_index",
    "take_rows",
    "takes_any_real",
]

#: Parameters of `fit` that belong to no rows of X, however many rows they have.
_VALIDATION_SET = ("X_val", "y_val", "sample_weight_val")
_FIT_KNOWS_CALLBACKS = "callback_ctx" in signature(_fit_and_score).parameters
_Function = TypeVar("_Function", bound=Callable[..., Any])


def checks_parameters(method: _Function) -> _Function:
    """Check the parameters of a search, those of its estimator included, before its fit."""
    return _fit_context(prefer_skip_nested_validation=False)(method)


# ---------------------------------------------------------------- scorers and fit parameters
def get_scorers(search: Any) -> tuple[Any, str]:
    """Return the scorer, or the scorers in one, and the metric that `refit` goes by."""
    try:
        if callable(search.scoring):  # which says it of a metric such as `r2_score`
            check_scoring(search.estimator, search.scoring)
        return search._get_scorers()
    except ValueError as error:
        raise ValueError(f"scoring={search.scoring!r}: {error}") from error


def scorers_by_name(scorers: Any) -> Any:
    """Return `scorers` as the public attribute `scorer_` shows them."""
    return scorers._scorers if isinstance(scorers, _MultimetricScorer) else scorers


def scorer_of(scorers: Any, metric: str) -> Any:
    """Return the scorer of a metric, a single scorer as it is."""
    return scorers._scorers[metric] if isinstance(scorers, _MultimetricScorer) else scorers


def metric_names(search: Any, scorers: Any) -> list[str] | None:
    """Return the names of several metrics, none for a single one, None where not known yet."""
    if isinstance(scorers, _MultimetricScorer):
        return list(scorers._scorers)
    return None if callable(search.scoring) else []


def check_fit_params(X: Any, params: dict[str, Any], rows: Any = None) -> dict[str, Any]:
    """Return the parameters of `fit`, those as long as X made indexable, and cut to `rows`."""
    return _check_method_params(X, params=params, indices=rows)


def take_rows(data: Any, rows: Any) -> Any:
    """Return some rows of an array, a table or a list."""
    return _safe_indexing(data, rows)


def held_out_rows(estimator: Any, X: Any, test: Any, train: Any) -> Any:
    """Return the rows of a split's test set as the estimator predicts from them."""
    return _safe_split(estimator, X, None, test, train)[0]


def route_fit_params(search: Any, params: dict[str, Any]) -> Any:
    """Return what goes to the estimator's fit, to the splitter and to the scorer."""
    return search._get_routed_params_for_fit(params)


def check_refit_for_multimetric(refit: Any, names: Sequence[str]) -> None:
    """Raise unless `refit` says which of several metrics to go by."""
    BaseSearchCV._check_refit_for_multimetric(SimpleNamespace(refit=refit), names)


# ---------------------------------------------------------------- fits and their results
def fit_and_score(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    fit_params: dict[str, Any],
    caller: Any = None,
    callback_context: Any = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """Fit on one split and score on it; a failed fit is part of the answer.

    Where the clock is set back meanwhile, the seconds that were taken are 0.
    """
    whole = {
        name: value
        for name, value in fit_params.items()
        if name.rpartition("__")[2] in _VALIDATION_SET
    }
    if whole:  # scikit-learn cuts every parameter that happens to be as long as X
        estimator.fit = partial(estimator.fit, **whole)
        fit_params = {name: fit_params[name] for name in fit_params.keys() - whole.keys()}
    if _FIT_KNOWS_CALLBACKS:
        kwargs.update(caller=caller, callback_ctx=callback_context)
    try:
        fold = _fit_and_score(
            estimator,
            X,
            y,
            fit_params=fit_params,
            return_n_test_samples=True,
            return_times=True,
            return_parameters=False,
            **kwargs,
        )
        return fold | {name: max(fold[name], 0.0) for name in ("fit_time", "score_time")}
    finally:
        vars(estimator).pop("fit", None)


def report_failed_fits(search: Any, folds: Sequence[Any]) -> None:
    """Warn of failed fits, raise if all failed; what failed gets an error score a metric."""
    _warn_or_raise_about_fit_failures(folds, search.error_score)
    names = next((list(f["test_scores"]) for f in folds if isinstance(f["test_scores"], dict)), [])
    for fold in folds if names else ():
        for part in ("test_scores", "train_scores"):
            # The one score of a fit that failed, or of a callable `scoring` that did.
            if part in fold and not isinstance(fold[part], dict):
                fold[part] = dict.fromkeys(names, fold[part])


def format_results(
    search: Any, params: list[dict[str, Any]], n_splits: int, folds: Sequence[Any]
) -> dict[str, Any]:
    """Return `cv_results_`."""
    return search._format_results(params, n_splits, folds)


def select_best_index(search: Any, metric: Any, results: dict[str, Any]) -> int:
    """Return the row that scikit-learn's rule chooses, or a callable `refit`."""
    return search._select_best_index(search.refit, metric, results)


# ---------------------------------------------------------------- callbacks
class Callbacks:
    """The tree of tasks that scikit-learn's callbacks watch, shaped as in its searches.

    The root is the fit; below it lie the search, with one leaf for each fit of a candidate on a
    split, and the refit. Before scikit-learn 1.9 every method does nothing.

    Parameters
    ----------
    search : BaseSearchCV
        The search being fitted.
    X, y : array-like
        The data, which callbacks may look at.
    sample_weight : array-like or None
        The weights, likewise.
    """

    def __init__(self, search: Any, X: Any, y: Any, sample_weight: Any) -> None:
        self._search = search
        self._fits: Any = None
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._data = {"X": X, "y": y, "metadata": metadata}
        self._root: Any = None
        if hasattr(search, "_init_callback_context"):
            self._root = search._init_callback_context(max_subtasks=1 + (search.refit is not False))
            self._root.call_on_fit_task_begin(estimator=search, **self._data)

    @property
    def watching(self) -> bool:
        """Whether there are callbacks."""
        return bool(getattr(self._search, "_skl_callbacks", None))

    @contextmanager
    def searching(self, n_fits: int) -> Iterator[None]:
        """Surround the trials; `n_fits` is the largest number of fits there can be."""
        if self._root is not None:
            self._fits = self._root.subcontext(
                task_name="search", max_subtasks=n_fits, sequential_subtasks=False
            )
            self._fits.call_on_fit_task_begin(estimator=self._search)
        yield
        if self._root is not None:
            self._fits.call_on_fit_task_end(estimator=self._search)

    def fit_context(self, number: int) -> Any:
        """Return the context of one fit of the search, to be given to `fit_and_score`."""
        if not self.watching:
            return None
        return self._fits.subcontext(task_name="candidate-split-evaluation", task_id=number)

    @contextmanager
    def refitting(self, estimator: Any) -> Iterator[None]:
        """Surround the refit of `estimator`."""
        if self._root is None:
            yield
            return
        context = self._root.subcontext(task_name="refit-with-best-params")
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(estimator=self._search, **self._data)
            yield
        context.call_on_fit_task_end(estimator=self._search, **self._data)

    def end(self) -> None:
        """Close the root."""
        if self._root is not None:
            self._root.call_on_fit_task_end(estimator=self._search, **self._data)


def takes_any_real(estimator: Any, name: str) -> bool:
    """Whether a parameter takes integers as the floats that they equal, by its constraints.

    `C` of an SVC does; `min_samples_leaf` of a tree does not: 1 is one row, 1.0 all of them.
    """
    prefix, _, parameter = name.rpartition("__")
    owner = estimator.get_params(deep=True)[prefix] if prefix else estimator
    constraints = getattr(owner, "_parameter_constraints", {}).get(parameter, ())
    if not isinstance(constraints, list | tuple):  # "no_validation"
        return False
    return any(getattr(allowed, "type", None) is Real for allowed in constraints)
