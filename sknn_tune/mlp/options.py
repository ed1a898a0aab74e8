"""The parameters of the estimators, and what they say in the network's own terms.

Constraints of each parameter, what cannot work together, and the translation of names and
option objects into the codes and numbers that `network` takes.
"""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.metrics import get_scorer_names

from sknn_tune.common.caller import warn_caller
from sknn_tune.mlp.compat import Interval, Options, StrOptions
from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.blueprint import Architecture
from sknn_tune.network.initializers import INITIALIZERS
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.optimizers import OPTIMIZERS, Hyperparameters
from sknn_tune.network.options import Option
from sknn_tune.network.passes import Objective
from sknn_tune.network.schedules import SCHEDULES, InvScaling, Schedule, UserSchedule
from sknn_tune.network.training import Settings

#: Words that scikit-learn heeds for sgd only; the schedule objects act everywhere.
_WORDS_OF_SGD = ("invscaling", "adaptive")


class ParameterOptions:
    """Reads the parameters of an estimator."""

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
        "verbose": ["verbose", StrOptions({"progress"})],
        "warm_start": ["boolean", StrOptions({"continue"})],
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
        "scoring": [None, str, callable],
    }

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
        """Name and parameter of each hidden layer's activation.

        Without a hidden layer still that of ``activation``: the first weights depend on it.
        """
        rows = []
        values = self._per_layer("activation", hidden)
        if not hidden:
            values = [self.activation] if np.ndim(self.activation) == 0 else ["identity"]
        for activation in values:
            name = getattr(activation, "name", activation)
            if isinstance(activation, type) or not isinstance(name, str) or name not in ACTIVATIONS:
                raise ValueError(
                    f"activation must be one of {sorted(ACTIVATIONS)}, an option object such as "
                    f"LeakyReLU(), or a sequence of these, got {activation!r}."
                )
            if isinstance(activation, Option):
                activation.check()
            default = ACTIVATIONS[name].param
            param = activation.param if isinstance(activation, Option) else default
            rows.append((str(name), param))
        return tuple(rows)

    def _dropout_rates(self, hidden):
        rates = self._per_layer("dropout", hidden)
        for rate in rates:
            if not isinstance(rate, Real) or isinstance(rate, bool) or not _leaves_some(rate):
                raise ValueError(f"dropout must be in [0, 1), got {rate!r} in {self.dropout!r}.")
        return tuple(float(rate) for rate in rates)

    def _check_combinations(self, hidden, incremental, has_validation):
        """Refuse what cannot work together, before anything is touched."""
        if incremental and self.early_stopping and not has_validation:
            raise ValueError(
                "partial_fit does not support early_stopping=True without a validation set; pass "
                "X_val and y_val."
            )
        self._schedule()
        if isinstance(self.scoring, str) and self.scoring not in ("loss", *get_scorer_names()):
            raise ValueError(
                "scoring must be None, 'loss', a callable or one of the names that "
                f"sklearn.metrics.get_scorer_names() lists, got {self.scoring!r}."
            )
        if self.warm_start == "continue":
            self._check_continuation()
        self._loss()
        if self.batch_norm and self.batch_size == 1:
            raise ValueError("batch_norm needs batches of at least two rows, got batch_size=1.")
        if not _leaves_some(self.input_dropout):
            raise ValueError(f"input_dropout must be in [0, 1), got {self.input_dropout!r}.")
        has_l1 = self.l1_ratio > 0 and self.alpha > 0
        if self.solver == "sgd" and self.momentum == 1 and has_l1:
            raise ValueError("l1_ratio above 0 needs a momentum below 1 with solver='sgd', got 1.")
        if self.solver == "lbfgs":
            self._check_lbfgs(hidden)

    def _check_continuation(self):
        """Refuse what a total number of epochs that grows would change in hindsight."""
        if self.solver == "lbfgs":
            raise ValueError(
                "warm_start='continue' needs a stochastic solver, got solver='lbfgs', whose state "
                "cannot be kept."
            )
        if self._follows_max_iter():
            raise ValueError(
                f"learning_rate={self.learning_rate!r} follows max_iter, which may grow with "
                "warm_start='continue'; give a schedule object its own epochs, such as "
                "Cosine(epochs=100)."
            )

    def _follows_max_iter(self):
        """Whether the rate of an epoch depends on how many there will be."""
        schedule = self._schedule()
        return schedule.epochs is None and schedule.follows_horizon()

    def _check_lbfgs(self, hidden):
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

    def _seed(self, random_state):
        """The seed of the dropout masks.

        Drawn only where it is needed: the stream is scikit-learn's otherwise.
        """
        has_dropout = self.input_dropout > 0 or np.any(self.dropout)
        return int(random_state.randint(np.iinfo(np.int32).max)) if has_dropout else 0

    def _settings(self, n_rows, seed):
        batch_size = self._batch_size(n_rows)
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
            seed=seed,
            needs_two_rows=bool(self.batch_norm),
        )

    def _batch_size(self, n_rows):
        if self.batch_size == "auto":
            return min(200, n_rows)
        if self.batch_size == "full":
            return n_rows
        if self.batch_size > n_rows:
            warn_caller(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"
            )
        return int(np.clip(self.batch_size, 1, n_rows))

    def _architecture_of(self, hidden):
        """What the network is made of; whether its input is sparse is for the data to say."""
        return Architecture(
            activations=self._activations(hidden),
            dropout=self._dropout_rates(hidden),
            input_dropout=float(self.input_dropout),
            input_norm=self.batch_norm in ("input", "both"),
            hidden_norm=self.batch_norm in (True, "hidden", "both"),
            residual=bool(self.residual),
        )

    def _objective(self, blueprint, total_weight):
        name, params, factor = self._loss()
        n_scores = self._n_scores()
        params = params if len(params) == n_scores else params[:1] * n_scores
        n_intercepts = sum(shape[0] for _, shape in blueprint.biases)
        return Objective(
            loss=list(LOSSES).index(name),
            loss_params=np.array(params, blueprint.dtype),
            loss_factor=factor,
            n_penalised=blueprint.n_weights + n_intercepts * bool(self.penalize_intercept),
            l1=float(self.alpha * self.l1_ratio),
            l2=float(self.alpha * (1 - self.l1_ratio)),
            whole_weight=float(total_weight) if self.penalty_scale == "dataset" else 0.0,
        )


def _leaves_some(rate):
    """Whether a dropout rate is in [0, 1), also in float32, where 1 - 1e-9 is 1."""
    return 0 <= np.float32(rate) < 1
