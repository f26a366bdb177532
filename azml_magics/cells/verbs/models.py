"""Verbs about models."""

from __future__ import annotations

from azml_magics.cells import values
from azml_magics.cells.requests import check_register
from azml_magics.cells.verb import Option, Positional, Verb

_TAG = Option(("--tag",), "tags", "Tag of the model.", "K=V", repeatable=True, default=(), convert=values.key_value)
_MODEL_NAME = Option(("--name",), "model_name", "Name of the model.", "NAME", completes="model")

MODEL_VERBS = (
    Verb(
        ("model", "register"),
        "Copy a file or folder into the workspace as the next version of a model.",
        (Positional("path", "PATH", "File or folder.", completes="path"),),
        (
            Option(("--name",), "model_name", "Name of the model.", "NAME", required=True, completes="model"),
            _TAG,
            Option(
                ("--property",),
                "properties",
                "Property of the model.",
                "K=V",
                repeatable=True,
                default=(),
                convert=values.key_value,
            ),
            Option(("--description",), "description", "What it is.", "TEXT", default=""),
        ),
        reports=True,
        check=check_register,
    ),
    Verb(("model", "list"), "List the models.", (), (_MODEL_NAME, _TAG), reports=True),
    Verb(
        ("model", "show"),
        "Show a model.",
        (Positional("name", "NAME[:VERSION]", "Name of the model.", completes="model"),),
        reports=True,
    ),
)
