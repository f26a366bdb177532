"""Site-packages directories for the Python of an image: found again or filled by uv on this machine, then mounted."""

from __future__ import annotations

from pathlib import Path

from azml_magics.cancel import Cancel
from azml_magics.events import Emit
from azml_magics.plan.actions import ImagePlan


def find_site_packages(plan: ImagePlan, directory: Path) -> Path | None:
    """What was made for this key below ``directory`` (the workspace's ``packages``), or ``None``; runs no program.

    A virtual environment of the user's own is always found: its site-packages directory, as it is.
    """
    raise NotImplementedError


def build_site_packages(plan: ImagePlan, directory: Path, *, emit: Emit, cancel: Cancel) -> Path:
    """The site-packages directory of ``plan`` below ``directory``, made when there is none.

    One builder a key, complete or not at all, readable by every user of a container. Raises ``BuildError`` (code
    ``no-wheel`` when something exists as source only), ``ToolError`` and ``CancelledError``.
    """
    raise NotImplementedError
