"""Short names of nested parameters."""

from collections.abc import Iterable


def without_path(name: str) -> str:
    """Return the name of a nested parameter without the steps that lead to it.

    Examples
    --------
    >>> from sknn_tune.common.parameter_names import without_path
    >>> without_path("network__learning_rate__warmup")
    'warmup'
    """
    return name.rpartition("__")[2]


def short_names(names: Iterable[str]) -> list[str]:
    """Return the shortest endings of nested parameter names that tell them apart.

    Parameters
    ----------
    names : iterable of str
        Distinct names as `set_params` takes them.

    Returns
    -------
    shown : list of str

    Examples
    --------
    >>> from sknn_tune.common.parameter_names import short_names
    >>> short_names(["scale__with_mean", "network__alpha", "network__solver"])
    ['with_mean', 'alpha', 'solver']
    >>> short_names(["pca__svc__C", "pca__ridge__C", "gamma"])
    ['svc__C', 'ridge__C', 'gamma']
    """
    paths = [str(name).split("__") for name in names]
    return ["__".join(_shortest_ending(path, paths)) for path in paths]


def _shortest_ending(path, paths):
    for length in range(1, len(path)):
        ending = path[-length:]
        if sum(other[-length:] == ending for other in paths) == 1:
            return ending
    return path
