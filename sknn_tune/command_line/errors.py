"""What the user got wrong, said in one line."""

from contextlib import contextmanager


class BadInput(Exception):
    """A file, a folder or an argument that cannot be used; the message is one line."""


@contextmanager
def about(file, *others):
    """Begin the message of a BadInput from within with the name of a file.

    Parameters
    ----------
    file : path-like
    *others : type
        Other errors that become a BadInput too.
    """
    try:
        yield
    except (BadInput, *others) as error:
        raise BadInput(f"{file}: {error}") from error
