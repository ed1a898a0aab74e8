"""Twenty training steps beside PyTorch: same first weights, same batches, same model."""

from dataclasses import replace

import numpy as np
import pytest
from labels import label
from networks import Compiled, Description
from numpy.testing import assert_allclose
from test_training import BATCH, trainer

from sknn_tune import Constant, Cosine, CosineRestarts, Exponential, Linear, Step
from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.optimizers import OPTIMIZERS

torch = pytest.importorskip("torch")
F = torch.nn.functional

N_ROWS, N_EPOCHS = 20, 5  # 20 steps in batches of 5
RATE = 0.01
#: PyTorch adds epsilon after the bias correction: the two agree where it is negligible.
HYPER = {"momentum": 0.9, "nesterov": True, "beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-16}
BASE = Description(activations=("tanh", "gelu"), n_rows=N_ROWS, weighted=True, n_outputs=2)

BETAS = {"betas": (0.9, 0.99), "eps": 1e-16}
TORCH_OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, RATE, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, RATE, eps=1e-16),
    "rmsprop": lambda p: torch.optim.RMSprop(p, RATE, alpha=0.99, eps=1e-16),
    "adam": lambda p: torch.optim.Adam(p, RATE, **BETAS),
    "adamw": lambda p: torch.optim.AdamW(p, RATE, weight_decay=0.0, **BETAS),
    "amsgrad": lambda p: torch.optim.Adam(p, RATE, amsgrad=True, **BETAS),
    "nadam": lambda p: torch.optim.NAdam(p, RATE, momentum_decay=0.004, **BETAS),
}
TORCH_ACTIVATIONS = {
    "identity": lambda z, s: z,
    "logistic": lambda z, s: torch.sigmoid(z),
    "tanh": lambda z, s: torch.tanh(z),
    "relu": lambda z, s: F.relu(z),
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": lambda z, s: F.selu(z),
    "gelu": lambda z, s: F.gelu(z),
    "silu": lambda z, s: F.silu(z),
    "mish": lambda z, s: F.mish(z),
    "softplus": lambda z, s: F.softplus(z),
}


def _pinball(z, y, q):
    return torch.maximum(q * (y - z), (q - 1) * (y - z))


#: loss of scores z for targets y, elementwise; s is the loss's own number
TORCH_LOSSES = {
    "squared_error": lambda z, y, s: F.mse_loss(z, y, reduction="none") / 2,
    "absolute_error": lambda z, y, s: F.l1_loss(z, y, reduction="none"),
    "huber": lambda z, y, s: F.huber_loss(z, y, reduction="none", delta=float(s[0])),
    "quantile": _pinball,
    "poisson": lambda z, y, s: F.poisson_nll_loss(z, y, reduction="none"),
    "gamma": lambda z, y, s: y * torch.exp(-z) + z,
    "binary_log_loss": lambda z, y, s: F.binary_cross_entropy_with_logits(
        z, (1 - s[0]) * y + s[0] / 2, reduction="none"
    ),
    "log_loss": lambda z, y, s: F.cross_entropy(
        z, y[:, 0].long(), reduction="none", label_smoothing=float(s[0])
    )[:, None],
}


class TorchNetwork:
    """The described network on PyTorch's own functions."""

    def __init__(self, compiled):
        self.description, twin = compiled.description, compiled.naive()
        self.activations = twin.activations
        self.parameters = {
            name: torch.tensor(value, requires_grad=True) for name, value in twin.parameters.items()
        }
        self.norms = {}

    def __call__(self, X):
        p = self.parameters
        A = self._norm(X, "_input")
        for layer, (name, param) in enumerate(self.activations):
            Z = A @ p[f"coef{layer}"] + p[f"intercept{layer}"]
            out = TORCH_ACTIVATIONS[name](self._norm(Z, str(layer)), param)
            if self.description.residual:
                source = A @ p[f"projection{layer}"] if f"projection{layer}" in p else A
                out = out + source
            A = out
        last = len(self.activations)
        return A @ p[f"coef{last}"] + p[f"intercept{last}"]

    def _norm(self, A, where):
        if f"scale{where}" not in self.parameters:
            return A
        running = self.norms.setdefault(where, [torch.zeros(A.shape[1]).double(),
                                                torch.zeros(A.shape[1]).double(), 0])  # fmt: skip
        running[2] += 1
        return F.batch_norm(
            A, running[0], running[1], self.parameters[f"scale{where}"],
            self.parameters[f"shift{where}"], training=True,
            momentum=max(0.1, 1 / running[2]), eps=1e-5,
        )  # fmt: skip


def torch_fit(compiled, optimizer, scheduler=None, batch=BATCH, decay=0.0, clip_norm=None):
    network = TorchNetwork(compiled)
    parameters = list(network.parameters.values())
    optimizer = optimizer(parameters)
    scheduler = scheduler(optimizer) if scheduler else None
    X, Y, w = (torch.tensor(a) for a in (compiled.X, compiled.Y, compiled.weights))
    params = torch.tensor(compiled.description.loss_params())
    loss_of = TORCH_LOSSES[compiled.description.loss]
    for _ in range(N_EPOCHS):
        for start in range(0, N_ROWS, batch):
            rows = slice(start, start + batch)
            optimizer.zero_grad()
            losses = loss_of(network(X[rows]), Y[rows], params)
            loss = (w[rows, None] * losses).sum()
            for name, parameter in network.parameters.items():
                if name.startswith(("coef", "projection")):
                    loss = loss + decay / 2 * (parameter**2).sum()
            (loss / w[rows].sum()).backward()
            if clip_norm:
                torch.nn.utils.clip_grad_norm_(parameters, clip_norm)
            optimizer.step()
        if scheduler:
            scheduler.step()
    return network


def check(description, solver="adam", schedule=None, scheduler=None, **options):
    compiled = Compiled(description)
    batch, clip_norm = options.pop("batch", BATCH), options.pop("clip_norm", 0.0)
    optimizer = options.pop("optimizer", TORCH_OPTIMIZERS[solver])
    network = torch_fit(compiled, optimizer, scheduler, batch, description.l2, clip_norm)
    run = trainer(
        compiled, solver, schedule or Constant(), hyper=HYPER, rate=RATE, batch_size=batch,
        horizon=N_EPOCHS, clip_norm=clip_norm,
    )  # fmt: skip
    first = compiled.theta.copy()
    for _ in range(N_EPOCHS):
        run.run_epoch()
    expected = {name: value.detach().numpy() for name, value in network.parameters.items()}
    assert np.abs(compiled.theta - first).max() > 1e-3  # it did learn
    assert_allclose(compiled.theta, compiled.flat(expected), atol=1e-5, rtol=0)
    return compiled, network


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_every_optimizer(solver):
    check(BASE, solver)


@pytest.mark.parametrize("solver", [n for n, row in OPTIMIZERS.items() if not row.decoupled_decay])
def test_every_optimizer_with_decay_and_clipping(solver):
    check(replace(BASE, l2=0.5), solver, clip_norm=0.3)


def test_decoupled_decay():
    """PyTorch's acts on all parameters, so it gets the weight matrices in a separate group."""
    compiled = Compiled(replace(BASE, l2=0.5))
    names = list(compiled.naive().parameters)

    def adamw(parameters):
        groups = [
            {"params": [p], "weight_decay": 0.5 * name.startswith("coef")}
            for name, p in zip(names, parameters, strict=True)
        ]
        return torch.optim.AdamW(groups, RATE, **BETAS)

    network = torch_fit(compiled, adamw)
    run = trainer(compiled, "adamw", hyper=HYPER, rate=RATE)
    for _ in range(N_EPOCHS):
        run.run_epoch()
    expected = {name: value.detach().numpy() for name, value in network.parameters.items()}
    assert_allclose(compiled.theta, compiled.flat(expected), atol=1e-5, rtol=0)


LR = torch.optim.lr_scheduler
SCHEDULERS = [
    (Constant(), lambda o: LR.ConstantLR(o, factor=1.0)),
    (Step(every=2, decay=0.3), lambda o: LR.StepLR(o, step_size=2, gamma=0.3)),
    (Exponential(decay=0.7), lambda o: LR.ExponentialLR(o, gamma=0.7)),
    (Linear(end=0.1), lambda o: LR.LinearLR(o, 1.0, 0.1, total_iters=N_EPOCHS)),
    (Cosine(), lambda o: LR.CosineAnnealingLR(o, T_max=N_EPOCHS)),
    (Cosine(end=0.1), lambda o: LR.CosineAnnealingLR(o, T_max=N_EPOCHS, eta_min=0.1 * RATE)),
    (
        CosineRestarts(period=1, growth=2),
        lambda o: LR.CosineAnnealingWarmRestarts(o, T_0=1, T_mult=2),
    ),
]


@pytest.mark.parametrize(("schedule", "scheduler"), SCHEDULERS, ids=label)
@pytest.mark.parametrize("solver", ["adam", "rmsprop"])
def test_every_schedule_of_both(schedule, scheduler, solver):
    """One batch an epoch: PyTorch's schedulers step by epochs, ours by batches."""
    check(BASE, solver, schedule, scheduler, batch=N_ROWS)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_every_loss(name, solver):
    check(replace(BASE, loss=name, n_outputs=3 if name == "log_loss" else 2), solver)


@pytest.mark.parametrize("name", ["log_loss", "binary_log_loss"])
def test_label_smoothing(name):
    check(replace(BASE, loss=name, n_outputs=3, params=(0.2, 0.2, 0.2)))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation(name):
    check(replace(BASE, activations=(name, name)))


@pytest.mark.parametrize("hidden", [(5, 4), (4, 4), (4, 4, 4)])
def test_residual(hidden):
    activations = ("tanh",) * len(hidden)
    check(replace(BASE, hidden=hidden, activations=activations, residual=True))


@pytest.mark.parametrize("batch_norm", ["input", "hidden", "both"])
@pytest.mark.parametrize("residual", [False, True])
def test_batch_norm(batch_norm, residual):
    """PyTorch's has no weights. Plain gradient descent: the intercepts before it do not move."""
    description = replace(BASE, batch_norm=batch_norm, residual=residual, weighted=False)
    compiled, network = check(description, "sgd")
    expected = [np.concatenate([[*m, *v, n]]) for m, v, n in network.norms.values()]
    assert_allclose(compiled.statistics, np.concatenate(expected), atol=1e-5)


@pytest.mark.parametrize("table", [TORCH_OPTIMIZERS, TORCH_ACTIVATIONS, TORCH_LOSSES])
def test_every_row_is_compared(table):
    rows = {id(TORCH_OPTIMIZERS): OPTIMIZERS, id(TORCH_ACTIVATIONS): ACTIVATIONS}
    assert set(table) == set(rows.get(id(table), LOSSES))
