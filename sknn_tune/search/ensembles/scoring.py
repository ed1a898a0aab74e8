"""Scores of predictions that are there already, by the scorers that a search used."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from sknn_tune.search import compat
from sknn_tune.search.predictions import with_sum_one


class OneMetric:
    """One metric of a callable `scoring` that returns several.

    Parameters
    ----------
    scoring : callable
    metric : str
    """

    def __init__(self, scoring: Callable[..., Mapping[str, float]], metric: str) -> None:
        self.scoring, self.metric = scoring, metric

    def __call__(self, estimator: Any, X: Any, y: Any = None, **params: Any) -> float:
        return self.scoring(estimator, X, y, **params)[self.metric]


class PredictedClassifier(ClassifierMixin, BaseEstimator):
    """Predicts the same rows, whatever `X` is.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes)
    classes : ndarray of shape (n_classes,)
    """

    def __init__(self, probabilities: Any, classes: Any) -> None:
        self.probabilities, self.classes = probabilities, classes

    @property
    def classes_(self) -> NDArray[Any]:
        """Labels of the columns."""
        return self.classes

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probabilities."""
        return self.probabilities

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable labels."""
        return self.classes[self.probabilities.argmax(axis=1)]

    def __sklearn_is_fitted__(self) -> bool:
        return True


class PredictedRegressor(RegressorMixin, BaseEstimator):
    """Predicts the same rows, whatever `X` is.

    Parameters
    ----------
    prediction : ndarray of shape (n_samples,) or (n_samples, n_outputs)
    """

    def __init__(self, prediction: Any) -> None:
        self.prediction = prediction

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the predictions."""
        return self.prediction

    def __sklearn_is_fitted__(self) -> bool:
        return True


class PredictionScorer:
    """Scores predictions of some rows as a scorer scores an estimator on them.

    Parameters
    ----------
    scorer : callable
        Of one metric.
    X, y : array-like
        All rows.
    params : dict
        What the scorer takes besides.
    rows : ndarray of int
        Those that are predicted.
    classes : ndarray or None
        Of a classifier.
    """

    def __init__(
        self,
        scorer: Callable[..., float],
        X: Any,
        y: Any,
        params: Mapping[str, Any],
        rows: NDArray[np.intp],
        classes: NDArray[Any] | None,
    ) -> None:
        self._scorer, self._classes = scorer, classes
        self._X, self._y = compat.take_rows(X, rows), compat.take_rows(y, rows)
        self._params = compat.check_fit_params(X, dict(params), rows)

    def __call__(self, predictions: NDArray[np.floating]) -> float:
        """Return the score of predictions, (n_rows, n_outputs)."""
        predicted: Any
        if self._classes is None:
            # A single output has the shape of the target.
            is_flat = predictions.shape[1] == 1 and np.ndim(self._y) == 1
            predicted = PredictedRegressor(predictions[:, 0] if is_flat else predictions)
        else:
            predicted = PredictedClassifier(with_sum_one(predictions), self._classes)
        # Thousands are scored, and were checked when they were made.
        with config_context(assume_finite=True, skip_parameter_validation=True):
            return float(self._scorer(predicted, self._X, self._y, **self._params))
