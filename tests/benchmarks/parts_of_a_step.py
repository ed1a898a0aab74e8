"""Where the time of a step goes: microseconds of each part, beside the matrix products alone.

    python tests/benchmarks/parts_of_a_step.py [--dtype float32]

Each unit of a network runs by itself, over and over on the same batch, so its arrays are in the
cache; the least of the repeats counts. What the loop adds, and Python between epochs, is the rest
of whole epochs. "The rest of the fit" is what any fit costs, over its steps. One BLAS thread.
"""

import argparse
import time
import warnings

import numpy as np
import products
from common import describe_run, print_header, print_row
from numba import njit
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits
from workloads import workloads

import sknn_tune
from sknn_tune.mlp import stochastic_fit
from sknn_tune.network.training import Trainer
from sknn_tune.network.units import invoke

_BEST_OF = 9
_SECONDS = 2e-3  #: of a timing


class RecordedTrainer(Trainer):
    """The trainer of the last fit can be looked at."""

    last = None

    def __post_init__(self):
        super().__post_init__()
        RecordedTrainer.last = self


@njit
def _repeat(address, context, position, n_rows, repeats):
    for _ in range(repeats):
        invoke(address, context, position, n_rows, np.uint64(0))


def least_microseconds(function):
    """Shortest time of a function, whose argument is how often it repeats itself."""
    function(1)
    began = time.perf_counter()
    function(1)
    repeats = max(1, int(_SECONDS / (time.perf_counter() - began)))
    seconds = []
    for _ in range(_BEST_OF):
        began = time.perf_counter()
        function(repeats)
        seconds.append((time.perf_counter() - began) / repeats)
    return 1e6 * min(seconds)


def parts(workload, dtype):
    """Microseconds of a step by the name of the part."""
    fit = sknn_tune.MLPClassifier(**workload.parameters).set_params(max_iter=1)
    fit.fit(workload.X, workload.y)
    trainer = RecordedTrainer.last
    program, context, _ = trainer._packed
    program, n_operations = program.record, len(program.record.forward)

    def unit(address, position=0, n=workload.batch_size):
        if address == 0:
            return 0.0
        return least_microseconds(
            lambda repeats: _repeat(address, context.handle, position, n, repeats)
        )

    def units(addresses):
        return sum(unit(address, position) for position, address in enumerate(addresses))

    alone = products.fit_seconds(
        workload.batch_size, workload.sizes, workload.batch_size, 1, np.dtype(dtype)
    )
    found = {
        "rows of the batch": unit(program.load_targets) + unit(program.load_input),
        "products": units(program.forward) + units(program.backward),
        "bias, activation, derivative": units(program.activate) + units(program.derive),
        "loss": unit(program.loss, n_operations - 1),
        "penalty": unit(program.squares),
        "update": unit(program.update, 0, trainer.blueprint.n_parameters),
    }
    n_batches = -(-len(workload.X) // workload.batch_size)
    whole = least_microseconds(lambda repeats: _run_epochs(trainer, repeats)) / n_batches
    found["order of the rows, loop"] = whole - sum(found.values())
    one_fit = least_microseconds(
        lambda repeats: [fit.fit(workload.X, workload.y) for _ in range(repeats)]
    )
    found["the rest of the fit"] = (one_fit / n_batches - whole) / workload.epochs
    return found | {"all": sum(found.values()), "products alone": 1e6 * alone}


def _run_epochs(trainer, n_epochs):
    while n_epochs > 0:
        n_epochs -= len(trainer.run_epochs(n_epochs))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    dtype = parser.parse_args().dtype
    warnings.simplefilter("ignore", ConvergenceWarning)
    stochastic_fit.Trainer = RecordedTrainer
    describe_run()
    with threadpool_limits(1):
        columns = {workload.name: parts(workload, dtype) for workload in workloads(dtype)}
    print_header("us of a step", *columns)
    for name in next(iter(columns.values())):
        print_row(name, *(f"{column[name]:.2f}" for column in columns.values()))


if __name__ == "__main__":
    main()
