"""Checks of fitted attributes that may come from a file or from assignments by a user.

The attributes that a fit sets are consistent. A file may be damaged or malicious, and a user can
replace any attribute, so they are checked when a model is loaded and when a fit resumes.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sknn_tune.common.numeric import is_integer, is_real
from sknn_tune.mlp.checkpoint import Checkpoint, Identity, Run, Split
from sknn_tune.mlp.fitted_network import FittedNetwork
from sknn_tune.network.losses import LINKS
from sknn_tune.network.optimizers import N_COUNTERS, OPTIMIZERS
from sknn_tune.network.training import TrainingState


def check_fitted(attributes: Mapping[str, Any], curves: bool = True) -> None:
    """Refuse fitted attributes that cannot be the result of a fit.

    Parameters
    ----------
    attributes : mapping
        Those of an estimator; of the fitted ones, only ``_network`` must be there.
    curves : bool, default=True
        Whether to look at each number of the curves, which grow with every `partial_fit`.

    Raises
    ------
    ValueError
        If an attribute is of another type, or does not fit the network.
    """
    network = attributes["_network"]
    if not isinstance(network, FittedNetwork):
        raise damaged("_network", network)
    sizes = network.sizes
    expected: dict[str, Callable[[Any], bool]] = {
        "n_features_in_": lambda value: is_integer(value) and value == sizes[0],
        "n_outputs_": lambda value: is_integer(value) and value == sizes[-1],
        "feature_names_in_": lambda value: np.shape(value) == (sizes[0],),
        **_ATTRIBUTES,
        **_curves(_is_curve if curves else _has_sound_ends),
    }
    for name, is_sound in expected.items():
        if name in attributes and not is_sound(attributes[name]):
            raise damaged(name, attributes[name])
    missing = {"n_iter_", "t_", "n_features_in_", "n_outputs_", "_checkpoint"} - set(attributes)
    if missing:
        raise ValueError(f"A fitted model must have {', '.join(sorted(missing))}.")
    checkpoint = attributes["_checkpoint"]
    if checkpoint is not None:
        _check_checkpoint(checkpoint, network)


def damaged(name: str, value: object) -> ValueError:
    """The error for an attribute that cannot be the result of a fit."""
    return ValueError(
        f"{name} is damaged: no fit of this model leaves {_shown(value)}; load the model from an "
        "intact file, or fit it again."
    )


def _shown(value):
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_count(value):
    return is_integer(value) and 0 <= value < 2**62


def _is_curve(value):
    return isinstance(value, list) and all(map(is_real, value))


def _is_optional(is_sound):
    return lambda value: value is None or is_sound(value)


def _has_sound_ends(value):
    return isinstance(value, list) and all(map(is_real, (*value[:1], *value[-1:])))


def _curves(is_sound: Callable[[Any], bool]) -> dict[str, Callable[[Any], bool]]:
    return {
        "loss_curve_": is_sound,
        "learning_rate_curve_": is_sound,
        "validation_loss_curve_": _is_optional(is_sound),
        "validation_scores_": _is_optional(is_sound),
    }


_ATTRIBUTES: dict[str, Callable[[Any], bool]] = {
    "n_iter_": _is_count,
    "t_": _is_count,
    "out_activation_": lambda value: isinstance(value, str) and value in LINKS,
    "loss_": is_real,
    "best_loss_": _is_optional(is_real),
    "best_validation_score_": _is_optional(is_real),
}


def _check_checkpoint(checkpoint: Any, network: FittedNetwork) -> None:
    if not (
        isinstance(checkpoint, Checkpoint)
        and _is_count(checkpoint.n_without_progress)
        and type(checkpoint.is_partial) is bool
    ):
        raise damaged("_checkpoint", checkpoint)
    if checkpoint.optimizer is not None:
        _check_optimizer(checkpoint.optimizer, network)
    if checkpoint.last is not None:
        numbers = network.arrays[1:]
        if not (isinstance(checkpoint.last, list) and len(checkpoint.last) == len(numbers)):
            raise damaged("The last epoch", checkpoint.last)
        for part, now in zip(checkpoint.last, numbers, strict=True):
            if not _is_array(part, now.dtype, now.shape):
                raise damaged("The last epoch", part)
    if checkpoint.run is not None:
        _check_run(checkpoint)


def _check_optimizer(state: Any, network: FittedNetwork) -> None:
    if not (
        isinstance(state, TrainingState)
        and isinstance(state.solver, str)
        and state.solver in OPTIMIZERS
        and is_real(state.rate)
        and _is_count(state.epoch)
        and _is_count(state.samples_seen)
        and _is_array(
            state.moments,
            network.dtype,
            (OPTIMIZERS[state.solver].n_moments, network.arrays.theta.size),
        )
        and _is_array(state.counters, np.float64, (N_COUNTERS,))
    ):
        raise damaged("The optimizer's state", state)


def _check_run(checkpoint: Checkpoint) -> None:
    run: Any = checkpoint.run
    if not (
        isinstance(run, Run)
        and isinstance(run.identity, Identity)
        and isinstance(run.identity.settings, dict)
        and is_integer(run.identity.data)
        and isinstance(run.split, Split)
        and is_real(run.split.total_weight)
        and _is_count(run.split.seed)
        and isinstance(run.stream, np.random.RandomState)
        and type(run.is_complete) is bool
        and checkpoint.optimizer is not None
    ):
        raise damaged("The training to continue", run)
    held_out = run.split.held_out
    for rows in (run.split.order, *([] if held_out is None else [held_out])):
        if not _is_array(rows, np.int64, (np.size(rows),)):
            raise damaged("The order of the rows", rows)


def _is_array(value, dtype, shape):
    return isinstance(value, np.ndarray) and value.dtype == dtype and value.shape == shape
