"""The docstrings of the parameters and attributes that both estimators have."""

from string import Template

_PARAMETERS = """\
n_members : int, default=10
    Number of networks that are trained and averaged. Each row is left out by the members of one
    fold, which are two of ten.

hidden_layer_sizes : int or array-like of int, default=(128, 128, 128)
    Number of units of each hidden layer of a member.

learning_rate_init : float, default=0.005
    Largest learning rate of AdamW. It falls to 0 along four cosines, each twice as long as the
    one before.

dropout : float, default=0.1
    Share of the units of each hidden layer that is dropped in training, in [0, 1).

weight_decay : float, default=0.05
    At each step the weights shrink by the factor ``1 - rate * weight_decay``.

$own

numeric_embedding : {'auto', 'piecewise_linear'} or None, default='auto'
    'piecewise_linear' spreads each number over 24 bins, or up to 96 of more than 6,000 rows,
    besides passing it on; None passes it on only; 'auto' does the one in every second member and
    the other in the rest. Tables with more than 100 columns of three or more values get no bins.

categorical_features : 'from_dtype', array-like or None, default='from_dtype'
    Which columns are categories: those of a data frame that hold categories, strings or objects
    other than numbers, or a mask, indices or names. None: there are none.

cv : int, cross-validation splitter, iterable of (train, test) or None, default=None
    The rows that members leave out; members take the splits in turn. An int is a number of folds.
    None is half as many folds as there are members, at least five.

batch_size : int, 'auto' or 'full', default='auto'
    Rows of a batch. 'auto' is a power of two from 16 to 256, about an eightieth of the
    rows; 'full' is all rows, in float64 instead of float32.

max_epochs : int or 'auto', default='auto'
    Epochs of a member that nothing stops, which the learning rate follows. 'auto' makes at least
    1,000 steps and 20 epochs, up to 150 epochs of few rows, and fewer than 20 of more than
    50,000. A member stops at the end of a cosine that has brought no improvement on its unseen
    rows, and keeps its best epoch.

max_time : float or None, default=None
    Seconds that all members may take; each makes as many epochs as its share of the time allows,
    at least one.

n_jobs : int or None, default=None
    Threads that members are trained in, and that blocks of rows are predicted in. None means 1
    unless in a `joblib.parallel_backend` context. The result does not depend on it.

random_state : int, RandomState instance or None, default=None
    Of the folds, the first weights, the order of rows and dropout.

verbose : bool, int or 'progress', default=False
    Whether to print a line for each member, or show a progress bar.
"""

_ATTRIBUTES = """\
$own_attributes

oof_prediction_ : ndarray
    Prediction of each row of `fit` by the members that have not seen it. The epoch that a member
    keeps was chosen on its unseen rows, so here each half of them is predicted at the epoch that
    is best for the other half.

oof_score_ : float
    Score of `oof_prediction_`: an estimate of the score on new rows, without a test set.

feature_importances_ : ndarray of shape (n_features,)
    How much the loss on unseen rows rises when a column is shuffled; negative values are noise.
    Computed when it is read.

loss_curves_, validation_loss_curves_ : list of list of float
    Loss of each epoch of each member, on the rows it learns from and on those it does not see.

n_epochs_ : list of int
    Epoch that each member keeps.

member_weights_ : ndarray of shape (n_members,)
    Weights of the members in the mean of their predictions, of least loss on the rows that they
    have not seen; all alike where there are none.

n_features_in_ : int
    Number of columns seen during `fit`.

feature_names_in_ : ndarray of shape (n_features,)
    Names of the columns; only where all are strings.
"""

_CLASS = Template("""$summary

The table is taken as it is: numbers of any scale, categories, strings, booleans, times, missing
values anywhere. Ten small networks learn it, each from four fifths of the rows; the last fifth
tells it when to stop. The prediction is a weighted mean of theirs.

Read more in the :ref:`User Guide <guide_tables>`.

Parameters
----------
$parameters
Attributes
----------
$attributes
See Also
--------
sklearn.ensemble.$rival : Gradient boosting of trees, which takes tables as they are too.
$other

Notes
-----
There is no `partial_fit` and no `warm_start`: folds, scales and bins are chosen from all rows.

A data frame may have its columns in another order at prediction than at `fit`: they are found by
name. Categories that were not seen at `fit` count as rare ones.

References
----------
Gorishniy, Rubachev, Babenko, "On Embeddings for Numerical Features in Tabular Deep Learning",
NeurIPS 2022. Holzmüller, Grinsztajn, Steinwart, "Better by Default: Strong Pre-Tuned MLPs and
Boosted Trees on Tabular Data", NeurIPS 2024.

Examples
--------
$example
""")


def class_docstring(
    summary: str, own: str, own_attributes: str, rival: str, other: str, example: str
) -> str:
    """The docstring of an estimator.

    Parameters
    ----------
    summary : str
        Its first line.
    own, own_attributes : str
        Parameters and attributes that only this estimator has.
    rival, other : str
        For See Also.
    example : str
        Its example.
    """
    parameters = Template(_PARAMETERS).substitute(own=own.strip())
    attributes = Template(_ATTRIBUTES).substitute(own_attributes=own_attributes.strip())
    return _CLASS.substitute(
        summary=summary,
        parameters=parameters,
        attributes=attributes,
        rival=rival,
        other=other.strip(),
        example=example.strip(),
    )
