"""Error, log-loss and fit time of estimators of tables, with no setting touched.

    python tests/benchmarks/tabular.py run DATA OUT [--models ours,hgb] [--names a,b] [--seeds 3]
    python tests/benchmarks/tabular.py summary OUT [OUT ...]

DATA is a folder with ``index.json`` (names, tasks, categorical columns) and ``<name>.csv.gz``,
whose last column is the target. Three quarters of the rows, at most ``--cap``, are learned from,
the rest, at most 5,000, tested on. OUT gets a line of JSON for each fit; what is there already is
not run again, so that models that take hours may come from another run.

The summary takes means over the seeds of a set. Intervals are those of a bootstrap over the sets.
"""

import argparse
import json
import time
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import log_loss, r2_score
from sklearn.model_selection import train_test_split

MOST_TEST_ROWS = 5000
N_BOOTSTRAPS = 2000
COVERAGE = 0.9


# ------------------------------------------------------------------------------------------- data
def index(data):
    return {
        entry["name"]: entry for entry in json.loads((data / "index.json").read_text())["datasets"]
    }


def read(data, name):
    """Columns, target and task of a set."""
    entry = index(data)[name]
    categories = entry["categorical"]
    frame = pd.read_csv(
        data / f"{name}.csv.gz",
        keep_default_na=False,
        na_values=["nan"],
        dtype=dict.fromkeys(categories, str),
    )
    y = frame.pop("target")
    frame[categories] = frame[categories].astype("category")
    numbers = frame.columns.difference(categories)
    frame[numbers] = frame[numbers].astype(np.float32)
    if entry["task"] == "regression":
        return frame, y.to_numpy(np.float64), entry["task"]
    return frame, np.unique(y.astype(str), return_inverse=True)[1], entry["task"]


def split(data, name, seed, cap):
    """Rows to learn from and rows to test on."""
    X, y, task = read(data, name)
    strata = None if task == "regression" else y
    parts = train_test_split(X, y, test_size=0.25, random_state=seed, stratify=strata)
    X_train, X_test, y_train, y_test = parts
    return (
        X_train[:cap], y_train[:cap], X_test[:MOST_TEST_ROWS], y_test[:MOST_TEST_ROWS], task,
        np.unique(y),
    )  # fmt: skip


# ----------------------------------------------------------------------------------------- models
def ours(task, seed, n_jobs, categories):
    from sknn_tune import TabularMLPClassifier, TabularMLPRegressor

    cls = TabularMLPRegressor if task == "regression" else TabularMLPClassifier
    return cls(random_state=seed, n_jobs=n_jobs)


def hgb(task, seed, n_jobs, categories):
    cls = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    return cls(random_state=seed, categorical_features="from_dtype")


def lightgbm(task, seed, n_jobs, categories):
    import lightgbm as package

    cls = package.LGBMRegressor if task == "regression" else package.LGBMClassifier
    return cls(random_state=seed, n_jobs=n_jobs, verbose=-1)


def catboost(task, seed, n_jobs, categories):
    import catboost as package

    cls = package.CatBoostRegressor if task == "regression" else package.CatBoostClassifier
    return cls(
        random_seed=seed, cat_features=categories, verbose=0, thread_count=n_jobs,
        allow_writing_files=False,
    )  # fmt: skip


MODELS = {"ours": ours, "hgb": hgb, "lightgbm": lightgbm, "catboost": catboost}


def measure(model_name, data, name, seed, cap, n_jobs):
    """Fit a model and measure it."""
    X_train, y_train, X_test, y_test, task, classes = split(data, name, seed, cap)
    categories = list(X_train.select_dtypes("category"))
    if model_name == "catboost":
        X_train, X_test = (X.astype(dict.fromkeys(categories, str)) for X in (X_train, X_test))
    model = MODELS[model_name](task, seed, n_jobs, categories)
    result = {
        "name": name, "model": model_name, "seed": seed, "task": task, "n": len(X_train),
        "d": X_train.shape[1], "n_jobs": n_jobs,
    }  # fmt: skip
    start, start_cpu = time.perf_counter(), time.process_time()
    model.fit(X_train, y_train)
    result["fit_s"] = time.perf_counter() - start
    result["fit_cpu_s"] = time.process_time() - start_cpu
    start = time.perf_counter()
    if task == "regression":
        prediction = np.ravel(model.predict(X_test))
        result["error"] = float(1 - r2_score(y_test, prediction))
    else:
        p = model.predict_proba(X_test)
        result["error"] = float(np.mean(model.classes_[p.argmax(axis=1)] != y_test))
        result["log_loss"] = float(log_loss(y_test, p, labels=classes))
        result["calibration_error"] = calibration_error(p, np.searchsorted(model.classes_, y_test))
    result["predict_s"] = time.perf_counter() - start
    if model_name == "ours":
        result["oof_score"] = model.oof_score_
    if task == "regression" and model_name in ("ours", "hgb"):
        ends = intervals(model, model_name, X_train, y_train, X_test, seed)
        result |= interval_measures(y_test, *ends)
    return result


def calibration_error(p, codes, n_bins=10):
    """Mean distance between the confidence in predictions and how often they are right."""
    confidence, right = p.max(axis=1), p.argmax(axis=1) == codes
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gaps = [abs(confidence[bins == b].sum() - right[bins == b].sum()) for b in range(n_bins)]
    return float(np.sum(gaps) / len(codes))


def intervals(model, model_name, X_train, y_train, X_test, seed):
    """Ends of intervals: ours, and split-conformal ones around boosting."""
    if model_name == "ours":
        return model.predict_interval(X_test, coverage=COVERAGE).T
    fit, held_out = train_test_split(np.arange(len(y_train)), test_size=0.25, random_state=seed)
    model.fit(X_train.iloc[fit], y_train[fit])
    errors = np.sort(np.abs(y_train[held_out] - model.predict(X_train.iloc[held_out])))
    place = min(int(np.ceil(COVERAGE * (len(errors) + 1))) - 1, len(errors) - 1)
    prediction = model.predict(X_test)
    return prediction - errors[place], prediction + errors[place]


def interval_measures(y, low, high):
    """Coverage, and the interval score (Winkler 1972) in deviations of the target."""
    misses = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    score = np.mean(high - low + 2 / (1 - COVERAGE) * misses) / np.std(y)
    return {"coverage": float(np.mean((low <= y) & (y <= high))), "interval_score": float(score)}


def run(arguments):
    out = Path(arguments.out)
    done = {(r["name"], r["model"], r["seed"]) for r in results([out])}
    entries = index(arguments.data)
    names = arguments.names or [name for name, entry in entries.items() if entry.get("core")]
    for seed in range(arguments.seeds):
        for name in names:
            for model in arguments.models:
                if (name, model, seed) in done:
                    continue
                line = measure(model, arguments.data, name, seed, arguments.cap, arguments.n_jobs)
                print(json.dumps(line), flush=True)
                with out.open("a") as file:
                    file.write(json.dumps(line) + "\n")


# ---------------------------------------------------------------------------------------- summary
def results(files):
    for file in files:
        if file.exists():
            yield from map(json.loads, file.read_text().splitlines())


def table(files, measure_name):
    """Means over the seeds: (models, sets, values), of sets that all models have."""
    values, tasks = defaultdict(lambda: defaultdict(list)), {}
    models = {}
    for line in results(files):
        if measure_name in line:
            values[line["name"]][line["model"]].append(line[measure_name])
            tasks[line["name"]] = line["task"]
            models[line["model"]] = None
    models = list(models)
    names = [name for name in values if all(model in values[name] for model in models)]
    array = np.array([[np.mean(values[n][m]) for m in models] for n in names])
    return models, names, np.maximum(array, 1e-9), np.array([tasks[n] for n in names])


def bootstrap(statistic, n_sets):
    """The 5th and the 95th percentile over samples of the sets."""
    random_state = np.random.RandomState(0)
    samples = [statistic(random_state.randint(n_sets, size=n_sets)) for _ in range(N_BOOTSTRAPS)]
    return np.percentile(samples, [5, 95])


def print_ratios(models, array, tasks):
    base = models.index("hgb")
    ratios = np.log(array / array[:, [base]])
    ranks = np.array([rankdata(row) for row in array])
    is_regression = tasks == "regression"
    print(
        f"{'model':14s} {'error / HGB':>11s} {'[5 %, 95 %]':>16s} {'class.':>7s} {'regr.':>7s} rank"
    )
    for j in np.argsort(ranks.mean(axis=0)):
        low, high = bootstrap(lambda rows, j=j: np.exp(ratios[rows, j].mean()), len(array))
        parts = [np.exp(ratios[mask, j].mean()) if mask.any() else np.nan
                 for mask in (~is_regression, is_regression)]  # fmt: skip
        print(
            f"{models[j]:14s} {np.exp(ratios[:, j].mean()):11.3f}   [{low:.3f}, {high:.3f}] "
            f"{parts[0]:7.3f} {parts[1]:7.3f} {ranks[:, j].mean():.2f}"
        )


def summary(files):
    models, names, array, tasks = table(files, "error")
    print(f"\nError on {len(names)} sets: {', '.join(names)}")
    print_ratios(models, array, tasks)
    models, names, array, _ = table(files, "log_loss")
    ranks = np.array([rankdata(row) for row in array])
    print(f"\nLog-loss on {len(names)} sets: mean rank, geometric mean over HGB's")
    for j in np.argsort(ranks.mean(axis=0)):
        ratio = np.exp(np.mean(np.log(array[:, j] / array[:, models.index("hgb")])))
        print(f"{models[j]:14s} {ranks[:, j].mean():.2f} {ratio:.3f}")
    models, names, array, _ = table(files, "fit_s")
    print("\nSeconds of a fit: median over the sets, largest")
    for j in np.argsort(np.median(array, axis=0)):
        print(f"{models[j]:14s} {np.median(array[:, j]):.2f} {array[:, j].max():.2f}")
    print_by_products(files)


def print_by_products(files):
    lines = [line for line in results(files) if line["model"] == "ours" and "oof_score" in line]
    if lines:
        gaps = [line["oof_score"] / (1 - line["error"]) - 1 for line in lines]
        print(f"\noof_score_ / test score - 1: mean {np.mean(gaps):+.4f}, of {len(gaps)} fits")
    for name in ("coverage", "interval_score", "calibration_error"):
        models, names, array, _ = table(files, name)
        means = {model: round(float(array[:, j].mean()), 4) for j, model in enumerate(models)}
        print(f"{name} on {len(names)} sets: {means}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    runner = commands.add_parser("run")
    runner.add_argument("data", type=Path)
    runner.add_argument("out")
    runner.add_argument("--models", type=lambda text: text.split(","), default=list(MODELS))
    runner.add_argument("--names", type=lambda text: text.split(","), default=None)
    runner.add_argument("--seeds", type=int, default=3)
    runner.add_argument("--cap", type=int, default=5000)
    runner.add_argument("--n-jobs", type=int, default=1)
    summarizer = commands.add_parser("summary")
    summarizer.add_argument("out", type=Path, nargs="+")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.command == "run":
        run(arguments)
    else:
        summary(arguments.out)


if __name__ == "__main__":
    main()
