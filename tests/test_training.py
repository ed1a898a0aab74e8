"""The loop over batches and epochs beside the naive one: every optimizer with every option."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import naive
from networks import Compiled, Description, mix
from sknn_tune.network.optimizers import OPTIMIZERS, Hyperparameters
from sknn_tune.network.schedules import SCHEDULES, Adaptive, Constant, InvScaling, UserSchedule
from sknn_tune.network.training import Settings, Trainer, initial_state, pack_data

HYPER = {"momentum": 0.8, "nesterov": True, "beta_1": 0.85, "beta_2": 0.95, "epsilon": 1e-7}
# Smooth throughout: on a kink the last digit of a sum would decide.
BASE = Description(activations=("gelu", "softplus"), weighted=True, n_rows=23, n_outputs=2)
BATCH, N_EPOCHS = 5, 3


def trainer(compiled, solver="adam", schedule=None, **changes):
    settings = Settings(
        solver=solver,
        hyper=Hyperparameters(**{**HYPER, **changes.pop("hyper", {})}),
        rate=0.02,
        schedule=schedule or Constant(),
        horizon=N_EPOCHS,
        batch_size=BATCH,
        shuffle=False,
        clip_norm=0.0,
        seed=7,
        needs_two_rows=bool(compiled.description.batch_norm),
    )._replace(**changes)
    return Trainer(
        compiled.blueprint,
        compiled.memory(settings.batch_size + 1),
        pack_data(compiled.X, compiled.Y, compiled.weights),
        compiled.objective(),
        settings,
        initial_state(settings, compiled.theta),
        np.arange(len(compiled.X)),
        np.random.RandomState(3),
    )


def batches_of(n_rows, size):
    return [np.arange(i, min(i + size, n_rows)) for i in range(0, n_rows, size)]


def compare(description, solver, **changes):
    """Both networks after some epochs, and the losses on the way."""
    compiled = Compiled(description)
    network, total = compiled.naive(), compiled.weights.sum()
    run = trainer(compiled, solver, **changes)
    batches = batches_of(description.n_rows, BATCH)
    for epoch in range(N_EPOCHS):
        loss = run.run_epoch()
        keys = [mix(mix(7, epoch), b) for b in range(len(batches))]
        masks = [compiled.masks(len(r), key) for r, key in zip(batches, keys, strict=True)]
        hyper = {**HYPER, **changes.get("hyper", {})}
        losses, optimizers = naive_epoch(
            network, compiled, solver, hyper, batches, masks, changes, optimizers=None
            if epoch == 0
            else optimizers,
        )
        assert loss == pytest.approx(np.average(losses, weights=[len(r) for r in batches]))
    assert total > 0
    return compiled.theta, compiled.flat(network.parameters)
