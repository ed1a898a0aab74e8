"""Networks for the tests of the compiled core: one description, built compiled and naive."""

from dataclasses import dataclass, field

import naive
import numba
import numpy as np
import scipy.sparse

from sknn_tune.network import layers
from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.arrays import allocate, pack_data
from sknn_tune.network.blueprint import Architecture, Blueprint
from sknn_tune.network.context import Objective
from sknn_tune.network.lbfgs import FullGradient
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.plan import DROPOUT, KIND, N_COLUMNS, OUTPUT, WIDTH


def callable_from_python(source, **names):
    """Compile a small function around kernels, which have no Python wrapper."""
    exec(source, names)
    return numba.njit(error_model="numpy")(names["call"])


_mix = callable_from_python("def call(key, o): return mix(key, o)", mix=layers.mix)
_drop = callable_from_python(
    "def call(A, rate, key, Z): dropout(A, rate, key, Z)", dropout=layers.dropout
)


@dataclass(frozen=True)
class Description:
    """A small network and small data that suits its loss."""

    hidden: tuple = (5, 4)
    activations: tuple = ("tanh", "tanh")
    loss: str = "squared_error"
    params: tuple | None = None  #: the loss's parameter for each output
    n_outputs: int = 2
    residual: bool = False
    batch_norm: str = ""
    dropout: tuple | None = None
    input_dropout: float = 0.0
    weighted: bool = False
    sparse: bool = False
    embeddings: tuple = ()
    l1: float = 0.0
    l2: float = 0.0
    penalises_intercept: bool = False
    whole_weight: float = 0.0
    n_rows: int = 9
    dtype: type = np.float64
    activation_params: dict = field(default_factory=dict)

    def options(self):
        rows = tuple(
            (
                name,
                self.activation_params.get(name, ACTIVATIONS[name].param),
            )
            for name in self.activations
        )
        return Architecture(
            activations=rows,
            dropout=self.dropout or (0.0,) * len(self.hidden),
            input_dropout=self.input_dropout,
            input_norm=self.batch_norm in ("input", "both"),
            hidden_norm=self.batch_norm in ("hidden", "both"),
            residual=self.residual,
            sparse_input=self.sparse,
            embeddings=self.embeddings,
        )

    def loss_params(self):
        return np.array(self.params or (LOSSES[self.loss].param,) * self.n_outputs, self.dtype)


def targets(description, random_state):
    """Targets that the loss allows, away from its kinks in distribution."""
    n, k = description.n_rows, description.n_outputs
    row = LOSSES[description.loss]
    if description.loss == "log_loss":
        return random_state.randint(0, k, (n, 1)).astype(description.dtype)
    if row.link == "logistic":
        return random_state.randint(0, 2, (n, k)).astype(description.dtype)
    if row.lowest_target == 0:
        return random_state.gamma(2.0, 1.0, (n, k)).astype(description.dtype)
    return random_state.normal(size=(n, k)).astype(description.dtype)


class Compiled:
    """A described network in compiled form, at random parameters, with random data."""

    def __init__(self, description, seed=0):
        self.description, dtype = description, description.dtype
        random_state = np.random.RandomState(seed)
        d = description
        n_features = 4
        X = random_state.normal(size=(d.n_rows, n_features))
        X *= random_state.uniform(size=X.shape) < (0.5 if d.sparse else 1.0)
        for embedding in d.embeddings:
            if hasattr(embedding, "n_levels"):  # codes, some of them without a row
                X[:, embedding.column] = random_state.randint(-1, embedding.n_levels + 1, d.n_rows)
        self.X, self.Y = X.astype(dtype), targets(d, random_state)
        weights = random_state.uniform(0.5, 2.0, d.n_rows) if d.weighted else np.ones(d.n_rows)
        if d.weighted:
            weights[1] = 0.0
        self.weights = weights.astype(dtype)
        sizes = [n_features, *d.hidden, d.n_outputs]
        self.blueprint = Blueprint(sizes, d.options(), dtype)
        theta = random_state.normal(scale=0.7, size=self.blueprint.n_parameters)
        for (scale, _), _ in self.blueprint.norms:
            theta[scale] = random_state.uniform(0.5, 1.5, theta[scale].size)
        self.theta = theta.astype(dtype)
        self.statistics = np.zeros(self.blueprint.n_statistics, dtype)
        self.data = pack_data(
            scipy.sparse.csr_matrix(self.X) if d.sparse else self.X, self.Y, self.weights
        )

    def workspace(self, capacity=None):
        return allocate(
            self.blueprint,
            self.theta,
            self.statistics,
            capacity or self.description.n_rows,
            self.Y.shape[1],
        )

    def objective(self):
        d = self.description
        n_intercepts = sum(shape[0] for _, shape in self.blueprint.biases)
        return Objective(
            loss=list(LOSSES).index(d.loss),
            loss_params=d.loss_params(),
            loss_factor=1.0,
            n_penalised=self.blueprint.n_weights + n_intercepts * d.penalises_intercept,
            l1=d.l1,
            l2=d.l2,
            whole_weight=d.whole_weight,
        )

    def loss_and_gradient(self, theta=None, capacity=None):
        """Mean loss, penalty included, and its gradient; dropout with the key 0."""
        workspace = self.workspace(capacity)
        if theta is not None:
            workspace = workspace._replace(
                theta=np.ascontiguousarray(theta, self.description.dtype)
            )
        return FullGradient(self.blueprint, workspace, self.data, self.objective())()

    def names(self):
        """Names of the parameters in `naive.Network`, in the order of the parameter vector."""
        d, widths = self.description, [self.blueprint.weights[0][1][0], *self.description.hidden]
        names = [f"coef{i}" for i in range(len(widths))]
        if d.residual:
            names += [f"projection{i}" for i in range(len(d.hidden)) if widths[i] != widths[i + 1]]
        names += [f"intercept{i}" for i in range(len(widths))]
        tables = [f"table{i}" for i in range(len(self.blueprint.tables))]
        normed = ["_input"] * (d.batch_norm in ("input", "both"))
        normed += [str(i) for i in range(len(d.hidden))] * (d.batch_norm in ("hidden", "both"))
        norms = [f"{part}{where}" for where in normed for part in ("scale", "shift")]
        return names + norms + tables

    def places(self):
        """Slice and shape of each named parameter."""
        b = self.blueprint
        norms = [part for norm in b.norms for part in norm]
        parts = [*b.weights, *b.projections, *b.biases, *norms, *b.tables]
        return dict(zip(self.names(), parts, strict=True))

    def naive(self):
        """The same network, with copies of the parameters, in float64."""
        d = self.description
        parameters = {
            name: self.theta[place].reshape(shape).astype(np.float64)
            for name, (place, shape) in self.places().items()
        }
        params = [self.description.activation_params.get(a, ACTIVATIONS[a].param)
                  for a in d.activations]  # fmt: skip
        return naive.Network(
            parameters,
            list(zip(d.activations, params, strict=True)),
            d.loss,
            d.loss_params().astype(np.float64),
            residual=d.residual,
            input_dropout=d.input_dropout,
            dropout=d.options().dropout,
            embeddings=d.embeddings,
        )

    def flat(self, named):
        """Arrays by name as one vector."""
        return np.concatenate([np.ravel(named[name]) for name in self.names()])

    def masks(self, n_rows, key):
        """What the dropout kernels of this network let through, in the order they act."""
        plan = self.blueprint.plan
        masks = []
        for o, operation in enumerate(plan.operations.reshape(-1, N_COLUMNS)):
            if operation[KIND] == DROPOUT:
                width = plan.slots[operation[OUTPUT], WIDTH]
                masks.append(dropout_mask(n_rows, width, plan.params[o], mix(key, o)))
        return masks


def mix(a, b):
    return _mix(np.uint64(a), np.uint64(b))


def dropout_mask(n_rows, width, rate, key):
    """Ones where dropout lets an element pass."""
    Z = np.empty((n_rows, width))
    _drop(np.ones_like(Z), float(rate), np.uint64(key), Z)
    return (Z != 0).astype(float)
