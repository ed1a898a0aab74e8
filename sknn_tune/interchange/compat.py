"""Every private scikit-learn name that the interchange needs, and nothing else."""

from sklearn.neural_network._base import ACTIVATIONS as OUTPUT_ACTIVATIONS

__all__ = ["OUTPUT_ACTIVATIONS"]
