"""Verbs about environments."""

from __future__ import annotations

from azml_magics.cells.requests import check_base_option
from azml_magics.cells.verb import Option, Positional, Verb

ENVIRONMENT_VERBS = (
    Verb(("environment", "list"), "List the environments.", reports=True),
    Verb(
        ("environment", "show"),
        "Show an environment.",
        (Positional("name", "NAME[:VERSION]", "Name of the environment.", completes="environment"),),
        reports=True,
    ),
    Verb(
        ("environment", "dockerfile"),
        "Show the Dockerfile of an environment with its packages baked in.",
        (Positional("name", "NAME[:VERSION]", "Name of the environment.", completes="environment"),),
        (Option(("--base",), "base", "Image to start from, for one that names none.", "REF", completes="image"),),
        reports=True,
        check=check_base_option,
    ),
)
