"""Output transform: scores of any spread to numbers that a Gaussian process can model.

Scores of one search may span ten orders of magnitude (a diverged network) or crowd at the top.
They are centred and scaled by median and quartiles, transformed by Yeo-Johnson with the most
probable exponent, then standardised. (Yeo and Johnson 2000, Biometrika 87.)
"""

import numpy as np

EXPONENTS = np.linspace(-2.0, 4.0, 61)
# One standard deviation of the exponent around 1 (the identity), a priori.
EXPONENT_STD = 1.0


def yeo_johnson(x: np.ndarray, exponent: np.ndarray | float) -> np.ndarray:
    """Return the Yeo-Johnson transform of `x`; arguments broadcast."""
    up, down = np.log1p(np.maximum(x, 0.0)), np.log1p(np.maximum(-x, 0.0))
    return np.where(x >= 0, _power(up, exponent), -_power(down, 2.0 - exponent))


def inverse_yeo_johnson(z: np.ndarray, exponent: np.ndarray | float) -> np.ndarray:
    """Return x of `yeo_johnson(x, exponent) = z`; outside the range of the transform, its end."""
    up, down = np.maximum(z, 0.0), np.maximum(-z, 0.0)
    with np.errstate(over="ignore"):
        return np.where(
            z >= 0,
            np.expm1(_log_power(up, exponent)),
            -np.expm1(_log_power(down, 2.0 - exponent)),
        )


def _power(log_x, exponent):
    """Return (x^exponent - 1) / exponent of log x, its limit log x at exponent 0."""
    zero = np.abs(exponent) < 1e-8
    safe = np.where(zero, 1.0, exponent)
    return np.where(zero, log_x, np.expm1(np.clip(safe * log_x, None, 700.0)) / safe)


def _log_power(t, exponent):
    """Return log x of t = (x^exponent - 1) / exponent."""
    zero = np.abs(exponent) < 1e-8
    safe = np.where(zero, 1.0, exponent)
    return np.where(zero, t, np.log1p(np.maximum(safe * t, -1.0 + 1e-15)) / safe)


class OutputTransform:
    """A monotone map of scores to numbers of mean 0 and standard deviation 1.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Finite scores that decide the map.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_tune.search.engine.transform import OutputTransform
    >>> scores = np.array([-4e7, -3.0, -2.0, -1.5, -1.2])
    >>> transform = OutputTransform(scores)
    >>> z = transform.forward(scores)
    >>> bool(z.min() > -3)
    True
    >>> bool(np.allclose(transform.inverse(z), scores))
    True
    """

    def __init__(self, scores: np.ndarray) -> None:
        low, self.centre, high = np.quantile(scores, [0.25, 0.5, 0.75])
        self.spread = (high - low) / 1.349 or scores.std() or 1.0
        x = (scores - self.centre) / self.spread
        self.exponent = _most_probable_exponent(x)
        z = yeo_johnson(x, self.exponent)
        self.mean, self.std = z.mean(), z.std() or 1.0

    def forward(self, scores: np.ndarray) -> np.ndarray:
        """Map scores to the model's numbers."""
        z = yeo_johnson((scores - self.centre) / self.spread, self.exponent)
        return (z - self.mean) / self.std

    def inverse(self, z: np.ndarray) -> np.ndarray:
        """Map the model's numbers to scores."""
        x = inverse_yeo_johnson(self.mean + self.std * np.asarray(z), self.exponent)
        return self.centre + self.spread * x


def _most_probable_exponent(x):
    """Maximise the normal likelihood (Jacobian included) times a normal prior, on a grid."""
    variance = yeo_johnson(x, EXPONENTS[:, None]).var(axis=1)
    jacobian = (np.sign(x) * np.log1p(np.abs(x))).sum()
    log_posterior = (
        -0.5 * len(x) * np.log(variance + 1e-300)
        + (EXPONENTS - 1.0) * jacobian
        - 0.5 * ((EXPONENTS - 1.0) / EXPONENT_STD) ** 2
    )
    return EXPONENTS[np.argmax(log_posterior)]
