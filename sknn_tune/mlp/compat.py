"""Every private or recent scikit-learn name that the estimators need, and nothing else.

All but the callbacks are present from scikit-learn 1.6 on; `make test-oldest` keeps it so.
Decorators get the types that scikit-learn leaves out, so that users' type checkers see the
signatures of what they decorate.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any, ClassVar, TypeVar

import sklearn.base
import sklearn.utils.metaestimators
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._param_validation import Options, StrOptions, validate_parameter_constraints
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

from sknn_tune.common.compat import Interval
from sknn_tune.mlp.remembered import are_plain, remembered, types_within

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # before scikit-learn 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """There are no callbacks to support."""


_Function = TypeVar("_Function", bound=Callable)
_Class = TypeVar("_Class", bound=type)

#: Where scikit-learn keeps the callbacks that it notifies of the end of a fit, even of one that
#: fails.
CALLBACK_STATE = {"_callback_fit_ctx", "_skl_callbacks_to_teardown"}


class Estimator(CallbackSupportMixin, sklearn.base.BaseEstimator):
    """scikit-learn's base of estimators, with callbacks where it has them."""

    _parameter_constraints: ClassVar[dict[str, list]]

    @classmethod
    @cache
    def _get_param_names(cls):
        # Each fit and set_params asks, and reading the signature is a tenth of a short fit.
        return super()._get_param_names()

    def _validate_params(self):
        _check_all(self, tuple(self._get_param_names()))


@remembered
def _check_all(cls: type[Estimator], parameters: SimpleNamespace) -> None:
    # A search asks again for values that nearly all have passed before.
    for name, value in vars(parameters).items():
        if are_plain([value]):
            _check_once(cls, name, types_within([value]), value)
        else:
            _check_parameter(cls, name, value)


def _check_parameter(cls: type[Estimator], name: str, value: Any) -> None:
    constraints = {name: cls._parameter_constraints.get(name, "no_validation")}
    validate_parameter_constraints(constraints, {name: value}, caller_name=cls.__name__)


def _check_plain(cls: type[Estimator], name: str, types: tuple, value: Any) -> None:
    _check_parameter(cls, name, value)


_check_once: Callable = lru_cache(maxsize=4096, typed=True)(_check_plain)


def constrained(constraints: dict[str, list]) -> Callable[[_Class], _Class]:
    """Add to the constraints that scikit-learn checks the parameters of an estimator against."""

    def decorate(cls):
        cls._parameter_constraints = getattr(cls, "_parameter_constraints", {}) | constraints
        return cls

    return decorate


def checks_parameters(method: _Function) -> _Function:
    """Check the parameters of an estimator before a method that fits it."""
    return sklearn.base._fit_context(prefer_skip_nested_validation=True)(method)


def check_parameters(estimator: Estimator) -> None:
    """Check the parameters of an estimator, as `checks_parameters` does before a first fit."""
    estimator._validate_params()


def available_if(check: Callable[[Any], bool]) -> Callable[[_Function], _Function]:
    """Hide a method of the objects for which `check` is false or raises an AttributeError."""
    return sklearn.utils.metaestimators.available_if(check)


def has_callbacks(estimator: Estimator) -> bool:
    """Whether callbacks watch the fits of an estimator."""
    return bool(getattr(estimator, "_skl_callbacks", None))


def open_callback_context(estimator: Estimator, n_steps: int) -> Any:
    """Open the context in which callbacks are notified of a fit of at most `n_steps` steps."""
    return estimator._init_callback_context(max_subtasks=n_steps)


__all__ = [
    "CALLBACK_STATE",
    "Estimator",
    "Interval",
    "Options",
    "StrOptions",
    "available_if",
    "check_parameters",
    "check_sample_weight",
    "checks_parameters",
    "constrained",
    "has_callbacks",
    "open_callback_context",
    "safe_indexing",
]
