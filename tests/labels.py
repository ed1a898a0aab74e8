"""Names of parametrised cases that are the same in every process, as pytest-xdist needs."""

import re


def label(value):
    """The value as text, without addresses in memory."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", str(value))
