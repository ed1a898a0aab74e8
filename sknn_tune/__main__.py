"""Command line: ``sknn-tune`` or ``python -m sknn_tune``."""

import argparse
import math
import sys

import sknn_tune
from sknn_tune.command_line.demo import run_demo
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.fit import fit
from sknn_tune.command_line.folder import SUMMARY
from sknn_tune.command_line.predict import predict


def main(arguments=None):
    """Run a command; one that cannot be done ends with exit code 2 and a line that says why.

    Parameters
    ----------
    arguments : list of str or None, default=None
        What follows the name of the program; None takes it from the command line.
    """
    chosen = _parser().parse_args(arguments)
    try:
        chosen.run(chosen)
    except BadInput as error:
        print(f"sknn-tune: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("sknn-tune: interrupted, nothing was written.", file=sys.stderr)
        sys.exit(130)


def _run_fit(chosen):
    folder = fit(
        chosen.file,
        chosen.target,
        task=chosen.task,
        n_iter=chosen.n_iter,
        max_time=chosen.max_time,
        storage=chosen.storage,
        out=chosen.out,
        seed=chosen.seed,
        verbose=1,
    )
    print((folder / SUMMARY).read_text("utf-8"), end="")
    print(f"Written to {folder}: the model, summary.txt and report.html.")


def _parser():
    parser = argparse.ArgumentParser(prog="sknn-tune", description=sknn_tune.__doc__)
    parser.add_argument("--version", action="version", version=sknn_tune.__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")
    _add_fit(commands)
    _add_predict(commands)
    demo = commands.add_parser("demo", help="four ways to tune a network on the digits")
    demo.set_defaults(run=lambda chosen: run_demo())
    return parser


def _add_fit(commands):
    command = commands.add_parser("fit", help="tune a network on a CSV file")
    command.add_argument("file", help="CSV file, the names of the columns in its first row")
    command.add_argument("--target", required=True, help="the column to predict")
    command.add_argument(
        "--task", choices=["classification", "regression"], help="guessed where it is not given"
    )
    command.add_argument(
        "--n-iter", type=_positive_int, default=50, help="most configurations to try (50)"
    )
    command.add_argument(
        "--max-time", type=_positive_float, default=60.0, help="seconds for everything (60)"
    )
    command.add_argument("--storage", help="file that keeps the trials: a search goes on from it")
    command.add_argument("--out", help="folder to write (the name of the file and _model)")
    command.add_argument("--seed", type=int, default=0, help="of splits and search (0)")
    command.set_defaults(run=_run_fit)


def _add_predict(commands):
    command = commands.add_parser("predict", help="predict the rows of a CSV file")
    command.add_argument("folder", help="what `sknn-tune fit` has written")
    command.add_argument("file", help="CSV file with the columns of the training")
    command.add_argument("--out", help="CSV file to write (standard output)")
    command.set_defaults(run=lambda chosen: predict(chosen.folder, chosen.file, out=chosen.out))


def _positive_int(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {text}")
    return number


def _positive_float(text):
    number = float(text)
    if not (number > 0 and math.isfinite(number)):
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text}")
    return number


if __name__ == "__main__":
    main()
