"""The class docstrings of MLPClassifier and MLPRegressor, put together from common parts.

The two estimators share nearly all parameters, so each is described once. Names that a parameter
accepts come from the tables of `network`: a new row shows up here by itself.
"""

from collections.abc import Iterable
from string import Template

from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.initializers import INITIALIZERS
from sknn_tune.network.optimizers import OPTIMIZERS
from sknn_tune.network.schedules import SCHEDULES


def choices(names: Iterable[str]) -> str:
    """Write names as numpydoc writes a set of strings: ``{'a', 'b'}``."""
    return "{" + ", ".join(repr(name) for name in names) + "}"


_LOSS = """\
loss : $losses, Huber or Quantile, default='squared_error'
    What is minimised. 'poisson' needs targets of at least 0, 'gamma' targets above 0; both
    predict ``exp(score)``. 'huber' means ``Huber(delta=1.35)``, 'quantile'
    ``Quantile(0.5)``, the median; ``Quantile((0.1, 0.5, 0.9))`` predicts one column for each
    quantile of a single target.
"""

_PARAMETERS = """\
hidden_layer_sizes : int or array-like of int of shape (n_layers - 2,), default=(100,)
    Number of units of each hidden layer, from input to output; an int is one layer.

activation : $activations, LeakyReLU, ELU or a sequence of these, default='relu'
    Activation of the hidden layers: one for all of them, or a sequence with one for each.
    'leaky_relu' means ``LeakyReLU(slope=0.01)``, 'elu' ``ELU(alpha=1.0)``.

solver : $solvers, default='adam'
    Optimizer. 'lbfgs' is a quasi-Newton method that uses all rows in each step: good for
    small data, without batches, dropout, batch normalisation, L1 penalty or clipping. The
    others step after each batch. 'adamw' shrinks the weights by the factor
    ``1 - rate * alpha * (1 - l1_ratio)`` at each step instead of putting the L2 penalty into
    the gradient.

alpha : float, default=0.0001
    Strength of the penalty on the weights, at least 0: ``alpha * ((1 - l1_ratio) / 2 *
    sum(w ** 2) + l1_ratio * sum(abs(w)))``, divided as ``penalty_scale`` says.

batch_size : int, 'auto' or 'full', default='auto'
    Rows of a batch. 'auto' is ``min(200, n_samples)``, 'full' all rows, which makes a solver
    a full-batch gradient method. A larger number than ``n_samples`` is clipped, with a warning.
    Not used by 'lbfgs'.

learning_rate : $schedules, schedule object or callable, default='constant'
    How the rate changes during training; not used by 'lbfgs'. A schedule object such as
    ``Cosine(warmup=0.1)`` has parameters. A callable gets the progress of the
    training, a float from 0 (start) to 1 (``max_iter``), and returns a factor on
    ``learning_rate_init``. As in scikit-learn, the words 'invscaling' and 'adaptive' act on
    'sgd' only; ``InvScaling()`` and ``Adaptive()`` act on every stochastic solver.

learning_rate_init : float, default=0.001
    The rate that the schedule multiplies, above 0. Not used by 'lbfgs'.

power_t : float, default=0.5
    Exponent of ``learning_rate='invscaling'``, at least 0.

max_iter : int, default=200
    Largest number of epochs (of iterations for 'lbfgs'), and the horizon of a schedule that
    has no ``epochs``. 0 draws the first weights and leaves them as they are.

shuffle : bool, default=True
    Whether the rows are shuffled before each epoch. Not used by 'lbfgs'.

random_state : int, RandomState instance or None, default=None
    Draws the first weights, the validation set, the order of the rows and the seed of the
    dropout masks. An int gives the same model at each call, whatever the number of threads.

tol : float, default=1e-4
    Smallest improvement of the loss (of the validation score with ``early_stopping``) that
    counts as progress; for 'lbfgs' the largest gradient at which it stops.

verbose : bool, int or 'progress', default=False
    Whether the loss of each epoch is printed, as scikit-learn does. 'progress' shows a bar
    with the last loss and score instead, on fits that take more than a second; it needs the
    extra ``progress``.

warm_start : bool or 'continue', default=False
    Whether ``fit`` starts from the parameters of the fit before. With True the optimizer and
    the rate restart and ``max_iter`` counts the additional epochs. With 'continue' training
    resumes exactly where it stopped and ``max_iter`` is the total number of epochs: a training
    in parts gives the same bits as one without a break. Then only ``max_iter`` and ``verbose``
    may change from fit to fit, anything else, the data included, is an error; a schedule that
    follows the progress of the training needs ``epochs``; not for 'lbfgs'.

momentum : float, default=0.9
    Momentum of 'sgd', in [0, 1].

nesterovs_momentum : bool, default=True
    Whether 'sgd' looks ahead along its momentum (Nesterov).

early_stopping : bool, default=False
    Whether to stop when the validation score stops improving, and to return to the parameters
    of the best epoch. The score is taken on ``X_val``, or on a share of the rows that is held
    out; ``partial_fit`` needs ``X_val``. Not used by 'lbfgs'.

validation_fraction : float, default=0.1
    Share of the rows held out by ``early_stopping`` without ``X_val``, in [0, 1); stratified
    by class where there are two classes, as in scikit-learn.

beta_1 : float, default=0.9
    Decay of the mean of the gradients in 'adam' and its relatives, in [0, 1).

beta_2 : float, default=0.999
    Decay of the mean of the squared gradients in 'adam', its relatives and 'rmsprop', in
    [0, 1).

epsilon : float, default=1e-8
    Added to the divisor of the adaptive solvers (all but 'sgd' and 'lbfgs'), above 0.

n_iter_no_change : int, default=10
    Training stops after more than this many epochs in a row without progress. ``np.inf``
    never stops for that reason: ``max_iter`` epochs are then what was asked for, and reaching
    them is no ConvergenceWarning.

max_fun : int, default=15000
    Largest number of evaluations of the loss by 'lbfgs'.

initializer : $initializers, default='auto'
    Distribution of the first weights. 'auto' is scikit-learn's: Glorot uniform, narrower for
    ``activation='logistic'``, and biases drawn as the weights; with the others the biases
    start at 0.

zero_output : bool, default=False
    Whether the output layer starts at 0, so that the first predictions are all the same.

l1_ratio : float, default=0.0
    Share of L1 in the penalty, in [0, 1]: 0 is L2, 1 is L1, between them lies the elastic
    net. The L1 part makes weights exactly 0 by a proximal step; an error with 'lbfgs' and
    with a ``momentum`` of 1.

penalize_intercept : bool, default=False
    Whether the penalty acts on the biases too.

penalty_scale : {'batch', 'dataset'}, default='batch'
    What the penalty is divided by: the sum of the sample weights of the batch, as in
    scikit-learn, or of the data set, which makes the penalty independent of ``batch_size``.

clip_norm : float or None, default=None
    Largest Euclidean norm of the gradient of a step, above 0; a longer one is scaled down to
    it. An error with 'lbfgs'.

dropout : float or sequence of float, default=0.0
    Share of the units, in [0, 1), that is dropped at random in each training step: one for
    all hidden layers, or a sequence with one for each. Predictions use all units. An error
    with 'lbfgs'.

input_dropout : float, default=0.0
    The same for the features.

batch_norm : bool or {'input', 'hidden', 'both'}, default=False
    Batch normalisation of the features ('input'), of each hidden layer before its activation
    ('hidden', the same as True) or both. Predictions use running statistics. An error with
    'lbfgs', with ``batch_size=1`` and with a single row.

residual : bool, default=False
    Whether the input of each hidden layer is added to its output: as it is where the widths
    match, otherwise through a learned projection without bias.

scoring : str, callable or None, default=None
    The validation score, larger is better. None is $score_of_none, 'loss' the negative loss;
    otherwise the name of a scikit-learn scorer or a callable ``(estimator, X, y)``, which
    gets the estimator in the middle of its fit. A callable that has a ``sample_weight`` gets
    the weights of the validation set if there are any.
"""

_CLASSIFIER_PARAMETERS = """
label_smoothing : float, default=0.0
    Share of each target's probability, in [0, 1), that is spread evenly over all classes.

class_weight : dict, 'balanced' or None, default=None
    Weights of the classes, multiplied with ``sample_weight``: a dict from class to weight, or
    'balanced' for weights inversely proportional to the class frequencies. A dict is an error
    with label indicators, 'balanced' with ``partial_fit``.
"""

_CLASSES = """\
classes_ : ndarray of shape (n_classes,)
    Class labels, sorted.

"""

_ATTRIBUTES = """\
coefs_ : list of ndarray of shape (n_units_in, n_units_out)
    Weights of each layer, from input to output. Values assigned to them change the
    predictions.

intercepts_ : list of ndarray of shape (n_units_out,)
    Biases of each layer.

n_iter_ : int
    Epochs (iterations of 'lbfgs') of the last fit.

n_layers_ : int
    Number of layers, input and output included.

n_outputs_ : int
    Number of outputs.

out_activation_ : str
    Activation of the output layer: $out_activations.

loss_ : float
    Loss of the last epoch, penalty included (of 'adamw' only the L1 part: its decay is not
    part of the loss).

best_loss_ : float or None
    Smallest loss of an epoch; None with ``early_stopping``. Not set by 'lbfgs'.

loss_curve_ : list of float
    Loss of each epoch. Not set by 'lbfgs'.

learning_rate_curve_ : list of float
    Learning rate of each epoch, the mean over its steps. Not set by 'lbfgs'.

validation_scores_ : list of float or None
    ``scoring`` on the validation set after each epoch; None where there is none. Not set by
    'lbfgs'.

best_validation_score_ : float or None
    Largest validation score of the last fit; None where there is no validation set. Not set
    by 'lbfgs'.

validation_loss_curve_ : list of float or None
    Loss on the validation set after each epoch, without the penalty; None where there is no
    validation set. Not set by 'lbfgs'.

t_ : int
    Number of rows that training has seen, repetitions counted.

n_features_in_ : int
    Number of features.

feature_names_in_ : ndarray of shape (`n_features_in_`,)
    Names of the features; only where X has names that are all strings.
"""

_DOCSTRING = """$summary

The parameters, defaults and attributes of scikit-learn's `$name` are all there. With float64
data and the same ``random_state`` the fitted model is the same too, and is found several times
faster. float32 data train in float32, at about twice the speed.

Parameters
----------
$parameters
Attributes
----------
$attributes
See Also
--------
$other : $other_summary
sklearn.neural_network.$name : The estimator that this one replaces.

Notes
-----
The first fit on a machine compiles the kernels, once for each dtype; later processes load them
from disk. A fit releases the GIL: use ``n_jobs`` of a search or of cross-validation to run several
side by side. By itself it runs in one thread, unless layers are large and batches have at least 256
rows.

References
----------
.. [1] X. Glorot, Y. Bengio (2010). "Understanding the difficulty of training deep feedforward
   neural networks." AISTATS.
.. [2] K. He, X. Zhang, S. Ren, J. Sun (2015). "Delving deep into rectifiers."
   arXiv:1502.01852.
.. [3] D. Kingma, J. Ba (2015). "Adam: a method for stochastic optimization."
   arXiv:1412.6980.
.. [4] I. Loshchilov, F. Hutter (2019). "Decoupled weight decay regularization."
   arXiv:1711.05101.
.. [5] J. Yun, A. Lozano, E. Yang (2021). "Adaptive proximal gradient methods for structured
   neural networks." NeurIPS.
.. [6] S. Ioffe, C. Szegedy (2015). "Batch normalization."
   arXiv:1502.03167.
.. [7] N. Srivastava et al. (2014). "Dropout: a simple way to prevent neural networks from
   overfitting." JMLR 15.
.. [8] K. He, X. Zhang, S. Ren, J. Sun (2016). "Deep residual learning for image recognition."
   arXiv:1512.03385.

Examples
--------
$example"""

_CLASSIFIER_EXAMPLE = """\
>>> import numpy as np
>>> from sklearn.datasets import load_digits
>>> from sklearn.model_selection import train_test_split
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import StandardScaler
>>> from sknn_tune import MLPClassifier
>>> X, y = load_digits(return_X_y=True)
>>> X_train, X_test, y_train, y_test = train_test_split(
...     X.astype(np.float32), y, stratify=y, random_state=0
... )
>>> model = make_pipeline(
...     StandardScaler(),
...     MLPClassifier(
...         dropout=0.2, learning_rate_init=0.01, early_stopping=True, random_state=0
...     ),
... )
>>> model.fit(X_train, y_train).score(X_test, y_test) > 0.95
True
>>> model.predict_proba(X_test).shape
(450, 10)
"""

_REGRESSOR_EXAMPLE = """\
>>> import numpy as np
>>> from sklearn.datasets import load_diabetes
>>> from sklearn.model_selection import train_test_split
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import StandardScaler
>>> from sknn_tune import MLPRegressor, Quantile
>>> X, y = load_diabetes(return_X_y=True)
>>> X_train, X_test, y_train, y_test = train_test_split(X, y / 100, random_state=0)
>>> model = make_pipeline(
...     StandardScaler(),
...     MLPRegressor(
...         loss=Quantile((0.1, 0.9)),
...         hidden_layer_sizes=(20,),
...         learning_rate_init=0.01,
...         tol=1e-3,
...         random_state=0,
...     ),
... )
>>> low, high = model.fit(X_train, y_train).predict(X_test).T
>>> bool(np.mean((low < y_test) & (y_test < high)) > 0.6)
True
"""

_SUMMARIES = {
    "MLPClassifier": "Multi-layer perceptron classifier that minimises the log-loss.",
    "MLPRegressor": "Multi-layer perceptron regressor.",
}


def class_docstring(name: str, losses: Iterable[str]) -> str:
    """Write the docstring of an estimator.

    Parameters
    ----------
    name : {'MLPClassifier', 'MLPRegressor'}
        The class.
    losses : iterable of str
        Names that its parameter ``loss`` accepts; empty for the classifier, which has none.

    Returns
    -------
    docstring : str
    """
    classifies = name == "MLPClassifier"
    other = "MLPRegressor" if classifies else "MLPClassifier"
    parameters = _PARAMETERS + _CLASSIFIER_PARAMETERS if classifies else f"{_LOSS}\n{_PARAMETERS}"
    names = {
        "losses": choices(losses),
        "activations": choices(ACTIVATIONS),
        "solvers": choices([*OPTIMIZERS, "lbfgs"]),
        "schedules": choices(SCHEDULES),
        "initializers": choices(["auto", *INITIALIZERS]),
        "out_activations": (
            "'softmax' for several classes, 'logistic' for two, and for label indicators"
            if classifies
            else "'identity', or 'exp' for the losses 'poisson' and 'gamma'"
        ),
        "score_of_none": "the accuracy" if classifies else "that of ``score``",
    }
    return Template(_DOCSTRING).substitute(
        summary=_SUMMARIES[name],
        name=name,
        parameters=Template(parameters).substitute(names),
        attributes=Template(_CLASSES * classifies + _ATTRIBUTES).substitute(names),
        other=other,
        other_summary=_SUMMARIES[other],
        example=_CLASSIFIER_EXAMPLE if classifies else _REGRESSOR_EXAMPLE,
    )
