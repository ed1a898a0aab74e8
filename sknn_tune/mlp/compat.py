"""Every private or recent scikit-learn name that the estimators need, and nothing else.

All but the callbacks are present from scikit-learn 1.6 on; `make test-oldest` keeps it so.
"""

from sklearn.base import _fit_context as fit_context
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.multiclass import _check_partial_fit_first_call as check_first_partial_fit
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # before scikit-learn 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """There are no callbacks to support."""


#: Where scikit-learn keeps the callbacks that must be told of the end, also of a failing fit.
CALLBACK_STATE = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")

__all__ = [
    "CALLBACK_STATE",
    "CallbackSupportMixin",
    "Interval",
    "Options",
    "StrOptions",
    "check_first_partial_fit",
    "check_sample_weight",
    "fit_context",
    "safe_indexing",
]
