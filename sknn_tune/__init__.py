"""Neural networks for scikit-learn that train at BLAS speed, and tune themselves."""

__version__ = "0.1.0"
