"""Activation functions: forward and backward of each, side by side.

A row of `ACTIVATIONS` holds two scalar functions. ``forward(z, param)`` gives the output for
the pre-activation ``z``; ``derivative(z, a, param)`` gives d output / d pre-activation and may
use both the pre-activation ``z`` and the output ``a``. ``param`` is the parameter of the
activation, where it has one (a slope, an alpha). A row whose derivative reads ``z`` has
``keeps_input=True``, so that the pre-activation is stored; for the others ``z`` is undefined.

Everything else follows from the row: the integer code, the compiled units, the validation of
the parameter, the tests and the list in the documentation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from sknn_tune.network.context import delta_of, operation_of, output_of
from sknn_tune.network.elementary import erf, exp, expm1, logistic, softplus, tanh
from sknn_tune.network.jit import exact_kernel, from_source, inlined, kernel, like
from sknn_tune.network.options import Option, is_real
from sknn_tune.network.plan import BIAS, OUTPUT, SAVED
from sknn_tune.network.registry import registry
from sknn_tune.network.units import Unit
from sknn_tune.network.views import vector


class Activation(NamedTuple):
    """A row of the table of activations."""

    forward: Callable
    derivative: Callable
    keeps_input: bool = False
    #: Default of the activation's parameter.
    param: float = 0.0


@inlined
def identity(z: float, param: float) -> float:
    return z


@inlined
def identity_derivative(z: float, a: float, param: float) -> float:
    return like(a, 1.0)


@inlined
def logistic_forward(z: float, param: float) -> float:
    return logistic(z)


@inlined
def logistic_derivative(z: float, a: float, param: float) -> float:
    return a * (like(a, 1.0) - a)


@inlined
def tanh_forward(z: float, param: float) -> float:
    return tanh(z)


@inlined
def tanh_derivative(z: float, a: float, param: float) -> float:
    return like(a, 1.0) - a * a


@inlined
def relu(z: float, param: float) -> float:
    return max(z, like(z, 0.0))


@kernel
def relu_derivative(z: float, a: float, param: float) -> float:
    return like(a, 0.0) if a == 0 else like(a, 1.0)


@kernel
def leaky_relu(z: float, slope: float) -> float:
    return z if z > 0 else slope * z


@kernel
def leaky_relu_derivative(z: float, a: float, slope: float) -> float:
    return like(a, 1.0) if a > 0 else slope


# A sum of two parts, of which one is 0: a choice between them would keep loops scalar.
@inlined
def elu(z: float, alpha: float) -> float:
    return max(z, like(z, 0.0)) + alpha * expm1(min(z, like(z, 0.0)))


@kernel
def elu_derivative(z: float, a: float, alpha: float) -> float:
    return like(a, 1.0) if a > 0 else a + alpha


_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772


@inlined
def selu(z: float, param: float) -> float:
    return like(z, _SELU_SCALE) * elu(z, like(z, _SELU_ALPHA))


@kernel
def selu_derivative(z: float, a: float, param: float) -> float:
    return like(a, _SELU_SCALE) if a > 0 else a + like(a, _SELU_SCALE * _SELU_ALPHA)


@inlined
def gelu(z: float, param: float) -> float:
    return like(z, 0.5) * z * (like(z, 1.0) + erf(z * like(z, 0.7071067811865476)))


@inlined
def gelu_derivative(z: float, a: float, param: float) -> float:
    density = like(z, 0.3989422804014327) * exp(like(z, -0.5) * z * z)
    return like(z, 0.5) * (like(z, 1.0) + erf(z * like(z, 0.7071067811865476))) + z * density


@inlined
def silu(z: float, param: float) -> float:
    return z * logistic(z)


@inlined
def silu_derivative(z: float, a: float, param: float) -> float:
    s = logistic(z)
    return s + a * (like(z, 1.0) - s)


@exact_kernel
def _tanh_softplus(z):
    # With e = exp(z): tanh(log(1 + e)) = ((1 + e)^2 - 1) / ((1 + e)^2 + 1).
    e = exp(min(z, like(z, 20.0)))
    n = e * (e + like(z, 2.0))
    return n / (n + like(z, 2.0))


# Exact, or z * (n / (n + 2)) becomes (z * n) / (n + 2) and overflows.
@exact_kernel
def mish(z: float, param: float) -> float:
    return z * _tanh_softplus(z)


@exact_kernel
def mish_derivative(z: float, a: float, param: float) -> float:
    t = _tanh_softplus(z)
    return t + z * (like(z, 1.0) - t * t) * logistic(z)


@inlined
def softplus_forward(z: float, param: float) -> float:
    return softplus(z)


@inlined
def softplus_derivative(z: float, a: float, param: float) -> float:
    return -expm1(-a)


def _kernels(row):
    return {"forward": "z, param", "derivative": "z, a, param"}


ACTIVATIONS = registry(
    {
        "identity": Activation(identity, identity_derivative),
        "logistic": Activation(logistic_forward, logistic_derivative),
        "tanh": Activation(tanh_forward, tanh_derivative),
        "relu": Activation(relu, relu_derivative),
        "leaky_relu": Activation(leaky_relu, leaky_relu_derivative, param=0.01),
        "elu": Activation(elu, elu_derivative, param=1.0),
        "selu": Activation(selu, selu_derivative),
        "gelu": Activation(gelu, gelu_derivative, keeps_input=True),
        "silu": Activation(silu, silu_derivative, keeps_input=True),
        "mish": Activation(mish, mish_derivative, keeps_input=True),
        "softplus": Activation(softplus_forward, softplus_derivative),
    },
    _kernels,
)


@dataclass(frozen=True)
class LeakyReLU(Option):
    """The activation ``z if z > 0 else slope * z`` (Maas et al. 2013).

    Parameters
    ----------
    slope : float, default=0.01
        Slope below 0, at least 0 and below 1.
    """

    slope: float = 0.01
    name: ClassVar[str] = "leaky_relu"

    def check(self) -> None:
        self._require(is_real(self.slope) and 0 <= self.slope < 1, "slope", "in [0, 1)")

    @property
    def param(self) -> float:
        """The parameter, as compiled code gets it."""
        return float(self.slope)


@dataclass(frozen=True)
class ELU(Option):
    """The activation ``z if z > 0 else alpha * (exp(z) - 1)`` (Clevert et al. 2016).

    Parameters
    ----------
    alpha : float, default=1.0
        Minus the limit far below 0, above 0.
    """

    alpha: float = 1.0
    name: ClassVar[str] = "elu"

    def check(self) -> None:
        in_range = is_real(self.alpha) and self.alpha > 0
        self._require(in_range, "alpha", "a finite number above 0")

    @property
    def param(self) -> float:
        """The parameter, as compiled code gets it."""
        return float(self.alpha)


_FORWARD = """
for i in range(Z.shape[0]):
    for j in range(Z.shape[1]):
        z = Z[i, j] + bias[j]
        {keep}
        Z[i, j] = forward(z, param)
"""
_BACKWARD = """
bias_gradient[:] = 0
for i in range(A.shape[0]):
    for j in range(A.shape[1]):
        d = D[i, j] * derivative({z}[i, j], A[i, j], param)
        D[i, j] = d
        bias_gradient[j] += d
"""


def _activation_kernel(name, row):
    """Z <- f(Z + bias); P <- Z + bias where it is kept."""
    body = _FORWARD.format(keep="P[i, j] = z" if row.keeps_input else "")
    source = from_source(f"activate_{name}", "Z, bias, P, param", body, forward=row.forward)
    return inlined(source)


def _derivative_kernel(name, row):
    """D <- D * f'; bias_gradient <- the sums of D over the rows."""
    body = _BACKWARD.format(z="P" if row.keeps_input else "A")
    parameters = "A, P, D, bias_gradient, param"
    source = from_source(f"derive_{name}", parameters, body, derivative=row.derivative)
    return inlined(source)


#: The kernels of whole layers, by name of the activation.
ACTIVATE = {name: _activation_kernel(name, row) for name, row in ACTIVATIONS.items()}
DERIVE = {name: _derivative_kernel(name, row) for name, row in ACTIVATIONS.items()}


def _forward_unit(name):
    kernel = ACTIVATE[name]

    def activate(context, position, n_rows, key):
        operation = operation_of(context, position)
        Z = output_of(context, operation[OUTPUT], n_rows)
        P = output_of(context, operation[SAVED], n_rows)
        bias = vector(context.workspace.theta, operation[BIAS], Z.shape[1])
        kernel(Z, bias, P, context.plan.params[position])
        return 0.0

    return Unit(activate, name)


def _backward_unit(name):
    kernel = DERIVE[name]

    def derive(context, position, n_rows, key):
        operation = operation_of(context, position)
        A = output_of(context, operation[OUTPUT], n_rows)
        P = output_of(context, operation[SAVED], n_rows)
        D = delta_of(context, operation[OUTPUT], n_rows)
        bias_gradient = vector(context.workspace.gradient, operation[BIAS], D.shape[1])
        kernel(A, P, D, bias_gradient, context.plan.params[position])
        return 0.0

    return Unit(derive, name)


#: Units that follow an operation with a bias, by number of the activation.
FORWARD_UNITS = [_forward_unit(name) for name in ACTIVATIONS]
BACKWARD_UNITS = [_backward_unit(name) for name in ACTIVATIONS]
