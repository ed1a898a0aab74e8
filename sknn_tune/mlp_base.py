"""What MLPClassifier and MLPRegressor share: from parameters and data to a fitted network.

No arithmetic here. Options become the rows, codes and arrays that `network` works on; what comes
back becomes the fitted attributes that scikit-learn's estimators have.
"""

import warnings
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from sknn_tune.compat import Interval, Options, StrOptions, check_sample_weight, fit_context
from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.blueprint import Blueprint
from sknn_tune.network.blueprint import Options as NetworkOptions
from sknn_tune.network.initializers import INITIALIZERS, initial_parameters
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.optimizers import OPTIMIZERS, Hyperparameters
from sknn_tune.network.options import Option
from sknn_tune.network.passes import Objective
from sknn_tune.network.schedules import SCHEDULES, InvScaling, Schedule, UserSchedule
from sknn_tune.network.training import (
    CHUNK_ROWS,
    Predictor,
    Settings,
    Trainer,
    allocate,
    initial_state,
    minimise_lbfgs,
    pack_data,
    prefers_sparse_layer,
)

#: Solvers for which scikit-learn ignores these words; the schedule objects act everywhere.
_WORDS_OF_SGD = ("invscaling", "adaptive")


_DIVERGED = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed, or learning_rate_init is too high."
)


class BaseMLP(BaseEstimator):
    """Base of the two estimators; not for direct use."""

    _parameter_constraints: ClassVar[dict] = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS)), Option, "array-like"],
        "solver": [StrOptions({"lbfgs", *OPTIMIZERS})],
        "initializer": [StrOptions({"auto", *INITIALIZERS})],
        "zero_output": ["boolean"],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "penalize_intercept": ["boolean"],
        "penalty_scale": [StrOptions({"batch", "dataset"})],
        "batch_size": [StrOptions({"auto", "full"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions(set(SCHEDULES)), Schedule, callable],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "clip_norm": [None, Interval(Real, 0, None, closed="neither")],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "input_dropout": [Interval(Real, 0, 1, closed="left")],
        "batch_norm": ["boolean", StrOptions({"input", "hidden", "both"})],
        "residual": ["boolean"],
    }

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
        weights = self._sample_weights(X, y, sample_weight)
        targets = self._encode_targets(y, X.dtype, first_pass, incremental)
        random_state = check_random_state(self.random_state)

        blueprint = self._blueprint(X, hidden)
        if first_pass:
            self._reset(blueprint, random_state)
        theta, statistics = self._parameters(blueprint)
        if self.solver == "lbfgs":
            self._fit_lbfgs(blueprint, theta, statistics, X, targets, weights)
        else:
            self._fit_stochastic(
                blueprint, theta, statistics, X, y, targets, weights, random_state, incremental
            )
        if not all(np.isfinite(part).all() for part in (theta, statistics, self.loss_)):
            raise ValueError(_DIVERGED)
        return self

    # --- parameters ---------------------------------------------------------------------------

    def _hidden_layer_sizes(self):
        sizes = self.hidden_layer_sizes
        sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
        for size in sizes:
            if not isinstance(size, Integral) or isinstance(size, bool):
                raise ValueError(f"hidden_layer_sizes must be integers, got {sizes}.")
        if np.any(np.array(sizes) <= 0):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
        return [int(size) for size in sizes]

    def _per_layer(self, name, hidden):
        """The values of a parameter that may differ by hidden layer."""
        value = getattr(self, name)
        if np.ndim(value) == 0:
            return [value] * len(hidden)
        if len(value) != len(hidden):
            raise ValueError(
                f"{name} must be one value or one for each of the {len(hidden)} hidden layers, "
                f"got {len(value)}: {value!r}."
            )
        return list(value)

    def _activations(self, hidden):
        """Code and own number of each hidden layer's activation."""
        rows = []
        for activation in self._per_layer("activation", hidden):
            name = getattr(activation, "name", activation)
            if not isinstance(name, str) or name not in ACTIVATIONS:
                raise ValueError(
                    f"activation must be one of {sorted(ACTIVATIONS)}, an option object, or a "
                    f"sequence of these, got {activation!r}."
                )
            if isinstance(activation, Option):
                activation.check()
            default = ACTIVATIONS[name].shape
            rows.append((list(ACTIVATIONS).index(name), getattr(activation, "shape", default)))
        return tuple(rows)

    def _dropout_rates(self, hidden):
        rates = self._per_layer("dropout", hidden)
        for rate in rates:
            if not isinstance(rate, Real) or isinstance(rate, bool) or not 0 <= rate < 1:
                raise ValueError(f"dropout must be in [0, 1), got {rate!r} in {self.dropout!r}.")
        return tuple(float(rate) for rate in rates)

    def _check_combinations(self, hidden, incremental):
        """Refuse what cannot work together, before anything is touched."""
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        self._schedule()
        self._loss()
        if self.solver != "lbfgs":
            if self.batch_norm and self.batch_size == 1:
                raise ValueError("batch_norm needs batches of at least two rows, got batch_size=1.")
            return
        refused = {
            "dropout": any(self._dropout_rates(hidden)),
            "input_dropout": self.input_dropout > 0,
            "batch_norm": bool(self.batch_norm),
            "l1_ratio": self.l1_ratio > 0 and self.alpha > 0,
            "clip_norm": self.clip_norm is not None,
        }
        for name, is_set in refused.items():
            if is_set:
                raise ValueError(
                    f"{name}={getattr(self, name)!r} cannot be used with solver='lbfgs', which "
                    "minimises a smooth function of all rows at once; choose another solver or "
                    f"leave {name} at its default."
                )

    def _schedule(self):
        rate = self.learning_rate
        if isinstance(rate, str):
            if self.solver != "sgd" and rate in _WORDS_OF_SGD:
                return SCHEDULES["constant"]()
            return InvScaling(power=self.power_t) if rate == "invscaling" else SCHEDULES[rate]()
        if isinstance(rate, Schedule):
            rate.check()
            return rate
        if isinstance(rate, type):
            raise ValueError(
                f"learning_rate must be a name, a schedule object or a callable of progress, got "
                f"the class {rate.__name__}; write {rate.__name__}()."
            )
        return UserSchedule(function=rate)

    def _settings(self, n_rows, random_state):
        batch_size = self._batch_size(n_rows)
        has_dropout = self.input_dropout > 0 or np.any(self.dropout)
        return Settings(
            solver=self.solver,
            hyper=Hyperparameters(
                float(self.momentum),
                bool(self.nesterovs_momentum),
                float(self.beta_1),
                float(self.beta_2),
                float(self.epsilon),
            ),
            rate=float(self.learning_rate_init),
            schedule=self._schedule(),
            horizon=int(self.max_iter),
            batch_size=batch_size,
            shuffle=bool(self.shuffle),
            clip_norm=0.0 if self.clip_norm is None else float(self.clip_norm),
            # Drawn only where it is needed: the stream is scikit-learn's otherwise.
            seed=int(random_state.randint(np.iinfo(np.int32).max)) if has_dropout else 0,
            needs_two_rows=bool(self.batch_norm),
        )

    def _batch_size(self, n_rows):
        if self.batch_size == "auto":
            return min(200, n_rows)
        if self.batch_size == "full":
            return n_rows
        if self.batch_size > n_rows:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                "clipped",
                stacklevel=2,
            )
        return int(min(self.batch_size, n_rows))

    # --- data ---------------------------------------------------------------------------------

    def _sample_weights(self, X, y, sample_weight):
        if sample_weight is None:
            return np.ones(X.shape[0], X.dtype)
        weights = check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
        if not weights.any():
            raise ValueError("sample_weight must have a weight above zero: all are zero.")
        return weights

    def _network_options(self, X, hidden):
        return NetworkOptions(
            activations=self._activations(hidden),
            dropout=self._dropout_rates(hidden),
            input_dropout=float(self.input_dropout),
            input_norm=self.batch_norm in ("input", "both"),
            hidden_norm=self.batch_norm in (True, "hidden", "both"),
            residual=bool(self.residual),
            sparse_input=prefers_sparse_layer(X) and not self.residual,
        )

    def _blueprint(self, X, hidden):
        sizes = [X.shape[1], *hidden, self._n_scores()]
        return Blueprint(sizes, self._network_options(X, hidden), X.dtype)

    def _objective(self, blueprint, total_weight):
        name, shapes, factor = self._loss()
        n_scores = self._n_scores()
        shapes = shapes if len(shapes) == n_scores else shapes[:1] * n_scores
        n_intercepts = sum(shape[0] for _, shape in blueprint.biases)
        return Objective(
            loss=list(LOSSES).index(name),
            loss_shape=np.array(shapes, blueprint.plan.shapes.dtype),
            loss_factor=factor,
            n_weights=blueprint.n_weights,
            n_penalised=blueprint.n_weights + n_intercepts * bool(self.penalize_intercept),
            l1=float(self.alpha * self.l1_ratio),
            l2=float(self.alpha * (1 - self.l1_ratio)),
            whole_weight=float(total_weight) if self.penalty_scale == "dataset" else 0.0,
        )

    # --- fitted state -------------------------------------------------------------------------

    def _reset(self, blueprint, random_state):
        """Fitted attributes of a network that has seen no data."""
        self.n_iter_ = 0
        self.t_ = 0
        self.n_layers_ = len(blueprint.weights) + 1
        self.out_activation_ = LOSSES[self._loss()[0]].link
        activation = self.activation if isinstance(self.activation, str) else None
        theta = initial_parameters(
            blueprint, self.initializer, activation, self.zero_output, random_state
        )
        statistics = np.zeros(blueprint.n_statistics, theta.dtype)
        self._expose(blueprint, theta, statistics)
        self._state = None
        if self.solver != "lbfgs":
            self.loss_curve_ = []
            self._no_improvement_count = 0
            self.validation_scores_ = [] if self.early_stopping else None
            self.best_validation_score_ = -np.inf if self.early_stopping else None
            self.best_loss_ = None if self.early_stopping else np.inf

    def _expose(self, blueprint, theta, statistics):
        """Show the parameter vector as scikit-learn's lists of matrices, without a copy."""

        def views(parts):
            return [theta[place].reshape(shape) for place, shape in parts]

        self.coefs_ = views(blueprint.weights)
        self.intercepts_ = views(blueprint.biases)
        self._projections = views(blueprint.projections)
        self._norms = views([part for norm in blueprint.norms for part in norm])
        self._statistics = statistics

    def _parameters(self, blueprint):
        """The parameter vector under the public lists, made anew where a user replaced a part."""
        places = [*blueprint.weights, *blueprint.projections, *blueprint.biases]
        places += [part for norm in blueprint.norms for part in norm]
        parts = [*self.coefs_, *self._projections, *self.intercepts_, *self._norms]
        theta = _common_vector(parts, places, blueprint)
        if theta is None:
            theta = np.empty(blueprint.n_parameters, blueprint.plan.shapes.dtype)
            for part, (place, shape) in zip(parts, places, strict=True):
                if np.shape(part) != shape:
                    raise ValueError(
                        f"A part of coefs_ or intercepts_ has shape {np.shape(part)} where the "
                        f"network of hidden_layer_sizes={self.hidden_layer_sizes!r} has {shape}."
                    )
                theta[place] = np.ravel(part)
            self._expose(blueprint, theta, self._statistics)
        return theta, self._statistics

    def __setstate__(self, state):
        super().__setstate__(state)
        if hasattr(self, "coefs_"):
            self._join_parameters()

    def _join_parameters(self):
        """Lay separate arrays, as a pickle holds them, into one vector again."""
        groups = ("coefs_", "_projections", "intercepts_", "_norms")
        parts = [part for group in groups for part in getattr(self, group)]
        theta = np.concatenate([np.ravel(part) for part in parts])
        start = 0
        for group in groups:
            views = []
            for part in getattr(self, group):
                views.append(theta[start : start + part.size].reshape(part.shape))
                start += part.size
            setattr(self, group, views)

    def __getstate__(self):
        state = dict(super().__getstate__())
        # An optimizer's moments are twice the model; only partial_fit goes on with them.
        if "_state" in state and not state.get("_incremental", False):
            state["_state"] = None
        return state

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
        self, blueprint, theta, statistics, X, y, targets, weights, random_state, incremental
    ):
        rows, score = np.arange(X.shape[0]), None
        if self.early_stopping:
            rows, held_out = self._split(rows, targets, random_state)
            predictor = Predictor(blueprint, theta, statistics, X[held_out], self.out_activation_)
            held_out_weights = weights[held_out]

            def score():
                return self._validation_score(predictor(), targets[held_out], held_out_weights)

        settings = self._settings(len(rows), random_state)
        state = self._state if incremental else None
        if state is None or state.moments.shape[1] != theta.size:
            state = initial_state(settings, theta, self.t_)
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
        dtype = self.coefs_[0].dtype
        X = X.astype(dtype, copy=False)
        sizes = [np.shape(coef)[1] for coef in self.coefs_[:-1]]
        options = self._network_options(X, sizes)
        blueprint = Blueprint([X.shape[1], *sizes, np.shape(self.coefs_[-1])[1]], options, dtype)
        theta, statistics = self._parameters(blueprint)
        if scipy.sparse.issparse(X):
            X = X.tocsr()
        return Predictor(blueprint, theta, statistics, X, self.out_activation_)()

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


def _common_vector(parts, places, blueprint):
    """The vector that all parts are views of, at their places; None where one is not."""
    theta = parts[0].base if isinstance(parts[0], np.ndarray) else None
    if theta is None or theta.shape != (blueprint.n_parameters,):
        return None
    if theta.dtype != blueprint.plan.shapes.dtype:
        return None
    start = theta.__array_interface__["data"][0]
    for part, (place, shape) in zip(parts, places, strict=True):
        if getattr(part, "base", None) is not theta or part.shape != shape:
            return None
        offset = part.__array_interface__["data"][0] - start
        if offset != place.start * theta.itemsize or not part.flags.c_contiguous:
            return None
    return theta
