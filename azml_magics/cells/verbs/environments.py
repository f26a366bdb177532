"""Verbs about environments."""

from __future__ import annotations

from azml_magics.cells import values
from azml_magics.cells.container_options import check_base_option, check_lock
from azml_magics.cells.environment_requests import (
    check_clone,
    check_environment_target,
    check_label,
    check_registration,
    check_scaffold,
)
from azml_magics.cells.verb import WAIT, Option, Positional, Verb
from azml_magics.cells.verbs.deploying import FROZEN

_NAMED = Option(("-n", "--name"), "named", "Name of the environment.", "NAME", completes="environment")
_VERSION = Option(("-v", "--version"), "version", "Its version; without it the newest.", "VERSION")
_DIRECTORY = Option(("-d", "--directory"), "directory", "Directory of its files.", "DIR", completes="path")
_ENVIRONMENT = Positional("name", "NAME[:VERSION]", "Name of the environment.", completes="environment")
#: The same, for verbs that Azure's command line knows with ``-n NAME``.
_ENVIRONMENT_OR_NAMED = Positional(
    "name", "NAME[:VERSION]", "Name of the environment; also as -n NAME -v VERSION.", True, "environment"
)
_REGISTER = (
    _NAMED,
    Option(("-d", "--directory"), "directory", "Directory with Azure's v1 files.", "DIR", completes="path"),
    Option(("--file",), "file", "Azure's v2 file (environment.yml).", "FILE", completes="path"),
    Option(("--conda",), "conda", "Conda specification.", "FILE", completes="path"),
    Option(
        ("--conda-environment",),
        "conda_environment",
        "Conda environment of this machine, by name or directory.",
        "NAME|DIR",
        completes="path",
    ),
    Option(("--requirements",), "requirements", "pip requirements file.", "FILE", completes="path"),
    Option(("--image",), "image", "Image to start from.", "REF", completes="image"),
    Option(("--dockerfile",), "dockerfile", "Dockerfile to build on.", "FILE", completes="path"),
    Option(("--description",), "description", "What it is for.", "TEXT"),
    Option(
        ("--tag",),
        "tags",
        "Tag of the environment.",
        "K=V",
        repeatable=True,
        default=(),
        convert=values.key_value,
    ),
)
_LIST = (
    Option(("-n", "--name"), "named", "Every version of this one.", "NAME", completes="environment"),
    Option(
        ("--all-versions",), "all_versions", "Every version, not the newest alone.", takes_value=False, default=False
    ),
    Option(("--archived",), "archived", "Archived ones too.", takes_value=False, default=False),
    Option(("--curated",), "curated", "Those kept up here, to use or to clone.", takes_value=False, default=False),
)

ENVIRONMENT_VERBS = (
    Verb(
        ("environment", "scaffold"),
        "Write the files of a new environment into a directory, to be edited and registered.",
        (),
        (
            Option(("-n", "--name"), "named", "Name of the environment.", "NAME", required=True),
            Option(("-d", "--directory"), "directory", "Directory to make.", "DIR", required=True, completes="path"),
        ),
        reports=True,
        check=check_scaffold,
    ),
    Verb(
        ("environment", "register"),
        "Register an environment, declared or in files; an equal definition is the version there is.",
        (
            Positional(
                "name",
                "NAME|NOTEBOOK.ipynb",
                "Name of an environment declared in a cell, or to give one; or a notebook that declares some.",
                True,
                "environment",
            ),
        ),
        _REGISTER,
        reports=True,
        check=check_registration,
    ),
    Verb(("environment", "list"), "List the environments, the newest version of each.", (), _LIST, reports=True),
    Verb(
        ("environment", "show"),
        "Show an environment.",
        (_ENVIRONMENT_OR_NAMED,),
        (_NAMED, _VERSION),
        reports=True,
        check=check_label,
    ),
    Verb(
        ("environment", "download"),
        "Write the files of an environment into a directory, as Azure's SDK v1 or v2 reads them.",
        (_ENVIRONMENT_OR_NAMED,),
        (
            _NAMED,
            _VERSION,
            Option(("-d", "--directory"), "directory", "Directory to make.", "DIR", required=True, completes="path"),
            Option(("--format",), "format", "Which files: of SDK v1 or v2.", "FORMAT", ("v1", "v2"), default="v1"),
            Option(("--overwrite",), "overwrite", "Replace files that are there.", takes_value=False, default=False),
        ),
        reports=True,
        check=check_label,
    ),
    Verb(
        ("environment", "diff"),
        "Show what differs between two environments, or the two newest versions of one.",
        (
            _ENVIRONMENT,
            Positional("other", "NAME[:VERSION]", "What to compare it with.", True, "environment"),
        ),
        reports=True,
    ),
    Verb(
        ("environment", "archive"),
        "Hide an environment, or one version; its number still finds it.",
        (_ENVIRONMENT_OR_NAMED,),
        (_NAMED, _VERSION),
        reports=True,
        check=check_label,
    ),
    Verb(
        ("environment", "restore"),
        "Bring an archived environment back, or one version.",
        (_ENVIRONMENT_OR_NAMED,),
        (_NAMED, _VERSION),
        reports=True,
        check=check_label,
    ),
    Verb(
        ("environment", "clone"),
        "Copy an environment, also a curated one, under a name of your own.",
        (_ENVIRONMENT, Positional("new_name", "NEW-NAME", "What to call the copy.")),
        reports=True,
        check=check_clone,
    ),
    Verb(
        ("environment", "check"),
        "Say what Azure, or a later build, would find wrong with an environment.",
        (_ENVIRONMENT_OR_NAMED,),
        (_NAMED, _VERSION, _DIRECTORY),
        reports=True,
        check=check_environment_target,
    ),
    Verb(
        ("environment", "add-wheel"),
        "Keep a private wheel in the workspace and give the requirement that installs it.",
        (Positional("path", "FILE", "The wheel.", completes="path"),),
        (
            Option(
                ("--exist-ok",), "exist_ok", "Give it also when it is there already.", takes_value=False, default=False
            ),
        ),
        reports=True,
    ),
    Verb(
        ("environment", "build"),
        "Build an environment without a service: for the process engine, or as an image.",
        (_ENVIRONMENT,),
        (
            Option(
                ("--engine",),
                "engine",
                "What it is built for.",
                "ENGINE",
                choices=("process", "docker"),
                default="process",
            ),
            Option(("--base",), "base", "Image to start from, for one that names none.", "REF", completes="image"),
            FROZEN,
            WAIT,
        ),
        reports=True,
        check=check_lock,
    ),
    Verb(
        ("environment", "dockerfile"),
        "Show the Dockerfile of an environment with its packages baked in.",
        (_ENVIRONMENT,),
        (Option(("--base",), "base", "Image to start from, for one that names none.", "REF", completes="image"),),
        reports=True,
        check=check_base_option,
    ),
)
