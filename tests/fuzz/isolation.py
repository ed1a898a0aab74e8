"""Runs each random case where a crash of the interpreter is a finding, not the end.

A child process runs the cases of a range of seeds and reports each before and after it runs. If
the child dies or hangs, the parent knows the seed, and continues with the next one in a new child.

``python -m fuzz CASES FIRST COUNT``, in the folder of the tests, runs a range by hand.
"""

import faulthandler
import importlib
import json
import os
import queue
import resource
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]
#: A case takes less than a second; but the first may compile, on a busy machine.
_SECONDS = 1200
_MEMORY = 6 * 2**30


def run_range(cases, first, count):
    """Run ``count`` cases from ``first`` on, in this process; one line of JSON about each."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.RLIM_INFINITY))
    faulthandler.enable()
    run = importlib.import_module(f"fuzz.{cases}").run
    for seed in range(first, first + count):
        _report(seed=seed)
        _report(seed=seed, **run(seed))


def _report(**values):
    print(json.dumps(values), flush=True)


def outcomes(cases, first, count):
    """Outcome of each case, one dict with its seed; cases run in children, one after another.

    The key ``finding`` is what is wrong with the package, None where nothing is; ``case`` says
    what was run. Other keys count what happened.
    """
    end = first + count
    while first < end:
        seed = first
        for outcome in _outcomes_of_child(cases, first, end - first):
            seed = outcome["seed"]
            yield outcome
        first = seed + 1


def _outcomes_of_child(cases, first, count):
    command = [sys.executable, "-m", "fuzz", cases, str(first), str(count)]
    paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    child = subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines, errors = _read(child.stdout), _read(child.stderr)
    running, following = None, first
    while True:
        try:
            line = lines.get(timeout=_SECONDS)
        except queue.Empty:
            child.kill()
            child.wait()
            yield {"seed": following, "finding": f"hangs for {_SECONDS} s"}
            return
        if line is None:
            break
        outcome = json.loads(line)
        if "finding" in outcome:
            yield outcome
            running, following = None, outcome["seed"] + 1
        else:
            running = outcome["seed"]
    if child.wait() != 0 and running is not None:
        trace = "".join(iter(errors.get, None)).partition("Extension modules")[0]
        yield {"seed": running, "finding": f"crash {child.returncode}: {trace[-2000:]}"}
    elif child.returncode != 0:
        raise RuntimeError("".join(iter(errors.get, None)))


def _read(stream):
    """Lines of a stream as they come, then None."""
    lines = queue.Queue()

    def read():
        with stream:
            for line in stream:
                lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def main(cases, first, count):
    """Print what is found in a range of seeds, then the counts."""
    counts = Counter()
    for outcome in outcomes(cases, first, count):
        counts["cases"] += 1
        for name, value in outcome.items():
            if name not in ("seed", "finding", "case"):
                counts[name] += value
        if outcome["finding"]:
            counts["findings"] += 1
            print(outcome["seed"], outcome["finding"], outcome.get("case", ""), flush=True)
    print(json.dumps(counts, indent=1))
