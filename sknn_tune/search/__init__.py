"""Bayesian hyperparameter search for any estimator."""
