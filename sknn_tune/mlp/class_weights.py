"""Class weights as factors on the sample weights."""

import numpy as np

from sknn_tune.common.numeric import is_real
from sknn_tune.mlp.targets import ClassTargets


def class_factors(
    class_weight: dict | str,
    targets: ClassTargets,
    codes: np.ndarray,
    weights: np.ndarray,
    incremental: bool,
) -> np.ndarray:
    """Factor on the weight of each sample.

    Parameters
    ----------
    class_weight : dict or 'balanced'
        The parameter of the estimator.
    targets : ClassTargets
        The classes.
    codes : ndarray of shape (n_samples, n_targets)
        Encoded targets.
    weights : ndarray of shape (n_samples,)
        Sample weights.
    incremental : bool
        Whether the samples are one batch of several.
    """
    if isinstance(class_weight, dict):
        return _weights_of_classes(class_weight, targets)[codes[:, 0].astype(int)]
    if incremental:
        raise ValueError(
            "class_weight='balanced' is not supported by partial_fit, which sees only a part "
            "of the classes; pass the weights as a dict or as sample_weight."
        )
    return _balancing_factors(codes, weights)


def _weights_of_classes(given, targets):
    """The numbers of a ``class_weight`` dict in the order of the classes, 1 where absent."""
    if targets.kind == "multilabel":
        raise ValueError(
            f"class_weight must be 'balanced' or None with a multilabel y, got {given!r}."
        )
    if not all(is_real(w) and 0 <= w < np.inf for w in given.values()):
        raise ValueError(f"class_weight must be finite numbers of at least 0, got {given!r}.")
    classes = targets.classes.tolist()
    # A fold may lack a class; but a class without weight beside a weight without class is
    # a slip, such as '1' for 1.
    if set(given) - set(classes) and set(classes) - set(given):
        raise ValueError(f"class_weight has keys that are not among {classes}, got {given!r}.")
    return np.array([given.get(label, 1.0) for label in classes], dtype=float)


def _balancing_factors(codes, weights):
    """Factors that give the classes of each column of codes equal shares of the weight."""
    factors = np.ones(len(weights))
    for column in codes.T.astype(int):
        shares = np.bincount(column, weights)
        present = shares > 0
        scale = np.zeros(len(shares))
        scale[present] = shares.sum() / (present.sum() * shares[present])
        factors *= scale[column]
    return factors
