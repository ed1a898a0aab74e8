"""Elementary functions that the compiler can vectorise.

Numba ships no vector mathematics library, so ``np.exp`` in a loop is one scalar call of the C
library an element. These are range reduction and a polynomial in plain arithmetic, which LLVM
turns into vector code; relative errors are below 3e-7 (float32) and 1e-15 (float64), tested
against numpy. NaN passes through: ``max(x, low)`` keeps it, ``max(low, x)`` would not.

Coefficients of `exp` in float32: S. Moshier, Cephes (expf). Those of `erf` are Chebyshev
interpolants computed to 40 digits; the others are Taylor series.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from sknn_tune.network.jit import exact_kernel, inlined, like


def polynomial(*coefficients: float) -> Callable:
    """Compile a polynomial, lowest coefficient first, by Horner's rule."""
    *lower, highest = coefficients
    lines = ["def horner(x):", f"    p = like(x, {highest!r})"]
    lines += [f"    p = p * x + like(x, {coefficient!r})" for coefficient in reversed(lower)]
    lines += ["    return p"]
    namespace: dict[str, Any] = {"like": like}
    exec("\n".join(lines), namespace)
    return inlined(namespace["horner"])


# (exp(r) - 1 - r) / r**2
_exp_rest_float32 = polynomial(
    5.0000001201e-1,
    1.6666665459e-1,
    4.1665795894e-2,
    8.3334519073e-3,
    1.3981999507e-3,
    1.9875691500e-4,
)
_exp_rest = polynomial(*(1.0 / math.factorial(k) for k in range(2, 14)))


@exact_kernel
def _exp_float32(x):
    x = min(max(x, np.float32(-86.6)), np.float32(88.7))
    n = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
    r = x - n * np.float32(0.693359375) - n * np.float32(-2.12194440e-4)
    p = _exp_rest_float32(r) * r * r + r + np.float32(1.0)
    power = np.int32((np.int32(n) + np.int32(126)) << np.int32(23))
    return np.float32(2.0) * p * power.view(np.float32)


@exact_kernel
def _exp_float64(x):
    x = min(max(x, -708.0), 709.7)
    n = np.floor(x * 1.4426950408889634 + 0.5)
    r = x - n * 6.93145751953125e-1 - n * 1.42860682030941723212e-6
    p = _exp_rest(r) * r * r + r + 1.0
    # Through int32, whose conversion has a vector instruction on every processor.
    power = np.int64((np.int64(np.int32(n)) + 1022) << np.int64(52))
    return 2.0 * p * power.view(np.float64)


def exp(x: float) -> float:
    """e**x, kept within the range of the dtype instead of overflowing."""
    return type(x)(math.exp(min(max(x, -708.0), 709.7)))


@overload(exp)
def _exp(x):
    chosen = _exp_float32 if x == types.float32 else _exp_float64
    return lambda x: chosen(x)


@exact_kernel
def logistic(x: float) -> float:
    """1 / (1 + exp(-x))."""
    one = like(x, 1.0)
    return one / (one + exp(-x))


@exact_kernel
def expm1(x: float) -> float:
    """exp(x) - 1, also where x is small."""
    near = _exp_rest(x) * x * x + x
    far = exp(x) - like(x, 1.0)
    return near if abs(x) < like(x, 0.35) else far


@exact_kernel
def tanh(x: float) -> float:
    """Hyperbolic tangent: expm1(2x) / (expm1(2x) + 2)."""
    # Beyond 20 the quotient is 1 to the last digit; the clip keeps exp from its end of range.
    e = expm1(like(x, 2.0) * min(max(x, like(x, -20.0)), like(x, 20.0)))
    return e / (e + like(x, 2.0))


# artanh(s) / s as a polynomial in s**2
_artanh_ratio = polynomial(*(1.0 / k for k in range(1, 34, 2)))
_artanh_ratio_small = polynomial(*(1.0 / k for k in range(1, 24, 2)))


@exact_kernel
def softplus(x: float) -> float:
    """log(1 + exp(x))."""
    # log(1 + e) = 2 artanh(s) with s = e / (2 + e) <= 1/3.
    e = exp(-abs(x))
    s = e / (like(x, 2.0) + e)
    return max(x, like(x, 0.0)) + like(x, 2.0) * s * _artanh_ratio(s * s)


# x = m 2**e with m between sqrt(1/2) and sqrt(2); log(m) = 2 artanh((m - 1) / (m + 1)).
@exact_kernel
def _log_float32(x):
    bits = np.int32(np.float32(x).view(np.int32))
    e = np.int32(np.int32(bits - np.int32(0x3F3504F3)) >> np.int32(23))
    m = np.int32(bits - np.int32(e << np.int32(23))).view(np.float32)
    s = (m - np.float32(1.0)) / (m + np.float32(1.0))
    ln2 = np.float32(0.6931471805599453)
    # x - x is 0, or NaN where x is NaN, whose bits say nothing.
    return np.float32(e) * ln2 + np.float32(2.0) * s * _artanh_ratio_small(s * s) + (x - x)


@exact_kernel
def _log_float64(x):
    bits = np.int64(np.float64(x).view(np.int64))
    e = np.int64(np.int64(bits - np.int64(0x3FE6A09E667F3BCD)) >> np.int64(52))
    m = np.int64(bits - np.int64(e << np.int64(52))).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    ln2 = 0.6931471805599453
    return np.float64(np.int32(e)) * ln2 + 2.0 * s * _artanh_ratio_small(s * s) + (x - x)


def log(x: float) -> float:
    """Natural logarithm of a positive normal number."""
    return type(x)(math.log(x))


@overload(log)
def _log(x):
    chosen = _log_float32 if x == types.float32 else _log_float64
    return lambda x: chosen(x)


# erf(x) / x in x**2, up to 1; and (1 - erf(x)) exp(x**2) in (x - 3) / (x + 3), from 1 to 6
_erf_ratio = polynomial(
    1.1283791670955126,
    -0.37612638903183526,
    0.11283791670943086,
    -0.026866170642881146,
    0.005223977604245085,
    -0.0008548325847052733,
    0.00012055291380833668,
    -1.4924674919591882e-05,
    1.6446722985048376e-06,
    -1.620353523954781e-07,
    1.3700273093692008e-08,
    -7.761599244210683e-10,
)
_erfc_ratio = polynomial(
    0.17900115118138993,
    -0.32623356004303716,
    0.24560380171233356,
    -0.15011593650077906,
    0.07166583719773577,
    -0.024392499318684167,
    0.004269136342084195,
    0.0007077464449667986,
    -0.0005970621259524529,
    4.52550684313783e-05,
    6.405834326735981e-05,
    -1.2856905092693816e-05,
    -7.986459369797351e-06,
    2.094051691597279e-06,
    1.2579116108986338e-06,
    -2.1857061135600824e-07,
    -1.721165597446024e-07,
)


@exact_kernel
def erf(x: float) -> float:
    """The error function."""
    one, three = like(x, 1.0), like(x, 3.0)
    size = min(abs(x), like(x, 6.0))
    near = size * _erf_ratio(size * size)
    far = one - exp(-size * size) * _erfc_ratio((size - three) / (size + three))
    value = near if size < one else far
    return value if x > 0 else -value
