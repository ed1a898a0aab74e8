"""From a fault to the hyperparameters to move."""

from dataclasses import dataclass

from sknn_tune.quality.knobs import RATES, find_knobs, find_numbers


@dataclass(frozen=True)
class Advice:
    """One thing to try.

    Attributes
    ----------
    fault : str
        The fault that it is against.
    action : {"raise", "lower", "set", "do"}
        What to do to the parameter; "do" where it is none of the estimator's.
    parameter : str or None
        Name as `set_params` takes it.
    now : object
        Its present value.
    text : str
        The advice in words.
    """

    fault: str
    action: str
    parameter: str | None
    now: object
    text: str

    def __str__(self):
        return self.text


def advise(estimator, faults, evidence):
    """Return the advice for each fault in turn, a tuple of `Advice`.

    A parameter is moved one way only, against the dearest fault that it helps against.
    """
    found = {}
    for fault in faults:
        for advice in _AGAINST[fault](fault, estimator, evidence):
            found.setdefault(advice.parameter or advice.text, advice)
    return tuple(found.values())


def _move(fault, estimator, parameter, action, because=""):
    now = estimator.get_params(deep=True)[parameter]
    text = f"{action} {parameter} (now {now!r}){because}"
    return Advice(fault, action, parameter, now, text)


def _do(fault, text):
    return Advice(fault, "do", None, None, text)


def _turn_knobs(fault, estimator, bolder):
    params = estimator.get_params(deep=True)
    step = 1.0 if bolder else -1.0
    return [
        _move(fault, estimator, name, knob.words(bolder))
        for name, knob in find_knobs(estimator).items()
        # gamma="scale" is a number that only the data tell.
        if knob.move(params[name], step) is not None or params[name] in ("scale", "auto")
    ]


def _against_bias(fault, estimator, evidence):
    advice = _turn_knobs(fault, estimator, bolder=True)
    if evidence.best in ("forest", "linear model", "reference"):
        advice.append(_do(fault, f"try another model: the {evidence.best} does better as it is"))
    return [*advice, _do(fault, "add features, or products of them")]


def _against_variance(fault, estimator, evidence):
    advice = _turn_knobs(fault, estimator, bolder=False)
    for name, value in estimator.get_params(deep=True).items():
        if name.rpartition("__")[2] == "early_stopping" and value is False:
            advice.append(_move(fault, estimator, name, "set", " to True"))
    return [*advice, _do(fault, "leave out features, collect more rows")]


def _against_noise(fault, estimator, evidence):
    return [
        _do(fault, "no hyperparameter helps: look at the labels and measure other features"),
    ]


def _against_few_rows(fault, estimator, evidence):
    meanwhile = _turn_knobs(fault, estimator, bolder=False)
    return [_do(fault, "collect more rows: the error still falls with their number"), *meanwhile]


def _against_rate(fault, estimator, evidence):
    factor = _best_step(fault, evidence)
    return [
        _move(fault, estimator, name, "lower", f": {factor} was best here")
        for name in find_numbers(estimator, RATES)
    ]


def _against_early_end(fault, estimator, evidence):
    factor = _best_step(fault, evidence)
    kind = ("max_iter",) if factor.startswith("steps") else RATES
    return [
        _move(fault, estimator, name, "raise", f": {factor} was best here")
        for name in find_numbers(estimator, kind)
    ]


def _best_step(fault, evidence):
    names = [name for name, found in evidence.steps.items() if found == fault]
    return min(names, key=lambda name: evidence.errors[name].dev.mean())


_AGAINST = {
    "high_bias": _against_bias,
    "high_variance": _against_variance,
    "noise": _against_noise,
    "too_few_rows": _against_few_rows,
    "rate_too_high": _against_rate,
    "not_converged": _against_early_end,
    "balanced": lambda *_: [],
}
