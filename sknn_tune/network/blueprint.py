"""From sizes and options to the table of operations and the layout of the parameters.

A network is one flat vector of parameters and a table with a row for each operation, so one
compilation serves every depth, width and combination of options. The forward pass walks the
table down, the backward pass up. An operation reads one *slot* and writes another; a slot is a
matrix of a batch's rows in one common buffer.

The parameters lie as scikit-learn packs them: all weight matrices, then all biases, then what
batch normalisation adds, then the tables that embeddings look up. Penalties act on the first
``n_weights``.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from sknn_tune.network.activations import ACTIVATIONS
from sknn_tune.network.embeddings import embedded_width, embedding_table, lookup_tables
from sknn_tune.network.plan import (
    ADDS,
    DENSE,
    DROPOUT,
    EMBED,
    INPUT,
    KIND,
    NORM,
    SKIP,
    SOURCE,
    SPARSE,
    WEIGHT,
    Plan,
)
from sknn_tune.network.small_products import product_limit


class Architecture(NamedTuple):
    """What a network is made of, besides its sizes."""

    activations: tuple[
        tuple[str, float], ...
    ]  #: name and parameter for each hidden layer; one if none
    dropout: tuple[float, ...]  #: rate for each hidden layer
    input_dropout: float = 0.0
    input_norm: bool = False
    hidden_norm: bool = False
    residual: bool = False
    sparse_input: bool = False
    embeddings: tuple = ()  #: of the columns of the input, see `embeddings`; () for none


class Blueprint:
    """The plan of a network and where its parameters lie.

    Parameters
    ----------
    sizes : sequence of int
        Width of the input, of each hidden layer, of the output.
    architecture : Architecture
        What lies between.
    dtype : numpy dtype
        float32 or float64.

    Attributes
    ----------
    plan : Plan
    dtype : numpy dtype
        That of the parameters.
    weights, biases : list of (slice, shape)
        Where each layer's weights and bias lie in the parameter vector, input to output.
    projections, norms, tables : list of (slice, shape)
        The same of residual projections, of scale and shift of batch normalisation, and of the
        tables that embeddings look up.
    activations : list of str
        Name of each hidden layer's activation.
    embeddings : tuple
        Of the columns of the input; () for none.
    n_weights, n_parameters, n_statistics : int
    row_size, gradient_row_size, widest : int
        Elements that one row of a batch takes in the buffer of slots, in that of their
        gradients, in the widest slot.
    """

    def __init__(self, sizes: Sequence[int], architecture: Architecture, dtype: DTypeLike) -> None:
        self._architecture = architecture
        self.dtype = np.dtype(dtype)
        self.activations = [name for name, _ in architecture.activations]
        self.embeddings = architecture.embeddings
        self._rows: list[list[int]] = []
        self._params: list[float] = []
        self._slot_widths, self._slot_learns = [sizes[0]], [0]
        self.n_statistics = 0
        if architecture.embeddings:
            sizes = [embedded_width(architecture.embeddings), *sizes[1:]]
        hidden = list(sizes[1:-1])
        self._lay_out_parameters(sizes, hidden)
        self._wire(sizes, hidden)
        slots = self._lay_out_slots()
        self.plan = Plan(
            len(self._rows),
            np.array(self._rows, dtype=np.int64).ravel(),
            np.array(self._params, dtype=self.dtype),
            slots,
            embedding_table(
                architecture.embeddings, [place.start for place, _ in self.tables], self.dtype
            ),
            product_limit(self.dtype),
        )
        for table in (self.plan.operations, self.plan.params, self.plan.slots):
            table.flags.writeable = False  # shared by all networks of these sizes

    def _lay_out_parameters(self, sizes, hidden):
        pairs = list(pairwise(sizes))
        crosses = self._architecture.residual
        crossings = [pair for pair in pairs[:-1] if crosses and pair[0] != pair[1]]
        normed = [sizes[0]] * self._architecture.input_norm
        normed += hidden * self._architecture.hidden_norm
        end = 0

        def claim(shape):
            nonlocal end
            start, end = end, end + int(np.prod(shape))
            return slice(start, end), shape

        self.weights = [claim(pair) for pair in pairs]
        self.projections = [claim(pair) for pair in crossings]
        self.n_weights = end
        self.biases = [claim((fan_out,)) for _, fan_out in pairs]
        self.norms = [(claim((width,)), claim((width,))) for width in normed]
        self.tables = [claim(shape) for shape in lookup_tables(self._architecture.embeddings)]
        self.n_parameters = end

    def _wire(self, sizes, hidden):
        architecture = self._architecture
        norms, projections = iter(self.norms), iter(self.projections)
        slot = 0
        if architecture.embeddings:
            slot = self._operation(EMBED, slot, sizes[0], 0.0, learns=bool(self.tables))
        if architecture.input_norm:
            slot = self._norm(slot, next(norms), 0, 0.0)
        if architecture.input_dropout:
            slot = self._dropout(slot, architecture.input_dropout)
        for layer, width in enumerate(hidden):
            source = slot
            name, param = architecture.activations[layer]
            code = list(ACTIVATIONS).index(name)
            if architecture.hidden_norm:
                slot = self._dense(slot, layer, 0, 0.0)
                slot = self._norm(slot, next(norms), code, param)
            else:
                slot = self._dense(slot, layer, code, param)
            if architecture.dropout[layer]:
                slot = self._dropout(slot, architecture.dropout[layer])
            if architecture.residual:
                crosses = self._slot_widths[source] != width
                slot = self._skip(slot, source, next(projections) if crosses else None)
        self._dense(slot, len(hidden), 0, 0.0)

    def _dense(self, slot, layer, activation, param):
        (weight, (_, fan_out)), (bias, _) = self.weights[layer], self.biases[layer]
        kind = SPARSE if slot == 0 and self._architecture.sparse_input else DENSE
        return self._operation(
            kind,
            slot,
            fan_out,
            param,
            activation=activation,
            weight=weight,
            bias=bias,
            saves=activation != 0,
        )

    def _norm(self, slot, norm, activation, param):
        (scale, (width,)), (shift, _) = norm
        statistics = self.n_statistics
        self.n_statistics += 2 * width + 1  # running mean, running variance, number of batches
        output = self._operation(
            NORM,
            slot,
            width,
            param,
            activation=activation,
            weight=scale,
            bias=shift,
            saves=activation != 0,
            statistics=statistics,
        )
        self._rows[-1][SOURCE] = self._slot(width)  # the normalised input
        return output

    def _dropout(self, slot, rate):
        return self._operation(DROPOUT, slot, self._slot_widths[slot], rate)

    def _skip(self, slot, source, projection):
        output = self._operation(SKIP, slot, self._slot_widths[slot], 0.0)
        self._rows[-1][SOURCE] = source
        if projection is not None:
            self._rows[-1][WEIGHT] = projection[0].start
        # The operation that reads the source first is walked last on the way back.
        next(row for row in self._rows if row[INPUT] == source)[ADDS] = 1
        return output

    def _operation(
        self,
        kind,
        slot,
        width,
        param,
        *,
        activation=0,
        weight=None,
        bias=None,
        saves=False,
        statistics=-1,
        learns=False,
    ):
        learns = learns or weight is not None or self._slot_learns[slot]
        output = self._slot(width, learns)
        saved = self._slot(width) if saves and self._keeps_input(activation) else output
        row = [kind, slot, output, saved, -1, 0, activation]
        row += [-1 if part is None else part.start for part in (weight, bias)] + [statistics]
        self._rows.append(row)
        self._params.append(param)
        return output

    @staticmethod
    def _keeps_input(code):
        return list(ACTIVATIONS.values())[code].keeps_input

    def _slot(self, width, learns=False):
        self._slot_widths.append(width)
        self._slot_learns.append(int(learns))
        return len(self._slot_widths) - 1

    def _lay_out_slots(self):
        """Slot 0 comes last: it has no gradient, and none at all where the input is sparse."""
        widths = np.array(self._slot_widths, dtype=np.int64)
        offsets = np.zeros_like(widths)
        offsets[1:] = np.cumsum(widths[1:]) - widths[1:]
        offsets[0] = self.gradient_row_size = int(widths[1:].sum())
        reads_input = any(row[KIND] != SPARSE and row[INPUT] == 0 for row in self._rows)
        self.row_size = self.gradient_row_size + (int(widths[0]) if reads_input else 0)
        self.widest = int(widths[1:].max())
        return np.stack([offsets, widths, self._slot_learns], axis=1)


class Network(NamedTuple):
    """A blueprint and the numbers that make it a network."""

    blueprint: Blueprint
    theta: np.ndarray  #: (n_parameters,)
    statistics: np.ndarray  #: running moments of batch normalisation


@lru_cache(maxsize=256)
def cached_blueprint(
    sizes: tuple[int, ...], architecture: Architecture, dtype: np.dtype
) -> Blueprint:
    """The blueprint of a network, built once for a search's hundred fits."""
    return Blueprint(sizes, architecture, dtype)
