"""Names of parametrised tests that are the same in every process."""

import re


def plain(value):
    """``str(value)`` without addresses of memory."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(value))
