"""The dev error as a sum of what each fault costs.

The error is attributed in this order. First the steps: what a lower rate or more steps save. Then
the model: what the best other model saves is bias as far as the training error exceeds what is
possible, and variance otherwise. Then too few rows: what more rows would save. The rest is noise.
"""

import numpy as np

from sknn_tune.common.numeric import is_real
from sknn_tune.quality.evidence import N_ERRORS, Evidence
from sknn_tune.quality.faults import Fault
from sknn_tune.quality.paired_test import standard_error

# Noise is called a fault from this share of the error of the dummy.
NOISY = 0.4
# What can be changed is named before noise, unless noise costs more than twice as much.
NOISE_WEIGHT = 0.5


def decompose(evidence: Evidence) -> tuple[dict[Fault, float], dict[Fault, bool]]:
    """Return what each fault costs, and whether that is significant.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    parts : dict of str to float
        The sum is the dev error, that of the dummy where the estimator could not be fitted.
    significant : dict of str to bool
    """
    own = evidence.own if evidence.own.works else evidence.errors["chance"]
    possible = float(evidence.errors[evidence.best].dev.mean())
    left = max(float(own.dev.mean()) - possible, 0.0)
    parts: dict[Fault, float] = {"rate_too_high": 0.0, "not_converged": 0.0}
    train = float(own.train.mean())
    if evidence.steps:
        name = evidence.best_step()
        lost = float(own.dev.mean() - evidence.errors[name].dev.mean())
        parts[evidence.steps[name]] = min(max(lost, 0.0), left)
        left -= parts[evidence.steps[name]]
        train = float(evidence.errors[name].train.mean())
    parts["high_bias"] = float(np.clip(train - possible, 0.0, left))
    parts["high_variance"] = left - parts["high_bias"]
    asymptote, rows_help = _extrapolate(evidence, possible)
    if is_real(evidence.reference):
        floor = min(float(evidence.reference), possible)
        # What is possible but not reached with unlimited rows is beyond the capacity of the models.
        parts["high_bias"] += max(asymptote - floor, 0.0)
        asymptote = max(asymptote, floor)
        parts["too_few_rows"], parts["noise"] = possible - asymptote, floor
    else:
        parts["too_few_rows"], parts["noise"] = possible - asymptote, asymptote
    return parts, dict.fromkeys(parts, True) | {"too_few_rows": rows_help}


def _extrapolate(evidence: Evidence, possible: float) -> tuple[float, bool]:
    """Dev error of the best model with unlimited rows, and whether more rows clearly help."""
    if len(evidence.curve) < 2:
        return possible, False
    sizes = np.array([size for size, _ in evidence.curve])
    # A dummy is always available, so larger errors of tiny training sets do not count.
    errors = np.minimum([run.dev for _, run in evidence.curve], evidence.chance)
    x = np.sqrt(sizes[-1] / sizes) - 1.0
    slopes = x @ (errors - errors[-1]) / (x @ x)
    error = standard_error(slopes, evidence.runner.dev_share)
    slope = slopes.mean()
    return float(np.clip(possible - slope, 0.0, possible)), bool(slope > N_ERRORS * error)


def name_faults(
    evidence: Evidence, parts: dict[Fault, float], significant: dict[Fault, bool]
) -> tuple[Fault, ...]:
    """Return the faults that cost more than the tolerance, the costliest first.

    Overfitting can be seen as high variance or as too few rows. If more rows would help and no
    variant with less capacity clearly does, the number of rows decides between the two.

    Parameters
    ----------
    evidence : Evidence
    parts : dict of str to float
    significant : dict of str to bool
        As `decompose` returns them.

    Returns
    -------
    faults : tuple of str
        ``("balanced",)`` if there is none.
    """
    least = dict.fromkeys(parts, evidence.tolerance)
    least["noise"] = NOISY * evidence.chance
    found = [name for name in parts if significant[name] and parts[name] > least[name]]
    weights = dict.fromkeys(parts, 1.0) | {"noise": NOISE_WEIGHT}
    found.sort(key=lambda name: weights[name] * parts[name], reverse=True)
    if not evidence.is_overfit:
        return tuple(found) or ("balanced",)
    if evidence.has_few_rows:
        # With so few rows, noise cannot be distinguished from a lack of rows.
        found = [name for name in found if name != "noise"] or ["too_few_rows"]
        if evidence.is_separable_by_chance and "high_variance" in found:
            found = [name for name in found if name != "too_few_rows"]
            found.insert(found.index("high_variance"), "too_few_rows")
    elif "too_few_rows" in found:
        found = [name for name in found if name != "high_variance"]
        found.insert(found.index("too_few_rows"), "high_variance")
    return tuple(found) or ("high_variance",)
