"""``deploy``, and the options it shares with the verbs that only look at what it would do."""

from __future__ import annotations

from azml_magics.cells import values
from azml_magics.cells.requests import check_deploy
from azml_magics.cells.verb import Option, Positional, Verb
from azml_magics.definitions.deployment import DEFAULT_WAIT_SECONDS
from azml_magics.definitions.image_source import STRATEGIES

_TARGET = Positional("name", "NAME|NOTEBOOK.ipynb", "Name of the service, or a notebook that declares it.")
_ENGINES = ("process", "docker")
_SERVICE = (
    Option(("--environment",), "environment", "Environment to run in.", "NAME[:VERSION]", completes="environment"),
    Option(("--requirements",), "requirements_file", "pip requirements file to run with.", "FILE", completes="path"),
    Option(
        ("--python",),
        "python",
        "Run with the Python that runs this command; nothing is installed.",
        "current",
        choices=("current",),
    ),
    Option(("--entry-script",), "entry_script", "Script with init() and run().", "FILE", completes="entry_script"),
    Option(("--source-dir",), "source_directory", "Folder to deploy beside the script.", "DIR", completes="path"),
    Option(
        ("--model",),
        "models",
        "Registered model.",
        "NAME[:VERSION]",
        repeatable=True,
        default=(),
        completes="model",
    ),
    Option(
        ("--env",),
        "environment_variables",
        "Environment variable of the service.",
        "K=V",
        repeatable=True,
        default=(),
        convert=values.key_value,
    ),
    Option(
        ("--engine",), "engine", "How the service runs.", "ENGINE", choices=("process", "docker"), default="process"
    ),
    Option(("--port",), "port", "Port to listen on; the next free one without it.", "N", convert=values.whole_number),
    Option(("--workers",), "workers", "Worker processes.", "N", convert=values.positive_count),
    Option(
        ("--wait-seconds",),
        "wait_seconds",
        "How long the service may take to become ready.",
        "N",
        default=DEFAULT_WAIT_SECONDS,
        convert=values.seconds,
    ),
)
#: What only engines that run containers know.
_CONTAINER = (
    Option(
        ("--image",),
        "image",
        "Image to start from, for an environment that names none; alone, the image as it is.",
        "REF",
        completes="image",
    ),
    Option(
        ("--packages",),
        "packages",
        "How packages get into the container, for an environment that does not say.",
        "STRATEGY",
        choices=STRATEGIES,
    ),
    Option(("--cpu",), "cpu", "CPU cores the container may use.", "N", convert=values.number),
    Option(("--memory-gb",), "memory_gb", "Memory the container may use.", "N", convert=values.number),
    Option(("--gpus",), "gpus", "GPUs the container gets: a number, or all.", "N|all"),
    Option(("--shm-size",), "shm_size", "Shared memory of the container, for instance 512m.", "SIZE"),
    Option(
        ("--no-network",),
        "no_network",
        "Cut the container off from every network; it can still be scored.",
        takes_value=False,
        default=False,
    ),
    Option(
        ("--start",),
        "start",
        "What runs in the container: our start script, or the image's own command.",
        "MODE",
        choices=("azml", "image"),
        default="azml",
    ),
)
_DEPLOYMENT = (*_SERVICE, *_CONTAINER)
_SKIP_CHECKS = Option(
    ("--skip-checks",), "skip_checks", "Deploy although checks failed.", takes_value=False, default=False
)
_WAIT = Option(
    ("--wait",),
    "wait",
    "Stay in this cell until the service is ready.",
    takes_value=False,
    default=False,
    doors=("line",),
)

DEPLOYING_VERBS = (
    Verb(
        ("deploy",),
        "Build, start and wait until the service is ready.",
        (_TARGET,),
        (*_DEPLOYMENT, _SKIP_CHECKS, _WAIT),
        reports=True,
        check=check_deploy,
    ),
    Verb(("check",), "Check a deployment without building.", (_TARGET,), _DEPLOYMENT, reports=True, check=check_deploy),
    Verb(("plan",), "Show what deploy would do.", (_TARGET,), _DEPLOYMENT, reports=True, check=check_deploy),
)
