"""What MLPClassifier and MLPRegressor share: from parameters and data to a fitted network.

No arithmetic here. Options become the rows, codes and arrays that `network` works on; what comes
back becomes the fitted attributes that scikit-learn's estimators have.
"""

import warnings

import numpy as np
import scipy.sparse
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator, is_regressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from sknn_tune.compat import check_sample_weight, fit_context
from sknn_tune.deadline import time_is_up
from sknn_tune.layer_sizes import hidden_layers
from sknn_tune.mlp_options import ParameterOptions
from sknn_tune.mlp_state import FittedParameters
from sknn_tune.network.blueprint import Blueprint
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

    #: Fits run side by side in threads; a search with several workers then prefers threads.
    _releases_gil = True

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
        hidden = self._hidden_layer_sizes()
        self._check_combinations(hidden, incremental)
        first_pass = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        X, y = self._validate_data(X, y, reset=first_pass)
        weights = self._sample_weights(X, sample_weight)
        targets = self._encode_targets(y, X.dtype, first_pass, incremental)
        weights = self._weigh_classes(weights, y, incremental)
        if not weights.any():
            raise ValueError("sample_weight or class_weight leaves no sample a weight above zero.")
        random_state = check_random_state(self.random_state)

        options = self._network_options(hidden)
        blueprint = _draw(X, [*hidden, self._n_scores()], options)
        if first_pass:
            self._reset(blueprint, random_state)
        theta, statistics = self._parameters(blueprint)
        self._options = options
        if self.solver == "lbfgs":
            self._fit_lbfgs(blueprint, theta, statistics, X, targets, weights)
        else:
            self._open_history(first_pass)
            self._fit_stochastic(
                blueprint, theta, statistics, X, targets, weights, random_state, incremental
            )
        # Early stopping may have warned of a divergence and kept an earlier epoch.
        has_loss = np.isfinite(getattr(self, "loss_", 0.0)) or self.early_stopping
        if not (has_loss and np.isfinite(theta).all() and np.isfinite(statistics).all()):
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
        return X.tocsr() if scipy.sparse.issparse(X) else X, y

    def _sample_weights(self, X, sample_weight):
        if sample_weight is None:
            return np.ones(X.shape[0], X.dtype)
        return check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)

    def _weigh_classes(self, weights, y, incremental):
        return weights

    def _reset(self, blueprint, random_state):
        """Fitted attributes of a network that has seen no data."""
        self.n_iter_ = 0
        self.t_ = 0
        self.n_layers_ = len(blueprint.weights) + 1
        self.out_activation_ = LOSSES[self._loss()[0]].link
        theta = initial_parameters(blueprint, self.initializer, self.zero_output, random_state)
        statistics = np.zeros(blueprint.n_statistics, theta.dtype)
        self._expose(blueprint, theta, statistics)
        self._state = None

    def _open_history(self, first_pass):
        """Begin the curves, or those that a change of solver or early_stopping makes new."""
        if first_pass or not hasattr(self, "loss_curve_"):
            self.loss_curve_ = []
            self._no_improvement_count = 0
            self.best_loss_ = self.best_validation_score_ = None
        if self.early_stopping and self.best_validation_score_ is None:
            self.validation_scores_, self.best_validation_score_ = [], -np.inf
            self.best_loss_ = None
        elif not self.early_stopping and self.best_loss_ is None:
            self.validation_scores_ = self.best_validation_score_ = None
            self.best_loss_ = np.inf

    # --- training -----------------------------------------------------------------------------

    def _fit_lbfgs(self, blueprint, theta, statistics, X, targets, weights):
        data = pack_data(X, targets, weights)
        memory = allocate(
            blueprint, theta, statistics, min(X.shape[0], 4 * CHUNK_ROWS), targets.shape[1]
        )
        objective = self._objective(blueprint, weights.sum(dtype=np.float64))
        result = minimise_lbfgs(
            blueprint,
            memory,
            data,
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

    def _fit_stochastic(
        self, blueprint, theta, statistics, X, targets, weights, random_state, incremental
    ):
        rows, score = np.arange(X.shape[0]), None
        if self.early_stopping:
            rows, held_out = self._split(rows, targets, random_state)
            predictor = Predictor(blueprint, theta, statistics, X[held_out], self.out_activation_)
            held_out_weights = weights[held_out]

            def score():
                return self._validation_score(predictor(), targets[held_out], held_out_weights)

        if self.batch_norm and len(rows) < 2:
            raise ValueError("batch_norm needs at least two rows to learn from, got 1 sample.")
        settings = self._settings(len(rows), random_state)
        state = self._state if incremental else None
        fresh = initial_state(settings, theta, self.t_)
        # The moments of another solver or another network would be read out of bounds.
        if state is None or state.moments.shape != fresh.moments.shape:
            state = fresh
        trainer = Trainer(
            blueprint,
            allocate(blueprint, theta, statistics, settings.batch_size + 1, targets.shape[1]),
            pack_data(X, targets, weights),
            self._objective(blueprint, weights[rows].sum(dtype=np.float64)),
            settings,
            state,
            rows,
            random_state,
        )
        self._incremental = incremental
        self._state = state
        # Where no epoch is better than the best of an earlier fit, a warm start returns to it.
        self._best = (theta.copy(), statistics.copy()) if score else None
        try:
            with single_blas_thread:
                self._run_epochs(trainer, score, 1 if incremental else self.max_iter, incremental)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
        if self.early_stopping:
            theta[:], statistics[:] = self._best
        del self._best

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

    def _run_epochs(self, trainer, score, max_iter, incremental):
        self.n_iter_ = 0
        for _ in range(max_iter):
            self.loss_ = trainer.run_epoch()
            self.n_iter_ += 1
            self.t_ = trainer.state.samples_seen
            self.loss_curve_.append(self.loss_)
            if self.verbose:
                print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
            self._note_progress(trainer, score)
            if time_is_up():
                return
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

    def _note_progress(self, trainer, score):
        """Count epochs without an improvement by tol; remember the best epoch."""
        if score is None:
            improved = self.loss_ <= self.best_loss_ - self.tol
            self.best_loss_ = min(self.best_loss_, self.loss_)
        else:
            value = score()
            self.validation_scores_.append(value)
            if self.verbose:
                print(f"Validation score: {value:f}")
            improved = not value < self.best_validation_score_ + self.tol
            if value > self.best_validation_score_:
                self.best_validation_score_ = value
                memory = trainer.memory
                self._best = (memory.theta.copy(), memory.statistics.copy())
        self._no_improvement_count = 0 if improved else self._no_improvement_count + 1

    def _stops(self, trainer):
        goes_on = trainer.lower_rate()
        if self.verbose:
            watched = "Validation score" if self.early_stopping else "Training loss"
            print(
                f"{watched} did not improve more than tol={self.tol:f} for "
                f"{self.n_iter_no_change} consecutive epochs. "
                + (f"Setting learning rate to {trainer.state.rate:f}" if goes_on else "Stopping.")
            )
        return not goes_on

    # --- prediction ---------------------------------------------------------------------------

    def _predictions(self, X):
        """Outputs of the network after its link, of shape (n_samples, n_scores)."""
        check_is_fitted(self)
        X = validate_data(
            self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False
        )
        X = _cast(X, self.coefs_[0].dtype)
        blueprint = _draw(X, [np.shape(coef)[1] for coef in self.coefs_], self._options)
        theta, statistics = self._parameters(blueprint)
        return Predictor(blueprint, theta, statistics, X, self.out_activation_)()

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


def _draw(X, widths, options):
    """The blueprint of a network on given data; a sparse first layer is for the data to say."""
    sparse = prefers_sparse_layer(X) and not options.residual
    return Blueprint([X.shape[1], *widths], options._replace(sparse_input=sparse), X.dtype)


def _cast(X, dtype):
    """X in the dtype of the network, compressed by rows where it is sparse."""
    if scipy.sparse.issparse(X):
        X = X.tocsr()
    if X.dtype == dtype:
        return X
    with np.errstate(over="ignore"):
        cast = X.astype(dtype)
    values = cast.data if scipy.sparse.issparse(cast) else cast
    if not np.isfinite(values).all():
        raise ValueError(f"Input X contains values too large for {dtype}, the network's dtype.")
    return cast
