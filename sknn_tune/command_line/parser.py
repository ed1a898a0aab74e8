"""The commands of ``sknn-tune`` and their options."""

import argparse
import math
import os
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

import sknn_tune
from sknn_tune.command_line.errors import BadInput
from sknn_tune.command_line.stages import Stages

# What the commands that read tables need besides the package's own dependencies.
_TABLE_PACKAGES = ("pandas", "skrub", "skops", "matplotlib", "jinja2")
_LARGEST_SEED = 2**32 - 1
_SUMMARY = "Tune neural networks on tables, from a file to a tested model."


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; what it returns has a `run` that takes it."""
    parser = argparse.ArgumentParser(prog="sknn-tune", description=_SUMMARY)
    parser.add_argument("--version", action="version", version=sknn_tune.__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")
    _add_fit(commands)
    _add_predict(commands)
    _add_explain(commands)
    _add_watch(commands)
    _add_compile(commands)
    demo = commands.add_parser("demo", help="tune a network on the digits in four ways")
    demo.set_defaults(run=_run_demo)
    return parser


# ------------------------------------------------------------------------------- the commands
def _run_fit(chosen: argparse.Namespace) -> None:
    _check_packages()
    with Stages(1).running() as stages:
        stages.start("Loading the packages")
        folder = _fit(chosen, stages)
    print((folder / "summary.txt").read_text("utf-8"), end="")
    print(f"Written to {folder}.")


def _fit(chosen: argparse.Namespace, stages: Stages) -> Path:
    from sknn_tune.command_line.columns.kinds import Overrides
    from sknn_tune.command_line.fit import FitOptions, fit

    overrides = Overrides(
        number=frozenset(chosen.numbers),
        category=frozenset(chosen.categories),
        date=frozenset(chosen.dates),
        text=frozenset(chosen.text),
        ignore=frozenset(chosen.ignore),
    )
    options = FitOptions(
        task=chosen.task,
        n_iter=chosen.n_iter,
        max_time=chosen.max_time,
        metric=chosen.metric,
        also=tuple(chosen.also),
        storage=chosen.storage,
        out=chosen.out,
        seed=chosen.seed,
        encoding=chosen.encoding,
        decimal=chosen.decimal,
        overrides=overrides,
        group=chosen.group,
        time=chosen.time,
        command=shlex.join(["sknn-tune", *sys.argv[1:]]),
    )
    return fit(chosen.file, chosen.target, options, stages=stages)


def _run_predict(chosen: argparse.Namespace) -> None:
    _check_packages()
    from sknn_tune.command_line.predict import predict

    predict(
        chosen.folder,
        chosen.file,
        out=chosen.out,
        raw=chosen.raw,
        trust=chosen.trust,
        encoding=chosen.encoding,
    )


def _run_explain(chosen: argparse.Namespace) -> None:
    _check_packages()
    from sknn_tune.command_line.explain import explain_model

    print(explain_model(chosen.folder, trust=chosen.trust), end="")


def _run_watch(chosen: argparse.Namespace) -> None:
    _check_packages()
    from sknn_tune.command_line.watch import watch

    watch(chosen.storage, out=chosen.out, port=chosen.port, once=chosen.once)


def _run_compile(chosen: argparse.Namespace) -> None:
    from sknn_tune.command_line.compile import compile_kernels

    print("Compiling on all cores, about half a minute on two.", flush=True)
    print(compile_kernels(chosen.dtypes))


def _run_demo(chosen: argparse.Namespace) -> None:
    from sknn_tune.command_line.demo import run_demo

    run_demo()


def _check_packages() -> None:
    """Raise a BadInput if a package is missing; settle what pictures are drawn with."""
    missing = [name for name in _TABLE_PACKAGES if find_spec(name) is None]
    if missing:
        raise BadInput(f"this command needs {', '.join(missing)}: pip install 'sknn-tune[table]'.")
    # No window is opened here, whatever the user's other programs draw with.
    os.environ["MPLBACKEND"] = "agg"


# ------------------------------------------------------------------------------- the options
def _add_fit(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("fit", help="tune a network on a file")
    command.add_argument(
        "file", help="text with the names of the columns in its first row, Parquet, or Excel"
    )
    command.add_argument("--target", required=True, help="the column to predict")
    command.add_argument(
        "--task", choices=["classification", "regression"], help="guessed if it is not given"
    )
    command.add_argument(
        "--metric",
        choices=["log-loss", "accuracy", "R2", "rmse", "mae"],
        help="what is optimized and compared (log-loss or R2)",
    )
    command.add_argument(
        "--n-iter", type=_positive_int, default=50, help="most configurations to try (50)"
    )
    command.add_argument(
        "--max-time",
        type=_positive_float,
        default=60.0,
        help="seconds for everything but compiling once and models of --also (60)",
    )
    command.add_argument("--storage", help="file that keeps the trials and resumes them")
    command.add_argument("--out", help="folder to write (the name of the file and _model)")
    command.add_argument("--seed", type=_seed, default=0, help="of splits and search (0)")
    command.add_argument(
        "--also",
        type=_names,
        default=[],
        help="more models to compare with: lightgbm, xgboost, catboost, separated by commas",
    )
    _add_reading(command)
    for kind in ("numbers", "categories", "dates", "text", "ignore"):
        command.add_argument(
            f"--{kind}", type=_names, default=[], metavar="NAMES", help=_KINDS[kind]
        )
    command.add_argument("--decimal", choices=[".", ","], help="decimal sign (guessed)")
    command.add_argument("--group", help="column whose equal values stay together when splitting")
    command.add_argument("--time", help="column that orders the rows; the last ones are the test")
    command.set_defaults(run=_run_fit)


def _add_predict(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("predict", help="predict the rows of a file")
    command.add_argument("folder", help="what `sknn-tune fit` has written")
    command.add_argument("file", help="file with the columns of the training")
    command.add_argument("--out", help="CSV file to write (standard output)")
    command.add_argument(
        "--raw",
        action="store_true",
        help="write labels that a spreadsheet would run as they are, without an apostrophe",
    )
    _add_trust(command)
    _add_reading(command)
    command.set_defaults(run=_run_predict)


def _add_explain(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("explain", help="say what a saved model is")
    command.add_argument("folder", help="what `sknn-tune fit` has written")
    _add_trust(command)
    command.set_defaults(run=_run_explain)


def _add_compile(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "compile", help="compile all kernels ahead, for an image, a CI cache or a cluster"
    )
    command.add_argument(
        "--dtype",
        dest="dtypes",
        nargs="+",
        choices=["float64", "float32"],
        default=["float64", "float32"],
        help="of the networks that will be fitted (default: both)",
    )
    command.set_defaults(run=_run_compile)


def _add_watch(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("watch", help="show the page of a search that is running")
    command.add_argument("storage", help="the file that was given as --storage")
    command.add_argument("--out", help="HTML file to write (served on this machine only)")
    command.add_argument("--port", type=_port, default=0, help="of the server (a free one)")
    command.add_argument("--once", action="store_true", help="write --out once and end")
    command.set_defaults(run=_run_watch)


def _add_trust(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--trust",
        action="store_true",
        help="load model.joblib, which can run any code: only for folders that you trust",
    )


def _add_reading(command: argparse.ArgumentParser) -> None:
    command.add_argument("--encoding", help="of the text, such as cp1251 (guessed)")


_KINDS = {
    "numbers": "columns to read as numbers, separated by commas",
    "categories": "columns to read as categories",
    "dates": "columns to read as dates",
    "text": "columns to read as text",
    "ignore": "columns to leave out",
}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _positive_int(text: str) -> int:
    number = _integer(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {text}")
    return number


def _seed(text: str) -> int:
    return _up_to(_LARGEST_SEED, text)


def _port(text: str) -> int:
    return _up_to((1 << 16) - 1, text)


def _up_to(largest: int, text: str) -> int:
    number = _integer(text)
    if not 0 <= number <= largest:
        raise argparse.ArgumentTypeError(f"must be from 0 to {largest}, got {text}")
    return number


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:  # argparse would name our functions
        raise argparse.ArgumentTypeError(f"must be an integer, got {text!r}") from error


def _positive_float(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (number > 0 and math.isfinite(number)):
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text}")
    return number
