"""Every activation between -3 and 3."""

import matplotlib.pyplot as plt
import numpy as np

from sknn_tune import MLPRegressor
from sknn_tune.network.activations import ACTIVATIONS

z = np.linspace(-3, 3, 301).reshape(-1, 1)


def output(activation):
    """The activation at z: what a network of one unit predicts whose weights are 1."""
    network = MLPRegressor(
        hidden_layer_sizes=(1,), activation=activation, tol=10.0, n_iter_no_change=1
    )
    network.fit(z, z[:, 0])
    network.coefs_ = [np.ones((1, 1)), np.ones((1, 1))]
    network.intercepts_ = [np.zeros(1), np.zeros(1)]
    return network.predict(z)


n_columns = -(-len(ACTIVATIONS) // 2)
figure, places = plt.subplots(2, n_columns, figsize=(9, 3.2), sharex=True, layout="constrained")
for place, name in zip(places.flat, ACTIVATIONS, strict=False):
    place.plot(z, output(name))
    place.set_title(name, fontsize=9)
for place in places.flat[len(ACTIVATIONS) :]:
    place.remove()
