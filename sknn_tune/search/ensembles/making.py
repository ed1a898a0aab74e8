"""From a search and the out-of-fold predictions of its trials to a fitted ensemble."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone, is_classifier
from sklearn.utils import indexable

from sknn_tune.common.cv_results import finished_results, leading_metric
from sknn_tune.common.numeric import is_integer
from sknn_tune.search import compat
from sknn_tune.search.ensembles.estimators import (
    SearchEnsembleClassifier,
    SearchEnsembleRegressor,
)
from sknn_tune.search.ensembles.scoring import OneMetric, PredictionScorer
from sknn_tune.search.ensembles.selection import select_members
from sknn_tune.search.predictions import (
    KeptPredictions,
    OutOfFold,
    Outputs,
    check_all_rows_predicted,
)
from sknn_tune.search.trials.splits import draw_splits, tests_of

Ensemble = SearchEnsembleClassifier | SearchEnsembleRegressor


def search_ensemble(
    search: Any,
    X: ArrayLike,
    y: ArrayLike,
    predictions: ArrayLike | Sequence[ArrayLike] | None = None,
    *,
    n_members: int = 10,
    **fit_params: Any,
) -> Ensemble:
    """Make an ensemble of the models that a search has found, and fit it.

    Members are selected with replacement, one at a time, so that the mean of their out-of-fold
    predictions scores best (Caruana et al. 2004), then fitted on all rows. The score is that of
    the search: with several metrics, of the one that `refit` names, else of the objective, else
    of the first; it is computed from predictions alone.

    Parameters
    ----------
    search : fitted search
        `BayesSearchCV` with `keep_predictions=True`, or any search with `cv_results_` whose
        `predictions` are given.

    X : array-like of shape (n_samples, n_features)
        The data of the search.

    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The target of the search.

    predictions : array-like of shape (n_candidates, n_samples[, n_outputs]), default=None
        Out-of-fold predictions of each row of `cv_results_`, as `cross_val_predict` returns
        them: probabilities of a classifier in the order of its sorted labels, else what it
        predicts. None takes those that the search has kept.

    n_members : int, default=10
        Members at most, repeated ones counted as often as they are in.

    **fit_params : dict of str to object
        Parameters of the members' `fit`, of the scorer and the splitter, as in the `fit` of the
        search.

    Returns
    -------
    ensemble : SearchEnsembleClassifier or SearchEnsembleRegressor
        Fitted on all rows.

    Raises
    ------
    TypeError
        If `search` is not fitted.
    ValueError
        If there are no predictions, or not of each row; if `X` and `y` are not those of the
        search; or if the score needs more than predictions.

    References
    ----------
    R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes. Ensemble selection from libraries of
    models. ICML 2004.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import loguniform
    >>> from sklearn.base import clone
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.model_selection import RandomizedSearchCV, cross_val_predict
    >>> from sklearn.svm import SVR
    >>> from sknn_tune import search_ensemble
    >>> X, y = load_diabetes(return_X_y=True)
    >>> space = {"C": loguniform(1, 1e4), "gamma": loguniform(1e-2, 10)}
    >>> search = RandomizedSearchCV(SVR(), space, n_iter=8, random_state=0).fit(X, y)
    >>> predictions = [
    ...     cross_val_predict(clone(search.estimator).set_params(**params), X, y)
    ...     for params in search.cv_results_["params"]
    ... ]
    >>> ensemble = search_ensemble(search, X, y, predictions)
    >>> ensemble.oof_score_ > 0.4
    True
    """
    if not is_integer(n_members) or n_members < 1:
        raise ValueError(f"n_members must be an integer >= 1, got {n_members!r}.")
    results = finished_results(search)
    rows, labels = indexable(X, y)
    params = compat.check_fit_params(X, fit_params)
    routed = compat.route_fit_params(search, params)
    if predictions is None:
        out_of_fold = _kept(search, compat.n_rows(rows))
    else:
        splits = draw_splits(
            search.cv,
            rows,
            labels,
            classifier=is_classifier(search.estimator),
            **routed.splitter.split,
        )
        out_of_fold = _given(search, results, predictions, labels, tests_of(splits, rows))
    metric = leading_metric(search, results)
    scorer = _scorer(search, metric)
    candidates = _candidates(results, metric, out_of_fold)

    def score_on(predicted_rows: NDArray[np.intp]) -> PredictionScorer:
        classes = out_of_fold.classes
        return PredictionScorer(scorer, rows, labels, routed.scorer.score, predicted_rows, classes)

    selection = _Selection(out_of_fold, candidates, score_on, n_members)
    single = float(results[f"mean_test_{metric}"][candidates[0]])
    if predictions is None:
        selection.check_best_score(single, metric)
    counts = selection.select(np.arange(len(out_of_fold.rows)))
    chosen = candidates[np.flatnonzero(counts)]
    ensemble = _make(search, results, chosen, counts[counts > 0] / counts.sum(), metric)
    ensemble.fit(X, y, **routed.estimator.fit)
    ensemble.oof_score_, ensemble.best_single_oof_score_ = selection.cross_fitted_score(), single
    ensemble.candidates_ = chosen.tolist()
    ensemble.params_ = [dict(results["params"][row]) for row in chosen]
    return ensemble


# ------------------------------------------------------------ predictions and candidates
def _kept(search: Any, n_rows: int) -> OutOfFold:
    """The predictions that a search has kept."""
    out_of_fold = getattr(search, "out_of_fold_", None)
    if out_of_fold is None:
        raise ValueError(
            f"{type(search).__name__} has kept no predictions; fit a BayesSearchCV with "
            "keep_predictions=True, or give predictions."
        )
    n_predicted = int(out_of_fold.rows.max()) + 1
    if n_predicted != n_rows:
        raise ValueError(f"X has {n_rows} rows, the data of the search had {n_predicted}.")
    return out_of_fold


def _given(
    search: Any, results: Any, predictions: Any, y: Any, tests: list[NDArray[np.intp]]
) -> OutOfFold:
    """Predictions in the order of the rows, as the splits would have made them."""
    n_candidates, n_rows = len(results["params"]), compat.n_rows(y)
    outputs = Outputs.of(y, classifier=is_classifier(search.estimator))
    array = np.asarray(predictions, dtype=float)
    if array.shape[:2] != (n_candidates, n_rows):
        raise ValueError(
            f"predictions must have the shape ({n_candidates} candidates, {n_rows} rows, "
            f"n_outputs), got {array.shape}."
        )
    array = array.reshape(n_candidates, n_rows, -1)
    if outputs.classes is not None and array.shape[2] != len(outputs.classes):
        raise ValueError(
            f"predictions must be probabilities of {len(outputs.classes)} classes, got "
            f"{array.shape[2]} columns."
        )
    is_whole = np.isfinite(array).all(axis=(1, 2))
    if not is_whole.any():
        raise ValueError("predictions must be finite for all rows of at least one candidate.")
    check_all_rows_predicted(tests, n_rows)
    order = np.concatenate(tests)
    by_trial = {int(i): array[i, order].astype(np.float32) for i in np.flatnonzero(is_whole)}
    return OutOfFold(tests, by_trial, outputs.classes)


def _scorer(search: Any, metric: str) -> Callable[..., float]:
    """The scorer of one metric of a search."""
    if isinstance(search.scorer_, dict):
        return search.scorer_[metric]
    return OneMetric(search.scorer_, metric) if search.multimetric_ else search.scorer_


def _candidates(results: Any, metric: str, out_of_fold: OutOfFold) -> NDArray[np.intp]:
    """Rows that may be members: predicted, of the full resource, the best ones, best first."""
    scores = np.asarray(results[f"mean_test_{metric}"], dtype=float)
    amounts = np.asarray(results.get("n_resources", np.zeros(len(scores))))
    rows = np.array(sorted(out_of_fold.by_trial), dtype=np.intp)
    rows = rows[np.isfinite(scores[rows])]
    if not len(rows):
        raise ValueError(f"No trial has both predictions of all rows and a finite {metric!r}.")
    rows = rows[amounts[rows] == amounts[rows].max()]
    return rows[np.argsort(-scores[rows], kind="stable")][: KeptPredictions.MOST]


# ------------------------------------------------------------ selection and its score
class _Selection:
    """Selects members by some of the predictions, and scores them by others.

    Parameters
    ----------
    out_of_fold : OutOfFold
    candidates : ndarray of int
        Rows of `cv_results_`, best first.
    score_on : callable
        From rows of the data to the score of predictions of them.
    n_members : int
    """

    def __init__(
        self,
        out_of_fold: OutOfFold,
        candidates: NDArray[np.intp],
        score_on: Callable[[NDArray[np.intp]], PredictionScorer],
        n_members: int,
    ) -> None:
        self._predictions = np.array([out_of_fold.by_trial[int(row)] for row in candidates])
        self._rows, self._score_on, self._n_members = out_of_fold.rows, score_on, n_members
        ends = np.cumsum([len(test) for test in out_of_fold.tests])
        self._splits = np.split(np.arange(len(self._rows)), ends[:-1])

    def select(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return how often each candidate is a member, by the predictions at `places`."""
        score = self._score_on(self._rows[places])
        return select_members(score, self._predictions[:, places], self._n_members)

    def cross_fitted_score(self) -> float:
        """Return the mean score over the splits, each by a selection that has not seen its rows."""
        scores = []
        for own in self._splits:
            others = np.flatnonzero(~np.isin(self._rows, self._rows[own]))
            counts = self.select(others)
            blend = np.average(self._predictions[:, own], axis=0, weights=counts)
            scores.append(self._score_on(self._rows[own])(blend))
        return float(np.mean(scores))

    def check_best_score(self, known: float, metric: str) -> None:
        """Raise unless the predictions of the best candidate have the score that is known."""
        best = self._predictions[0]
        found = float(np.mean([self._score_on(self._rows[own])(best[own]) for own in self._splits]))
        if not np.isclose(found, known, rtol=1e-3, atol=1e-6):
            raise ValueError(
                f"The best trial has a {metric!r} of {known:.6g} in cv_results_, but its "
                f"predictions have {found:.6g}. X and y must be those of the search, and the "
                "metric one of predictions alone."
            )


# ------------------------------------------------------------ the estimator
def _make(
    search: Any, results: Any, rows: NDArray[np.intp], weights: NDArray[np.float64], metric: str
) -> Ensemble:
    """The ensemble of some rows of `cv_results_`, not fitted."""
    members = [
        clone(search.estimator).set_params(**clone(results["params"][row], safe=False))
        for row in rows
    ]
    kind = SearchEnsembleClassifier if is_classifier(search.estimator) else SearchEnsembleRegressor
    return kind(
        members,
        weights.tolist(),
        scoring=_scoring(search, metric),
        n_jobs=search.n_jobs,
    )


def _scoring(search: Any, metric: str) -> Any:
    """One metric of a search, as `scoring` takes it."""
    given = search.scoring
    if isinstance(given, dict):
        return given[metric]
    if isinstance(given, list | tuple):
        return metric
    return _scorer(search, metric) if callable(given) else given
