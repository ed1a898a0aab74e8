"""Every private scikit-learn name that the interchange needs, and nothing else."""

from typing import Any

import numpy as np
from sklearn.neural_network._base import ACTIVATIONS as OUTPUT_ACTIVATIONS
from sklearn.preprocessing import LabelBinarizer


def complete(estimator: Any) -> None:
    """Set what scikit-learn's networks keep besides the public attributes, as of all kinds."""
    estimator._no_improvement_count = 0


def complete_classifier(estimator: Any, classes: np.ndarray, label_indicators: bool) -> None:
    """Set what scikit-learn's classifiers translate class labels with."""
    labels = [[0] * len(classes), [1] * len(classes)] if label_indicators else classes
    estimator._label_binarizer = LabelBinarizer().fit(labels)


def allows_params(estimator: Any) -> bool:
    """Whether scikit-learn's check of the parameters passes."""
    try:
        estimator._validate_params()
    except ValueError:
        return False
    return True


__all__ = ["OUTPUT_ACTIVATIONS", "allows_params", "complete", "complete_classifier"]
