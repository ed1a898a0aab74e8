"""The options of an estimator, validated and in the terms of `network`.

`configure` reads the parameters of an estimator once, at the start of a fit. The rest of the fit
uses the `Configuration` only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal, NamedTuple, cast

import numpy as np
from sklearn.metrics import get_scorer_names

from sknn_tune.common.caller import warn_caller
from sknn_tune.common.numeric import is_real
from sknn_tune.mlp.parameters import COMMON, REGRESSION_LOSSES
from sknn_tune.mlp.remembered import remembered
from sknn_tune.network.activations import ACTIVATIONS, ELU, LeakyReLU
from sknn_tune.network.blueprint import Architecture, Blueprint
from sknn_tune.network.context import Objective
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.optimizers import Hyperparameters
from sknn_tune.network.options import Option
from sknn_tune.network.schedules import SCHEDULES, InvScaling, Schedule, UserSchedule
from sknn_tune.network.training import Settings

#: Names of schedules that scikit-learn applies to sgd only; the schedule objects work everywhere.
_FOR_SGD_ONLY = ("invscaling", "adaptive")


class LossOption(NamedTuple):
    """A loss as a row of `LOSSES` with its parameters."""

    name: str
    params: tuple[float, ...]  #: one for all outputs, or one for each
    factor: float = 1.0  #: on the loss that is reported

    @property
    def link(self) -> str:
        """Name of the output activation."""
        return LOSSES[self.name].link


class Penalty(NamedTuple):
    """The penalty on the weights."""

    l1: float
    l2: float
    includes_intercepts: bool
    is_per_dataset: bool  #: divided by the weight of the data set instead of the batch's


@dataclass(frozen=True)
class Configuration:
    """All options of a fit."""

    hidden_widths: tuple[int, ...]
    architecture: Architecture
    initializer: str
    zero_output: bool
    penalty: Penalty
    solver: str
    hyperparameters: Hyperparameters
    schedule: Schedule
    learning_rate: float
    batch_size: int | Literal["auto", "full"]
    shuffle: bool
    clip_norm: float  #: 0: no clipping
    max_iter: int
    max_fun: int
    tol: float
    n_iter_no_change: float
    early_stopping: bool
    validation_fraction: float
    resumes_exactly: bool  #: whether the next fit may resume this one exactly
    prints: bool  #: whether progress is printed as scikit-learn does

    @property
    def has_dropout(self) -> bool:
        """Whether a layer drops units."""
        return self.architecture.input_dropout > 0 or any(self.architecture.dropout)

    @property
    def has_batch_norm(self) -> bool:
        """Whether a layer is normalised by the batch."""
        return self.architecture.input_norm or self.architecture.hidden_norm

    def objective(self, loss: LossOption, blueprint: Blueprint, total_weight: float) -> Objective:
        """What is minimised on data of a total weight by a network of a blueprint."""
        n_outputs = blueprint.weights[-1][1][1]
        params = loss.params if len(loss.params) == n_outputs else loss.params[:1] * n_outputs
        n_intercepts = sum(shape[0] for _, shape in blueprint.biases)
        return Objective(
            loss=list(LOSSES).index(loss.name),
            loss_params=np.array(params, blueprint.dtype),
            loss_factor=loss.factor,
            n_penalised=blueprint.n_weights + n_intercepts * self.penalty.includes_intercepts,
            l1=self.penalty.l1,
            l2=self.penalty.l2,
            whole_weight=total_weight if self.penalty.is_per_dataset else 0.0,
        )

    def settings(self, n_rows: int, seed: int) -> Settings:
        """What the loop over the epochs of a fit to a number of rows needs to know."""
        return Settings(
            solver=self.solver,
            hyper=self.hyperparameters,
            rate=self.learning_rate,
            schedule=self.schedule,
            horizon=self.max_iter,
            batch_size=self._rows_of_a_batch(n_rows),
            shuffle=self.shuffle,
            clip_norm=self.clip_norm,
            seed=seed,
            needs_two_rows=self.has_batch_norm,
        )

    def _rows_of_a_batch(self, n_rows):
        if self.batch_size == "auto":
            return min(200, n_rows)
        if self.batch_size == "full":
            return n_rows
        if self.batch_size > n_rows:
            warn_caller(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"
            )
        return max(1, int(min(self.batch_size, n_rows)))


def configure(estimator: Any) -> Configuration:
    """Read the parameters of an estimator.

    Parameters
    ----------
    estimator : BaseMLP
        Its parameters are already known to be valid one by one.

    Returns
    -------
    configuration : Configuration

    Raises
    ------
    ValueError
        If parameters contradict each other, or an element of a sequence is out of range.
    """
    return _configure(estimator, tuple(COMMON))


@remembered
def _configure(cls, parameters):
    hidden = _hidden_widths(parameters.hidden_layer_sizes)
    schedule = schedule_of(parameters)
    _check_combinations(parameters, hidden, schedule)
    return Configuration(
        hidden_widths=hidden,
        architecture=_architecture(parameters, hidden),
        initializer=parameters.initializer,
        zero_output=bool(parameters.zero_output),
        penalty=Penalty(
            l1=float(parameters.alpha * parameters.l1_ratio),
            l2=float(parameters.alpha * (1 - parameters.l1_ratio)),
            includes_intercepts=bool(parameters.penalize_intercept),
            is_per_dataset=parameters.penalty_scale == "dataset",
        ),
        solver=parameters.solver,
        hyperparameters=Hyperparameters(
            float(parameters.momentum),
            bool(parameters.nesterovs_momentum),
            float(parameters.beta_1),
            float(parameters.beta_2),
            float(parameters.epsilon),
        ),
        schedule=schedule,
        learning_rate=float(parameters.learning_rate_init),
        batch_size=parameters.batch_size,
        shuffle=bool(parameters.shuffle),
        clip_norm=0.0 if parameters.clip_norm is None else float(parameters.clip_norm),
        max_iter=int(parameters.max_iter),
        max_fun=int(parameters.max_fun),
        tol=parameters.tol,
        n_iter_no_change=parameters.n_iter_no_change,
        early_stopping=bool(parameters.early_stopping),
        validation_fraction=parameters.validation_fraction,
        resumes_exactly=parameters.warm_start == "continue",
        prints=bool(parameters.verbose) and parameters.verbose != "progress",
    )


def regression_loss(loss: str | Option) -> LossOption:
    """Read the parameter ``loss`` of a regressor."""
    name = getattr(loss, "name", loss)
    if not isinstance(name, str) or name not in REGRESSION_LOSSES:
        raise ValueError(
            f"loss must be one of {REGRESSION_LOSSES}, Huber(...) or Quantile(...), got {loss!r}."
        )
    if isinstance(loss, Option):
        loss.check()
    return LossOption(name, getattr(loss, "params", (LOSSES[name].param,)))


def schedule_of(estimator: Any) -> Schedule:
    """Read the parameter ``learning_rate`` of an estimator."""
    rate = estimator.learning_rate
    if isinstance(rate, str):
        if estimator.solver != "sgd" and rate in _FOR_SGD_ONLY:
            return SCHEDULES["constant"]()
        return InvScaling(power=estimator.power_t) if rate == "invscaling" else SCHEDULES[rate]()
    if isinstance(rate, Schedule):
        rate.check()
        return rate
    if isinstance(rate, type):
        raise ValueError(
            f"learning_rate must be a name, a schedule object or a callable of progress, got "
            f"the class {rate.__name__}; write {rate.__name__}()."
        )
    return UserSchedule(function=rate)


def follows_max_iter(schedule: Schedule) -> bool:
    """Whether the rate of an epoch depends on ``max_iter``."""
    return schedule.epochs is None and schedule.follows_horizon()


# --- what differs by layer ----------------------------------------------------------------------


def _hidden_widths(sizes):
    sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
    for size in sizes:
        if not isinstance(size, Integral) or isinstance(size, bool):
            raise ValueError(f"hidden_layer_sizes must be integers, got {sizes}.")
    if any(size <= 0 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    return tuple(int(size) for size in sizes)


def _architecture(estimator, hidden):
    """What the network is made of; whether its input is sparse depends on the data."""
    return Architecture(
        activations=_activations(estimator.activation, hidden),
        dropout=_dropout_rates(estimator.dropout, hidden),
        input_dropout=float(estimator.input_dropout),
        input_norm=estimator.batch_norm in ("input", "both"),
        hidden_norm=estimator.batch_norm in (True, "hidden", "both"),
        residual=bool(estimator.residual),
    )


def _per_layer(name: str, value: Any, hidden: Sequence[int]) -> list:
    """The values of a parameter that may differ by hidden layer."""
    if np.ndim(value) == 0:
        return [value] * len(hidden)
    if len(value) != len(hidden):
        raise ValueError(
            f"{name} must be one value or one for each of the {len(hidden)} hidden layers, "
            f"got {len(value)}: {value!r}."
        )
    return list(value)


def _activations(activation, hidden):
    """Name and parameter of the activation of each hidden layer.

    Without a hidden layer still that of ``activation``: the initial weights depend on it.
    """
    values = _per_layer("activation", activation, hidden)
    if not hidden:
        values = [activation] if np.ndim(activation) == 0 else ["identity"]
    return tuple(map(_activation, values))


def _activation(activation):
    name = getattr(activation, "name", activation)
    if isinstance(activation, type) or not isinstance(name, str) or name not in ACTIVATIONS:
        raise ValueError(
            f"activation must be one of {sorted(ACTIVATIONS)}, an option object such as "
            f"LeakyReLU(), or a sequence of these, got {activation!r}."
        )
    if not isinstance(activation, Option):
        return str(name), ACTIVATIONS[name].param
    activation.check()
    return str(name), cast(LeakyReLU | ELU, activation).param


def _dropout_rates(dropout, hidden):
    rates = _per_layer("dropout", dropout, hidden)
    for rate in rates:
        if not is_real(rate) or not _is_dropout_rate(rate):
            raise ValueError(f"dropout must be in [0, 1), got {rate!r} in {dropout!r}.")
    return tuple(float(rate) for rate in rates)


def _is_dropout_rate(rate):
    """Whether a rate is in [0, 1), also in float32, where 1 - 1e-9 is 1."""
    return 0 <= np.float32(rate) < 1


# --- what cannot be combined --------------------------------------------------------------------


def _check_combinations(estimator, hidden, schedule):
    scoring = estimator.scoring
    if isinstance(scoring, str) and scoring not in ("loss", *get_scorer_names()):
        raise ValueError(
            "scoring must be None, 'loss', a callable or one of the names that "
            f"sklearn.metrics.get_scorer_names() lists, got {scoring!r}."
        )
    if estimator.warm_start == "continue":
        _check_continuation(estimator, schedule)
    if estimator.batch_norm and estimator.batch_size == 1:
        raise ValueError("batch_norm needs batches of at least two rows, got batch_size=1.")
    if not _is_dropout_rate(estimator.input_dropout):
        raise ValueError(f"input_dropout must be in [0, 1), got {estimator.input_dropout!r}.")
    has_l1 = estimator.l1_ratio > 0 and estimator.alpha > 0
    if estimator.solver == "sgd" and estimator.momentum == 1 and has_l1:
        raise ValueError("l1_ratio above 0 needs a momentum below 1 with solver='sgd', got 1.")
    if estimator.solver == "lbfgs":
        _check_lbfgs(estimator, hidden)


def _check_continuation(estimator, schedule):
    """Refuse options whose past effect would change if the total number of epochs grows."""
    if estimator.solver == "lbfgs":
        raise ValueError(
            "warm_start='continue' needs a stochastic solver, got solver='lbfgs', whose state "
            "cannot be kept."
        )
    if follows_max_iter(schedule):
        raise ValueError(
            f"learning_rate={estimator.learning_rate!r} follows max_iter, which may grow with "
            "warm_start='continue'; give the schedule object its epochs, such as "
            "Cosine(epochs=100)."
        )


def _check_lbfgs(estimator, hidden):
    refused = {
        "dropout": any(_dropout_rates(estimator.dropout, hidden)),
        "input_dropout": estimator.input_dropout > 0,
        "batch_norm": bool(estimator.batch_norm),
        "l1_ratio": estimator.l1_ratio > 0 and estimator.alpha > 0,
        "clip_norm": estimator.clip_norm is not None,
    }
    for name, is_set in refused.items():
        if is_set:
            raise ValueError(
                f"{name}={getattr(estimator, name)!r} cannot be used with solver='lbfgs', which "
                "minimises a smooth function of all rows at once; choose another solver or "
                f"leave {name} at its default."
            )
