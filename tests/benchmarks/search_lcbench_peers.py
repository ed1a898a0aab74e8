"""Optuna and SMAC on learning curves of many data sets, in lines of ../shared/bench/hpo_lcbench.py.

    python tests/benchmarks/search_lcbench_peers.py --out peers.jsonl [--seeds 0,1]
        [--budgets 5,10,20,40] [--methods tpe_hyperband,smac] [--split public]

`tpe_hyperband` is Optuna's TPE with its HyperbandPruner, asked at 2, 6, 18 and 52 epochs; a trial
that is not pruned keeps its epochs, so it pays less than the searches beside it, which start every
rung from scratch. `smac` is SMAC's multi-fidelity facade (random forest and Hyperband from 2
epochs), by ask and tell, every rung from scratch. Each ends where the next fit would exceed the
budget, and its answer is the best configuration of those that were trained longest. Needs Optuna
or SMAC, and onnxruntime. Lines in --out are not run again.
"""

import argparse
import json
import logging
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from common import DATA, describe_run

sys.path.insert(0, str(DATA.parent / "bench"))
import hpo_lcbench as lcbench

RUNGS = (2, 6, 18, lcbench.FULL)


class Trainer:
    """Trains configurations until the budget is used up.

    `made` has the epochs and the score of each fit, with its configuration.
    """

    def __init__(self, task, budget):
        self.task, self.left, self.made = task, budget * lcbench.FULL, []

    def train(self, params, epochs, known=0):
        """Return the score after so many epochs, of which some are made; None: too expensive."""
        if epochs - known > self.left:
            return None
        self.left -= epochs - known
        score = float(lcbench.accuracy(self.task, [lcbench.row(params, epochs)])[0])
        self.made.append((epochs, score, params))
        return score

    def answer(self):
        """The best of those that were trained longest."""
        return max(self.made, key=lambda fit: fit[:2])[2]


def tpe_hyperband(trainer, seed):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed, multivariate=True),
        pruner=optuna.pruners.HyperbandPruner(RUNGS[0], lcbench.FULL, 3),
    )
    while True:
        trial, known = study.ask(), 0
        params = {
            "batch_size": trial.suggest_int("batch_size", 16, 512, log=True),
            "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
            "momentum": trial.suggest_float("momentum", 0.1, 0.99),
            "weight_decay": trial.suggest_float("weight_decay", 1e-5, 0.1),
            "num_layers": trial.suggest_int("num_layers", 1, 5),
            "max_units": trial.suggest_int("max_units", 64, 1024, log=True),
            "max_dropout": trial.suggest_float("max_dropout", 0.0, 1.0),
        }
        for epochs in RUNGS:
            score = trainer.train(params, epochs, known)
            if score is None:
                return
            known = epochs
            trial.report(score, epochs)
            if epochs < lcbench.FULL and trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, score)


def smac(trainer, seed):
    from ConfigSpace import ConfigurationSpace, Float, Integer
    from smac import MultiFidelityFacade, Scenario
    from smac.runhistory import TrialValue

    space = ConfigurationSpace(seed=seed)
    space.add(
        [
            Integer("batch_size", (16, 512), log=True),
            Float("learning_rate", (1e-4, 1e-1), log=True),
            Float("momentum", (0.1, 0.99)),
            Float("weight_decay", (1e-5, 0.1)),
            Integer("num_layers", (1, 5)),
            Integer("max_units", (64, 1024), log=True),
            Float("max_dropout", (0.0, 1.0)),
        ]
    )
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(
            space,
            deterministic=True,
            n_trials=10_000,
            seed=seed,
            min_budget=RUNGS[0],
            max_budget=lcbench.FULL,
            output_directory=Path(folder),
        )
        facade = MultiFidelityFacade(
            scenario, lambda config, seed, budget: 0.0, overwrite=True, logging_level=False
        )
        while True:
            info = facade.ask()
            epochs = round(info.budget)
            score = trainer.train(dict(info.config), epochs)
            if score is None:
                return
            facade.tell(info, TrialValue(cost=-score), save=False)


METHODS = {"tpe_hyperband": tpe_hyperband, "smac": smac}


def run(task, name, seed, budget):
    """Return the line of a search."""
    trainer = Trainer(task, budget)
    METHODS[name](trainer, int(task) % 10**6 * 100 + seed)
    reference = lcbench.reference(task)
    accuracy = float(lcbench.accuracy(task, [lcbench.row(trainer.answer(), lcbench.FULL)])[0])
    return {
        "task": task,
        "optimizer": name,
        "seed": seed,
        "budget": budget,
        "acc": accuracy,
        "regret": float(reference[-1] - accuracy),
        "pct": 100 * float(np.mean(reference > accuracy)),
        "epochs_scratch": budget * lcbench.FULL - trainer.left,
        "fits": len(trainer.made),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--budgets", default="5,10,20,40")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--split", default="public")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    describe_run()
    lines = [json.loads(line) for line in arguments.out.open()] if arguments.out.exists() else []
    done = {(line["task"], line["optimizer"], line["seed"], line["budget"]) for line in lines}
    for budget in map(int, arguments.budgets.split(",")):
        for seed in map(int, arguments.seeds.split(",")):
            for task in lcbench.tasks(arguments.split):
                for name in arguments.methods.split(","):
                    if (task, name, seed, budget) not in done:
                        with arguments.out.open("a") as file:
                            print(json.dumps(run(task, name, seed, budget)), file=file)


if __name__ == "__main__":
    main()
