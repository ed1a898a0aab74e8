"""The options of a fit."""

from dataclasses import dataclass, field
from pathlib import Path

from sknn_tune.command_line.columns.kinds import Overrides


@dataclass(frozen=True)
class FitOptions:
    """The options of `fit`."""

    task: str | None = None  #: "classification" or "regression"; None guesses from the target
    n_iter: int = 50  #: most configurations to try
    max_time: float = 60.0  #: seconds for everything but the first compilation
    metric: str | None = None  #: of `METRICS`; None is log-loss or R2
    also: tuple[str, ...] = ()  #: more models to compare with, of `baselines.OTHERS`
    storage: str | Path | None = None  #: a file that keeps every trial
    out: str | Path | None = None  #: the folder to write; None names it after the file
    seed: int = 0  #: of the splits and of the search
    encoding: str | None = None  #: of the file; None finds out
    decimal: str | None = None  #: "." or ","; None finds out
    overrides: Overrides = field(default_factory=Overrides)  #: what columns are
    group: str | None = None  #: a column whose equal values stay on one side of each split
    time: str | None = None  #: a column that orders the rows; the last ones are the test
    command: str = ""  #: how the report says that it was made
