"""Descriptions of a space as distributions of Optuna, and stored values as values of those.

A journal holds a space as text (`Space.describe`): a list of choices, or a distribution as its call
reads. What that says no more is read off the values that were evaluated.
"""

import ast
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import scipy.stats

from sknn_tune.common.numeric import is_integer, is_real
from sknn_tune.search.engine.dimensions import Continuous, Integers
from sknn_tune.search.engine.entries import make_dimension

Description = str | list[str]

_NUMPY_SCALAR = re.compile(r"np\.\w+\((.*)\)")
_PLAIN = (bool, int, float, str, type(None))


class OptunaParameter:
    """A parameter of a search as Optuna sees it.

    Numbers of a distribution keep its range and scale, lists are categories in their order. Of
    layer sizes, and of a parameter that is a range in one branch of the space and a list in
    another, the values that were evaluated are the categories.

    Parameters
    ----------
    descriptions : sequence of (str or list of str)
        One for each way in which the branches of the space describe it.
    values : iterable
        Those that were evaluated, from `plain_value`; at least one.

    Attributes
    ----------
    distribution : FloatDistribution, IntDistribution or CategoricalDistribution
    """

    def __init__(self, descriptions: Sequence[Description], values: Iterable[Any]):
        values = list(values)
        lists = [_choices(d) for d in descriptions if isinstance(d, list)]
        self._as_text = False
        if len(lists) == len(descriptions):
            self.distribution = self._categories(v for choices in lists for v in choices)
        elif lists or not all(map(is_real, values)):
            self.distribution = self._categories(values)
        else:
            self.distribution = _numbers([str(text) for text in descriptions], values)

    def value(self, plain: Any) -> Any:
        """Return a value, from `plain_value`, as the distribution has it."""
        return repr(plain) if self._as_text else plain

    def _categories(self, values: Iterable[Any]) -> Any:
        from optuna.distributions import CategoricalDistribution

        distinct = {(type(value), value): value for value in values}
        # Such as 1 and True, which Optuna takes for one.
        self._as_text = len({value for _, value in distinct}) < len(distinct)
        return CategoricalDistribution([self.value(value) for value in distinct.values()])


def plain_value(stored: Any, description: Description) -> Any:
    """Return a stored value as Optuna takes it: a number, a word, None, or text for all else.

    Parameters
    ----------
    stored : int, float or list of int
        As in the journal: a number, layer sizes, or the index of a choice.
    description : str or list of str
        Of the parameter's values.
    """
    if isinstance(description, list):
        return _choices(description)[stored]
    return str(tuple(stored)) if isinstance(stored, list) else stored


def _numbers(descriptions: Sequence[str], values: Sequence[float]) -> Any:
    """Return the distribution that holds all that is described and all that was evaluated."""
    from optuna.distributions import FloatDistribution, IntDistribution

    ranges = [_range(text) for text in descriptions]
    low = min([*values, *(r[0] for r in ranges if r)])
    high = max([*values, *(r[1] for r in ranges if r)])
    is_log = low > 0 and all(r is not None and r[2] for r in ranges)
    if all(map(is_integer, values)):
        return IntDistribution(int(low), int(high), log=is_log)
    return FloatDistribution(low, high, log=is_log)


def _choices(description: list[str]) -> list[Any]:
    """Return the choices that a description lists; text that two of them share is numbered."""
    choices = [_choice(text) for text in description]
    seen: dict[str, int] = {}
    for i, choice in enumerate(choices):
        if isinstance(choice, str):
            seen[choice] = seen.get(choice, 0) + 1
            choices[i] = f"{choice} ({seen[choice]})" if seen[choice] > 1 else choice
    return choices


def _choice(text: str) -> Any:
    """Return the value that text spells; text where it is none that Optuna stores."""
    number = _NUMPY_SCALAR.fullmatch(text)
    try:
        value = ast.literal_eval(number[1] if number else text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if isinstance(value, _PLAIN) else text


def _range(text: str) -> tuple[float, float, bool] | None:
    """Return both ends of a distribution of scipy.stats and whether it is logarithmic.

    None where the text is no such call. Only numbers are read, nothing of it is run.
    """
    try:
        call = ast.parse(text, mode="eval").body
        family = getattr(scipy.stats, call.func.id)  # type: ignore[attr-defined]
        if not isinstance(family, scipy.stats.rv_continuous | scipy.stats.rv_discrete):
            return None
        args = [_number(node) for node in call.args]  # type: ignore[attr-defined]
        keywords = {k.arg: _number(k.value) for k in call.keywords}  # type: ignore[attr-defined]
        dimension = make_dimension("", family(*args, **keywords))
    except (AttributeError, TypeError, ValueError, SyntaxError, RecursionError):
        return None
    if not isinstance(dimension, Continuous | Integers):
        return None
    return dimension.low, dimension.high, _is_log(dimension)


def _number(node: ast.expr) -> float:
    value = _choice(ast.unparse(node))
    if not is_real(value):
        raise ValueError(f"{value!r} is not a number.")
    return value


def _is_log(dimension: Continuous | Integers) -> bool:
    """Whether the geometric middle of a range is nearer to its median than the arithmetic one."""
    low, high = dimension.low, dimension.high
    if not 0 < low < high:
        return False
    geometric, arithmetic = dimension.dist.cdf([math.sqrt(low * high), (low + high) / 2])
    return bool(np.abs(geometric - 0.5) < np.abs(arithmetic - 0.5))
