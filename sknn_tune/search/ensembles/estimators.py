"""Estimators that predict the weighted mean of others."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.metrics import check_scoring
from sklearn.utils.validation import check_is_fitted

from sknn_tune.common.numeric import is_real
from sknn_tune.search.estimators import releases_gil
from sknn_tune.search.predictions import Outputs, with_sum_one

if TYPE_CHECKING:
    import onnx


class _SearchEnsemble:
    """What both have in common."""

    members_: list[Any]
    oof_score_: float
    best_single_oof_score_: float
    candidates_: list[int]
    params_: list[dict[str, Any]]

    def __init__(
        self,
        estimators: Sequence[Any],
        weights: Sequence[float],
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.estimators, self.weights = estimators, weights
        self.scoring, self.n_jobs = scoring, n_jobs

    def _fit(self, outputs: Outputs, X: Any, y: Any, fit_params: dict[str, Any]) -> None:
        self._check_parameters()
        prefer = "threads" if all(map(releases_gil, self.estimators)) else None
        self._outputs = outputs
        self.members_ = Parallel(n_jobs=self.n_jobs, prefer=prefer)(
            delayed(_fit_member)(clone(member), X, y, fit_params) for member in self.estimators
        )
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.members_[0], name):
                setattr(self, name, getattr(self.members_[0], name))

    def _check_parameters(self) -> None:
        if len(self.estimators) == 0 or len(self.estimators) != len(self.weights):
            raise ValueError(
                "estimators and weights must have the same length, at least 1, got "
                f"{len(self.estimators)} and {len(self.weights)}."
            )
        if not all(is_real(weight) and 0 < weight < np.inf for weight in self.weights):
            raise ValueError(f"weights must be positive numbers, got {self.weights!r}.")

    def _mean(self, X: Any) -> NDArray[np.float64]:
        """Return the weighted mean of what the members predict, (n_samples, n_outputs)."""
        check_is_fitted(self, "members_")
        parts = [self._outputs.predict(member, X) for member in self.members_]
        return np.average(parts, axis=0, weights=self.weights)

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the score of the predictions by `scoring`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The data.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            By `scoring`; None is the accuracy of a classifier and R² of a regressor.
        """
        given = {} if sample_weight is None else {"sample_weight": sample_weight}
        if self.scoring is None:
            return super().score(X, y, **given)  # type: ignore[misc]
        return check_scoring(self, self.scoring)(self, X, y, **given)

    def to_onnx(self) -> "onnx.ModelProto":
        """Write all members as one ONNX model, where each of them has a `to_onnx` method.

        The model takes what the members take and returns what ``predict`` does: ``prediction`` of
        a regressor, ``label`` and ``probabilities`` of a classifier.

        Returns
        -------
        model : onnx.ModelProto
            The model.

        Raises
        ------
        ImportError
            If `onnx` is not installed; it comes with the extra ``onnx``.
        TypeError
            If a member has no `to_onnx`.
        """
        from sknn_tune.search.ensembles.to_onnx import mean_model

        check_is_fitted(self, "members_")
        return mean_model(self.members_, self.weights)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "members_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        inner = [member.__sklearn_tags__() for member in self.estimators]
        tags.input_tags.allow_nan = all(each.input_tags.allow_nan for each in inner)
        tags.input_tags.sparse = all(each.input_tags.sparse for each in inner)
        tags.input_tags.pairwise = any(each.input_tags.pairwise for each in inner)
        return tags

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        if not hasattr(self, "oof_score_"):
            return super().__repr__(N_CHAR_MAX)  # type: ignore[call-arg]
        order = np.argsort(self.weights)[::-1]
        lines = [
            f"{type(self).__name__} of {len(order)}: out-of-fold score {self.oof_score_:.4g}, "
            f"the best single one {self.best_single_oof_score_:.4g}",
            *(
                f"  {self.weights[i]:.2f}  trial {self.candidates_[i]}: {self.params_[i]}"
                for i in order
            ),
        ]
        return "\n".join(lines)


class SearchEnsembleClassifier(_SearchEnsemble, ClassifierMixin, BaseEstimator):
    """A classifier of weighted members, made of what a search has found.

    `BayesSearchCV.ensemble` and `search_ensemble` make and fit one. Its probabilities are the
    weighted mean of those of the members; a member without `predict_proba` votes for its label.

    Parameters
    ----------
    estimators : list of estimator objects
        The members; `fit` fits clones of them.

    weights : list of float
        Weight of each, positive.

    scoring : str, callable or None, default=None
        What `score` computes; None is the accuracy.

    n_jobs : int, default=None
        Number of members that are fitted at the same time.

    Attributes
    ----------
    members_ : list of estimator objects
        The fitted members.

    oof_score_ : float
        Score of the out-of-fold predictions of the search, on each split by weights that were
        selected on the rows of the others; set by what makes the ensemble.

    best_single_oof_score_ : float
        That of the best single member, as the search reports it: the largest of many.

    candidates_ : list of int
        Row of `cv_results_` that each member is.

    params_ : list of dict
        Configuration of each.

    classes_ : ndarray of shape (n_classes,)
        Class labels.

    n_features_in_ : int
        Number of features seen during fit, where the members have it.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where the members have them.

    See Also
    --------
    SearchEnsembleRegressor : The same for numbers.
    search_ensemble : Makes one of a search.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sknn_tune import BayesSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = BayesSearchCV(
    ...     LogisticRegression(max_iter=1000),
    ...     {"C": loguniform(1e-3, 1e3)},
    ...     n_iter=8,
    ...     scoring="neg_log_loss",
    ...     keep_predictions=True,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> ensemble = search.ensemble(X, y)
    >>> ensemble.predict_proba(X).shape
    (150, 3)
    """

    classes_: NDArray[Any]

    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit a clone of each member.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training data.

        y : array-like of shape (n_samples,)
            Class labels.

        **fit_params : dict of str to object
            Parameters of each member's `fit`.

        Returns
        -------
        self : SearchEnsembleClassifier
            The fitted ensemble.

        Raises
        ------
        ValueError
            If `weights` are not positive numbers, as many as there are `estimators`.
        """
        outputs = Outputs.of(y, classifier=True)
        self._fit(outputs, X, y, fit_params)
        self.classes_ = np.asarray(outputs.classes)
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the weighted mean of the members' probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The data.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        return with_sum_one(self._mean(X))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable label of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The data.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
        """
        return self.classes_[self._mean(X).argmax(axis=1)]


class SearchEnsembleRegressor(_SearchEnsemble, RegressorMixin, BaseEstimator):
    """A regressor of weighted members, made of what a search has found.

    `BayesSearchCV.ensemble` and `search_ensemble` make and fit one. It predicts the weighted mean
    of what the members predict.

    Parameters
    ----------
    estimators : list of estimator objects
        The members; `fit` fits clones of them.

    weights : list of float
        Weight of each, positive.

    scoring : str, callable or None, default=None
        What `score` computes; None is R².

    n_jobs : int, default=None
        Number of members that are fitted at the same time.

    Attributes
    ----------
    members_ : list of estimator objects
        The fitted members.

    oof_score_ : float
        Score of the out-of-fold predictions of the search, on each split by weights that were
        selected on the rows of the others; set by what makes the ensemble.

    best_single_oof_score_ : float
        That of the best single member, as the search reports it: the largest of many.

    candidates_ : list of int
        Row of `cv_results_` that each member is.

    params_ : list of dict
        Configuration of each.

    n_features_in_ : int
        Number of features seen during fit, where the members have it.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where the members have them.

    See Also
    --------
    SearchEnsembleClassifier : The same for labels.
    search_ensemble : Makes one of a search.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from sknn_tune import SearchEnsembleRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> members = [Ridge(0.1), KNeighborsRegressor(20)]
    >>> SearchEnsembleRegressor(members, [0.7, 0.3]).fit(X, y).predict(X).shape
    (442,)
    """

    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit a clone of each member.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training data.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target.

        **fit_params : dict of str to object
            Parameters of each member's `fit`.

        Returns
        -------
        self : SearchEnsembleRegressor
            The fitted ensemble.

        Raises
        ------
        ValueError
            If `weights` are not positive numbers, as many as there are `estimators`.
        """
        self._fit(Outputs(), X, y, fit_params)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the weighted mean of what the members predict.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The data.

        Returns
        -------
        predictions : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Of one output, of shape (n_samples,).
        """
        mean = self._mean(X)
        return mean[:, 0] if mean.shape[1] == 1 else mean


def _fit_member(member: Any, X: Any, y: Any, fit_params: dict[str, Any]) -> Any:
    return member.fit(X, y, **fit_params)
