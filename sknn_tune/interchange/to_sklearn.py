"""A fitted network as scikit-learn's own MLPClassifier or MLPRegressor."""

from typing import Any

import numpy as np
import sklearn.neural_network

from sknn_tune.interchange.compat import (
    OUTPUT_ACTIVATIONS,
    allows_params,
    complete,
    complete_classifier,
)
from sknn_tune.network.blueprint import Architecture

_ACTIVATIONS = ("identity", "logistic", "tanh", "relu")
#: Attributes that mean the same there.
_SHARED = (
    "n_iter_", "out_activation_", "t_", "loss_", "loss_curve_", "best_loss_",
    "validation_scores_", "best_validation_score_", "feature_names_in_", "classes_",
)  # fmt: skip


def to_sklearn(
    estimator: Any,
    architecture: Architecture,
    classes: np.ndarray | None = None,
    kind: str | None = None,
) -> Any:
    """Copy a fitted estimator into scikit-learn's estimator of the same name.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Fitted.
    architecture : Architecture
        What its network is made of.
    classes : ndarray of shape (n_classes,), default=None
        Labels of a classifier.
    kind : {'binary', 'multiclass', 'multilabel'}, default=None
        What a classifier predicts.

    Returns
    -------
    estimator : sklearn.neural_network.MLPClassifier or MLPRegressor
    """
    _refuse_what_it_lacks(architecture, estimator.out_activation_)
    theirs = getattr(sklearn.neural_network, type(estimator).__name__)()
    _copy_params(estimator, theirs)
    theirs.activation = architecture.activations[0][0]
    for name in set(_SHARED) & vars(estimator).keys():
        setattr(theirs, name, getattr(estimator, name))
    theirs.coefs_ = [coef.copy() for coef in estimator.coefs_]
    theirs.intercepts_ = [intercept.copy() for intercept in estimator.intercepts_]
    # As the arrays have it, whatever the attributes say: a file may hold others.
    theirs.n_layers_ = len(theirs.coefs_) + 1
    theirs.n_features_in_, theirs.n_outputs_ = len(theirs.coefs_[0]), theirs.coefs_[-1].shape[1]
    complete(theirs)
    if classes is not None:
        complete_classifier(theirs, classes, label_indicators=kind == "multilabel")
    return theirs


def _refuse_what_it_lacks(architecture, link):
    names = {name for name, _ in architecture.activations}
    lacking = {
        "batch normalisation": architecture.input_norm or architecture.hidden_norm,
        "residual connections": architecture.residual,
        f"the activation {', '.join(sorted(names))}": not names <= set(_ACTIVATIONS),
        "an activation for each layer": len(names) > 1,
        f"the output activation {link!r}": link not in OUTPUT_ACTIVATIONS,
    }
    for name, is_lacking in lacking.items():
        if is_lacking:
            raise ValueError(
                f"scikit-learn's estimators do not have {name}; to_sklearn is for plain networks, "
                "to_onnx for all."
            )


def _copy_params(estimator, theirs):
    """Copy the parameters that both have, where the value is one that scikit-learn allows."""
    ours = estimator.get_params(deep=False)
    for name, default in theirs.get_params(deep=False).items():
        setattr(theirs, name, ours.get(name, default))
        if not allows_params(theirs):
            setattr(theirs, name, default)
