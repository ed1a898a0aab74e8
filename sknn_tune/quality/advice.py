"""From a fault to the hyperparameters to change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sknn_tune.common.parameter_names import without_path
from sknn_tune.quality.capacity import RATES, capacity_rules, numeric_params
from sknn_tune.quality.evidence import Evidence
from sknn_tune.quality.faults import Fault


@dataclass(frozen=True)
class Advice:
    """One thing to try.

    Parameters
    ----------
    fault : str
        The fault that it is meant to remove.
    action : {"raise", "lower", "set", "do"}
        What to do to the parameter; "do" where there is no parameter.
    parameter : str or None
        Name as `set_params` takes it.
    now : object
        Its present value.
    text : str
        The advice in words.
    """

    fault: Fault
    action: Literal["raise", "lower", "set", "do"]
    parameter: str | None
    now: Any
    text: str

    def __str__(self) -> str:
        return self.text


def advise(estimator: Any, faults: Sequence[Fault], evidence: Evidence) -> tuple[Advice, ...]:
    """Return the advice for each fault in turn.

    Where faults ask for opposite changes of a parameter, the one that comes first decides.

    Parameters
    ----------
    estimator : estimator object
    faults : sequence of str
        The costliest first.
    evidence : Evidence

    Returns
    -------
    advice : tuple of Advice
    """
    found: dict[str, Advice] = {}
    for fault in faults:
        for advice in _AGAINST[fault](fault, estimator, evidence):
            found.setdefault(advice.parameter or advice.text, advice)
    return tuple(found.values())


def _move(
    fault: Fault,
    estimator: Any,
    parameter: str,
    action: Literal["raise", "lower", "set"],
    suffix: str = "",
) -> Advice:
    now = estimator.get_params(deep=True)[parameter]
    return Advice(fault, action, parameter, now, f"{action} {parameter} (now {now!r}){suffix}")


def _do(fault: Fault, text: str) -> Advice:
    return Advice(fault, "do", None, None, text)


def _change_capacity(fault: Fault, estimator: Any, more: bool) -> list[Advice]:
    params = estimator.get_params(deep=True)
    step = 1.0 if more else -1.0
    return [
        _move(fault, estimator, name, rule.action(more))
        for name, rule in capacity_rules(estimator).items()
        # gamma="scale" is a number that depends on the data.
        if rule.move(params[name], step) is not None or params[name] in ("scale", "auto")
    ]


def _against_bias(fault: Fault, estimator: Any, evidence: Evidence) -> list[Advice]:
    advice = _change_capacity(fault, estimator, more=True)
    if evidence.best in ("forest", "linear model", "reference"):
        advice.append(_do(fault, f"try another model: the {evidence.best} is better as it is"))
    return [*advice, _do(fault, "add features, or products of them")]


def _against_variance(fault: Fault, estimator: Any, evidence: Evidence) -> list[Advice]:
    advice = _change_capacity(fault, estimator, more=False)
    for name, value in estimator.get_params(deep=True).items():
        if without_path(name) == "early_stopping" and value is False:
            advice.append(_move(fault, estimator, name, "set", " to True"))
    return [*advice, _do(fault, "leave out features, collect more rows")]


def _against_noise(fault: Fault, estimator: Any, evidence: Evidence) -> list[Advice]:
    return [_do(fault, "no hyperparameter helps: check the labels and measure other features")]


def _against_few_rows(fault: Fault, estimator: Any, evidence: Evidence) -> list[Advice]:
    meanwhile = _change_capacity(fault, estimator, more=False)
    return [_do(fault, "collect more rows: the error still falls with their number"), *meanwhile]


def _against_rate(fault: Fault, estimator: Any, evidence: Evidence) -> list[Advice]:
    step = evidence.best_step(fault)
    return [
        _move(fault, estimator, name, "lower", f": {step} was best here")
        for name in numeric_params(estimator, RATES)
    ]


def _against_early_end(fault: Fault, estimator: Any, evidence: Evidence) -> list[Advice]:
    step = evidence.best_step(fault)
    names = ("max_iter",) if step.startswith("steps") else RATES
    return [
        _move(fault, estimator, name, "raise", f": {step} was best here")
        for name in numeric_params(estimator, names)
    ]


def _against_nothing(fault: Fault, estimator: Any, evidence: Evidence) -> list[Advice]:
    return []


_AGAINST: dict[Fault, Callable[[Fault, Any, Evidence], list[Advice]]] = {
    "high_bias": _against_bias,
    "high_variance": _against_variance,
    "noise": _against_noise,
    "too_few_rows": _against_few_rows,
    "rate_too_high": _against_rate,
    "not_converged": _against_early_end,
    "balanced": _against_nothing,
}
