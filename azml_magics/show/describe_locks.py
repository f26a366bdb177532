"""Views of locks and of what is newer than they are; ``describe`` registers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.definitions.requirement_text import mask_credentials
from azml_magics.show.view import Table, View
from azml_magics.show.words import count, filled

if TYPE_CHECKING:
    from azml_magics.assets.locking import LockReport
    from azml_magics.assets.outdated import OutdatedReport


def lock_view(value: LockReport, *, figures: bool) -> View:
    """What is locked, and against a former lock what changed; a first lock is not listed as a change."""
    lock, label = value.lock, value.environment.label
    number = count(len(lock.requirement_lines) + len(lock.conda_packages), "package") if figures else ""
    facts = filled([("packages", number), ("for", f"Python {lock.python}" + (f" on {lock.platform}" * figures))])
    if value.former is None:
        return View(f"environment {label} is locked", "good", facts)
    if not value.changes:
        return View(f"environment {label} is locked as before", "good", facts)
    rows = tuple(tuple(mask_credentials(cell) for cell in row) for row in value.changes)
    table = Table(("package", "before", "now"), rows) if figures else None
    return View(f"environment {label} is locked: {count(len(rows), 'package')} changed", "good", facts, table)


def outdated_view(value: OutdatedReport, *, figures: bool) -> View:
    """Without figures only whether there is anything: which versions there are differs from day to day."""
    what = "locked" if value.is_locked else "pinned"
    if not value.packages:
        checked = f": {count(value.checked, 'package')} {what}" if figures else ""
        return View(f"environment {value.environment.label} is up to date{checked}", "good")
    rows = tuple((row.name, row.manager, row.version, row.allowed, row.newest) for row in value.packages)
    table = Table(("package", "of", what, "newest allowed", "newest"), rows) if figures else None
    return View(f"environment {value.environment.label}: {count(len(rows), 'newer release')}", table=table)
