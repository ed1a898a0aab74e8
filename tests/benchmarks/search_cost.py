"""A search that reckons with what its trials take, beside searches that do not, in the same time.

    python tests/benchmarks/search_cost.py [--seeds 20] [--time 20] [--n-iter 100]
        [--seconds size] [--variants ignored,divided,cooled] [--out lines.jsonl] [--summary]

Tables of real networks, the error of one training seed a trial. The clock is simulated: a trial
takes 0.1 ms for each parameter and 50 ms besides (`--seconds size`), or, as a check, a random time
that has nothing to do with the configuration (`--seconds noise`). The time limit is so many times
what a random configuration takes in the mean; what would end after it gives nothing. Printed is how
many per cent of the table are truly better than the configuration of the best score. "divided" is
what `BayesSearchCV` does under `max_time`; in "cooled" the seconds count less as the time runs
out. Lines already in --out are not run again.
"""

import argparse
import json
import zlib
from pathlib import Path

import numpy as np
from common import DATA, describe_run, print_header, print_row
from scipy.stats import rankdata
from search_objectives import TABLES, n_parameters

from sknn_tune.search.engine.costs import FREE, Costs
from sknn_tune.search.engine.optimizer import SequentialOptimizer
from sknn_tune.search.engine.space import Space
from sknn_tune.search.trials.plan import TrialPlan

VARIANTS = ("ignored", "divided", "cooled")


class Clock:
    """A simulated clock."""

    def __init__(self, limit):
        self.now, self.limit = 0.0, limit

    def left(self):
        return self.limit - self.now

    def allows(self, seconds):
        return seconds <= self.left()


class CooledCosts(Costs):
    """Costs that count for less as the time runs out (EI-cool, Lee et al. 2020)."""

    def __init__(self, space, clock):
        super().__init__(space, clock.left)
        self._clock = clock

    def power(self):
        return super().power() * self._clock.left() / self._clock.limit


def costs_of(variant, space, clock):
    """The costs that a variant of the search reckons with."""
    if variant == "ignored":
        return FREE
    return Costs(space, clock.left) if variant == "divided" else CooledCosts(space, clock)


def seconds_of(table, kind, seed):
    """A function of a configuration that returns what a trial takes."""
    if kind == "size":
        return lambda params: 1e-4 * (n_parameters(params, table.name) + 500)
    rng = np.random.default_rng([seed, 1])
    return lambda params: float(rng.lognormal(0.0, 0.7))


def mean_seconds(table, kind, space):
    """What a random configuration takes in the mean."""
    rng, seconds = np.random.default_rng(0), seconds_of(table, kind, 0)
    return np.mean([seconds(space.sample(rng)) for _ in range(500)])


def search(table, args, variant, seed):
    """Search a table until the simulated time is up; return the result as a line."""
    space = Space({name: list(values) for name, _, values in table.axes})
    seconds = seconds_of(table, args.seconds, seed)
    clock = Clock(args.time * mean_seconds(table, args.seconds, space))
    costs = costs_of(variant, space, clock)
    optimizer = SequentialOptimizer(space, zlib.crc32(table.name.encode()) + seed, costs=costs)
    plan = TrialPlan(optimizer, args.n_iter, costs=costs)
    shown = table.noisy(seed)[:, 0]
    while trial := plan.next([], clock.allows):
        length = seconds(trial.params)
        clock.now += length
        if clock.left() < 0:
            break
        trial.score = -float(shown[table.flat(trial.params, "lists")])
        trial.folds = [{"fit_time": length, "score_time": 0.0}]
        plan.tell(trial)
    found = table.flat(plan.best.params, "lists")
    setting = table.name, args.seconds, variant, args.time, args.n_iter, seed
    return {
        **dict(zip(KEY, setting, strict=True)),
        "trials": len(plan.finished), "better": table.metrics(found)["pct"],
    }  # fmt: skip


KEY = ("table", "seconds", "variant", "time", "n_iter", "seed")


def key(line):
    return tuple(line[name] for name in KEY)


def summarize(lines, variants, args):
    """Print median share, mean rank and differences to the search that ignores costs."""
    found = {key(line): line for line in lines}
    runs = sorted({(line["table"], line["seed"]) for line in lines})
    settings = args.time, args.n_iter
    rows = [[found.get((t, args.seconds, v, *settings, s)) for v in variants] for t, s in runs]
    rows = [row for row in rows if None not in row]
    better = np.array([[line["better"] for line in row] for row in rows])
    ranks = np.mean([rankdata(row) for row in better], axis=0)
    logs = np.log10(better + 0.05)
    print(f"{len(rows)} runs each, {args.time:g} mean trials of time, n_iter={args.n_iter}\n")
    print_header("variant", "trials", "% better, median", "mean", "rank", "log10 to the first")
    for i, variant in enumerate(variants):
        gap = logs[:, i] - logs[:, 0]
        error = gap.std(ddof=1) / np.sqrt(len(gap))
        trials = np.median([row[i]["trials"] for row in rows])
        print_row(
            variant,
            f"{trials:.0f}",
            f"{np.median(better[:, i]):.2f}",
            f"{better[:, i].mean():.2f}",
            f"{ranks[i]:.2f}",
            f"{gap.mean():+.3f} ± {error:.3f}",
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="20")
    parser.add_argument("--time", type=float, default=20.0)
    parser.add_argument("--n-iter", type=int, default=100)
    parser.add_argument("--seconds", choices=["size", "noise"], default="size")
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--out")
    parser.add_argument("--data", default=str(DATA / "hpo"))
    parser.add_argument("--summary", action="store_true", help="only of what is in --out")
    args = parser.parse_args()
    out, variants = Path(args.out) if args.out else None, args.variants.split(",")
    lines = [json.loads(line) for line in out.open()] if out and out.exists() else []
    done = set(map(key, lines))
    first, _, last = args.seeds.rpartition("-")
    seeds = range(int(first or 0), int(last) + bool(first))
    for seed in [] if args.summary else seeds:
        for path in sorted(Path(args.data).glob("*.npz")):
            for variant in variants:
                table = TABLES.load(str(path))
                if (table.name, args.seconds, variant, args.time, args.n_iter, seed) in done:
                    continue
                lines.append(search(table, args, variant, seed))
                if out:
                    with out.open("a") as file:
                        file.write(json.dumps(lines[-1]) + "\n")
    describe_run()
    summarize(lines, variants, args)


if __name__ == "__main__":
    main()
