"""Verbs about models."""

from __future__ import annotations

from azml_magics.cells import values
from azml_magics.cells.model_requests import check_download, check_register
from azml_magics.cells.verb import Option, Positional, Verb

_KEY_VALUE = values.key_value
_TAG = Option(("--tag",), "tags", "Tag of the model.", "K=V", repeatable=True, default=(), convert=_KEY_VALUE)
#: What is kept beside the bytes of a model.
DETAILS = (
    _TAG,
    Option(
        ("--property",),
        "properties",
        "Property of the model.",
        "K=V",
        repeatable=True,
        default=(),
        convert=_KEY_VALUE,
    ),
    Option(("--description",), "description", "What it is.", "TEXT", default=""),
)
_MODEL_NAME = Option(("-n", "--name"), "model_name", "Name of the model.", "NAME", completes="model")

MODEL_VERBS = (
    Verb(
        ("model", "register"),
        "Copy a file or folder into the workspace as the next version of a model.",
        (Positional("path", "PATH", "File or folder.", optional=True, completes="path"),),
        (
            _MODEL_NAME,
            *DETAILS,
            Option(("--framework",), "framework", "What it was made with, for instance ScikitLearn.", "NAME"),
            Option(("--framework-version",), "framework_version", "The version of that.", "VERSION"),
            Option(("--file",), "file", "Take all of it from a model.yml; what is given too wins.", "FILE"),
        ),
        reports=True,
        check=check_register,
    ),
    Verb(
        ("model", "list"),
        "List the models.",
        (),
        (
            _MODEL_NAME,
            Option(
                ("--tag",),
                "tags",
                "Only models with this tag, of any value or of this one.",
                "K[=V]",
                repeatable=True,
                default=(),
                convert=values.key_and_value,
            ),
        ),
        reports=True,
    ),
    Verb(
        ("model", "show"),
        "Show a model.",
        (Positional("name", "NAME[:VERSION]", "Name of the model.", completes="model"),),
        reports=True,
    ),
    Verb(
        ("model", "download"),
        "Copy a model out of the workspace.",
        (Positional("name", "NAME[:VERSION]", "Name of the model.", optional=True, completes="model"),),
        (
            _MODEL_NAME,
            Option(
                ("-v", "--version"),
                "version",
                "Its version; the newest without it.",
                "N",
                convert=values.positive_count,
            ),
            Option(
                ("-d", "-p", "--download-path", "--directory"),
                "directory",
                "Where its file or folder is put.",
                "DIR",
                required=True,
                completes="path",
            ),
            Option(
                ("--format",),
                "format",
                "plain: the file or folder in DIR; v2: a directory DIR with a model.yml too.",
                "FORMAT",
                ("plain", "v2"),
                default="plain",
            ),
            Option(
                ("--overwrite",), "overwrite", "Replace what is there by its name.", takes_value=False, default=False
            ),
        ),
        reports=True,
        check=check_download,
    ),
)
