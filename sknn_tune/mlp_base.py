"""What MLPClassifier and MLPRegressor share: from parameters and data to a fitted network.

No arithmetic here. Options become the rows, codes and arrays that `network` works on; what comes
back becomes the fitted attributes that scikit-learn's estimators have.
"""

import warnings
from typing import NamedTuple

import numpy as np
import scipy.sparse
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator, is_regressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from sknn_tune.compat import check_sample_weight, fit_context
from sknn_tune.layer_sizes import hidden_layers
from sknn_tune.mlp_options import ParameterOptions
from sknn_tune.mlp_state import FittedParameters, Network
from sknn_tune.network.blueprint import draw
from sknn_tune.network.initializers import initial_parameters
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.training import (
    CHUNK_ROWS,
    Predictor,
    Trainer,
    allocate,
    initial_state,
    minimise_lbfgs,
    pack_data,
    prefers_sparse_layer,
)
from sknn_tune.threads import single_blas_thread

_DIVERGED = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed, or learning_rate_init is too high."
)


class BaseMLP(ParameterOptions, FittedParameters, BaseEstimator):
    """Base of the two estimators; not for direct use."""

    def _store(self, arguments):
        """Keep the arguments of ``__init__`` as they are."""
        for name, value in arguments.items():
            if name not in ("self", "__class__"):
                setattr(self, name, value)

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Fit the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input; float32 trains in float32, at twice the speed, all else in float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, a label indicator matrix, or numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; None weighs all as 1.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or the data is out of range, or training diverged.
        """
        return self._fit(X, y, sample_weight, incremental=False)

    def _fit(self, X, y, sample_weight, incremental):
        first_pass = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        if incremental and not first_pass:
            self._validate_params()  # scikit-learn looks at them before the first call only
        hidden = self._hidden_layer_sizes()
        self._check_combinations(hidden, incremental)
        X, y = self._validate_data(X, y, reset=first_pass)
        if not first_pass:
            X = _cast(X, self._dtype)
        samples = self._samples(X, y, sample_weight, first_pass, incremental)
        random_state = check_random_state(self.random_state)

        architecture = self._architecture_of(hidden)
        blueprint = _draw(X, [*hidden, self._n_scores()], architecture)
        if first_pass:
            self._reset(blueprint, random_state)
        network = self._network(blueprint)
        self._expose(network)
        self._architecture = architecture
        self.out_activation_ = LOSSES[self._loss()[0]].link
        if self.solver == "lbfgs":
            self._fit_lbfgs(network, samples)
        else:
            self._open_history(first_pass, incremental)
            self._fit_stochastic(network, samples, random_state, incremental)
        # Early stopping may have warned of a divergence and kept an earlier epoch.
        has_loss = np.isfinite(getattr(self, "loss_", 0.0)) or self.early_stopping
        numbers_are_finite = all(np.isfinite(part).all() for part in network[1:])
        if not (has_loss and numbers_are_finite):
            raise ValueError(_DIVERGED)
        return self

    # --- data ---------------------------------------------------------------------------------

    def _validate_data(self, X, y, reset):
        if scipy.sparse.issparse(y) and is_regressor(self):
            raise ValueError("y must be dense, got a sparse matrix.")
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=is_regressor(self),
            dtype=(np.float64, np.float32),
            reset=reset,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return _checked_rows(X), y

    def _samples(self, X, y, sample_weight, first_pass, incremental):
        """The data in the network's terms."""
        weights = self._sample_weights(X, sample_weight)
        targets = self._encode_targets(y, X.dtype, first_pass, incremental)
        weights = self._weigh_classes(weights, targets, incremental)
        if not weights.any():
            raise ValueError("sample_weight or class_weight leaves no sample a weight above zero.")
        return Samples(X, targets, weights)

    def _sample_weights(self, X, sample_weight):
        if sample_weight is None:
            return np.ones(X.shape[0], X.dtype)
        return check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)

    def _weigh_classes(self, weights, targets, incremental):
        return weights

    def _reset(self, blueprint, random_state):
        """Fitted attributes of a network that has seen no data."""
        self.n_iter_ = 0
        self.t_ = 0
        self.n_layers_ = len(blueprint.weights) + 1
        theta = initial_parameters(blueprint, self.initializer, self.zero_output, random_state)
        statistics = np.zeros(blueprint.n_statistics, theta.dtype)
        self._expose(Network(blueprint, theta, statistics))
        self._dtype = theta.dtype
        self._state = None

    def _open_history(self, first_pass, incremental):
        """Begin the curves, or those that a change of solver or early_stopping makes new."""
        if first_pass or not hasattr(self, "loss_curve_"):
            self.loss_curve_ = []
            self._no_improvement_count = 0
            self.best_loss_ = self.best_validation_score_ = None
        if self.early_stopping and self.best_validation_score_ is None:
            self.validation_scores_, self.best_validation_score_ = [], -np.inf
            self.best_loss_ = None
        elif self.early_stopping:
            # A warm start holds out other rows, on which earlier scores say nothing.
            self.best_validation_score_, self._no_improvement_count = -np.inf, 0
        elif not self.early_stopping and self.best_loss_ is None:
            self.validation_scores_ = self.best_validation_score_ = None
            self.best_loss_ = np.inf

    # --- training -----------------------------------------------------------------------------

    def _fit_lbfgs(self, network, samples):
        n_rows, n_targets = samples.targets.shape
        objective = self._objective(network.blueprint, samples.weights.sum(dtype=np.float64))
        result = minimise_lbfgs(
            network.blueprint,
            allocate(*network, min(n_rows, 4 * CHUNK_ROWS), n_targets),
            pack_data(*samples),
            objective._replace(loss_factor=1.0),
            maxfun=self.max_fun,
            maxiter=self.max_iter,
            gtol=self.tol,
        )
        self.n_iter_ = min(result.nit, self.max_iter)
        self.loss_ = result.fun
        if self.verbose:
            print(f"L-BFGS: {result.nit} iterations, loss = {result.fun:.8f}, {result.message}")
        if result.status != 0:
            warnings.warn(
                f"lbfgs failed to converge after {result.nit} iteration(s) (status="
                f"{result.status}): {result.message}. Increase the number of iterations to "
                "improve the convergence (max_iter, max_fun) or scale the data.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _fit_stochastic(self, network, samples, random_state, incremental):
        rows, validation = np.arange(samples.X.shape[0]), None
        if self.early_stopping:
            rows, held_out = self._split(rows, samples.targets, random_state)
            validation = _Validation(self, network, samples.take(held_out))
        weight = samples.weights[rows].sum(dtype=np.float64)
        if weight <= 0:
            raise ValueError("sample_weight is zero for all samples that are left to learn from.")
        if self.batch_norm and len(rows) < 2:
            raise ValueError("batch_norm needs at least two rows to learn from, got 1 sample.")
        settings = self._settings(len(rows), random_state)
        state = self._state if incremental else None
        if state is None or not state.suits(settings, network.theta):
            state = initial_state(settings, network.theta, self.t_)
        trainer = Trainer(
            network.blueprint,
            allocate(*network, settings.batch_size + 1, samples.targets.shape[1]),
            pack_data(*samples),
            self._objective(network.blueprint, weight),
            settings,
            state,
            rows,
            random_state,
        )
        self._incremental = incremental
        self._state = state
        max_iter = 1 if incremental else self.max_iter
        try:
            with single_blas_thread:
                self._run_epochs(trainer, validation, max_iter, incremental)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
        if validation is not None:
            validation.restore_best()

    def _split(self, rows, targets, random_state):
        """Training rows and held-out rows, stratified as scikit-learn does for one column."""
        stratify = self._stratification(targets)
        train, held_out = train_test_split(
            rows,
            random_state=random_state,
            test_size=self.validation_fraction,
            stratify=stratify,
        )
        if len(held_out) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of "
                "your dataset."
            )
        return train, held_out

    def _run_epochs(self, trainer, validation, max_iter, incremental):
        self.n_iter_ = 0
        for _ in range(max_iter):
            self.loss_ = trainer.run_epoch()
            self.n_iter_ += 1
            self.t_ = trainer.state.samples_seen
            self.loss_curve_.append(self.loss_)
            if self.verbose:
                print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
            self._note_progress(validation)
            if not (np.isfinite(self.loss_) or np.isfinite(trainer.memory.theta).all()):
                self._give_up()
                return
            if self._no_improvement_count > self.n_iter_no_change:
                if self._stops(trainer):
                    return
                self._no_improvement_count = 0
        if self.n_iter_ == self.max_iter and not incremental:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the "
                "optimization hasn't converged yet.",
                ConvergenceWarning,
                stacklevel=5,
            )

    def _give_up(self):
        """Parameters that are not finite stay so; early stopping still has an earlier epoch's."""
        if not self.early_stopping:
            raise ValueError(_DIVERGED)
        found = np.isfinite(self.best_validation_score_)
        warnings.warn(
            f"Training diverged in epoch {self.n_iter_}; "
            f"{'the weights of the best epoch' if found else 'the initial weights'} are kept. "
            "Lower learning_rate_init or scale the data.",
            ConvergenceWarning,
            stacklevel=6,
        )

    def _note_progress(self, validation):
        """Count epochs without an improvement by tol; remember the best epoch."""
        if validation is None:
            improved = self.loss_ <= self.best_loss_ - self.tol
            self.best_loss_ = min(self.best_loss_, self.loss_)
        else:
            value = validation.score()
            self.validation_scores_.append(value)
            if self.verbose:
                print(f"Validation score: {value:f}")
            improved = not value < self.best_validation_score_ + self.tol
            if value > self.best_validation_score_:
                self.best_validation_score_ = value
                validation.remember()
        self._no_improvement_count = 0 if improved else self._no_improvement_count + 1

    def _stops(self, trainer):
        goes_on = trainer.lower_rate()
        if self.verbose:
            watched = "Validation score" if self.early_stopping else "Training loss"
            print(
                f"{watched} did not improve more than tol={self.tol:f} for "
                f"{self.n_iter_no_change} consecutive epochs. {trainer.reaction(goes_on)}"
            )
        return not goes_on

    # --- prediction ---------------------------------------------------------------------------

    def _predictions(self, X):
        """Outputs of the network after its link, of shape (n_samples, n_scores)."""
        check_is_fitted(self)
        X = validate_data(
            self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False
        )
        X = _cast(_checked_rows(X), self._dtype)
        widths = [np.shape(coef)[1] for coef in self.coefs_]
        network = self._network(_draw(X, widths, self._architecture))
        return Predictor(*network, X, self.out_activation_)()

    def _default_param_distributions(self):
        """The space that ``BayesSearchCV(estimator, "auto")`` searches."""
        return {
            "hidden_layer_sizes": hidden_layers(n_layers=(1, 3), units=(16, 256)),
            "activation": ["relu", "tanh", "silu"],
            "learning_rate_init": loguniform(1e-4, 3e-2),
            "learning_rate": ["constant", "cosine"],
            "batch_size": [32, 64, 128, 256],
            "alpha": loguniform(1e-6, 1.0),
            "dropout": uniform(0.0, 0.5),
            "batch_norm": [False, True],
        }

    def _partial_fit_is_available(self):
        if self.solver == "lbfgs":
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic."
            )
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class Samples(NamedTuple):
    """Rows to learn from, validated and encoded."""

    X: np.ndarray  #: or compressed rows, (n_samples, n_features)
    targets: np.ndarray  #: (n_samples, n_targets)
    weights: np.ndarray  #: (n_samples,)

    def take(self, rows):
        """Some of the samples."""
        return Samples(*(part[rows] for part in self))


class _Validation:
    """Scores held-out samples and keeps the parameters of the best epoch."""

    def __init__(self, estimator, network, samples):
        if not samples.weights.any():
            raise ValueError(
                "sample_weight is zero for all samples held out by validation_fraction="
                f"{estimator.validation_fraction}; early stopping has nothing to score."
            )
        self._estimator, self._network, self._samples = estimator, network, samples
        self._predict = Predictor(*network, samples.X, estimator.out_activation_)
        self.remember()

    def score(self):
        """The score of the present parameters."""
        samples = self._samples
        return self._estimator._validation_score(self._predict(), samples.targets, samples.weights)

    def remember(self):
        """Keep the present parameters as the best."""
        self._best = [part.copy() for part in self._network[1:]]

    def restore_best(self):
        """Return to the parameters kept last."""
        for part, best in zip(self._network[1:], self._best, strict=True):
            part[:] = best


def _draw(X, widths, architecture):
    """The blueprint of a network on given data; a sparse first layer is for the data to say."""
    sparse = prefers_sparse_layer(X) and not architecture.residual
    return draw((X.shape[1], *widths), architecture._replace(sparse_input=sparse), X.dtype)


def _checked_rows(X):
    """Dense X as it is; sparse X in compressed rows that are safe to follow."""
    if not scipy.sparse.issparse(X):
        return X
    X = X.tocsr()
    X.check_format(full_check=True)  # compiled code would read and write out of bounds
    return X


def _cast(X, dtype):
    """X in the dtype of the network."""
    if X.dtype == dtype:
        return X
    with np.errstate(over="ignore"):
        cast = X.astype(dtype)
    values = cast.data if scipy.sparse.issparse(cast) else cast
    if not np.isfinite(values).all():
        raise ValueError(f"Input X contains values too large for {dtype}, the network's dtype.")
    return cast
