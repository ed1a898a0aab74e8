"""Option objects: options that have parameters.

They print as they are written, compare by value, pickle, clone, and have ``get_params`` and
``set_params``, so that a search can reach ``learning_rate__warmup`` or ``loss__delta``.
"""

from dataclasses import dataclass, fields
from typing import Any, Self, TypeGuard

import numpy as np

from sknn_tune.common import numeric


@dataclass(frozen=True)
class Option:
    """Base of the option objects; a subclass is a frozen dataclass of its parameters."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def set_params(self, **params: Any) -> Self:
        """Set parameters in place, as an estimator's nested parameters are set."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(
                    f"Invalid parameter {name!r} for {self}; it has {sorted(known) or 'none'}."
                )
            object.__setattr__(self, name, value)
        return self

    def check(self) -> None:
        """Raise ValueError if a parameter is out of range."""

    def _require(self, condition, name, allowed):
        if not condition:
            value = getattr(self, name)
            raise ValueError(f"{name} of {type(self).__name__} must be {allowed}, got {value!r}.")


def is_real(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number."""
    return numeric.is_real(value) and np.isfinite(value)


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value is a positive whole number."""
    return numeric.is_integer(value) and value > 0
