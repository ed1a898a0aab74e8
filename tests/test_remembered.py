"""What parameters amount to is found once for all fits with the same ones, and never too late."""

import numpy as np
import pytest

from sknn_tune import LeakyReLU, MLPClassifier, MLPRegressor, Step
from sknn_tune.mlp.configuration import configure
from sknn_tune.mlp.remembered import remembered


def test_equal_parameters_are_read_once():
    calls = []

    @remembered
    def read(cls, parameters):
        calls.append((cls, parameters.alpha))

    names = ("alpha", "hidden_layer_sizes")
    for model in (
        MLPClassifier(),
        MLPClassifier(alpha=1),
        MLPClassifier(alpha=1, tol=0.0),
        MLPClassifier(alpha=1.0),
        MLPRegressor(alpha=1),
    ):
        read(model, names)
    kinds = [(cls, type(alpha)) for cls, alpha in calls]
    assert kinds == [
        (MLPClassifier, float),
        (MLPClassifier, int),
        (MLPClassifier, float),
        (MLPRegressor, int),
    ]


def test_errors_come_again():
    model = MLPClassifier(batch_norm=True, batch_size=1)
    for _ in range(2):
        with pytest.raises(ValueError, match="batch_size=1"):
            configure(model)


@pytest.mark.parametrize(("good", "bad"), [((5,), (5.0,)), ((1,), (True,))])
def test_what_is_refused_does_not_depend_on_what_was_fitted_before(good, bad):
    for _ in range(2):
        with pytest.raises(ValueError, match="hidden_layer_sizes"):
            configure(MLPClassifier(bad))
        assert configure(MLPClassifier(good)).hidden_widths == good


def test_values_that_change_in_place_are_read_each_time():
    sizes = [3, 2]
    model = MLPClassifier(sizes)
    assert configure(model).hidden_widths == (3, 2)
    sizes[0] = 5
    assert configure(model).hidden_widths == (5, 2)

    model = MLPClassifier((4,), activation=LeakyReLU(slope=0.1), learning_rate=Step(every=2))
    before = configure(model)
    assert before.architecture.activations == (("leaky_relu", 0.1),)
    model.set_params(activation__slope=0.3, learning_rate__every=5)
    after = configure(model)
    assert after.architecture.activations == (("leaky_relu", 0.3),)
    assert after.schedule.every == 5


def test_a_constructor_of_its_own():
    class Wide(MLPClassifier):
        def __init__(self, width=7):
            super().__init__(hidden_layer_sizes=(width,), max_iter=1, random_state=0)
            self.width = width

    X = np.arange(20.0)[:, None]
    model = Wide(9)
    with pytest.warns(UserWarning, match="converged"):
        model.fit(X, X[:, 0] > 9)
    assert model.coefs_[0].shape == (1, 9)
