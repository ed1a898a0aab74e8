"""Directive ``option-table``: the rows of a table of options, read from the package itself.

A new row of a table shows up in the documentation without a change of the documentation.
"""

import dataclasses
import inspect
import re
import textwrap

import numpy as np
from sphinx.util.docutils import SphinxDirective

import sknn_tune
from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.initializers import INITIALIZERS
from sknn_tune.network.losses import LOSSES
from sknn_tune.network.optimizers import OPTIMIZERS
from sknn_tune.network.options import Option
from sknn_tune.network.schedules import SCHEDULES, Schedule

_FAN_IN, _FAN_OUT = 400, 100


def formula(kernel):
    """The source of a kernel's body on one line, casts to the dtype left out."""
    function = getattr(kernel, "py_func", kernel)
    source = inspect.getsource(function)
    body = textwrap.dedent(source[source.index(":\n") + 2 :])
    lines = [line for line in body.splitlines() if not line.startswith("#")]
    joined = "; ".join(line.strip() for line in lines).replace("return ", "")
    plain = re.sub(r"like\(\w+, ([\w.]+)\)", r"\1", joined)
    return re.sub(r"\b_\w+", lambda name: readable(name.group(), function), plain)


def readable(private, function):
    """What stands for a private name: the value of a constant, the plain name of a helper."""
    value = function.__globals__[private]
    return f"{value:.4f}" if isinstance(value, float) else private.strip("_")


def code(text):
    """Text as code in a cell of a Markdown table."""
    return f"`{text}`" if text else ""


def option_classes(name):
    """Public option objects of the row with a name."""
    public = (getattr(sknn_tune, attribute) for attribute in sknn_tune.__all__)
    classes = [item for item in public if inspect.isclass(item) and issubclass(item, Option)]
    return [item for item in classes if getattr(item, "name", None) == name]


def activation_rows():
    yield "name", "output for input z", "object"
    for name, row in ACTIVATIONS.items():
        objects = ", ".join(code(repr(option())) for option in option_classes(name))
        yield code(name), code(formula(row.forward)), objects


def loss_rows():
    yield "name", "loss of prediction p for target y", "prediction", "targets", "object"
    for name, row in LOSSES.items():
        if row.value is None or row.link == "logistic":
            continue
        bound = ">" if row.excludes_lowest else "≥"
        targets = "any" if np.isinf(row.lowest_target) else f"{bound} {row.lowest_target:g}"
        prediction = "exp(score)" if row.link == "exp" else "score"
        objects = ", ".join(code(repr(option())) for option in option_classes(name))
        yield code(name), code(formula(row.value)), prediction, targets, objects


def optimizer_rows():
    yield "name", "numbers kept for each parameter", "L2 penalty"
    for name, row in OPTIMIZERS.items():
        penalty = "shrinks the weights" if row.decoupled_decay else "in the gradient"
        yield code(name), row.n_moments, penalty
    yield code("lbfgs"), "10 past steps", "in the gradient"


def schedule_rows():
    yield "word", "object", "rate"
    common = {field.name for field in dataclasses.fields(Schedule)}
    for name, schedule in SCHEDULES.items():
        own = [f for f in dataclasses.fields(schedule) if f.name not in common]
        arguments = ", ".join(f"{field.name}={field.default!r}" for field in own)
        summary = inspect.getdoc(schedule).partition("\n")[0].replace("``", "`")
        yield code(name), code(f"{schedule.__name__}({arguments})"), summary


def initializer_rows():
    yield "name", f"standard deviation for {_FAN_IN} inputs, {_FAN_OUT} units", "largest"
    for name, draw in INITIALIZERS.items():
        weights = draw(np.random.RandomState(0), _FAN_IN, _FAN_OUT)
        yield code(name), f"{weights.std():.3f}", f"{abs(weights).max():.3f}"


ROWS = {
    "activations": activation_rows,
    "initializers": initializer_rows,
    "losses": loss_rows,
    "optimizers": optimizer_rows,
    "schedules": schedule_rows,
}


class OptionTable(SphinxDirective):
    """``option-table`` with the name of a table, in a Markdown page."""

    required_arguments = 1

    def run(self):
        header, *rows = ROWS[self.arguments[0]]()
        lines = [header, ["---"] * len(header), *rows]
        text = "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in lines)
        return self.parse_text_to_nodes(text)


def setup(app):
    app.add_directive("option-table", OptionTable)
    return {"parallel_read_safe": True}
