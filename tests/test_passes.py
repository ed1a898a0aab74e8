"""Forward and backward over whole networks: central differences, and the naive network."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
from labels import label
from networks import Compiled, Description
from numpy.testing import assert_allclose, assert_array_equal

from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.embeddings import Identity, Lookup, OneHot, PiecewiseLinear
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.prediction import Predictor
from sknn_tune.network.units import UNITS

BASE = Description()
COMBINATIONS = [
    replace(
        BASE,
        batch_norm=batch_norm,
        weighted=weighted,
        residual=residual,
        dropout=(0.3, 0.2) if drops else None,
        input_dropout=0.25 if drops else 0.0,
        sparse=sparse,
        activations=("elu", "gelu"),
        n_rows=12,
    )
    for batch_norm in ("", "input", "hidden", "both")
    for weighted in (False, True)
    for residual in (False, True)
    for drops in (False, True)
    # A sparse first layer reads the rows as they are, so nothing may come before it.
    for sparse in ((False,) if residual or drops or batch_norm in ("input", "both") else (0, 1))
]
EMBEDDINGS = {
    "piecewise linear": (
        Identity(1),
        PiecewiseLinear(1, (-1.0, -0.2, 0.1, 1.5)),
        PiecewiseLinear(0, (-0.5, 0.5)),
    ),
    "one-hot": (OneHot(0, 3), Identity(2), OneHot(3, 2)),
    "lookup": (Lookup(0, 3, 2), Lookup(2, 5, 3)),
    "all, in another order": (
        Lookup(3, 4, 2),
        PiecewiseLinear(1, (-1.0, 0.0, 1.0)),
        OneHot(0, 3),
        Identity(2),
        Identity(1),
        Lookup(0, 3, 1),
    ),
}
COMBINATIONS += [
    replace(
        BASE,
        embeddings=embeddings,
        residual=residual,
        batch_norm="both" if normed else "",
        input_dropout=0.25 * normed,
        dropout=(0.3, 0.0) if normed else None,
        n_rows=20,
    )
    for embeddings in EMBEDDINGS.values()
    for residual in (False, True)
    for normed in (False, True)
]
DEPTHS = [(), (1,), (7,), (4, 4), (5, 3, 5), (2, 3, 4, 5, 6)]


def central_differences(compiled, step):
    """Numerical gradient of fourth order."""
    numerical = np.empty_like(compiled.theta)
    for i in range(numerical.size):
        values = []
        for k in (-2, -1, 1, 2):
            theta = compiled.theta.copy()
            theta[i] += k * step
            values.append(compiled.loss_and_gradient(theta)[0])
        numerical[i] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
    return numerical


def away_from_kinks(description):
    """A network at a point around which the loss is smooth, and its numerical gradient.

    Two step sizes agree where no kink is crossed; the gradient under test plays no part.
    """
    for seed in range(30):
        compiled = Compiled(description, seed)
        fine, coarse = (central_differences(compiled, step) for step in (1e-4, 4e-4))
        if np.abs(fine - coarse).max() < 1e-7 * np.abs(fine).max():
            return compiled, fine
    raise AssertionError("no smooth point found")


def check_gradient(description):
    compiled, numerical = away_from_kinks(description)
    _, gradient = compiled.loss_and_gradient()
    assert_allclose(gradient, numerical, rtol=1e-6, atol=1e-8 * np.abs(numerical).max())


def n_outputs(loss):
    return 3 if loss == "log_loss" else 2


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("batch_norm", ["", "hidden"])
def test_gradient_of_every_activation(name, batch_norm):
    check_gradient(replace(BASE, activations=(name, name), batch_norm=batch_norm))


@pytest.mark.parametrize(("name", "param"), [("leaky_relu", 0.3), ("elu", 0.4), ("elu", 2.5)])
def test_gradient_with_an_activations_parameter(name, param):
    check_gradient(replace(BASE, activations=(name, name), activation_params={name: param}))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_gradient_of_every_loss(name, weighted):
    check_gradient(replace(BASE, loss=name, n_outputs=n_outputs(name), weighted=weighted))


@pytest.mark.parametrize(
    ("loss", "params"),
    [
        ("huber", (0.5, 0.5)),
        ("quantile", (0.1, 0.9)),
        ("binary_log_loss", (0.2, 0.2)),
        ("log_loss", (0.3, 0.3)),
    ],
)
def test_gradient_with_a_losss_parameter(loss, params):
    check_gradient(replace(BASE, loss=loss, params=params))


@pytest.mark.parametrize("hidden", DEPTHS)
@pytest.mark.parametrize("residual", [False, True])
def test_gradient_of_every_depth(hidden, residual):
    activations = ("tanh",) * len(hidden)
    check_gradient(replace(BASE, hidden=hidden, activations=activations, residual=residual))


@pytest.mark.parametrize("description", COMBINATIONS, ids=label)
def test_gradient_of_every_combination(description):
    check_gradient(description)


@pytest.mark.parametrize("penalises_intercept", [False, True])
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.5), (0.3, 0.0), (0.2, 0.4)])
def test_penalty_in_loss_and_gradient(l1, l2, penalises_intercept):
    compiled = Compiled(replace(BASE, l1=l1, l2=l2, penalises_intercept=penalises_intercept))
    bare = Compiled(BASE)
    n = compiled.objective().n_penalised
    penalised = compiled.theta[:n]
    n_rows = BASE.n_rows
    (loss, gradient), (bare_loss, bare_gradient) = (
        network.loss_and_gradient() for network in (compiled, bare)
    )
    expected = (l1 * np.abs(penalised).sum() + l2 / 2 * np.sum(penalised**2)) / n_rows
    assert loss - bare_loss == pytest.approx(expected)
    # The gradient has the smooth part alone: L1 is a proximal step.
    assert_allclose((gradient - bare_gradient)[:n], l2 * penalised / n_rows, atol=1e-14)
    assert_array_equal(gradient[n:], bare_gradient[n:])


# --- beside the naive network -------------------------------------------------------------------


def naive_loss_and_gradient(compiled):
    network, total = compiled.naive(), compiled.weights.sum()
    masks = compiled.masks(len(compiled.X), 0)
    loss, gradients = network.loss_and_gradients(
        *(array.astype(np.float64) for array in (compiled.X, compiled.Y, compiled.weights)), masks
    )
    return loss / total, compiled.flat(gradients) / total


@pytest.mark.parametrize("description", COMBINATIONS, ids=label)
def test_loss_and_gradient_are_the_naive_ones(description):
    compiled = Compiled(description)
    loss, gradient = compiled.loss_and_gradient()
    naive_loss, naive_gradient = naive_loss_and_gradient(compiled)
    assert loss == pytest.approx(naive_loss, rel=1e-12)
    assert_allclose(gradient, naive_gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_float32_follows_float64(activation, loss):
    compiled = Compiled(
        replace(
            BASE,
            activations=(activation, activation),
            loss=loss,
            n_outputs=n_outputs(loss),
            dtype=np.float32,
        )
    )
    value, gradient = compiled.loss_and_gradient()
    naive_value, naive_gradient = naive_loss_and_gradient(compiled)
    assert gradient.dtype == np.float32
    assert value == pytest.approx(naive_value, rel=1e-4)
    assert_allclose(gradient, naive_gradient, rtol=1e-4, atol=1e-5 * np.abs(naive_gradient).max())


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("capacity", [1, 2, 4, 9, 50])
def test_chunks_do_not_change_the_result(capacity, sparse):
    compiled = Compiled(replace(BASE, weighted=True, l2=0.3, sparse=sparse))
    loss, gradient = compiled.loss_and_gradient(capacity=capacity)
    whole_loss, whole_gradient = compiled.loss_and_gradient()
    assert loss == pytest.approx(whole_loss, rel=1e-13)
    assert_allclose(gradient, whole_gradient, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("batch_norm", ["", "both"])
def test_prediction_is_the_naive_one(loss, batch_norm):
    compiled = Compiled(
        replace(BASE, loss=loss, n_outputs=n_outputs(loss), batch_norm=batch_norm, residual=True)
    )
    network = compiled.naive()
    compiled.loss_and_gradient()  # one pass in training sets the running moments
    network.loss_and_gradients(compiled.X, compiled.Y, compiled.weights)
    assert_allclose(predictions(compiled), network.predict(compiled.X), rtol=1e-12)


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_dropout_acts_in_training_only(rate):
    described = replace(BASE, dropout=(rate, rate), input_dropout=rate)
    compiled, plain = Compiled(described), Compiled(BASE)
    assert_array_equal(predictions(compiled), predictions(plain))
    assert (compiled.loss_and_gradient()[0] == plain.loss_and_gradient()[0]) == (rate == 0)


def predictions(compiled):
    link = LOSSES[compiled.description.loss].link
    X = scipy.sparse.csr_matrix(compiled.X) if compiled.description.sparse else compiled.X
    return Predictor(compiled.blueprint, compiled.theta, compiled.statistics, X, link)()


def test_running_moments_of_several_batches():
    description = replace(BASE, batch_norm="both", weighted=True)
    compiled = Compiled(description)
    network = compiled.naive()
    for _ in range(25):  # more than 10: the share of a batch stops falling
        compiled.X[:] *= 1.1
        compiled.loss_and_gradient()
        network.loss_and_gradients(compiled.X, compiled.Y, compiled.weights)
    expected = []
    for moments in network.moments.values():
        expected += [moments.mean, moments.variance, [moments.n_batches]]
    assert_allclose(compiled.statistics, np.concatenate(expected), rtol=1e-10)


def test_a_row_of_weight_two_is_the_row_twice():
    once = Compiled(replace(BASE, batch_norm="both"))
    once.weights[:] = 2.0
    compiled = Compiled(replace(BASE, batch_norm="both", n_rows=18))
    compiled.X[:] = np.repeat(once.X, 2, axis=0)
    compiled.Y[:] = np.repeat(once.Y, 2, axis=0)
    compiled.theta[:] = once.theta
    assert_allclose(compiled.loss_and_gradient()[1], once.loss_and_gradient()[1], atol=1e-13)
    assert_allclose(compiled.statistics, once.statistics, rtol=1e-12)


def test_nothing_about_a_network_is_compiled_in():
    names = ("mish", "relu", "selu", "silu", "elu")
    for description in COMBINATIONS:
        described = replace(description, hidden=(4, 3) * 2 + (1,), activations=names)
        described = replace(described, dropout=description.dropout and (0.5,) * 5)
        Compiled(described).loss_and_gradient()
        predictions(Compiled(described))
    before = [unit.n_compiled for unit in UNITS]
    for description in COMBINATIONS:
        for hidden in DEPTHS:
            n = len(hidden)
            other = replace(
                description,
                hidden=hidden,
                activations=names[:n],
                dropout=description.dropout and (0.5,) * n,
            )
            Compiled(other).loss_and_gradient()
            predictions(Compiled(other))
    assert [unit.n_compiled for unit in UNITS] == before
