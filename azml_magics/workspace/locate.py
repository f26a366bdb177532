"""Where the workspace is: ``AZML_WORKSPACE``, else ``.azml/`` in this directory or the nearest one above."""

from __future__ import annotations

import os
from pathlib import Path

DIRECTORY_NAME = ".azml"
VARIABLE = "AZML_WORKSPACE"


def locate(start: Path) -> Path | None:
    """The workspace directory that ``start`` belongs to, or ``None`` when there is none yet.

    ``AZML_WORKSPACE`` names the directory itself and wins, whether it exists or not.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).expanduser().absolute()
    start = start.absolute()
    return next(
        (folder / DIRECTORY_NAME for folder in (start, *start.parents) if (folder / DIRECTORY_NAME).is_dir()), None
    )
