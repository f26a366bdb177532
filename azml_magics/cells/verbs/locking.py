"""Verbs about locks of environments."""

from __future__ import annotations

from azml_magics.cells.container_options import check_lock
from azml_magics.cells.verb import WAIT, Option, Positional, Verb

_NAME = Positional("name", "NAME[:VERSION]", "Name of the environment.", completes="environment")

LOCKING_VERBS = (
    Verb(
        ("environment", "lock"),
        "Resolve an environment to exact versions with hashes, which belong to it from then on.",
        (_NAME,),
        (
            Option(
                ("--engine",),
                "engine",
                "What it is resolved for: this machine, or the environment's image.",
                "ENGINE",
                choices=("process", "docker"),
                default="process",
            ),
            Option(("--base",), "base", "Image to resolve it for, instead of its own.", "REF", completes="image"),
            Option(
                ("--upgrade",),
                "upgrade",
                "Take the newest versions; without it those of a former lock stay.",
                takes_value=False,
                default=False,
            ),
            WAIT,
        ),
        reports=True,
        check=check_lock,
    ),
    Verb(
        ("environment", "outdated"),
        "List locked or pinned packages that have newer releases.",
        (_NAME,),
        reports=True,
    ),
)
