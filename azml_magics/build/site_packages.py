"""Site-packages directories for the Python of an image: found again, or made complete by ``site_packages_install``."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

from azml_magics.build.failure import explain_uv_failure
from azml_magics.build.mounted import mounted_remarks
from azml_magics.build.site_packages_install import SitePackagesInstall
from azml_magics.build.uv_calls import MARKER, UvCalls, build_once
from azml_magics.cancel import Cancel
from azml_magics.errors import BuildError, Finding
from azml_magics.events import Emit, Found, Note
from azml_magics.plan.actions import ImagePlan
from azml_magics.system.files import write_atomically
from azml_magics.system.host import installed_packages
from azml_magics.system.pythons import list_pythons
from azml_magics.system.site_packages import find_site_packages_directory

#: Below the workspace's ``packages``.
FOLDER = "site-packages"
#: Begins the remarks that are warnings.
WARNING = "warning: "
#: A project may publish a wheel, or somebody install the Python that was missing: after that it is worth a try again.
TRY_AGAIN_SECONDS = 24 * 3600.0


def find_site_packages(plan: ImagePlan, directory: Path) -> Path | None:
    """What was made for this key below ``directory`` (the workspace's ``packages``), or ``None``; runs no program.

    A virtual environment of the user's own is always found: its site-packages directory, as it is.
    """
    if plan.site_packages:
        return find_site_packages_directory(Path(plan.site_packages))
    target = directory / FOLDER / plan.key
    return target if plan.key and read_marker(target) is not None else None


def build_site_packages(plan: ImagePlan, directory: Path, *, emit: Emit, cancel: Cancel) -> Path:
    """The site-packages directory of ``plan`` below ``directory``, made when there is none.

    One builder a key, complete or not at all, readable by every user of a container. What is doubtful about it is told
    as notes every time. Raises ``BuildError`` (``no-wheel`` when something exists as source only and cannot be built
    here), ``ToolError`` and ``CancelledError``.
    """
    target = directory / FOLDER / plan.key

    def build(descriptors: tuple[int, ...]) -> None:
        explain = partial(explain_uv_failure, plan, list_pythons=list_pythons)
        try:
            SitePackagesInstall(plan, target, emit, UvCalls(emit, cancel, descriptors, explain)).run()
        except BuildError as error:
            if error.code == "no-wheel":
                write_atomically(_failure(target), error.brief.encode())
            raise
        _failure(target).unlink(missing_ok=True)

    found = build_once(target, find=lambda: find_site_packages(plan, directory), build=build, cancel=cancel)
    if found is None:
        raise BuildError(f"{target} was prepared, and is gone again", remedy="prepare it again", code="packages-gone")
    remarks = (read_marker(found) or {}).get("remarks", [])
    for remark in [*remarks, *mounted_remarks(plan.image, installed_in(found))]:
        emit(_news(remark))
    return found


def _news(remark: str) -> Note | Found:
    """A remark as an event; those that say that something may be missing begin with ``warning: ``."""
    if not remark.startswith(WARNING):
        return Note(remark)
    return Found(Finding("mounted-packages", remark.removeprefix(WARNING), "", severity="warning"))


def why_not_mounted(plan: ImagePlan, directory: Path) -> str:
    """Why this very directory could not be made when it was tried a short time ago; empty when it was not, or could."""
    failure = _failure(directory / FOLDER / plan.key)
    try:
        is_fresh = time.time() - failure.stat().st_mtime < TRY_AGAIN_SECONDS
        return failure.read_text(encoding="utf-8") if plan.key and is_fresh else ""
    except FileNotFoundError:
        return ""


def _failure(target: Path) -> Path:
    return target.with_suffix(".failed")


def installed_in(directory: Path) -> tuple[tuple[str, str], ...]:
    """(normalised name, version) of the distributions in a site-packages directory."""
    marker = read_marker(directory)
    if marker is None:
        return installed_packages([directory])
    return tuple((str(name), str(release)) for name, release in marker["installed"])


def read_marker(directory: Path) -> dict[str, Any] | None:
    """What was written down when the directory was complete; ``None`` for one that is not, or is damaged."""
    try:
        marker = json.loads((directory / MARKER).read_text(encoding="utf-8"))
        return marker if all(len(pair) == 2 for pair in marker["installed"]) else None
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None
