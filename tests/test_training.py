"""The loop over batches and epochs beside the naive one: every optimizer with every option."""

from dataclasses import replace

import naive
import numpy as np
import pytest
from networks import Compiled, Description, mix
from numba.core.config import DISABLE_JIT
from numpy.testing import assert_allclose, assert_array_equal

from sknn_tune.network import training
from sknn_tune.network.arrays import pack_data
from sknn_tune.network.optimizers import OPTIMIZERS, Hyperparameters
from sknn_tune.network.progress import Progress, note
from sknn_tune.network.schedules import SCHEDULES, Adaptive, Constant, InvScaling, UserSchedule
from sknn_tune.network.training import Settings, Trainer, initial_state

HYPER = {"momentum": 0.8, "nesterov": True, "beta_1": 0.85, "beta_2": 0.95, "epsilon": 1e-7}
# Smooth throughout: on a kink the last digit of a sum would decide.
BASE = Description(activations=("gelu", "softplus"), weighted=True, n_rows=23, n_outputs=2)
BATCH, N_EPOCHS = 5, 3


def trainer(compiled, solver="adam", schedule=None, rows=None, **changes):
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
        compiled.workspace(settings.batch_size + 1),
        pack_data(compiled.X, compiled.Y, compiled.weights),
        compiled.objective(),
        settings,
        initial_state(settings, compiled.theta),
        np.arange(len(compiled.X)) if rows is None else rows,
        np.random.RandomState(3),
    )


def batches_of(n_rows, size):
    return [np.arange(i, min(i + size, n_rows)) for i in range(0, n_rows, size)]


def naive_options(description):
    return {
        "l1": description.l1,
        "l2": description.l2,
        "whole_weight": description.whole_weight or None,
    }


def both(description, solver, clip_norm=0.0, batches=None, **changes):
    """Parameters and losses of the epochs: compiled, then naive."""
    compiled = Compiled(description)
    network = compiled.naive()
    run = trainer(compiled, solver, clip_norm=clip_norm, **changes)
    losses = [run.run_epoch() for _ in range(N_EPOCHS)]

    batches = batches or batches_of(description.n_rows, BATCH)
    every = [(epoch, b) for epoch in range(N_EPOCHS) for b in range(len(batches))]
    naive_losses = naive.fit(
        network,
        *(array.astype(np.float64) for array in (compiled.X, compiled.Y, compiled.weights)),
        [batches[b] for _, b in every],
        solver,
        {**HYPER, **changes.get("hyper", {})},
        np.full(len(every), 0.02),
        clip_norm=clip_norm or None,
        masks=[compiled.masks(len(batches[b]), mix(mix(7, epoch), b)) for epoch, b in every],
        **naive_options(description),
    )
    by_epoch = naive_losses.reshape(N_EPOCHS, -1)
    naive_losses = np.average(by_epoch, axis=1, weights=[len(rows) for rows in batches])
    return (compiled.theta, losses), (compiled.flat(network.parameters), naive_losses)


def check(*args, **kwargs):
    (theta, losses), (naive_theta, naive_losses) = both(*args, **kwargs)
    assert_allclose(theta, naive_theta, rtol=1e-9, atol=1e-11)
    assert_allclose(losses, naive_losses, rtol=1e-10)


@pytest.mark.parametrize("solver", OPTIMIZERS)
@pytest.mark.parametrize("l2", [0.0, 0.4])
@pytest.mark.parametrize("clip_norm", [0.0, 0.7])
def test_every_optimizer(solver, l2, clip_norm):
    check(replace(BASE, l2=l2), solver, clip_norm)


@pytest.mark.parametrize("solver", OPTIMIZERS)
@pytest.mark.parametrize("whole_weight", [0.0, 23.0])
@pytest.mark.parametrize("l2", [0.0, 0.2])
def test_every_optimizer_with_a_proximal_step(solver, l2, whole_weight):
    description = replace(BASE, l1=0.3, l2=l2, whole_weight=whole_weight)
    (theta, _), (naive_theta, _) = both(description, solver)
    assert_allclose(theta, naive_theta, rtol=1e-9, atol=1e-11)
    assert_array_equal(theta == 0, naive_theta == 0)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum(momentum, nesterov):
    check(BASE, "sgd", hyper={"momentum": momentum, "nesterov": nesterov})


@pytest.mark.parametrize("solver", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("batch_norm", ["", "both"])
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("dropout", [None, (0.3, 0.5)])
def test_every_kind_of_layer(solver, batch_norm, residual, dropout):
    check(
        replace(
            BASE,
            batch_norm=batch_norm,
            residual=residual,
            dropout=dropout,
            input_dropout=0.2 if dropout else 0.0,
            l2=0.1,
        ),
        solver,
        # A bias before batch norm has gradient 0 and rounding errors, which Adam would enlarge.
        hyper={"epsilon": 1e-3},
    )


def test_a_lone_last_row_joins_its_neighbours_under_batch_norm():
    description = replace(BASE, batch_norm="hidden", n_rows=2 * BATCH + 1)
    check(description, "adam", batches=[np.arange(5), np.arange(5, 11)], needs_two_rows=True)


def test_float32_follows_float64():
    (theta, _), (naive_theta, _) = both(replace(BASE, dtype=np.float32, l2=0.1), "adam")
    assert theta.dtype == np.float32
    assert_allclose(theta, naive_theta, atol=2e-5)


def test_penalised_intercepts_shrink():
    description = replace(BASE, l1=2.0, weighted=False)
    theta, penalised = (
        both(replace(description, penalises_intercept=flag), "sgd")[0][0] for flag in (False, True)
    )
    intercepts = Compiled(description).blueprint.biases

    def size(vector):
        return sum(np.abs(vector[place]).sum() for place, _ in intercepts)

    assert size(penalised) < size(theta)


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_batches_without_weight_change_nothing(solver):
    compiled, short = Compiled(BASE), Compiled(BASE)
    compiled.weights[:BATCH] = 0.0
    run, without = trainer(compiled, solver), trainer(short, solver, rows=np.arange(BATCH, 23))
    assert run.run_epoch() == without.run_epoch()
    assert_array_equal(compiled.theta, short.theta)


def test_rows_of_weight_zero_do_not_count():
    compiled = Compiled(replace(BASE, batch_norm="both"))
    other = Compiled(replace(BASE, batch_norm="both"))
    other.X[other.weights == 0] += 100
    trainer(compiled, "sgd").run_epoch()
    trainer(other, "sgd").run_epoch()
    assert_allclose(compiled.theta, other.theta, rtol=1e-12)
    assert_allclose(compiled.statistics, other.statistics, rtol=1e-12)


@pytest.mark.parametrize("shuffle", [False, True])
def test_order_of_rows_is_scikit_learns(shuffle):
    """Shuffled indices of shuffled indices, from one random stream."""
    compiled = Compiled(BASE)
    run = trainer(compiled, "sgd", shuffle=shuffle)
    stream, order = np.random.RandomState(3), np.arange(23)
    for _ in range(3):
        run.run_epoch()
        if shuffle:
            shuffled = np.arange(23)
            stream.shuffle(shuffled)
            order = order[shuffled]
        assert_array_equal(run.order, order)


@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_of_every_schedule_reach_the_optimizer(name):
    """Plain gradient descent moves by rate times gradient, so the first step shows the rate."""
    schedule = SCHEDULES[name](warmup=0.4)
    compiled = Compiled(BASE)
    before = compiled.theta.copy()
    run = trainer(
        compiled, "sgd", schedule, hyper={"momentum": 0.0, "nesterov": False}, batch_size=23
    )
    gradient = Compiled(BASE).loss_and_gradient()[1]
    run.run_epoch()
    rate = 0.02 * schedule.rates(0, 1, N_EPOCHS)[0]
    assert rate > 0
    assert_allclose(before - compiled.theta, rate * gradient, rtol=1e-9, atol=1e-14)


def test_rate_of_a_users_function():
    seen = []

    def function(progress):
        seen.append(progress)
        return 0.0

    compiled = Compiled(BASE)
    before = compiled.theta.copy()
    run = trainer(compiled, "sgd", UserSchedule(function=function))
    for _ in range(N_EPOCHS):
        run.run_epoch()
    assert_array_equal(compiled.theta, before)
    assert_allclose(seen, np.arange(15) / 15)


def test_adaptive_divides_until_the_rate_is_tiny():
    run = trainer(Compiled(BASE), "sgd", Adaptive(divisor=10.0))
    rates = []
    while run.lower_rate():
        rates.append(run.state.rate)
    assert_allclose(rates, [0.002, 0.0002, 0.00002, 0.000002, 0.0000002])


def test_only_adaptive_lowers_the_rate():
    assert not trainer(Compiled(BASE), "sgd").lower_rate()


def test_invscaling_counts_samples():
    run = trainer(Compiled(BASE), "adam", InvScaling(power=0.5))
    run.run_epoch()
    assert run.state.rate == pytest.approx(0.02 / np.sqrt(24))
    run.run_epoch()
    assert run.state.rate == pytest.approx(0.02 / np.sqrt(47))


def _losses(run, n_epochs):
    """Losses of all epochs, and how many were made at once."""
    losses, sizes = [], []
    while len(losses) < n_epochs:
        new = run.run_epochs(n_epochs - len(losses))
        losses += new
        sizes.append(len(new))
    return losses, sizes


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("dropout", [None, (0.3, 0.2)])
def test_epochs_at_once_are_epochs_one_by_one(monkeypatch, shuffle, dropout):
    monkeypatch.setattr(training, "_SECONDS_AT_ONCE", 60.0)
    one, several = (Compiled(replace(BASE, dropout=dropout)) for _ in range(2))
    runs = trainer(one, shuffle=shuffle), trainer(several, shuffle=shuffle)
    expected = [runs[0].run_epoch() for _ in range(9)]
    losses, sizes = _losses(runs[1], 9)
    assert losses == expected
    assert DISABLE_JIT or sizes == [9]
    assert_array_equal(one.theta, several.theta)
    assert_array_equal(runs[0].order, runs[1].order)
    assert runs[0].state.samples_seen == runs[1].state.samples_seen == 9 * 23
    assert runs[0].random_state.randint(999) == runs[1].random_state.randint(999)


@pytest.mark.parametrize("schedule", [InvScaling(), SCHEDULES["cosine"](), Constant(warmup=0.3)])
def test_rates_that_change_are_set_for_each_epoch(monkeypatch, schedule):
    monkeypatch.setattr(training, "_SECONDS_AT_ONCE", 60.0)
    assert _losses(trainer(Compiled(BASE), "sgd", schedule), 3)[1] == [1, 1, 1]


def test_long_epochs_return_one_by_one(monkeypatch):
    monkeypatch.setattr(training, "_SECONDS_AT_ONCE", 0.0)
    assert _losses(trainer(Compiled(BASE)), 3)[1] == [1, 1, 1]


def test_epochs_end_where_patience_does(monkeypatch):
    monkeypatch.setattr(training, "_SECONDS_AT_ONCE", 60.0)
    run, progress = trainer(Compiled(BASE)), Progress(np.inf, 0, tolerance=1e9, patience=2)
    losses = run.run_epochs(9, progress)
    assert DISABLE_JIT or len(losses) == 4  # the first is lower than infinity by any tolerance
    while len(losses) < 4:
        losses += run.run_epochs(9, progress)
    assert (progress.lowest, progress.n_fruitless) == (min(losses), 3)
    assert len(run.run_epochs(9, progress)) == 1  # patience is at its end already
    assert progress.n_fruitless == 4


def test_progress_is_noted():
    progress = Progress(1.0, 2, tolerance=0.1, patience=3)
    assert not note(progress.numbers, 0.95)  # lower, but not by the tolerance
    assert (progress.lowest, progress.n_fruitless) == (0.95, 3)
    assert note(progress.numbers, np.nan)
    assert (progress.lowest, progress.n_fruitless) == (0.95, 4)
    assert not note(progress.numbers, 0.8)
    assert (progress.lowest, progress.n_fruitless) == (0.8, 0)


def test_epochs_end_at_a_loss_that_is_not_finite(monkeypatch):
    monkeypatch.setattr(training, "_SECONDS_AT_ONCE", 60.0)
    run = trainer(Compiled(BASE), "sgd")
    assert np.isfinite(run.run_epoch())
    run.workspace.theta[:] = np.nan
    losses = run.run_epochs(5)
    assert len(losses) == 1
    assert np.isnan(losses[0])
