"""The classifier of tables."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, Literal

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score

from sknn_tune.common.typing import MatrixLike, RandomState
from sknn_tune.mlp.class_weights import class_factors
from sknn_tune.mlp.compat import Interval, StrOptions, constrained
from sknn_tune.mlp.targets import ClassTargets
from sknn_tune.tabular.base import BaseTabularMLP, OutOfFold
from sknn_tune.tabular.calibration import best_temperature, best_weights
from sknn_tune.tabular.docstrings import class_docstring
from sknn_tune.tabular.ensemble import Ensemble
from sknn_tune.tabular.problem import Labelled, Problem
from sknn_tune.tabular.targets import LabelTargets
from sknn_tune.tabular.unseen import UnseenLoss, UnseenScores

_OWN = """
label_smoothing : float, default=0.1
    Share of each label that is spread over all classes in training, in [0, 1). The probabilities
    are made sharp again by `temperature_`.

class_weight : dict, 'balanced' or None, default=None
    Weights of the classes, as factors on the sample weights; 'balanced' gives all classes the
    same total weight.
"""
_OWN_ATTRIBUTES = """
classes_ : ndarray of shape (n_classes,)
    Class labels, sorted; for a label indicator matrix the numbers of its columns.

temperature_ : float
    What raw scores are divided by: of least log-loss on the rows that members have not seen; 1
    where there are none.
"""
_EXAMPLE = """
>>> from sklearn.datasets import load_iris
>>> from sknn_tune import TabularMLPClassifier
>>> X, y = load_iris(return_X_y=True, as_frame=True)
>>> model = TabularMLPClassifier(random_state=0).fit(X, y)
>>> model.oof_score_ > 0.9
True
>>> model.predict_proba(X.iloc[:1]).shape
(1, 3)
"""


@constrained(
    {
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }
)
class TabularMLPClassifier(ClassifierMixin, BaseTabularMLP):
    __doc__ = class_docstring(
        "Classifier of tables: an ensemble of networks that needs no tuning.",
        _OWN,
        _OWN_ATTRIBUTES,
        "HistGradientBoostingClassifier",
        "TabularMLPRegressor : The same for numbers.",
        _EXAMPLE,
    )

    label_smoothing: float
    class_weight: dict | Literal["balanced"] | None

    temperature_: float
    _targets: ClassTargets

    def __init__(
        self,
        n_members: int = 10,
        *,
        hidden_layer_sizes: int | Sequence[int] = (128, 128, 128),
        learning_rate_init: float = 0.005,
        dropout: float = 0.1,
        weight_decay: float = 0.05,
        label_smoothing: float = 0.1,
        class_weight: dict | Literal["balanced"] | None = None,
        numeric_embedding: Literal["auto", "piecewise_linear"] | None = "auto",
        categorical_features: Any = "from_dtype",
        cv: Any = None,
        batch_size: int | Literal["auto", "full"] = "auto",
        max_epochs: int | Literal["auto"] = "auto",
        max_time: float | None = None,
        n_jobs: int | None = None,
        random_state: RandomState = None,
        verbose: bool | int | Literal["progress"] = False,
    ) -> None:
        self.n_members = n_members
        self.hidden_layer_sizes = hidden_layer_sizes
        self.learning_rate_init = learning_rate_init
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.class_weight = class_weight
        self.numeric_embedding = numeric_embedding
        self.categorical_features = categorical_features
        self.cv = cv
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.max_time = max_time
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @property
    def classes_(self) -> np.ndarray:
        """Class labels, sorted."""
        if not hasattr(self, "_targets"):
            raise AttributeError("classes_ exists after fit.")
        return self._targets.classes

    def predict(self, X: MatrixLike) -> Any:
        """Predict classes.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Classes, or a label indicator matrix.
        """
        return self._targets_of_fit().decode(self._predictions(X))

    def predict_proba(self, X: MatrixLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes) or (n_samples, n_labels)
            Probabilities in the order of ``classes_``.
        """
        return self._targets_of_fit().probabilities(self._predictions(X))

    def predict_log_proba(self, X: MatrixLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table.

        Returns
        -------
        log_p : ndarray of shape (n_samples, n_classes) or (n_samples, n_labels)
            ``log(predict_proba(X))``.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def _targets_of_fit(self) -> ClassTargets:
        self._check_fitted()
        return self._targets

    def _learn_targets(self, given: Labelled) -> LabelTargets:
        return LabelTargets(ClassTargets.learn(given.y), float(self.label_smoothing))

    def _class_factors(self, given: Labelled, targets: LabelTargets) -> np.ndarray | float:
        if self.class_weight is None:
            return 1.0
        codes = targets.order(given.y)
        return class_factors(
            self.class_weight, targets.classes, codes, given.weights, incremental=False
        )

    def _keep(self, ensemble: Ensemble, unseen: UnseenScores, problem: Problem) -> None:
        rows, classes = problem.rows, problem.targets.classes
        self._targets, self._oof, self.temperature_ = classes, None, 1.0
        present = rows.weights > 0
        if unseen.covers(present):
            loss = UnseenLoss(rows, problem.targets.measure, problem.targets.n_outputs)
            softened = best_temperature(unseen, loss, ensemble.weights)
            ensemble = ensemble.weighted(best_weights(unseen, loss, softened))
            self.temperature_ = best_temperature(unseen, loss, ensemble.weights)
            p = unseen.predictions(self.temperature_, ensemble.weights)
            score = accuracy_score(
                problem.given.y[present],
                classes.decode(p[present]),
                sample_weight=problem.given.weights[present],
            )
            self._oof = OutOfFold(classes.probabilities(p), float(score))
        self._ensemble = ensemble.cooled(self.temperature_)

    def _onnx_outputs(self, graph: Any, mean: str) -> Any:
        from sknn_tune.interchange.to_onnx import classification

        return classification(graph, mean, self._targets.classes, self._targets.kind)

    def _default_param_distributions(self) -> dict[str, Any]:
        """The space that ``BayesSearchCV(estimator, "auto")`` searches."""
        return {**super()._default_param_distributions(), "label_smoothing": [0.0, 0.05, 0.1, 0.2]}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
