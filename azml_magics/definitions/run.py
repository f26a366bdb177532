"""``RunRequest``: a training script to be run, as it was asked for; ``RunRecord``: one run as it is now."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from azml_magics.definitions.entry_script import Origin
from azml_magics.definitions.environment import Environment
from azml_magics.definitions.resources import Resources
from azml_magics.errors import Finding, Place

#: Azure's own words for the states of a run.
RunState = Literal["NotStarted", "Preparing", "Running", "Completed", "Failed", "Canceled"]
FINAL_STATES: frozenset[RunState] = frozenset({"Completed", "Failed", "Canceled"})
#: Azure's rule for names of experiments; they are part of run ids, which are folder names here.
EXPERIMENT_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}")
#: What runs where nobody says which environment (AZUREML.md 3.10).
DEFAULT_ENVIRONMENT = "default-environment"
#: Says that the newest run is meant, where an id is asked for.
LATEST = "latest"


@dataclass(frozen=True)
class RunRequest:
    """What the user asked for, by name; one field an option of ``azml run submit``.

    ``script`` is a path as typed: relative to ``source_directory``, or to the current folder without one. Without
    ``environment`` and ``use_current_python`` the run gets :data:`DEFAULT_ENVIRONMENT`. ``snapshot`` ``False`` runs the
    script in the source directory itself. ``image`` and ``resources`` belong to engines that run containers.
    ``frozen`` refuses an environment without a lock that holds.
    """

    script: str
    arguments: tuple[str, ...] = ()
    environment: str | None = None
    use_current_python: bool = False
    experiment: str | None = None
    source_directory: str | None = None
    engine: str = "process"
    environment_variables: tuple[tuple[str, str], ...] = ()
    snapshot: bool = True
    image: str | None = None
    resources: Resources = field(default_factory=Resources)
    tags: tuple[tuple[str, str], ...] = ()
    frozen: bool = False


@dataclass(frozen=True)
class RunProcess:
    """How a run is found again while it runs: a process of this machine, or a container of its Docker engine."""

    pid: int | None = None
    created: float | None = None
    container: str | None = None


@dataclass(frozen=True)
class RunRecord:
    """One run.

    ``script`` is relative to ``working_directory``, where it runs: a copy of the source directory, or that itself.
    ``definition`` is the environment it runs in, ``None`` with the current Python; ``environment`` its label.
    ``origin`` is the cell the script was written in. ``error`` says in one sentence why it failed, or of one
    that has completed which models were not registered. An interactive run has no process: whoever started it tells it
    what happens.
    """

    id: str
    experiment: str
    state: RunState
    request: RunRequest
    script: str
    directory: Path
    working_directory: Path
    created: datetime
    definition: Environment | None = None
    origin: Origin | None = None
    process: RunProcess | None = None
    started: datetime | None = None
    ended: datetime | None = None
    exit_code: int | None = None
    error: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    interactive: bool = False

    @property
    def engine(self) -> str:
        """What runs it."""
        return self.request.engine

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the script is given."""
        return self.request.arguments

    @property
    def environment(self) -> str | None:
        """``name:version`` of what it runs in."""
        return None if self.definition is None else self.definition.label

    @property
    def is_over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.state in FINAL_STATES

    @property
    def is_in_place(self) -> bool:
        """Whether the script runs in the source directory itself."""
        return not self.request.snapshot

    @property
    def seconds(self) -> float | None:
        """How long it ran; ``None`` for one that did not, or still does."""
        return None if self.started is None or self.ended is None else (self.ended - self.started).total_seconds()

    @property
    def record_directory(self) -> Path:
        """What launcher, script and we tell each other; the only folder of ours that the script may write to."""
        return self.directory / "record"

    @property
    def outputs_directory(self) -> Path:
        """What the script wrote below ``outputs/``."""
        return self.directory / "outputs"

    @property
    def logs_directory(self) -> Path:
        """What the script wrote below ``logs/``."""
        return self.directory / "logs"

    @property
    def log_path(self) -> Path:
        """What it printed, named as in the cloud."""
        return self.directory / "user_logs" / "std_log.txt"

    @property
    def metrics_directory(self) -> Path:
        """The store that MLflow writes to."""
        return self.directory / "mlflow"

    @property
    def alive_path(self) -> Path:
        """Locked as long as the run is prepared or runs in a process of this machine."""
        return self.directory / "alive.lock"


@dataclass(frozen=True)
class MetricValue:
    """One value that was logged: a number, or whatever ``Run.log_row`` and the like were given."""

    value: object
    step: int | None = None
    time: datetime | None = None


@dataclass(frozen=True)
class Metric:
    """Everything that was logged under one name, oldest first."""

    name: str
    values: tuple[MetricValue, ...]

    @property
    def last(self) -> object:
        """The newest value."""
        return self.values[-1].value

    @property
    def plain(self) -> object:
        """The value, or a list of all of them where there are several: as Azure's ``Run.get_metrics`` gives it."""
        return self.last if len(self.values) == 1 else [item.value for item in self.values]


@dataclass(frozen=True)
class RunDetails:
    """A run with what it logged and left: ``files`` as :meth:`Runs.files` names them."""

    record: RunRecord
    metrics: tuple[Metric, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    child_runs: int = 0


def new_run_id(experiment: str, now: datetime) -> str:
    """``<experiment>_<unix seconds>_<8 hex>``, as the cloud names runs (AZUREML.md 3.10)."""
    return f"{experiment}_{int(now.timestamp())}_{secrets.token_hex(4)}"


def default_experiment(script: str) -> str:
    """The experiment of a script that nobody named one for: the script's own name."""
    stem = script.replace("\\", "/").rpartition("/")[2]
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", stem.removesuffix(".py")).strip("-_")[:200]
    return name or "experiment"


def check_experiment(name: str, place: Place | None = None) -> list[Finding]:
    """What is wrong with the name of an experiment."""
    if EXPERIMENT_PATTERN.fullmatch(name):
        return []
    message = (
        f"experiment name {name[:60]!r} may hold only letters, digits, '_' and '-', and starts with a letter or digit"
    )
    return [Finding("invalid-experiment", message, f"for instance {default_experiment(name)!r}", place)]


def check_run_script(path: str, place: Place | None = None) -> list[Finding]:
    """What is wrong with the path of a script to run."""
    if path.endswith(".py") and "\0" not in path:
        return []
    message = f"script {path[:80]!r} is no Python file"
    return [Finding("invalid-script-path", message, "name a file that ends in .py", place)]
