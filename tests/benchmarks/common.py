"""What the benchmarks share: paired timing, the data folder, a line about the machine."""

import datetime
import importlib.util
import os
import platform
import sys
import time
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd

_ROOT = Path(__file__).parents[2]
DATA = _ROOT.parent / "shared" / "data"
_PACKAGES = ("numpy", "scipy", "scikit-learn", "numba", "torch")


def paired_seconds(functions, repeats):
    """Time functions in turns, so that a busy moment of the machine meets all of them.

    Parameters
    ----------
    functions : list of callable
        Each is called once a round.
    repeats : int
        Number of rounds.

    Returns
    -------
    seconds : ndarray of shape (repeats, n_functions)
    """
    seconds = np.empty((repeats, len(functions)))
    for row in seconds:
        for i, function in enumerate(functions):
            began = time.perf_counter()
            function()
            row[i] = time.perf_counter() - began
    return seconds


def median_ratios(seconds):
    """Time of each function over that of the first, the median over the rounds."""
    return np.median(seconds / seconds[:, :1], axis=0)


def describe_run():
    """Print the date, the command, the machine and the versions behind a table of figures."""
    command = " ".join(["python", os.path.relpath(sys.argv[0], _ROOT), *sys.argv[1:]])
    versions = [f"Python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    today = datetime.date.today().isoformat()
    print(f"{today}, `{command}`, {_processor()}, {os.cpu_count()} cores, {', '.join(versions)}\n")


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def read_table(name):
    """Features as a DataFrame and targets as an array, of a file in the data folder."""
    table = pd.read_csv(DATA / f"{name}.csv.gz")
    return table.drop(columns="target"), table["target"].to_numpy()


def load(name):
    """Features and targets as arrays, and the task, as the data folder's own loader makes them."""
    spec = importlib.util.spec_from_file_location("load", DATA / "load.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.load(name)


def print_row(*cells):
    """Print a row of a Markdown table."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def print_header(*cells):
    """Print the head of a Markdown table: names to the left, figures to the right."""
    print_row(*cells)
    print_row("---", *["---:"] * (len(cells) - 1))
