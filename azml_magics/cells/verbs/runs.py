"""Training runs: the cell that runs the script below its line, and the verbs about runs."""

from __future__ import annotations

from azml_magics.cells import values
from azml_magics.cells.run_requests import check_run, check_run_model
from azml_magics.cells.verb import Option, Positional, Verb
from azml_magics.cells.verbs.deploying import CURRENT_PYTHON, FROZEN
from azml_magics.cells.verbs.models import DETAILS

_RUN = Positional("name", "ID|latest", "Id of the run, or latest for the newest.", completes="run")
_ARGUMENTS = Positional("script_arguments", "ARGUMENT", "What the script is given, as it is.")
_EXPERIMENT = Option(("--experiment",), "experiment", "Experiment of the run; the script's name without it.", "NAME")
_OPTIONS = (
    Option(
        ("--environment",),
        "environment",
        "Environment to run in; default-environment, without packages, when none is named.",
        "NAME[:VERSION]",
        completes="environment",
    ),
    CURRENT_PYTHON,
    _EXPERIMENT,
    Option(("--engine",), "engine", "How the script runs.", "ENGINE", choices=("process", "docker"), default="process"),
    Option(
        ("--env",),
        "environment_variables",
        "Environment variable of the run.",
        "K=V",
        repeatable=True,
        default=(),
        convert=values.key_value,
    ),
    Option(
        ("--source-dir",),
        "source_directory",
        "Folder that is copied for the run; the current one without it.",
        "DIR",
        completes="path",
    ),
    Option(
        ("--no-snapshot",),
        "no_snapshot",
        "Run in the source folder itself; nothing is copied.",
        takes_value=False,
        default=False,
    ),
    Option(("--tag",), "tags", "Tag of the run.", "K=V", repeatable=True, default=(), convert=values.key_value),
    Option(
        ("--image",),
        "image",
        "Image to start from, for an environment that names none.",
        "REF",
        completes="image",
    ),
    Option(("--cpu",), "cpu", "CPU cores the container may use.", "N", convert=values.number),
    Option(("--memory-gb",), "memory_gb", "Memory the container may use.", "N", convert=values.number),
    Option(("--gpus",), "gpus", "GPUs the container gets: a number, or all.", "N|all"),
    Option(("--shm-size",), "shm_size", "Shared memory of the container, for instance 512m.", "SIZE"),
    Option(
        ("--no-network",), "no_network", "Cut the container off from every network.", takes_value=False, default=False
    ),
    FROZEN,
    Option(
        ("--no-wait",),
        "no_wait",
        "Return when the script has been started; without it, interrupting cancels the run.",
        takes_value=False,
        default=False,
    ),
)

RUN_KINDS = (
    Verb(
        ("run_script",),
        "Run the script below in its environment, with a copy of the folder.",
        (Positional("script", "NAME.py", "File name of the script."),),
        _OPTIONS,
        reports=True,
        body="required",
        doors=("cell",),
        check=check_run,
        rest=_ARGUMENTS,
    ),
)

RUN_VERBS = (
    Verb(
        ("run", "submit"),
        "Run a script in its environment, with a copy of its folder.",
        (Positional("script", "SCRIPT.py", "Script to run.", completes="path"),),
        _OPTIONS,
        reports=True,
        check=check_run,
        rest=_ARGUMENTS,
    ),
    Verb(
        ("run", "list"),
        "List the newest runs.",
        (),
        (
            Option(("--experiment",), "experiment", "Only those of this experiment.", "NAME"),
            Option(("--all",), "all", "Every run.", takes_value=False, default=False),
        ),
        reports=True,
    ),
    Verb(("run", "show"), "Show a run: its state, metrics, parameters and files.", (_RUN,), reports=True),
    Verb(
        ("run", "logs"),
        "Show what a run printed.",
        (_RUN,),
        (
            Option(("--tail",), "tail", "Only the last lines.", "N", convert=values.count),
            Option(("--follow",), "follow", "Go on until the run ends.", takes_value=False, default=False),
        ),
        reports=True,
    ),
    Verb(("run", "cancel"), "End a run with everything it started.", (_RUN,), reports=True),
    Verb(
        ("run", "download"),
        "Copy a file or folder of a run.",
        (_RUN,),
        (
            Option(("--path",), "path", "What of the run.", "PATH", default="outputs"),
            Option(("-d", "--directory"), "directory", "Where it goes.", "DIR", required=True, completes="path"),
        ),
        reports=True,
    ),
    Verb(
        ("run", "register-model"),
        "Register a file or folder that a run left as the next version of a model.",
        (_RUN,),
        (
            Option(("--name",), "model_name", "Name of the model.", "NAME", required=True, completes="model"),
            Option(("--path",), "path", "What of the run; outputs/NAME without it.", "PATH"),
            *DETAILS,
        ),
        reports=True,
        check=check_run_model,
    ),
)
