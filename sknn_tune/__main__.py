"""Command line: ``sknn-tune`` or ``python -m sknn_tune``."""

import os
import sys
from collections.abc import Sequence

from sknn_tune.command_line.signals import RaisedSignals

# Set to see where an unexpected error comes from.
DEBUG_VARIABLE = "SKNN_TUNE_DEBUG"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; one that cannot be done ends with exit code 2 and a line that says why.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        What follows the name of the program; None takes it from the command line.
    """
    try:
        with RaisedSignals():
            # Within the try, as the imports take a second, in which Control-C may come.
            from sknn_tune.command_line.errors import BadInput
            from sknn_tune.command_line.parser import make_parser

            _make_streams_lenient()
            try:
                chosen = make_parser().parse_args(arguments)
                chosen.run(chosen)
                _flush()
            except BadInput as error:
                _stop(2, str(error))
    except KeyboardInterrupt:
        _stop(130, "interrupted, nothing was written.")
    except BrokenPipeError:  # who reads has read enough, such as `head`
        _discard_stdout()
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        _stop(1, f"{_name(error)}; {DEBUG_VARIABLE}=1 shows where it happened.")


def _stop(code: int, message: str) -> None:
    print(f"sknn-tune: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


def _name(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"cannot write to standard output: {error.strerror}"
    return f"unexpected {type(error).__name__}: {error}"


def _make_streams_lenient() -> None:
    """Write letters that the terminal's encoding lacks as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """Flush, so that an error of the stream is raised here and not when Python exits."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _discard_stdout() -> None:
    """Redirect the stream to nowhere, so that Python exits without an error message."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
