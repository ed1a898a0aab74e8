"""A fitted network as scikit-learn's own MLPClassifier or MLPRegressor."""

import sklearn.neural_network
from sklearn.preprocessing import LabelBinarizer

from sknn_tune.interchange.compat import OUTPUT_ACTIVATIONS

_ACTIVATIONS = ("identity", "logistic", "tanh", "relu")
#: Attributes that mean the same there.
_SHARED = (
    "n_iter_", "n_layers_", "n_outputs_", "out_activation_", "t_", "loss_", "loss_curve_",
    "best_loss_", "validation_scores_", "best_validation_score_", "n_features_in_",
    "feature_names_in_", "classes_",
)  # fmt: skip


def to_sklearn(estimator, architecture, classes=None, target_type=None):
    """Copy a fitted estimator into scikit-learn's estimator of the same name.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Fitted.
    architecture : Architecture
        What its network is made of.
    classes : ndarray of shape (n_classes,), default=None
        Labels of a classifier.
    target_type : {'binary', 'multiclass', 'multilabel'}, default=None
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
    theirs._no_improvement_count = 0
    if classes is not None:
        theirs._label_binarizer = _binarizer(classes, target_type == "multilabel")
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
        try:
            theirs._validate_params()
        except ValueError:
            setattr(theirs, name, default)


def _binarizer(classes, label_indicators):
    if not label_indicators:
        return LabelBinarizer().fit(classes)
    return LabelBinarizer().fit([[0] * len(classes), [1] * len(classes)])
