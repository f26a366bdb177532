"""``deploy``, and the verbs that share its options: what it would do, what it is to be changed into, as an image."""

from __future__ import annotations

from dataclasses import replace

from azml_magics.cells import values
from azml_magics.cells.file_requests import check_deploy_line
from azml_magics.cells.service_checks import check_package, check_update
from azml_magics.cells.verb import WAIT, Option, Positional, Verb
from azml_magics.cells.verbs.services import SERVICE
from azml_magics.definitions.choices import DEFAULT_WAIT_SECONDS, STRATEGIES

_TARGET = Positional("name", "NAME|NOTEBOOK.ipynb", "Name of the service, or a notebook that declares it.")
_ENGINES = ("process", "docker")
CURRENT_PYTHON = Option(
    ("--python",),
    "python",
    "Run with the Python that runs this command; nothing is installed.",
    "current",
    choices=("current",),
)
DEFINITION = (
    Option(("--environment",), "environment", "Environment to run in.", "NAME[:VERSION]", completes="environment"),
    Option(("--requirements",), "requirements_file", "pip requirements file to run with.", "FILE", completes="path"),
    CURRENT_PYTHON,
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
)
_RUNNING = (
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
FROZEN = Option(
    ("--frozen",),
    "frozen",
    "Install nothing but what the environment's lock names; refuse one that has none.",
    takes_value=False,
    default=False,
)
_DEPLOYMENT = (*DEFINITION, *_RUNNING, *_CONTAINER, FROZEN)
_SKIP_CHECKS = Option(
    ("--skip-checks",), "skip_checks", "Deploy although checks failed.", takes_value=False, default=False
)

#: What is not given to ``update`` stays: nothing has a default.
_CHANGES = tuple(
    option if option.repeatable or not option.takes_value else replace(option, default=None) for option in _DEPLOYMENT
)
#: An image holds no Python of this machine, and who runs it chooses the port.
_PACKAGE = (
    *(option for option in DEFINITION if option.dest != "python"),
    *(option for option in _RUNNING if option.dest == "workers"),
    Option(("--base",), "base", "Image to start from, for an environment that names none.", "REF", completes="image"),
    Option(("--output",), "output", "Write everything that docker build needs here.", "DIR", completes="path"),
    Option(("--overwrite",), "overwrite", "Replace a package written there before.", takes_value=False, default=False),
    Option(("--image",), "image", "Build it as this image.", "TAG"),
    WAIT,
)

_FROM_FILE = (
    Option(("--file",), "file", "Take what this deployment.yml of Azure's v2 says.", "FILE", completes="path"),
    Option(("--name",), "service_name", "With --file: what to call the service.", "NAME", completes="service"),
)

DEPLOYING_VERBS = (
    Verb(
        ("deploy",),
        "Build, start and wait until the service is ready.",
        (replace(_TARGET, optional=True),),
        (*_DEPLOYMENT, *_FROM_FILE, _SKIP_CHECKS, WAIT),
        reports=True,
        check=check_deploy_line,
    ),
    Verb(
        ("check",),
        "Check a deployment without building; a name alone means the service as it was deployed.",
        (replace(_TARGET, optional=True),),
        (*_DEPLOYMENT, *_FROM_FILE),
        reports=True,
        check=check_deploy_line,
    ),
    Verb(
        ("plan",),
        "Show what deploy would do and why; a name alone means the service as it was deployed.",
        (replace(_TARGET, optional=True),),
        (*_DEPLOYMENT, *_FROM_FILE),
        reports=True,
        check=check_deploy_line,
    ),
    Verb(
        ("update",),
        "Change a service: what is not given stays, variables are added; the old one goes when the new one is ready.",
        (SERVICE,),
        (*_CHANGES, _SKIP_CHECKS, WAIT),
        reports=True,
        check=check_update,
    ),
    Verb(
        ("package",),
        "Make an image of a service, or a folder that docker build takes.",
        (Positional("name", "NAME", "Name of the service; one that runs needs no more options.", completes="service"),),
        _PACKAGE,
        reports=True,
        check=check_package,
    ),
)
