"""The parameters of the estimators, and what each may be.

`configure` makes of them what a fit works with, and refuses combinations that cannot work.
"""

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import loguniform, uniform

from sknn_tune.common.layer_sizes import hidden_layers
from sknn_tune.common.typing import RandomState
from sknn_tune.mlp.compat import Estimator, Interval, Options, StrOptions, constrained
from sknn_tune.mlp.portfolio import portfolio
from sknn_tune.network.activations import ACTIVATIONS, ELU, LeakyReLU
from sknn_tune.network.initializers import INITIALIZERS
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.optimizers import OPTIMIZERS
from sknn_tune.network.options import Option
from sknn_tune.network.schedules import SCHEDULES, Schedule

#: Configurations of the portfolio that a search with "auto" tries first.
N_FIRST = 3

#: Solvers to which the learning rates of the portfolio apply.
ADAPTIVE = {"adam", "adamw", "nadam", "amsgrad"}

REGRESSION_LOSSES = sorted(set(LOSSES) - {"log_loss", "binary_log_loss"})

#: Of the parameters of both estimators, for scikit-learn's check.
COMMON = {
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
    "max_iter": [Interval(Integral, 0, None, closed="left")],
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
CLASSIFIER = {
    "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    "class_weight": [dict, StrOptions({"balanced"}), None],
}
REGRESSOR = {"loss": [StrOptions(set(REGRESSION_LOSSES)), Option]}


@constrained(COMMON)
class Parameters(Estimator):
    """The parameters that both estimators have."""

    hidden_layer_sizes: int | Sequence[int]
    activation: str | LeakyReLU | ELU | Sequence[str | LeakyReLU | ELU]
    solver: str
    alpha: float
    batch_size: int | Literal["auto", "full"]
    learning_rate: str | Schedule | Callable[[float], float]
    learning_rate_init: float
    power_t: float
    max_iter: int
    shuffle: bool
    random_state: RandomState
    tol: float
    verbose: bool | int | Literal["progress"]
    warm_start: bool | Literal["continue"]
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    initializer: str
    zero_output: bool
    l1_ratio: float
    penalize_intercept: bool
    penalty_scale: Literal["batch", "dataset"]
    clip_norm: float | None
    dropout: float | Sequence[float]
    input_dropout: float
    batch_norm: bool | Literal["input", "hidden", "both"]
    residual: bool
    scoring: str | Callable[..., float] | None

    def _store(self, arguments: dict[str, Any]) -> None:
        """Keep the arguments of ``__init__``, its ``locals()``, as they are."""
        for name, value in arguments.items():
            if name not in ("self", "__class__"):
                setattr(self, name, value)

    def _default_param_distributions(self, n_samples: int | None = None) -> dict[str, Any]:
        """The space that ``BayesSearchCV(estimator, "auto")`` searches with so many rows."""
        return {
            "hidden_layer_sizes": hidden_layers(n_layers=(1, 3), units=(16, 256)),
            "activation": ["relu", "tanh", "silu"],
            "learning_rate_init": loguniform(1e-4, 3e-2),
            "learning_rate": ["constant", "cosine"],
            "batch_size": _batch_sizes(n_samples),
            "alpha": loguniform(1e-6, 1.0),
            "dropout": uniform(0.0, 0.5),
            "batch_norm": [False, True],
        }

    def _default_initial_params(self, n_samples: int | None = None) -> list[dict[str, Any]]:
        """What ``BayesSearchCV(estimator, "auto")`` tries first, in batches of that space."""
        return self._of_portfolio(n_samples)[:N_FIRST]

    def _default_related_results(
        self, n_samples: int | None = None
    ) -> tuple[list[dict[str, Any]], NDArray[np.float64]] | None:
        """Configurations of that space, and their scores on other data sets, made with Adam."""
        if self.solver not in ADAPTIVE:
            return None
        return self._of_portfolio(n_samples), portfolio().scores

    def _of_portfolio(self, n_samples: int | None) -> list[dict[str, Any]]:
        """The portfolio, with the parameters and batch sizes of the space for so many rows."""
        space, largest = self._default_param_distributions(n_samples), max(_batch_sizes(n_samples))
        offered = [
            p | {"batch_size": min(p["batch_size"], largest)} for p in portfolio().configurations
        ]
        return [{name: p[name] for name in p if name in space} for p in offered]


def _batch_sizes(n_samples: int | None) -> list[int]:
    """The sizes of batches worth a trial, of so many rows."""
    sizes = [32, 64, 128, 256]
    return sizes if n_samples is None else [b for b in sizes if b <= n_samples] or [n_samples]
