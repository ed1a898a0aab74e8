"""Cut a search with storage at random moments, over and over, and compare with one left alone.

    python tests/benchmarks/search_accidents.py [--accidents 20] [--trials 60] [--kind plain]

Three rounds, each with a file to itself: kill -9, Ctrl-C, and a full disk (SQLite's
max_page_count, in equal steps from nothing to what the whole search takes; pages of 512 bytes, so
that 60 trials fill 100 disks). After each accident the search is resumed. Checked at the end:
every trial whose end was reported is in the file, no finished trial was fitted twice, and the
table of results is that of a search in one piece (n_jobs=1). Exits with 1 if not.

`--kind predictions` is a search that keeps its predictions, which are compared as well, `--kind
objectives` one with two objectives.
"""

import argparse
import multiprocessing
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
from common import describe_run, print_header, print_row
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator, RegressorMixin

from sknn_tune import BayesSearchCV, search_history
from sknn_tune.search.predictions import KeptPredictions

X, y = np.arange(24.0)[:, None], np.arange(24.0)
PAGE_SIZE = 512
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["sknn_tune", "scipy.stats"])
SPACE = {"a": uniform(-5, 10), "b": loguniform(1e-3, 1e3), "kind": ["p", None]}


class Logged(RegressorMixin, BaseEstimator):
    """Leaves a line for each fit: the configuration and the split."""

    def __init__(self, a=0.0, b=1.0, kind="p", log=None):
        self.a, self.b, self.kind, self.log = a, b, kind, log

    def fit(self, X, y=None):
        time.sleep(0.003)
        if self.log is not None:
            with open(self.log, "a") as file:
                print(f"{self.a!r} {float(np.mean(X))}", file=file)
        return self

    def predict(self, X):
        return self.a * np.asarray(X)[:, 0] + np.log10(self.b)

    def score(self, X, y=None):
        return -((self.a - 1) ** 2) - (np.log10(self.b) - 1) ** 2 - 0.01 * float(np.mean(X))


def size(model):
    """The second objective."""
    return -abs(model.a + 4) - abs(np.log10(model.b))


KINDS = {
    "plain": {},
    "predictions": {"keep_predictions": True},
    "objectives": {"objective": ["score", size]},
}


def search(n_trials, path=None, log=None, **kwargs):
    """Return the search, fitted."""
    # So that some are forgotten.
    KeptPredictions.MOST = 15
    return BayesSearchCV(
        Logged(log=log), SPACE, n_iter=n_trials, cv=3, random_state=0, storage=path, **kwargs
    ).fit(X, y)


def run_child(folder, n_trials, n_pages, kind):
    """What the process does that meets with the accident; it reports into a file."""
    sys.stdout = sys.stderr = (folder / "report").open("w", buffering=1)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    connect = sqlite3.connect

    def connect_to_small_disk(*args, **kwargs):
        database = connect(*args, **kwargs)
        database.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        if n_pages:
            database.execute(f"PRAGMA max_page_count = {n_pages}")
        return database

    sqlite3.connect = connect_to_small_disk
    search(
        n_trials, folder / "search.db", str(folder / "fits"), refit=False, verbose=1, **KINDS[kind]
    )


def start(folder, n_trials, kind, n_pages=0):
    """Return the running child, forked from a process that has imported all."""
    (folder / "report").write_text("")
    child = CONTEXT.Process(target=run_child, args=(folder, n_trials, n_pages, kind))
    child.start()
    return child


def reported_lines(folder):
    """The lines about trials that the last child printed."""
    lines = (folder / "report").read_text().splitlines()
    return [line for line in lines if line.startswith("Trial ")]


def accident(folder, how, n_trials, kind, seconds, n_pages):
    """Run a child into an accident; return the trials that it reported, and whether it was cut."""
    child = start(folder, n_trials, kind, n_pages)
    # The trial that was cut before has been repeated.
    while child.is_alive() and not reported_lines(folder):
        time.sleep(0.01)
    if how != "full disk":
        time.sleep(seconds)
        with suppress(ProcessLookupError):  # it has ended
            os.kill(child.pid, signal.SIGKILL if how == "kill -9" else signal.SIGINT)
    child.join()
    reported = {int(line.split()[1].rstrip(":")) - 1 for line in reported_lines(folder)}
    # After Ctrl-C the child ends well, with the trials it has.
    n_stored = len(stored_trials(folder))
    return reported, child.exitcode != 0 or n_stored < n_trials


def stored_trials(folder):
    """The numbers of the trials in the file."""
    path = folder / "search.db"
    return set(search_history(path)["number"]) if path.exists() and path.stat().st_size else set()


def pages_of_a_whole_search(n_trials, kind):
    """How large a disk has to be."""
    with tempfile.TemporaryDirectory() as name:
        start(Path(name), n_trials, kind).join()
        return (Path(name) / "search.db").stat().st_size // PAGE_SIZE


def are_equal(one, two):
    """Whether two searches have the same trials, scores, objectives and predictions."""
    names = [name for name in two.cv_results_ if "_time" not in name]
    tables = [[list(map(repr, each.cv_results_[name])) for name in names] for each in (one, two)]
    kept = [each.out_of_fold_.by_trial if each.keep_predictions else {} for each in (one, two)]
    return (
        tables[0] == tables[1]
        and kept[0].keys() == kept[1].keys()
        and all(np.array_equal(kept[0][row], kept[1][row]) for row in kept[0])
    )


def round_of(how, n_accidents, n_trials, kind, whole, pause):
    """Print the row of one kind of accident; return whether all was well.

    Accidents come after `pause` seconds on average.
    """
    rng = np.random.default_rng(0)
    reported, n_cut = set(), 0
    n_pages = np.zeros(n_accidents)
    if how == "full disk":
        n_pages = np.linspace(
            1, pages_of_a_whole_search(n_trials, kind), n_accidents, endpoint=False
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for k in range(n_accidents):
            seconds = rng.uniform(0, 2 * pause)
            seen, is_cut = accident(folder, how, n_trials, kind, seconds, int(n_pages[k]))
            reported |= seen
            n_cut += is_cut
        stored = stored_trials(folder)
        lost = reported - stored
        resumed = search(
            n_trials, folder / "search.db", str(folder / "fits"), refit=False, **KINDS[kind]
        )
        fits = Counter((folder / "fits").read_text().splitlines())
    equal = are_equal(resumed, whole)
    repeated = sum(fits.values()) - 3 * n_trials
    # An accident may cut one trial, whose three fits are then made again.
    fine = not lost and equal and repeated <= 3 * n_cut
    print_row(how, n_accidents, n_cut, len(stored), len(lost), repeated, "yes" if equal else "NO")
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--accidents", type=int, default=20)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--kind", choices=KINDS, default="plain")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    describe_run()
    start_of_whole = time.perf_counter()
    whole = search(arguments.trials, refit=False, **KINDS[arguments.kind])
    # So that they fall on all of the search, though every start takes a while as well.
    pause = 1.5 * (time.perf_counter() - start_of_whole) / arguments.accidents
    print_header(
        "accident", "times", "cut", "stored by then", "reported but lost", "fits repeated", "equal"
    )
    fine = [
        round_of(how, arguments.accidents, arguments.trials, arguments.kind, whole, pause)
        for how in ("kill -9", "Ctrl-C", "full disk")
    ]
    sys.exit(not all(fine))


if __name__ == "__main__":
    # Under its own name, by which the children know the estimator as well.
    import search_accidents

    search_accidents.main()
