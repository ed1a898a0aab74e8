"""User errors, reported in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class BadInput(Exception):
    """A file, a folder or an argument that cannot be used; the message is one line."""


@contextmanager
def about(file: Any, *others: type[Exception]) -> Iterator[None]:
    """Prefix the message of a `BadInput` raised inside with the name of a file.

    Parameters
    ----------
    file : path-like
    *others : type
        Other errors that become a `BadInput` too.
    """
    kinds: tuple[type[Exception], ...] = (BadInput, *others)
    try:
        yield
    except kinds as error:
        raise BadInput(f"{file}: {explain(error)}") from error


def explain(error: BaseException) -> str:
    """Return why something failed, without the name of the file that an OSError repeats.

    Examples
    --------
    >>> from sknn_tune.command_line.errors import explain
    >>> explain(PermissionError(13, "Permission denied", "/etc/shadow"))
    'Permission denied'
    """
    if isinstance(error, MemoryError):
        return "there is not enough memory for it."
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
