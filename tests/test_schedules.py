"""Schedules of the learning rate: closed forms, warm-up, horizon, validation."""

from typing import ClassVar

import numpy as np
import pytest
from labels import label
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sknn_tune import (
    Adaptive,
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    InvScaling,
    Linear,
    MLPRegressor,
    OneCycle,
    Step,
)
from sknn_tune.network.schedules import SCHEDULES, Schedule, UserSchedule

#: Factor at the start of each of 10 epochs, one batch an epoch.
CLOSED_FORMS = [
    (Constant(), lambda e: np.ones(10)),
    (InvScaling(), lambda e: np.ones(10)),
    (Adaptive(), lambda e: np.ones(10)),
    (Step(every=3, decay=0.5), lambda e: 0.5 ** np.floor(e / 3)),
    (Exponential(decay=0.9), lambda e: 0.9**e),
    (Linear(), lambda e: 1 - e / 10),
    (Linear(end=0.2), lambda e: 1 - 0.8 * e / 10),
    (Cosine(), lambda e: (1 + np.cos(np.pi * e / 10)) / 2),
    (Cosine(end=0.1), lambda e: 0.1 + 0.45 * (1 + np.cos(np.pi * e / 10))),
    (
        CosineRestarts(period=2, growth=2),
        lambda e: (1 + np.cos(np.pi / 8 * np.array([0, 4, 0, 2, 4, 6, 0, 1, 2, 3]))) / 2,
    ),
    (
        OneCycle(peak=0.5, start=0.2, end=0.0),
        lambda e: np.where(
            e < 5,
            0.2 + 0.4 * (1 - np.cos(np.pi * e / 5)),
            (1 + np.cos(np.pi * (e - 5) / 5)) / 2,
        ),
    ),
]  # fmt: skip
every_schedule = pytest.mark.parametrize(
    "schedule", [cls() for cls in SCHEDULES.values()], ids=repr
)


def factors(schedule, n_epochs=10, n_batches=1, max_iter=10):
    return np.concatenate([schedule.rates(e, n_batches, max_iter) for e in range(n_epochs)])


def test_every_row_has_a_closed_form_here():
    assert {type(schedule) for schedule, _ in CLOSED_FORMS} == set(SCHEDULES.values())


@pytest.mark.parametrize(("schedule", "expected"), CLOSED_FORMS, ids=label)
def test_closed_form(schedule, expected):
    assert_allclose(factors(schedule), expected(np.arange(10.0)), atol=1e-12)


@every_schedule
def test_factors_are_between_0_and_1(schedule):
    values = factors(schedule, n_batches=7, n_epochs=25)
    assert values.dtype == np.float64
    assert (values >= 0).all()
    assert (values <= 1 + 1e-12).all()


@every_schedule
def test_progress_within_an_epoch(schedule):
    """The first batch of an epoch has the factor of one batch an epoch."""
    assert_allclose(factors(schedule, n_batches=4)[::4], factors(schedule), atol=1e-12)


@every_schedule
@pytest.mark.parametrize("warmup", [0.2, 0.5])
def test_warm_up_rises_in_a_line_then_the_schedule_starts(schedule, warmup):
    warm = clone(schedule, safe=False).set_params(warmup=warmup, epochs=20)
    values = factors(warm, n_epochs=20, n_batches=5)
    n = int(100 * warmup)
    assert_allclose(values[:n], np.arange(1, n + 1) / n)
    rest = clone(schedule, safe=False).set_params(epochs=20 - n // 5)
    assert_allclose(values[n:], factors(rest, n_epochs=20 - n // 5, n_batches=5), atol=1e-12)


@every_schedule
def test_own_horizon_goes_before_max_iter(schedule):
    own = clone(schedule, safe=False).set_params(epochs=10)
    assert_allclose(factors(own, max_iter=1000), factors(schedule, max_iter=10))


@pytest.mark.parametrize(
    "schedule", [Linear(0.0, 5, 0.25), Cosine(0.0, 5, 0.25), OneCycle(epochs=5)]
)
def test_last_factor_stays_beyond_the_horizon(schedule):
    beyond = factors(schedule, n_epochs=12)[5:]
    assert_allclose(beyond, schedule.end, atol=1e-12)


def test_default_of_one_cycle_rises_then_falls():
    values = factors(OneCycle(), n_batches=100)
    top = values.argmax()
    assert top == pytest.approx(300, abs=1)
    assert values[top] == pytest.approx(1)
    assert (np.diff(values[:top]) > 0).all()
    assert (np.diff(values[top:]) < 0).all()


def test_users_function_sees_progress():
    assert_allclose(factors(UserSchedule(function=lambda p: p), n_batches=2), np.arange(20) / 20)


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf, None, "1", True])
def test_users_function_must_return_a_factor(value):
    with pytest.raises(ValueError, match="learning_rate as a callable must return"):
        factors(UserSchedule(function=lambda progress: value))


BAD = [
    *((cls, "warmup", v) for cls in SCHEDULES.values() for v in (-0.1, 1.0, np.nan, "0", None)),
    *((cls, "epochs", v) for cls in SCHEDULES.values() for v in (0, -1, 2.5, "3", True)),
    *((Step, "every", v) for v in (0, -1, 0.5, np.inf, "3")),
    *((cls, "decay", v) for cls in (Step, Exponential) for v in (0.0, 1.1, np.nan, "1")),
    *((cls, "end", v) for cls in (Linear, Cosine, CosineRestarts, OneCycle) for v in (-0.1, 1.1)),
    *((CosineRestarts, "period", v) for v in (0, -1, 1e-9, "2")),
    *((CosineRestarts, "growth", v) for v in (0.9, np.nan, "2")),
    *((OneCycle, "peak", v) for v in (0, 1, np.nan)),
    *((OneCycle, "start", v) for v in (-0.1, 1.1)),
    *((InvScaling, "power", v) for v in (-1, np.nan, "1")),
    *((Adaptive, "divisor", v) for v in (1, 0, -2, np.nan, "5")),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "name", "value"), BAD, ids=label)
def test_number_out_of_range(cls, name, value):
    with pytest.raises(ValueError, match=rf"{name} of {cls.__name__} must be .*got"):
        cls(**{name: value}).check()


@every_schedule
def test_option_object(schedule):
    schedule.check()
    assert eval(repr(schedule)) == schedule
    copied = clone(schedule, safe=False)
    assert copied == schedule
    copied.set_params(warmup=0.25)
    assert copied.get_params() == {**schedule.get_params(), "warmup": 0.25}
    assert copied != schedule
    with pytest.raises(ValueError, match="nonsense"):
        copied.set_params(nonsense=1)
    with pytest.raises(AttributeError):
        copied.warmup = 0.5


@pytest.mark.parametrize("growth", [1.0, 1.01, 1.2, 3**0.5, 2.0, 3.7])
@pytest.mark.parametrize("period", [1, 3, 5, 7])
def test_every_restart_is_at_the_full_rate(period, growth):
    """Counted cosine by cosine, where a closed form may be off by a last digit."""
    schedule, start, length = CosineRestarts(period=period, growth=growth), 0.0, float(period)
    for _ in range(12):
        begins, later = schedule.factor(np.array([start, start + length / 2]), 1000.0)
        assert begins == pytest.approx(1.0, abs=1e-6)
        assert later == pytest.approx(0.5, abs=1e-6)
        start, length = start + length, length * growth


class _Odd(Schedule):
    values: ClassVar = None

    def rates(self, epoch, n_batches, max_iter):
        return self.values


@pytest.mark.parametrize("values", [[1.0], [np.nan] * 2, [-1.0] * 2, [np.inf] * 2])
def test_a_schedule_of_ones_own_that_gives_no_factors(values):
    _Odd.values = values
    model = MLPRegressor(learning_rate=_Odd(), batch_size=2, max_iter=2)
    with pytest.raises(ValueError, match="must give 2 finite factors"):
        model.fit(np.eye(4), np.arange(4.0))


def test_factors_of_another_dtype():
    class Half(Schedule):
        def factor(self, epochs_done, horizon):
            return np.full(len(epochs_done), 0.5, np.float32)

    for schedule in (Half(), "cosine"):
        with pytest.warns(ConvergenceWarning):
            MLPRegressor(learning_rate=schedule, max_iter=1).fit(np.eye(4), np.arange(4.0))
