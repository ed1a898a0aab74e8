"""Units that update the parameters after a batch, one for each optimizer."""

from sknn_tune.network.context import CLIPPING, RATE, SCALE, SHARE, Context
from sknn_tune.network.jit import from_source, inlined, like
from sknn_tune.network.optimizers import OPTIMIZERS, BatchStep
from sknn_tune.network.units import Unit
from sknn_tune.network.views import vector


@inlined
def decay_and_scale(context: Context) -> tuple[float, float]:
    """The factors of `BatchStep` for the penalised part, without clipping, from the batch."""
    objective, one = context.objective, context.workspace.theta[0]
    decay = like(one, objective.l2 * context.step[SHARE])
    if context.optimization.decoupled_decay:
        decay = like(one, objective.l2)
    return decay, like(one, context.step[SCALE])


# Views, not a range from start to stop: only an index that cannot be negative is vectorised.
_UPDATE = """
size = stop - start
update(vector(theta, start, size), vector(gradient, start, size), {moments}, step)
"""


def _update_kernel(name, row):
    """Update the parameters from start to stop."""
    moments = ", ".join(
        f"vector(state, {number} * theta.size + start, size)" for number in range(row.n_moments)
    )
    parameters = "theta, gradient, state, start, stop, step"
    body = _UPDATE.format(moments=moments)
    return inlined(
        from_source(f"update_{name}", parameters, body, update=row.update, vector=vector)
    )


#: The kernels of a part of the parameters, by name of the optimizer.
UPDATE = {name: _update_kernel(name, row) for name, row in OPTIMIZERS.items()}


def _unit(name):
    kernel = UPDATE[name]

    def update(context, position, n_rows, key):
        """Update so many parameters from a position on."""
        theta, optimization = context.workspace.theta, context.optimization
        counters, hyper = optimization.counters, optimization.hyper
        decay, scale = decay_and_scale(context)
        if optimization.clip_norm > 0.0:
            scale *= like(scale, context.step[CLIPPING])
        end = position + n_rows
        boundary = min(max(context.objective.n_penalised, position), end)
        # A loop, so that the update is compiled only once.
        bounds = (position, boundary, end)
        for part in range(2):
            start, stop = bounds[part], bounds[part + 1]
            if start < stop:
                step = BatchStep(context.step[RATE], decay, scale, counters, hyper)
                kernel(theta, context.workspace.gradient, optimization.state, start, stop, step)
            decay = like(decay, 0.0)
        return 0.0

    return Unit(update, name)


#: Units that update a part of the parameters, by number of the optimizer.
UPDATE_UNITS = [_unit(name) for name in OPTIMIZERS]
