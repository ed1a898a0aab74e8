"""What TabularMLPClassifier and TabularMLPRegressor share: from a table to an ensemble.

A fit reads the table (`columns`), encodes it (`encoding`), chooses the rows that each member leaves
out (`folds`), trains the members in threads (`training`, `member`), and keeps their predictions of
these rows (`unseen`).
"""

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from copy import copy
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sknn_tune.common.layer_sizes import hidden_layers
from sknn_tune.common.typing import MatrixLike, RandomState
from sknn_tune.mlp.compat import Estimator, Interval, StrOptions, checks_parameters, constrained
from sknn_tune.mlp.configuration import LossOption
from sknn_tune.mlp.undo import Undo
from sknn_tune.mlp.watching import watchers_of
from sknn_tune.tabular.columns import Schema, read_table
from sknn_tune.tabular.encoding import TableEncoder
from sknn_tune.tabular.ensemble import Ensemble
from sknn_tune.tabular.folds import splits_of_members, without_folds
from sknn_tune.tabular.importance import UnseenRows, permutation_importances
from sknn_tune.tabular.problem import Labelled, Problem, rows_to_learn, rows_to_validate
from sknn_tune.tabular.stored_state import check_stored
from sknn_tune.tabular.targets import Targets
from sknn_tune.tabular.training import Training
from sknn_tune.tabular.unseen import UnseenScores

if TYPE_CHECKING:
    import onnx

_AUTO = StrOptions({"auto"})
_CONSTRAINTS: dict[str, list] = {
    "n_members": [Interval(Integral, 1, None, closed="left")],
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "numeric_embedding": [StrOptions({"auto", "piecewise_linear"}), None],
    "categorical_features": [StrOptions({"from_dtype"}), "array-like", None],
    "cv": ["cv_object"],
    "batch_size": [StrOptions({"auto", "full"}), Interval(Integral, 1, None, closed="left")],
    "max_epochs": [_AUTO, Interval(Integral, 1, None, closed="left")],
    "max_time": [Interval(Real, 0, None, closed="neither"), None],
    "n_jobs": [Integral, None],
    "random_state": ["random_state"],
    "verbose": ["verbose", StrOptions({"progress"})],
}


class OutOfFold(NamedTuple):
    """Predictions of rows by members that have not seen them."""

    prediction: np.ndarray
    score: float


@constrained(_CONSTRAINTS)
class BaseTabularMLP(Estimator, metaclass=ABCMeta):
    """Base of the two estimators; not for direct use."""

    n_members: int
    hidden_layer_sizes: int | Sequence[int]
    learning_rate_init: float
    dropout: float
    weight_decay: float
    numeric_embedding: Literal["auto", "piecewise_linear"] | None
    categorical_features: Any
    cv: Any
    batch_size: int | Literal["auto", "full"]
    max_epochs: int | Literal["auto"]
    max_time: float | None
    n_jobs: int | None
    random_state: RandomState
    verbose: bool | int | Literal["progress"]

    n_features_in_: int
    feature_names_in_: np.ndarray
    loss_curves_: list[list[float]]
    validation_loss_curves_: list[list[float]]
    n_epochs_: list[int]
    member_weights_: np.ndarray

    _schema: Schema
    _encoder: TableEncoder
    _ensemble: Ensemble
    _oof: OutOfFold | None
    _unseen_rows: UnseenRows
    _measure: LossOption

    #: Fits run side by side in threads; a search with several workers then prefers threads.
    _releases_gil = True

    @checks_parameters
    def fit(
        self,
        X: MatrixLike,
        y: MatrixLike,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        X_val: MatrixLike | None = None,
        y_val: MatrixLike | None = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Fit the members.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_features)
            The table. Missing values are NaN, None or what the data frame has for them.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, a label indicator matrix, or numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; None weighs all as 1.
        groups : array-like of shape (n_samples,), default=None
            Samples of a group are never divided between what a member learns from and what it
            does not see.
        X_val : data frame or array-like of shape (n_val, n_features), default=None
            A validation set, which then tells all members when to stop; they learn from all of
            X, and there is no out-of-fold prediction.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Targets of the validation set.
        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of the validation set; None weighs all as 1.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or the data is out of range, or training diverged.
        """
        with Undo(self):
            watchers = watchers_of(self, X, y, sample_weight)
            problem = self._problem(X, y, sample_weight, groups, (X_val, y_val, sample_weight_val))
            with watchers:
                training = Training(self, problem)
                members = training.run(watchers)
                watchers.end()
            self._schema, self._encoder = problem.schema, problem.encoder
            self._unseen_rows = UnseenRows.of(problem.rows, problem.splits)
            self._measure = problem.targets.measure
            self.loss_curves_ = [member.losses for member in members]
            self.validation_loss_curves_ = [member.unseen_losses for member in members]
            self.n_epochs_ = [member.best_epoch for member in members]
            self._keep(training.ensemble(members), training.unseen_scores(members), problem)
            self.member_weights_ = self._ensemble.weights
        return self

    def _problem(
        self, X: Any, y: Any, sample_weight: Any, groups: Any, validation_set: tuple
    ) -> Problem:
        """Check and encode the data; choose the rows of each member."""
        schema, given = rows_to_learn(self, X, y, sample_weight)
        to_validate = rows_to_validate(self, validation_set, schema)
        targets = self._learn_targets(given)
        factors = self._class_factors(given, targets)
        encoder = TableEncoder.learn(given.table, given.weights)
        present = given.weights * factors > 0
        # Sums over all rows lose digits in float32.
        dtype = np.dtype(np.float64 if self.batch_size == "full" else np.float32)
        if not present.any():
            raise ValueError("class_weight leaves no sample a weight above zero.")
        if to_validate is None:
            order, stream = targets.order(given.y), check_random_state(self.random_state)
            splits = splits_of_members(self.n_members, self.cv, order, present, groups, stream)
        else:
            splits = without_folds(self.n_members, present)
        return Problem(
            schema,
            encoder,
            targets,
            given,
            given.encode(encoder, targets, dtype, factors),
            splits,
            to_validate and to_validate.encode(encoder, targets, dtype),
        )

    # --- what differs by kind of target -------------------------------------------------------

    @abstractmethod
    def _learn_targets(self, given: Labelled) -> Targets:
        """Learn what kind of targets y are."""

    def _class_factors(self, given: Labelled, targets: Any) -> np.ndarray | float:
        """Factors on the sample weights."""
        return 1.0

    @abstractmethod
    def _keep(self, ensemble: Ensemble, unseen: UnseenScores, problem: Problem) -> None:
        """Keep what was fitted."""

    # --- prediction ---------------------------------------------------------------------------

    def _predictions(self, X: Any) -> np.ndarray:
        """Mean outputs of the members after their link, of shape (n_samples, n_outputs)."""
        self._check_fitted()
        table = read_table(self, X, self._schema)
        inputs = self._encoder.encode(table, self._ensemble.dtype)
        return self._ensemble.predict(inputs, self.n_jobs)

    def _check_fitted(self) -> None:
        check_is_fitted(self)
        check_stored(vars(self))

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "_ensemble" in vars(self):
            check_stored(vars(self))

    # --- out-of-fold results ------------------------------------------------------------------

    @property
    def oof_prediction_(self) -> np.ndarray:
        """Predictions of the rows of `fit` by the members that have not seen them.

        Of shape (n_samples,) or (n_samples, n_outputs), probabilities of a classifier; NaN for
        rows without weight.
        """
        return self._out_of_fold("oof_prediction_").prediction

    @property
    def oof_score_(self) -> float:
        """Score of `oof_prediction_`, as `score` computes it."""
        return self._out_of_fold("oof_score_").score

    @property
    def feature_importances_(self) -> np.ndarray:
        """How much the loss on unseen rows rises when a column is shuffled; computed when read."""
        self._out_of_fold("feature_importances_")
        self._check_fitted()
        columns = self._encoder.columns_of(self._schema.is_categorical)
        return permutation_importances(self._ensemble, self._unseen_rows, self._measure, columns)

    def _of_each_fold(self) -> list[Self]:
        """Estimators of those members that left out the same rows, one for each such fold.

        A row of `fit` is predicted by one of them in `oof_prediction_`; new rows by any.
        """
        unseen_by = self._unseen_rows.unseen_by
        folds = np.unique(unseen_by[:, unseen_by.any(axis=0)], axis=1).T
        of_folds = [(unseen_by == fold[:, np.newaxis]).all(axis=0) for fold in folds]
        return [self._of_members(np.flatnonzero(members)) for members in of_folds]

    def _of_members(self, members: np.ndarray) -> Self:
        """An estimator of some of the members, given by their numbers."""
        estimator = copy(self)
        estimator._ensemble = self._ensemble.only(members)
        estimator._unseen_rows = self._unseen_rows.of_members(members)
        return estimator

    def _out_of_fold(self, name):
        if not hasattr(self, "_oof"):
            raise AttributeError(f"{name} exists after fit.")
        if self._oof is None:
            raise AttributeError(
                f"{type(self).__name__} has no {name}: it needs each row to be unseen by some "
                "member. Fit without X_val, with cv=None and at least five members, or with a cv "
                "that holds out each row for some member."
            )
        return self._oof

    # --- interchange --------------------------------------------------------------------------

    def to_onnx(self) -> "onnx.ModelProto":
        """Write encoding and members as an ONNX model, for other runtimes and languages.

        A model of an array of numbers takes ``X``, float64 of shape (n, n_features). A model of a
        data frame takes each column by its name, of shape (n, 1): numbers as float64, NaN where
        missing, categories as strings or int64; an empty string is a missing category. It
        returns what ``predict`` does: ``prediction`` of a regressor, ``label`` and
        ``probabilities`` of a classifier. Members compute in float32.

        Returns
        -------
        model : onnx.ModelProto
            The model.

        Raises
        ------
        ImportError
            If `onnx` is not installed; it comes with the extra ``onnx``.
        ValueError
            If a column has categories that are neither strings nor integers.
        """
        from sknn_tune.interchange.to_onnx import empty_graph
        from sknn_tune.tabular.to_onnx import mean_outputs

        check_is_fitted(self)
        graph = empty_graph()
        mean, inputs = mean_outputs(graph, self._schema, self._encoder, self._ensemble)
        return graph.model(inputs, self._onnx_outputs(graph, mean))

    @abstractmethod
    def _onnx_outputs(self, graph: Any, mean: str) -> Any:
        """Write what ``predict`` returns, from the mean prediction of the members."""

    # --- scikit-learn's and the search's protocols --------------------------------------------

    def _default_param_distributions(self) -> dict[str, Any]:
        """The space that ``BayesSearchCV(estimator, "auto")`` searches."""
        return {
            "hidden_layer_sizes": hidden_layers(n_layers=(1, 4), units=(32, 512)),
            "learning_rate_init": loguniform(5e-4, 2e-2),
            "dropout": uniform(0.0, 0.5),
            "weight_decay": loguniform(1e-3, 1.0),
            "numeric_embedding": ["auto", "piecewise_linear", None],
        }

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.non_deterministic = False
        return tags
