"""Random sequences of operations on one estimator, over all options and kinds of data."""

import copy
import pickle

import numpy as np
import scipy.sparse
from fuzz.draws import draw_labels, draw_numbers, draw_parameters, draw_weights, draw_X, one_of
from fuzz.verdicts import attempt, fault
from sklearn.base import clone

from sknn_tune import MLPClassifier, MLPRegressor


def run(seed):
    """Run the sequence of a seed; what was found, and what was done."""
    sequence = Sequence(np.random.default_rng(seed))
    finding = None
    for _ in range(sequence.length):
        finding = sequence.step()
        if finding:
            break
    counts = {"fits": sequence.n_fits, "fits refused": sequence.n_refused}
    return {"finding": finding, "case": sequence.log if finding else "", **counts}


class Sequence:
    """One estimator, and data that fit each other most of the time."""

    def __init__(self, random):
        self.random = random
        self.length = random.integers(1, 6)
        self.cls = one_of(random, [MLPClassifier, MLPRegressor])
        self.n_features = int(random.integers(1, 9))
        self.n_outputs = int(one_of(random, [1, 1, 2, 3]))
        parameters = draw_parameters(random, self.cls)
        self.model = self.cls(**{"max_iter": 2, "hidden_layer_sizes": (3,), **parameters})
        self.log = [f"{self.model!r}"]
        self.rows = None  # of the last fit
        self.n_fits = self.n_refused = 0

    def step(self):
        """Do one operation; what is wrong with its outcome."""
        names = ["fit", "fit", "fit_again", "partial_fit", "set_params", "predict", "other_rows"]
        names += ["copied", "score", "write", "predict_proba"]
        name = "fit" if self.rows is None else one_of(self.random, names)
        self.log.append(name)
        return getattr(self, name)()

    # --- operations -------------------------------------------------------------------------

    def fit(self):
        data, options = self._data()
        return self._train(lambda: self.model.fit(*data, **options), data)

    def fit_again(self):
        """The same data once more, as warm starts want."""
        return self._train(lambda: self.model.fit(*self.rows, **self.options), self.rows)

    def partial_fit(self):
        data, options = (self.rows, self.options) if self.random.random() < 0.6 else self._data()
        if self.cls is MLPClassifier and self.random.random() < 0.7:
            _, _, error = attempt(lambda: np.unique(data[1]))
            options = options if error else options | {"classes": np.unique(data[1])}
        return self._train(lambda: self.model.partial_fit(*data, **options), data, resumes=True)

    def set_params(self):
        self.model.set_params(**draw_parameters(self.random, self.cls, share=0.08))
        self.log.append(f"{self.model!r}")

    def predict(self):
        return self._check_predictions(self.rows[0], must_be_finite=False)

    def predict_proba(self):
        if self.cls is MLPRegressor:
            return None
        p, _, error = attempt(lambda: self.model.predict_proba(self.rows[0]))
        if error is None and np.isfinite(p).all() and not (0 <= p.min() <= p.max() <= 1):
            return f"probabilities from {p.min()} to {p.max()}"
        return fault(error)

    def other_rows(self):
        """Predict rows in another format, which may lack a feature."""
        n_features = self.n_features + int(self.random.random() < 0.1)
        X = draw_X(self.random, int(self.random.integers(1, 40)), n_features)
        return fault(attempt(lambda: self.model.predict(X))[2])

    def copied(self):
        make = one_of(self.random, [pickle, copy.deepcopy, clone])
        before = attempt(lambda: self.model.predict(self.rows[0]))[0]
        if make is pickle:
            stored, _, error = attempt(lambda: pickle.dumps(self.model))
            if error is not None:  # a function as schedule
                return None
            self.model = pickle.loads(stored)
        else:
            self.model = make(self.model)
        after = attempt(lambda: self.model.predict(self.rows[0]))[0]
        if make is not clone and before is not None and not _same(before, after):
            return "a copy predicts other values"
        return None

    def score(self):
        return fault(attempt(lambda: self.model.score(*self.rows))[2])

    def write(self):
        """Write into the public parameters, or replace one, as users of scikit-learn do."""
        if not hasattr(self.model, "coefs_"):
            return None
        layer = self.random.integers(len(self.model.coefs_))
        value = one_of(self.random, [0.0, 1e30, np.nan, 1.0])
        coefs = self.model.coefs_[layer]
        if coefs.dtype.kind == "f" and self.random.random() < 0.5:
            coefs[...] = value
        else:
            new = np.full(coefs.shape, value, order="F")
            with np.errstate(all="ignore"):
                new = new.astype(one_of(self.random, ["f8", "f4", "i4", "f2"]))
            self.model.coefs_[layer] = new
        return fault(attempt(lambda: self.model.predict(self.rows[0]))[2])

    # --- what they have in common -------------------------------------------------------------

    def _data(self):
        random = self.random
        n_rows = int(one_of(random, [1, 2, 3, 10, 30, 60, 260]))
        n_features = self.n_features + int(random.random() < 0.03)
        draw_y = draw_labels if self.cls is MLPClassifier else draw_numbers
        X, y = draw_X(random, n_rows, n_features), draw_y(random, n_rows, self.n_outputs)
        weights = draw_weights(random, n_rows)
        options = {} if weights is None else {"sample_weight": weights}
        if random.random() < 0.3:
            n_rows = int(random.integers(1, 20))
            options["X_val"] = draw_X(random, n_rows, n_features)
            options["y_val"] = y[random.integers(0, y.shape[0], n_rows)]
            if (weights := draw_weights(random, n_rows)) is not None:
                options["sample_weight_val"] = weights
        self.log.append(f"X {_describe(X)} y {_describe(y)} {list(options)}")
        self.log.append(_describe(options.get("X_val")))
        return (X, y), options

    def _train(self, train, data, resumes=False):
        was_fitted = self.rows is not None and hasattr(self.model, "coefs_")
        starts_again = not (self.model.warm_start or resumes)
        before = attempt(lambda: self.model.predict(self.rows[0]))[0] if was_fitted else None
        _, warned, error = attempt(train)
        self.n_fits += error is None
        self.n_refused += error is not None
        if error is not None:
            self.log.append(f"{type(error).__name__}: {error}"[:150])
            if self.rows is None:
                self.rows, self.options = data, {}
            if was_fitted and starts_again and before is not None:
                after = attempt(lambda: self.model.predict(self.rows[0]))[0]
                if not _same(before, after):
                    return "a fit that failed changed the model"
            return fault(error)
        self.rows = data
        self.options = {}
        # Early stopping keeps the best epoch, whatever the loss of the last one was.
        is_of_model = not self.model.early_stopping or self.model.solver == "lbfgs"
        if is_of_model and not np.isfinite(self.model.loss_) and not _says_it_diverged(warned):
            return f"loss_ is {self.model.loss_}"
        return self._check_predictions(data[0], not _says_it_diverged(warned))

    def _check_predictions(self, X, must_be_finite):
        name = "predict" if self.cls is MLPRegressor else "predict_proba"
        predictions, _, error = attempt(lambda: getattr(self.model, name)(X))
        if error is not None:
            return fault(error)
        if must_be_finite and not np.isfinite(predictions).all():
            return "predictions are not finite, without an error or a warning"
        again = getattr(self.model, name)(X)
        if not _same(predictions, again):
            return "the same rows are predicted differently"
        return self._check_other_format(name, X, predictions)

    def _check_other_format(self, name, X, predictions):
        if not scipy.sparse.issparse(X) or not np.isfinite(predictions).all():
            return None
        dense = X.toarray()
        if np.abs(dense).max(initial=0) > 1e3:
            return None
        others = getattr(self.model, name)(dense)
        if not np.isfinite(others).all():  # zeros times weights that are not
            return None
        scale = 1e-3 * (1 + np.abs(predictions).max(initial=0))
        if not np.allclose(predictions, others, rtol=0, atol=scale):
            difference = np.abs(predictions - others).max()
            return f"sparse rows and the same dense ones differ by {difference}"
        return None


def _same(a, b):
    if scipy.sparse.issparse(a):
        a, b = a.toarray(), b.toarray()
    return type(a) is type(b) and np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f")


def _says_it_diverged(warned):
    return any("diverged" in message or "one class" in message for message in warned)


def _describe(data):
    if data is None or isinstance(data, list):
        return type(data).__name__
    kind = getattr(data, "format", type(data).__name__)
    return f"{kind} {getattr(data, 'dtype', '')} {data.shape}"
