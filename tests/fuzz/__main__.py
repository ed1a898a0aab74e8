"""The child of `fuzz.isolation`; with ``--isolated`` before the arguments, its parent."""

import sys

from fuzz import isolation

if sys.argv[1] == "--isolated":
    isolation.main(sys.argv[2], *map(int, sys.argv[3:]))
else:
    isolation.run_range(sys.argv[1], *map(int, sys.argv[2:]))
