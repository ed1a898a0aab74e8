"""What the user got wrong, said in one line."""

from contextlib import contextmanager


class BadInput(Exception):
    """A file, a folder or an argument that cannot be used; the message is one line."""


@contextmanager
def about(file):
    """Begin the message of a BadInput from within with the name of a file."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{file}: {error}") from error
