"""The view of an environment that was built; ``describe`` registers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.show.view import View
from azml_magics.show.words import count, filled, seconds_figure

if TYPE_CHECKING:
    from azml_magics.assets.building import EnvironmentBuild

KINDS = {
    "venv": "virtual environment",
    "conda": "conda environment",
    "interpreter": "current Python",
    "image": "image",
}


def build_view(value: EnvironmentBuild, *, figures: bool) -> View:
    """What came of it and where it is; names made of content and numbers differ from machine to machine."""
    what = "is there already" if value.reused else "is built"
    facts = filled(
        [
            (KINDS[value.kind], value.place if figures else "yes"),
            ("python", str(value.python) if figures else ""),
            ("packages", count(len(value.installed), "package") if figures else ""),
            ("took", seconds_figure(value.seconds) if figures and not value.reused else ""),
            ("reason", value.reason if figures else ""),
        ]
    )
    return View(f"environment {value.environment.label} {what}", "good", facts)
