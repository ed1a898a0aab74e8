"""What MLPClassifier and MLPRegressor share: scikit-learn's interface to a network.

An estimator keeps its parameters and its fitted attributes. The work is done by objects and
functions with explicit arguments: `configure` reads the options, `training_rows` checks the data,
`FittedNetwork` holds the numbers, `StochasticFit` and `fit_lbfgs` train, and a `Checkpoint` is
what a later fit resumes.
"""

from abc import ABCMeta, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sknn_tune.common.random_stream import random_stream
from sknn_tune.common.typing import MatrixLike
from sknn_tune.mlp.checkpoint import Checkpoint, Identity, Start, StartMode, settings_of, start_from
from sknn_tune.mlp.compat import check_parameters, checks_parameters
from sknn_tune.mlp.configuration import (
    Configuration,
    LossOption,
    configure,
    follows_max_iter,
    schedule_of,
)
from sknn_tune.mlp.fitted_network import FittedNetwork
from sknn_tune.mlp.history import CURVES
from sknn_tune.mlp.lbfgs_fit import fit_lbfgs
from sknn_tune.mlp.parameters import Parameters
from sknn_tune.mlp.problem import Problem
from sknn_tune.mlp.samples import (
    Samples,
    Targets,
    check_total,
    prediction_rows,
    training_rows,
    validation_samples,
)
from sknn_tune.mlp.stochastic_fit import StochasticFit
from sknn_tune.mlp.stored_state import check_fitted, damaged
from sknn_tune.mlp.undo import Undo
from sknn_tune.mlp.validation import make_score
from sknn_tune.mlp.watching import Watchers, watchers_of
from sknn_tune.network.prediction import Predictor

if TYPE_CHECKING:
    import onnx


class BaseMLP(Parameters, metaclass=ABCMeta):
    """Base of the two estimators; not for direct use."""

    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]
    n_iter_: int
    n_layers_: int
    n_outputs_: int
    out_activation_: str
    loss_: float
    best_loss_: float | None
    loss_curve_: list[float]
    learning_rate_curve_: list[float]
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    validation_loss_curve_: list[float] | None
    t_: int
    n_features_in_: int
    feature_names_in_: np.ndarray

    _network: FittedNetwork
    _checkpoint: Checkpoint | None

    #: Fits run side by side in threads; a search with several workers then prefers threads.
    _releases_gil = True

    @property
    def _fitted_network(self) -> FittedNetwork:
        """The network as the public lists have it now."""
        check_is_fitted(self)
        network = self.__dict__.get("_network")
        if not isinstance(network, FittedNetwork):
            raise damaged("_network", network)
        return network.with_parts(self.coefs_, self.intercepts_)

    # --- fitting ------------------------------------------------------------------------------

    @checks_parameters
    def fit(
        self,
        X: MatrixLike,
        y: MatrixLike,
        sample_weight: Any = None,
        *,
        X_val: MatrixLike | None = None,
        y_val: MatrixLike | None = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Fit the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input; float32 trains in float32, at twice the speed, all else in float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, a label indicator matrix, or numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; None weighs all as 1.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Input of a validation set, of at least two rows. Loss and score on it are recorded
            after each epoch; with ``early_stopping`` they stop the training and choose the epoch,
            and no rows of X are held out. In a Pipeline it is transformed as X is with
            ``Pipeline(..., transform_input=["X_val"])``. Not used by 'lbfgs'.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Targets of the validation set.
        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of the validation set; None weighs all as 1. ``class_weight`` does not act
            on them.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or the data is out of range, training diverged, or a fit with
            ``warm_start="continue"`` gets other data or settings than the one before.
        """
        return self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val), self._start_mode())

    def _partial_fit(
        self, X: Any, y: Any, sample_weight: Any, validation_set: tuple, classes: Any = None
    ) -> Self:
        """Make one epoch."""
        if self.early_stopping and validation_set[0] is None:
            raise ValueError(
                "partial_fit does not support early_stopping=True without a validation set; pass "
                "X_val and y_val."
            )
        if not hasattr(self, "_network"):
            return self._fit(X, y, sample_weight, validation_set, StartMode.FIRST_BATCH, classes)
        check_parameters(self)  # scikit-learn checks them before the first call only
        return self._fit(X, y, sample_weight, validation_set, StartMode.NEXT_BATCH, classes)

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation_set: tuple,
        mode: StartMode,
        classes: Any = None,
    ) -> Self:
        """Fit; restore the estimator after an error, unless training was resumed."""
        with Undo(self) as undo:
            if not mode.is_from_scratch:
                check_fitted(self.__dict__, curves=False)
            configuration = configure(self)
            settings = self._settings(configuration, mode)
            problem = self._problem(X, y, sample_weight, validation_set, mode, classes)
            stream = random_stream(self.random_state)
            network = self._make_network(configuration, problem, mode, stream)
            identity = Identity(settings, problem.fingerprint()) if settings else None
            start = start_from(mode, self._checkpoint, vars(self), stream, identity)
            self._show(network)
            self.n_outputs_ = problem.targets.n_outputs
            self.out_activation_ = problem.loss.link
            watchers = Watchers() if mode.is_partial_fit else watchers_of(self, X, y, sample_weight)
            undo.is_possible = mode.is_from_scratch  # or else parameters change in place
            with watchers:
                self._train(configuration, problem, start, watchers)
        return self

    def _settings(self, configuration: Configuration, mode: StartMode) -> dict[str, Any] | None:
        """Settings that a later fit must match to continue this one; None if no fit may."""
        if not configuration.resumes_exactly or mode.is_partial_fit:
            return None
        settings = settings_of(self.get_params(deep=False))
        if mode is StartMode.CONTINUE:
            assert self._checkpoint is not None
            assert self._checkpoint.run is not None
            self._checkpoint.run.check_settings(settings, configuration.max_iter, self.n_iter_)
        return settings

    def _problem(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation_set: tuple,
        mode: StartMode,
        classes: Any,
    ) -> Problem:
        """Check and encode the data."""
        dtype = None if mode.is_from_scratch else self._network.dtype
        rows = training_rows(self, X, y, sample_weight, dtype)
        targets = self._learn_targets(rows.y, mode, classes)
        codes = targets.encode(rows.y, rows.X.dtype)
        weights = self._weigh_classes(rows.weights, codes, targets, mode)
        if sample_weight is not None or weights is not rows.weights:  # or else all are 1
            if not weights.any():
                raise ValueError(
                    "sample_weight or class_weight leaves no sample a weight above zero."
                )
            check_total(weights)
        return Problem(
            Samples(rows.X, codes, weights, rows.given),
            validation_samples(self, validation_set, targets, rows.X.dtype),
            targets,
            self._loss(targets),
            make_score(self, self._score_predictions),
        )

    def _make_network(
        self,
        configuration: Configuration,
        problem: Problem,
        mode: StartMode,
        stream: np.random.RandomState,
    ) -> FittedNetwork:
        """The network where training starts."""
        n_outputs = problem.targets.n_outputs
        sizes = (self.n_features_in_, *configuration.hidden_widths, n_outputs)
        if not mode.is_from_scratch:
            return self._fitted_network.with_options(configuration.architecture, sizes)
        for name in CURVES:
            self.__dict__.pop(name, None)
        self.n_iter_ = self.t_ = 0
        self._checkpoint = None
        return FittedNetwork.draw(
            configuration.architecture,
            sizes,
            problem.samples.X.dtype,
            initializer=configuration.initializer,
            zero_output=configuration.zero_output,
            random_state=stream,
        )

    def _show(self, network: FittedNetwork) -> None:
        """Set the attributes that hold the network."""
        self._network, self.n_layers_ = network, len(network.sizes)
        self.coefs_, self.intercepts_ = network.lists()

    def _train(
        self, configuration: Configuration, problem: Problem, start: Start, watchers: Watchers
    ) -> None:
        network, publish = self._network, self.__dict__.update
        if configuration.solver == "lbfgs":
            fit_lbfgs(configuration, network, problem, publish, watchers)
        else:
            if self._checkpoint is not None:  # a fit that fails cannot be continued exactly
                self._checkpoint = replace(self._checkpoint, run=None)
            fit = StochasticFit(configuration, network, problem, start, publish, watchers)
            self._checkpoint = fit.run()
        watchers.end()

    def _start_mode(self) -> StartMode:
        """How `fit` starts."""
        if not hasattr(self, "_network"):
            return StartMode.FROM_SCRATCH
        if self.warm_start == "continue":
            run = getattr(self._checkpoint, "run", None)
            return StartMode.FROM_SCRATCH if run is None else StartMode.CONTINUE
        return StartMode.WARM_START if self.warm_start else StartMode.FROM_SCRATCH

    # --- what differs by kind of target -------------------------------------------------------

    @abstractmethod
    def _learn_targets(self, y: Any, mode: StartMode, classes: Any) -> Targets:
        """Determine the kind of targets of y, or check that it is that of the fit before."""

    @abstractmethod
    def _loss(self, targets: Any) -> LossOption:
        """The loss of targets."""

    @abstractmethod
    def _score_predictions(
        self, predictions: np.ndarray, targets: np.ndarray, weights: np.ndarray
    ) -> float:
        """The validation score of ``scoring=None``."""

    def _weigh_classes(
        self, weights: np.ndarray, codes: np.ndarray, targets: Any, mode: StartMode
    ) -> np.ndarray:
        """Sample weights times class weights."""
        return weights

    # --- prediction ---------------------------------------------------------------------------

    def _predictions(self, X: Any) -> np.ndarray:
        """Outputs of the network after its link, of shape (n_samples, n_outputs)."""
        network = self._fitted_network
        X = prediction_rows(self, X, network.dtype)
        return Predictor(*network.arrays_for(X), X, self.out_activation_)()

    # --- interchange --------------------------------------------------------------------------

    def to_sklearn(self) -> Any:
        """Copy the network into scikit-learn's own estimator of the same name.

        Parameters that it does not have, and values it does not allow, are left at its defaults;
        the predictions are the same.

        Returns
        -------
        estimator : sklearn.neural_network.MLPClassifier or MLPRegressor
            A fitted estimator with these weights.

        Raises
        ------
        ValueError
            If the network has batch normalisation, residual connections, several activations, or
            an activation that scikit-learn does not have.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sknn_tune import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier((5,), tol=1e-2, random_state=0).fit(X, y)
        >>> theirs = model.to_sklearn()
        >>> bool((theirs.predict(X) == model.predict(X)).all())
        True
        """
        from sknn_tune.interchange.to_sklearn import to_sklearn

        return to_sklearn(self, self._fitted_network.architecture, *self._classes_and_kind())

    def to_onnx(self) -> "onnx.ModelProto":
        """Write the network as an ONNX model, which other runtimes and languages can predict with.

        The model takes ``X``, float32 of shape (n, n_features), and returns what ``predict`` does:
        ``prediction`` of a regressor, ``label`` and ``probabilities`` of a classifier. It computes
        in float32. Save it with ``onnx.save(model, path)``.

        Returns
        -------
        model : onnx.ModelProto
            The model.

        Raises
        ------
        ImportError
            If `onnx` is not installed; it comes with the extra ``onnx``.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sknn_tune import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier((5,), tol=1e-2, random_state=0).fit(X, y)
        >>> [output.name for output in model.to_onnx().graph.output]  # doctest: +SKIP
        ['label', 'probabilities']
        """
        from sknn_tune.interchange.to_onnx import to_onnx

        network = self._fitted_network.arrays
        return to_onnx(network, self.out_activation_, *self._classes_and_kind())

    def _classes_and_kind(self) -> tuple:
        """Classes of a classifier and what kind of labels they are."""
        return ()

    # --- scikit-learn's and the search's protocols --------------------------------------------

    def _can_continue(self, resource: str) -> bool:
        """Whether ``warm_start="continue"`` resumes exactly when only `resource` grows."""
        is_total = resource == "max_iter" and self.solver != "lbfgs"
        return is_total and not follows_max_iter(schedule_of(self))

    def _partial_fit_is_available(self) -> bool:
        if self.solver == "lbfgs":
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic."
            )
        return True

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "_network" in state:  # holds the same numbers
            state["_network"] = self._fitted_network
            del state["coefs_"], state["intercepts_"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        # What is loaded may be mapped from a file and read-only, what is copied is shared.
        if "_network" in self.__dict__:
            check_fitted(self.__dict__)
            self._show(self._network.copy())
            self._checkpoint = self._checkpoint and self._checkpoint.copy()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
