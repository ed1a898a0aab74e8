"""The table that describes a network to compiled code; `blueprint` makes it."""

from typing import NamedTuple

from sknn_tune.network.embeddings import EmbeddingTable
from sknn_tune.network.records import ABSENT, Integers, Table, Vector

# Kinds of operation
SPARSE, DENSE, NORM, DROPOUT, SKIP, EMBED = range(6)

# Columns of the table of operations. SAVED is the slot of what backward needs besides the
# output; SOURCE the slot a skip adds; ADDS says that the gradient of INPUT has another part.
# An offset of -1 means that there is none.
KIND, INPUT, OUTPUT, SAVED, SOURCE, ADDS, ACTIVATION, WEIGHT, BIAS, STATISTICS = range(10)
N_COLUMNS = 10

# Columns of the table of slots. LEARNS says that parameters lie before the slot, so that its
# gradient is needed.
OFFSET, WIDTH, LEARNS = range(3)


class Plan(NamedTuple):
    """A network as compiled code sees it, shared by all networks of its sizes.

    Compared by identity, so that `records` can keep its words.
    """

    n_operations: int
    operations: Integers  #: N_COLUMNS numbers for each operation
    params: Vector  #: (n_operations,), parameter of each operation
    slots: Table  #: (n_slots, 3), offsets for one row; slot 0 is the input
    embeddings: EmbeddingTable = ABSENT
    product_limit: int = 0  #: see `small_products`

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)
