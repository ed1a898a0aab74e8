"""Everything once more, slowly and plainly: a second opinion on the compiled core.

Written from the formulas in the papers, in whole-array numpy, in float64, without a thought for
speed. An operation is a function that returns its output and its ``backward``; a network is a
list of those calls. Parameters are lists of arrays, never one vector.
"""

import numpy as np
from scipy.special import erf, expit, softmax, xlogy

# --- activations: f(z) and f'(z); s is the activation's own number ------------------------------

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


def _normal_density(z):
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def _normal_distribution(z):
    return (1 + erf(z / np.sqrt(2))) / 2


def _softplus(z):
    return np.logaddexp(0, z)


ACTIVATIONS = {
    "identity": (lambda z, s: z, lambda z, s: np.ones_like(z)),
    "logistic": (lambda z, s: expit(z), lambda z, s: expit(z) * expit(-z)),
    "tanh": (lambda z, s: np.tanh(z), lambda z, s: 1 / np.cosh(z) ** 2),
    "relu": (lambda z, s: np.maximum(z, 0), lambda z, s: (z > 0) * 1.0),
    "leaky_relu": (lambda z, s: np.where(z > 0, z, s * z), lambda z, s: np.where(z > 0, 1, s)),
    "elu": (
        lambda z, s: np.where(z > 0, z, s * np.expm1(z)),
        lambda z, s: np.where(z > 0, 1, s * np.exp(z)),
    ),
    "selu": (
        lambda z, s: SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(z)),
        lambda z, s: SELU_SCALE * np.where(z > 0, 1, SELU_ALPHA * np.exp(z)),
    ),
    "gelu": (
        lambda z, s: z * _normal_distribution(z),
        lambda z, s: _normal_distribution(z) + z * _normal_density(z),
    ),
    "silu": (
        lambda z, s: z * expit(z),
        lambda z, s: expit(z) + z * expit(z) * expit(-z),
    ),
    "mish": (
        lambda z, s: z * np.tanh(_softplus(z)),
        lambda z, s: np.tanh(_softplus(z)) + z * expit(z) / np.cosh(_softplus(z)) ** 2,
    ),
    "softplus": (lambda z, s: _softplus(z), lambda z, s: expit(z)),
}

# --- losses: link(z), loss(y, p) and d loss / d p, elementwise; s is the loss's own number ------


def _smoothed(y, s):
    """Label smoothing for two classes: the indicator moves towards 1/2 (Szegedy et al. 2016)."""
    return (1 - s) * y + s / 2


def _pinball_slope(y, p, q):
    return np.where(p < y, -q, np.where(p > y, 1 - q, 0.0))


def _cross_entropy(y, p, s):
    t = _smoothed(y, s)
    return -xlogy(t, p) - xlogy(1 - t, 1 - p)


LINKS = {
    "identity": (lambda z: z, lambda p: np.ones_like(p)),
    "exp": (np.exp, lambda p: p),
    "logistic": (expit, lambda p: p * (1 - p)),
}

LOSSES = {
    "squared_error": ("identity", lambda y, p, s: (y - p) ** 2 / 2, lambda y, p, s: p - y),
    "absolute_error": (
        "identity",
        lambda y, p, s: np.abs(y - p),
        lambda y, p, s: np.sign(p - y),
    ),
    "huber": (
        "identity",
        lambda y, p, s: np.where(np.abs(y - p) <= s, (y - p) ** 2 / 2, s * (np.abs(y - p) - s / 2)),
        lambda y, p, s: np.where(np.abs(y - p) <= s, p - y, s * np.sign(p - y)),
    ),
    "quantile": (
        "identity",
        lambda y, p, s: np.maximum(s * (y - p), (s - 1) * (y - p)),
        _pinball_slope,
    ),
    "poisson": ("exp", lambda y, p, s: xlogy(y, y / p) - y + p, lambda y, p, s: 1 - y / p),
    "gamma": (
        "exp",
        lambda y, p, s: y / p - 1 - np.log(y / p),
        lambda y, p, s: 1 / p - y / p**2,
    ),
    "binary_log_loss": (
        "logistic",
        _cross_entropy,
        lambda y, p, s: (p - _smoothed(y, s)) / (p * (1 - p)),
    ),
}


def output_loss(name, Z, Y, weights, params):
    """Predictions, weighted sum of the losses, its derivative with respect to the scores Z."""
    if name == "log_loss":
        P = softmax(Z, axis=1)
        k = P.shape[1]
        T = (1 - params[0]) * np.eye(k)[Y[:, 0].astype(int)] + params[0] / k
        return P, -np.sum(weights[:, None] * xlogy(T, P)), weights[:, None] * (P - T)
    link, value, slope = LOSSES[name]
    P = LINKS[link][0](Z)
    D = weights[:, None] * slope(Y, P, params) * LINKS[link][1](P)
    return P, np.sum(weights[:, None] * value(Y, P, params)), D


# --- operations: output, and backward(D) -> (gradients of the inputs, gradients of parameters) --


def dense(A, W, b):
    return A @ W + b, lambda D: ([D @ W.T], [A.T @ D, D.sum(axis=0)])


def activation(Z, name, param):
    f, slope = ACTIVATIONS[name]
    return f(Z, param), lambda D: ([D * slope(Z, param)], [])


def dropped(A, mask, rate):
    """Inverted dropout with a given mask of ones and zeros (Srivastava et al. 2014)."""
    factor = mask / (1 - rate)
    return A * factor, lambda D: ([D * factor], [])


def skip(A, source):
    return A + source, lambda D: ([D, D], [])


def projected_skip(A, source, W):
    return A + source @ W, lambda D: ([D, D @ W.T], [source.T @ D])


def batch_moments(A, weights):
    """Weighted mean and variance of the columns; a weight of 2 is the row twice."""
    mean = np.average(A, axis=0, weights=weights)
    return mean, np.average((A - mean) ** 2, axis=0, weights=weights)


NORM_EPSILON = 1e-5


def normalised(A, weights, scale, shift):
    """Batch normalisation in training; the chain of Ioffe and Szegedy 2015, section 3."""
    mean, variance = batch_moments(A, weights)
    deviation = np.sqrt(variance + NORM_EPSILON)
    X = (A - mean) / deviation
    share = (weights / weights.sum())[:, None]

    def backward(D):
        d_X = D * scale
        d_variance = np.sum(d_X * (A - mean), axis=0) * -0.5 / deviation**3
        d_mean = -np.sum(d_X, axis=0) / deviation
        d_A = d_X / deviation + d_variance * 2 * share * (A - mean) + d_mean * share
        return [d_A], [np.sum(D * X, axis=0), D.sum(axis=0)]

    return scale * X + shift, backward


def normalised_at_predict(A, moments, scale, shift):
    return scale * (A - moments.mean) / np.sqrt(moments.variance + NORM_EPSILON) + shift, None


class Moments:
    """Running mean and unbiased variance of one normalisation."""

    def __init__(self):
        self.mean, self.variance, self.n_batches = 0.0, 0.0, 0

    def track(self, A, weights):
        """The share of a new batch is max(0.1, 1 / batches): first a plain mean, then a decay."""
        mean, variance = batch_moments(A, weights)
        n = max(weights.sum(), np.count_nonzero(weights))
        if n > 1:
            variance = variance * n / (n - 1)
        self.n_batches += 1
        share = max(0.1, 1 / self.n_batches)
        self.mean = (1 - share) * self.mean + share * mean
        self.variance = (1 - share) * self.variance + share * variance


# --- embeddings: of one column x, and of a batch -------------------------------------------------


def piecewise_linear(x, edges):
    """How far x is through each bin, from 0 to 1 (Gorishniy et al. 2022, equation 1)."""
    low, high = np.array(edges[:-1]), np.array(edges[1:])
    return np.clip((x[:, None] - low) / (high - low), 0, 1)


def one_hot(codes, n_levels):
    return (codes[:, None] == np.arange(n_levels)) * 1.0


def embedded(A, embeddings, *tables):
    """What the columns of A become; a category is a product of its indicators and a table."""
    parts, products, tables = [], [], iter(tables)
    for embedding in embeddings:
        x, kind = A[:, embedding.column], type(embedding).__name__
        start = sum(part.shape[1] for part in parts)
        if kind == "Identity":
            parts.append(x[:, None])
        elif kind == "PiecewiseLinear":
            parts.append(piecewise_linear(x, embedding.edges))
        elif kind == "OneHot":
            parts.append(one_hot(x, embedding.n_levels))
        else:
            indicators = one_hot(x, embedding.n_levels)
            parts.append(indicators @ next(tables))
            products.append((indicators, slice(start, start + embedding.width)))
    return np.hstack(parts), lambda D: ([0.0], [C.T @ D[:, place] for C, place in products])


# --- a network ----------------------------------------------------------------------------------


class Network:
    """Named parameters, and the operations between them.

    Parameters
    ----------
    parameters : dict of ndarray
        ``coef0``, ``coef1`` ...; where two widths differ under ``residual``, ``projection<layer>``;
        ``intercept0`` ...; ``scale`` and ``shift`` of ``_input`` and of each hidden layer;
        ``table0`` ... of the embeddings that look up.
    activations : list of (name, own number)
        Of the hidden layers.
    loss, loss_params : str, ndarray
        Row of the losses and its parameter for each output.
    """

    def __init__(self, parameters, activations, loss, loss_params, **options):
        self.parameters = parameters
        self.activations, self.loss, self.loss_params = activations, loss, loss_params
        self.residual = options.pop("residual", False)
        self.input_dropout = options.pop("input_dropout", 0.0)
        self.dropout = options.pop("dropout", (0.0,) * len(activations))
        self.embeddings = options.pop("embeddings", ())
        assert not options, options
        self.moments = {k[5:]: Moments() for k in parameters if k.startswith("scale")}

    def forward(self, X, weights, training, masks=()):
        """Raw scores; with ``training`` the tape of operations is kept for `backward`."""
        self._values, self._tape, masks = [X], [], iter(masks)
        at = self._norm(self._embed(0), "_input", weights, training)
        at = self._drop(at, self.input_dropout, training, masks)
        for layer, (name, param) in enumerate(self.activations):
            source = at
            at = self._run(dense, [at], [f"coef{layer}", f"intercept{layer}"])
            at = self._norm(at, str(layer), weights, training)
            at = self._run(lambda Z, n=name, p=param: activation(Z, n, p), [at])
            at = self._drop(at, self.dropout[layer], training, masks)
            if f"projection{layer}" in self.parameters:
                at = self._run(projected_skip, [at, source], [f"projection{layer}"])
            elif self.residual:
                at = self._run(skip, [at, source])
        last = len(self.activations)
        at = self._run(dense, [at], [f"coef{last}", f"intercept{last}"])
        return self._values[at]

    def _embed(self, at):
        if not self.embeddings:
            return at
        tables = [name for name in self.parameters if name.startswith("table")]
        return self._run(lambda A, *t: embedded(A, self.embeddings, *t), [at], tables)

    def _run(self, operation, inputs, names=()):
        parameters = [self.parameters[name] for name in names]
        output, backward = operation(*[self._values[i] for i in inputs], *parameters)
        self._values.append(output)
        self._tape.append((backward, inputs, names))
        return len(self._values) - 1

    def _norm(self, at, where, weights, training):
        if f"scale{where}" not in self.parameters:
            return at
        if training:
            self.moments[where].track(self._values[at], weights)

        def operation(A, scale, shift):
            if training:
                return normalised(A, weights, scale, shift)
            return normalised_at_predict(A, self.moments[where], scale, shift)

        return self._run(operation, [at], [f"scale{where}", f"shift{where}"])

    def _drop(self, at, rate, training, masks):
        if not (rate and training):
            return at
        return self._run(lambda A: dropped(A, next(masks), rate), [at])

    def backward(self, D):
        """Gradient of each parameter, by name, from the derivative of the scores."""
        flows = [0.0] * len(self._values)
        flows[-1] = D
        gradients = {}
        for output, (backward, inputs, names) in reversed(list(enumerate(self._tape, start=1))):
            to_inputs, to_parameters = backward(flows[output])
            for i, flow in zip(inputs, to_inputs, strict=True):
                flows[i] = flows[i] + flow
            gradients.update(zip(names, to_parameters, strict=True))
        return gradients

    def loss_and_gradients(self, X, Y, weights, masks=()):
        """Weighted sum of the losses and the gradients of that sum."""
        Z = self.forward(X, weights, training=True, masks=masks)
        _, loss, D = output_loss(self.loss, Z, Y, weights, self.loss_params)
        return loss, self.backward(D)

    def predict(self, X):
        Z = self.forward(X, None, training=False)
        return softmax(Z, axis=1) if self.loss == "log_loss" else LINKS[LOSSES[self.loss][0]][0](Z)

    def is_penalised(self, name):
        return name.startswith(("coef", "projection"))


# --- optimizers: step(theta, gradient, rate), theta changed in place ----------------------------


class SGD:
    """Heavy ball, and the look-ahead of Nesterov in the form of Sutskever et al. 2013."""

    def __init__(self, momentum, nesterov, **_):
        self.momentum, self.nesterov, self.velocity = momentum, nesterov, 0.0

    def step(self, theta, gradient, rate):
        self.velocity = self.momentum * self.velocity - rate * gradient
        move = self.velocity
        if self.nesterov:
            move = self.momentum * self.velocity - rate * gradient
        theta += move
        # A steady gradient moves theta by this much a step, once the velocity has built up.
        self.metric = np.full_like(theta, rate / (1 - self.momentum))


class Adagrad:
    """Duchi et al. 2011."""

    def __init__(self, epsilon, **_):
        self.epsilon, self.squares = epsilon, 0.0

    def step(self, theta, gradient, rate):
        self.squares = self.squares + gradient**2
        self.metric = rate / (np.sqrt(self.squares) + self.epsilon)
        theta -= self.metric * gradient


class RMSProp:
    """Tieleman and Hinton 2012."""

    def __init__(self, beta_2, epsilon, **_):
        self.beta_2, self.epsilon, self.squares = beta_2, epsilon, 0.0

    def step(self, theta, gradient, rate):
        self.squares = self.beta_2 * self.squares + (1 - self.beta_2) * gradient**2
        self.metric = rate / (np.sqrt(self.squares) + self.epsilon)
        theta -= self.metric * gradient


class Adam:
    """Kingma and Ba 2015, in the order of their section 2: epsilon joins the uncorrected root."""

    def __init__(self, beta_1, beta_2, epsilon, **_):
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.mean, self.square, self.t = 0.0, 0.0, 0

    def step(self, theta, gradient, rate):
        self._moments(gradient)
        theta -= self._metric(rate) * self.mean

    def _moments(self, gradient):
        self.t += 1
        self.mean = self.beta_1 * self.mean + (1 - self.beta_1) * gradient
        self.square = self.beta_2 * self.square + (1 - self.beta_2) * gradient**2

    def _second_moment(self):
        return self.square

    def _metric(self, rate):
        corrected = rate * np.sqrt(1 - self.beta_2**self.t) / (1 - self.beta_1**self.t)
        self.metric = corrected / (np.sqrt(self._second_moment()) + self.epsilon)
        return self.metric


class AMSGrad(Adam):
    """Reddi et al. 2018: the second moment never falls."""

    largest = 0.0

    def _second_moment(self):
        self.largest = np.maximum(self.largest, self.square)
        return self.largest


class NAdam(Adam):
    """Dozat 2016, with his schedule of the momentum."""

    product = 1.0

    def _mu(self, t):
        return self.beta_1 * (1 - 0.96 ** (t / 250) / 2)

    def step(self, theta, gradient, rate):
        self._moments(gradient)
        now, following = self._mu(self.t), self._mu(self.t + 1)
        self.product *= now
        ahead = following * self.mean / (1 - self.product * following)
        ahead = ahead + (1 - now) * gradient / (1 - self.product)
        root = np.sqrt(self.square)
        theta -= rate * np.sqrt(1 - self.beta_2**self.t) * ahead / (root + self.epsilon)
        self._metric(rate)


class AdamW(Adam):
    """Loshchilov and Hutter 2019: the decay acts on the weights, not on the gradient."""


OPTIMIZERS = {
    "sgd": SGD,
    "adagrad": Adagrad,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
    "amsgrad": AMSGrad,
    "nadam": NAdam,
}


def soft_threshold(w, threshold):
    return np.sign(w) * np.maximum(np.abs(w) - threshold, 0)


# --- training -----------------------------------------------------------------------------------


def clipped(gradients, limit):
    """Scaled down together so that their common norm is at most ``limit``."""
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients.values()))
    return {k: g * min(1.0, limit / norm) for k, g in gradients.items()}


def fit(network, X, Y, weights, batches, solver, hyper, rates, **options):
    """One step a batch; returns the loss of each step.

    ``options`` are ``l1``, ``l2``, ``whole_weight`` (what the penalty is divided by; None: the
    batch's weight), ``clip_norm`` and ``masks`` (of dropout, a list for each batch).
    """
    l1, l2 = options.pop("l1", 0.0), options.pop("l2", 0.0)
    whole_weight, clip_norm = options.pop("whole_weight", None), options.pop("clip_norm", None)
    masks = options.pop("masks", [()] * len(batches))
    assert not options, options
    decoupled = solver == "adamw"
    optimizers = {k: OPTIMIZERS[solver](**hyper) for k in network.parameters}
    penalised = {k: w for k, w in network.parameters.items() if network.is_penalised(k)}
    losses = []
    for rows, rate, batch_masks in zip(batches, rates, masks, strict=True):
        total = weights[rows].sum()
        divisor = whole_weight or total
        loss, gradients = network.loss_and_gradients(X[rows], Y[rows], weights[rows], batch_masks)
        gradients = {k: g / total for k, g in gradients.items()}
        loss = loss / total
        if not decoupled:
            loss += l2 / 2 * sum(np.sum(w**2) for w in penalised.values()) / divisor
            loss += l1 * sum(np.sum(np.abs(w)) for w in penalised.values()) / divisor
            for k, w in penalised.items():
                gradients[k] = gradients[k] + l2 * w / divisor
        losses.append(loss)
        if clip_norm is not None:
            gradients = clipped(gradients, clip_norm)
        for k, theta in network.parameters.items():
            if decoupled and k in penalised:
                theta *= 1 - rate * l2
            optimizers[k].step(theta, gradients[k], rate)
            if l1 and k in penalised:
                theta[:] = soft_threshold(theta, optimizers[k].metric * l1 / divisor)
    return np.array(losses)
