"""What a score after few epochs says about the last one, on learning curves of many data sets.

    python tests/benchmarks/search_low_rungs.py [--split public]

600 random configurations on each of the 17 data sets of a half of LCBench, by the surrogate that
../shared/bench/hpo_lcbench.py reads. For several numbers of epochs: the rank correlation of the
score with that of the full 52, over all configurations and over the quarter that ends best, and
how good the winner is if so many epochs are all that is spent on a choice: the share of the
configurations that end better than it, in per cent, by the total spent.
"""

import argparse
import sys

import numpy as np
from common import DATA, describe_run, print_header, print_row
from scipy.stats import spearmanr

sys.path.insert(0, str(DATA.parent / "bench"))
import hpo_lcbench as lcbench

N, N_CHOICES = 600, 1000
EPOCHS, TOTALS = (1, 2, 4, 6, 9, 12, 18), (130, 260, 520)


def draw_configurations():
    rng = np.random.RandomState(5)
    columns = [lcbench.SPACE[name].rvs(N, random_state=rng) for name in lcbench.ORDER[1:]]
    X = np.column_stack([np.full(N, lcbench.FULL), *columns])
    for column, name in enumerate(lcbench.ORDER):
        if name in lcbench.INT:
            X[:, column] = X[:, column].round()
    return X


def percent_better(scores):
    return 100 * (1 - np.argsort(np.argsort(scores)) / (len(scores) - 1))


def of_winner(low, better, n):
    """The share that ends better than the best of `n` drawn ones by their low scores."""
    drawn = np.random.RandomState(1).rand(N_CHOICES, N).argsort(axis=1)[:, :n]
    return better[drawn[np.arange(N_CHOICES), low[drawn].argmax(axis=1)]].mean()


def measure(task, X):
    """Return a row for each number of epochs: two correlations, and one figure for each total."""
    full = lcbench.accuracy(task, X)
    best, better = full >= np.quantile(full, 0.75), percent_better(full)
    rows = []
    for epochs in EPOCHS:
        early = np.column_stack([np.full(N, epochs), X[:, 1:]])
        low = lcbench.accuracy(task, early)
        correlations = [spearmanr(low, full)[0], spearmanr(low[best], full[best])[0]]
        rows.append(correlations + [of_winner(low, better, total // epochs) for total in TOTALS])
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--split", default="public", choices=["public", "heldout"])
    arguments = parser.parse_args()
    describe_run()
    X = draw_configurations()
    table = np.mean([measure(task, X) for task in lcbench.tasks(arguments.split)], axis=0)
    totals = [f"winner of {total} epochs, %" for total in TOTALS]
    print_header("epochs", "correlation", "of the best quarter", *totals)
    for epochs, (whole, quarter, *winners) in zip(EPOCHS, table, strict=True):
        print_row(epochs, f"{whole:.2f}", f"{quarter:.2f}", *(f"{w:.1f}" for w in winners))


if __name__ == "__main__":
    main()
