"""Say once in a process that kernels are being compiled, which takes seconds without a word."""

import logging
import sys
from functools import cache

_MESSAGE = (
    "Compiling kernels, once on a machine, which takes some seconds; "
    "`python -m sknn_tune compile` does it ahead."
)


@cache
def announce_compilation() -> None:
    """Tell the logger ``sknn_tune``, and whoever sits at a terminal."""
    logging.getLogger("sknn_tune").info(_MESSAGE)
    if sys.stderr is not None and sys.stderr.isatty():
        print(f"sknn_tune: {_MESSAGE}", file=sys.stderr, flush=True)
