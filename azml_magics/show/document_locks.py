"""JSON forms of locks and of what is newer than they are; ``document`` registers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.definitions.lock import Lock
from azml_magics.definitions.requirement_text import mask_credentials

if TYPE_CHECKING:
    from azml_magics.assets.locking import LockReport
    from azml_magics.assets.outdated import OutdatedReport


def lock_part(lock: Lock | None) -> object:
    """A lock as a part of its environment's document."""
    if lock is None:
        return None
    return {
        "python": lock.python,
        "platform": lock.platform,
        "requirements": [mask_credentials(line) for line in lock.requirement_lines],
        "conda": [mask_credentials(line) for line in lock.conda_packages],
    }


def lock_document(value: LockReport) -> object:
    """Its environment, its lock and what changed."""
    return {
        "name": value.environment.name,
        "version": value.environment.version,
        "lock": lock_part(value.lock),
        "changes": [
            {"name": name, "before": mask_credentials(before) or None, "now": mask_credentials(now) or None}
            for name, before, now in value.changes
        ],
    }


def outdated_document(value: OutdatedReport) -> object:
    """Every package that has a newer release."""
    return {
        "name": value.environment.name,
        "version": value.environment.version,
        "locked": value.is_locked,
        "checked": value.checked,
        "packages": [
            {
                "name": row.name,
                "manager": row.manager,
                "version": row.version,
                "newest_allowed": row.allowed or None,
                "newest": row.newest,
            }
            for row in value.packages
        ],
    }
