"""Verbs about images: bases to start from, ways to add packages to them, what nothing needs any more."""

from __future__ import annotations

from azml_magics.cells.verb import WAIT, Option, Positional, Verb

_IMAGE = Positional("name", "IMAGE", "Image on the engine, or one of the cloud's.", completes="image")
_INTERPRETER = Option(("--python",), "interpreter_path", "The Python meant inside the image: a path or a name.", "PATH")

IMAGE_VERBS = (
    Verb(("base", "list"), "List images to start from: those made here, and the cloud's prebuilt ones.", reports=True),
    Verb(("base", "show"), "Show what an image holds, as far as it is known here.", (_IMAGE,), reports=True),
    Verb(
        ("base", "check"),
        "Look into an image, pulled if need be, and say what stands in the way of serving from it.",
        (_IMAGE,),
        (_INTERPRETER,),
        reports=True,
    ),
    Verb(
        ("base", "build"),
        "Make an image to start from out of any image with a Python.",
        (Positional("name", "NAME", "What to call it, for instance local/inference:1."),),
        (
            Option(("--from",), "base", "Image with a Python.", "IMAGE", required=True, completes="image"),
            Option(
                ("--requirement",),
                "requirements",
                "Python package to add.",
                "REQUIREMENT",
                repeatable=True,
                default=(),
            ),
            _INTERPRETER,
            WAIT,
        ),
        reports=True,
    ),
    Verb(
        ("strategies",),
        "Compare the ways to get packages into a container, with what was measured here.",
        (
            Positional(
                "name", "NAME", "Name of an environment, or of a service in a container.", completes="environment"
            ),
        ),
        reports=True,
    ),
    Verb(
        ("prune",),
        "Remove images, packages and files that nothing refers to; asks first.",
        (),
        (
            Option(("--dry-run",), "dry_run", "Only list them, with sizes.", takes_value=False, default=False),
            Option(("--yes",), "yes", "Do not ask.", takes_value=False, default=False),
        ),
        reports=True,
    ),
)
