"""Command line: ``sknn-tune`` or ``python -m sknn_tune``."""

import argparse

import sknn_tune
from sknn_tune.demo import run_demo


def main(arguments=None):
    """Run a command.

    Parameters
    ----------
    arguments : list of str or None, default=None
        What follows the name of the program; None takes it from the command line.
    """
    chosen = _parser().parse_args(arguments)
    chosen.run(chosen)


def _parser():
    parser = argparse.ArgumentParser(prog="sknn-tune", description=sknn_tune.__doc__)
    parser.add_argument("--version", action="version", version=sknn_tune.__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")

    demo = commands.add_parser("demo", help="tune a pipeline on the digits, beside scikit-learn")
    demo.set_defaults(run=lambda chosen: run_demo())
    return parser


if __name__ == "__main__":
    main()
