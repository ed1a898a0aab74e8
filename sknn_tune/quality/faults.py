"""What can be wrong with a model."""

from typing import Literal

#: The names that `diagnose` gives to faults; "balanced" is none.
Fault = Literal[
    "high_bias",
    "high_variance",
    "noise",
    "too_few_rows",
    "rate_too_high",
    "not_converged",
    "balanced",
]
