"""What MLPClassifier and MLPRegressor share: from parameters and data to a fitted network.

No arithmetic here. Options become the rows, codes and arrays that `network` works on; what comes
back becomes the fitted attributes that scikit-learn's estimators have.
"""

from functools import cache

import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from sknn_tune.common.caller import warn_caller
from sknn_tune.common.layer_sizes import hidden_layers
from sknn_tune.mlp.compat import CALLBACK_STATE, CallbackSupportMixin, fit_context
from sknn_tune.mlp.data import FitData, cast, checked_rows
from sknn_tune.mlp.options import ParameterOptions
from sknn_tune.mlp.state import FittedParameters, Network
from sknn_tune.mlp.training import DIVERGED, StochasticTraining
from sknn_tune.mlp.watching import Watchers, watchers_of
from sknn_tune.network.blueprint import cached_blueprint
from sknn_tune.network.initializers import initial_parameters
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.training import (
    CHUNK_ROWS,
    STOPPED,
    Predictor,
    allocate,
    minimise_lbfgs,
    pack_data,
    prefers_sparse_layer,
)


class BaseMLP(
    ParameterOptions,
    FitData,
    StochasticTraining,
    FittedParameters,
    CallbackSupportMixin,
    BaseEstimator,
):
    """Base of the two estimators; not for direct use."""

    #: Fits run side by side in threads; a search with several workers then prefers threads.
    _releases_gil = True

    def _store(self, arguments):
        """Keep the arguments of ``__init__``, its ``locals()``, as they are."""
        for name, value in arguments.items():
            if name not in ("self", "__class__"):
                setattr(self, name, value)

    @classmethod
    @cache
    def _get_param_names(cls):
        # Every fit and set_params asks, and reading the signature is a tenth of a short fit.
        return super()._get_param_names()

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Fit the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input; float32 trains in float32, at twice the speed, all else in float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, a label indicator matrix, or numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; None weighs all as 1.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Input of a validation set, of at least two rows. Loss and score on it are recorded
            after each epoch; with ``early_stopping`` they end the training and choose the epoch,
            and no rows of X are held out. In a Pipeline it is transformed as X is with
            ``Pipeline(..., transform_input=["X_val"])``. Not used by 'lbfgs'.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Targets of the validation set.
        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of the validation set; None weighs all as 1. ``class_weight`` does not act
            on them.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or the data is out of range, training diverged, or
            ``warm_start="continue"`` is asked to go on with other data or settings.
        """
        return self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    def _fit(self, X, y, sample_weight, validation_set, incremental=False):
        """Fit; where that fails the estimator is what it was."""
        before, anew = vars(self).copy(), self._begins_anew(incremental)
        trains = False
        try:
            prepared = self._prepare(X, y, sample_weight, validation_set, anew, incremental)
            watchers = Watchers([]) if incremental else watchers_of(self, X, y, sample_weight)
            trains = True
            self._train(*prepared, watchers, incremental)
        except Exception:
            # Only training that goes on has changed something old: the parameters, in place.
            if anew or not trains:
                kept = {name: vars(self)[name] for name in CALLBACK_STATE if hasattr(self, name)}
                vars(self).clear()
                vars(self).update(before | kept)
            raise
        return self

    def _prepare(self, X, y, sample_weight, validation_set, anew, incremental):
        """Check parameters and data; a network, samples, validation samples, random numbers."""
        if incremental and not anew:
            self._validate_params()  # scikit-learn looks at them before the first call only
        hidden = self._hidden_layer_sizes()
        self._check_combinations(hidden, incremental, validation_set[0] is not None)
        if anew or incremental or self.warm_start != "continue":
            self._run = None
        else:
            self._run.check_settings(self)
        samples = self._samples(X, y, sample_weight, anew, incremental)
        if self._run is None:
            random_state = check_random_state(self.random_state)
        else:
            random_state = self._run.stream

        architecture = self._architecture_of(hidden)
        if anew:
            self._dtype = samples.X.dtype.name
        widths = [*hidden, self._n_scores()]
        blueprint = self._blueprint(widths, architecture, prefers_sparse_layer(samples.X))
        if anew:
            self._reset(blueprint, random_state)
        own_validation = self._validation_samples(*validation_set)
        if self._run is not None:
            self._run.check_data(samples, own_validation)
        network = self._network(blueprint)
        self._expose(network)
        self._architecture = architecture
        self.out_activation_ = LOSSES[self._loss()[0]].link
        return network, samples, own_validation, random_state

    def _train(self, network, samples, own_validation, random_state, watchers, incremental):
        try:
            if self.solver == "lbfgs":
                self._fit_lbfgs(network, samples, watchers)
            else:
                self._fit_stochastic(
                    network, samples, own_validation, random_state, watchers, incremental
                )
            self._check_finite(network)
            watchers.end()
        finally:
            watchers.close()

    def _check_finite(self, network):
        # Early stopping may have warned of a divergence and kept an earlier epoch.
        has_loss = np.isfinite(getattr(self, "loss_", 0.0)) or self.early_stopping
        numbers_are_finite = all(np.isfinite(part).all() for part in network[1:])
        if not (has_loss and numbers_are_finite):
            raise ValueError(DIVERGED)

    def _begins_anew(self, incremental):
        if not hasattr(self, "coefs_"):
            return True
        if self.warm_start == "continue" and not incremental:
            return self._run is None
        return not (self.warm_start or incremental)

    def _reset(self, blueprint, random_state):
        """Fitted attributes of a network that has seen no data."""
        self.n_iter_ = 0
        self.t_ = 0
        self.n_layers_ = len(blueprint.weights) + 1
        theta = initial_parameters(blueprint, self.initializer, self.zero_output, random_state)
        statistics = np.zeros(blueprint.n_statistics, theta.dtype)
        self._expose(Network(blueprint, theta, statistics))
        self._state = self._last = self._run = None
        self._incremental = False
        self._forget_history()

    # --- lbfgs --------------------------------------------------------------------------------

    def _fit_lbfgs(self, network, samples, watchers):
        n_rows, n_targets = samples.targets.shape
        objective = self._objective(network.blueprint, samples.weights.sum(dtype=np.float64))
        watchers.begin(self.max_iter)

        def after_iteration(loss):
            self.loss_ = loss
            watchers.begin_step()
            return watchers.end_step()

        result = minimise_lbfgs(
            network.blueprint,
            allocate(*network, min(n_rows, 4 * CHUNK_ROWS), n_targets),
            pack_data(*samples[:3]),
            objective._replace(loss_factor=1.0),
            after_iteration if watchers else None,
            maxfun=self.max_fun,
            maxiter=self.max_iter,
            gtol=self.tol,
        )
        self.n_iter_ = min(result.nit, self.max_iter)
        self.loss_ = result.fun
        self._say(
            "L-BFGS: {} iterations, loss = {:.8f}, {}", result.nit, result.fun, result.message
        )
        if result.status not in (0, STOPPED):
            warn_caller(
                f"lbfgs failed to converge after {result.nit} iteration(s) (status="
                f"{result.status}): {result.message}. Increase the number of iterations to "
                "improve the convergence (max_iter, max_fun) or scale the data.",
                ConvergenceWarning,
            )

    # --- prediction ---------------------------------------------------------------------------

    def _predictions(self, X):
        """Outputs of the network after its link, of shape (n_samples, n_scores)."""
        check_is_fitted(self)
        X = validate_data(
            self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False
        )
        X = cast(checked_rows(X), self._dtype)
        network = self._fitted_network(prefers_sparse_layer(X))
        return Predictor(*network, X, self.out_activation_)()

    def _fitted_network(self, sparse_input=False):
        check_is_fitted(self)
        return self._network(self._blueprint(self._widths(), self._architecture, sparse_input))

    def _blueprint(self, widths, architecture, sparse_input):
        architecture = architecture._replace(
            sparse_input=sparse_input and not architecture.residual
        )
        return cached_blueprint((self.n_features_in_, *widths), architecture, np.dtype(self._dtype))

    # --- interchange --------------------------------------------------------------------------

    def to_sklearn(self):
        """Copy the network into scikit-learn's own estimator of the same name.

        Parameters that it does not have, and values it does not allow, are left at its defaults;
        the predictions are the same.

        Returns
        -------
        estimator : sklearn.neural_network.MLPClassifier or MLPRegressor
            A fitted estimator with these weights.

        Raises
        ------
        ValueError
            If the network has batch normalisation, residual connections, several activations, or
            an activation that scikit-learn does not have.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sknn_tune import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier((5,), tol=1e-2, random_state=0).fit(X, y)
        >>> theirs = model.to_sklearn()
        >>> bool((theirs.predict(X) == model.predict(X)).all())
        True
        """
        from sknn_tune.interchange.to_sklearn import to_sklearn

        check_is_fitted(self)
        return to_sklearn(self, self._architecture, *self._label_types())

    def to_onnx(self):
        """Write the network as an ONNX model, which other runtimes and languages can predict with.

        The model takes ``X``, float32 of shape (n, n_features), and returns what ``predict`` does:
        ``prediction`` of a regressor, ``label`` and ``probabilities`` of a classifier. It computes
        in float32. Save it with ``onnx.save(model, path)``.

        Returns
        -------
        model : onnx.ModelProto
            The model.

        Raises
        ------
        ImportError
            If `onnx` is not installed; it comes with the extra ``onnx``.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sknn_tune import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier((5,), tol=1e-2, random_state=0).fit(X, y)
        >>> [output.name for output in model.to_onnx().graph.output]  # doctest: +SKIP
        ['label', 'probabilities']
        """
        from sknn_tune.interchange.to_onnx import to_onnx

        return to_onnx(self._fitted_network(), self.out_activation_, *self._label_types())

    def _label_types(self):
        """Classes of a classifier and what kind they are."""
        return ()

    def _can_continue(self, resource):
        """Whether ``warm_start="continue"`` goes on exactly when only `resource` grows."""
        is_total = resource == "max_iter" and self.solver != "lbfgs"
        return is_total and not self._follows_max_iter()

    def _default_param_distributions(self):
        """The space that ``BayesSearchCV(estimator, "auto")`` searches."""
        return {
            "hidden_layer_sizes": hidden_layers(n_layers=(1, 3), units=(16, 256)),
            "activation": ["relu", "tanh", "silu"],
            "learning_rate_init": loguniform(1e-4, 3e-2),
            "learning_rate": ["constant", "cosine"],
            "batch_size": [32, 64, 128, 256],
            "alpha": loguniform(1e-6, 1.0),
            "dropout": uniform(0.0, 0.5),
            "batch_norm": [False, True],
        }

    def _partial_fit_is_available(self):
        if self.solver == "lbfgs":
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic."
            )
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
