"""Panels opened: of a job, of a service, of a workspace; where one cannot be shown is left to ``availability``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azml_magics.journal.records import JobRecord
from azml_magics.panel.newest_job import find_newest_job

if TYPE_CHECKING:
    from azml_magics.panel.actions import Update
    from azml_magics.panel.widget import Panel
    from azml_magics.session import Session


def open_job_panel(
    session: Session, record: JobRecord, *, threaded: bool = True, update: Update | None = None
) -> Panel:
    """A panel of that job, whichever process runs it."""
    from azml_magics.panel.contents import Contents
    from azml_magics.panel.widget import Panel

    return Panel(Contents(session, record), threaded=threaded, update=update)


def open_panel(session: Session, name: str | None, *, threaded: bool = True, update: Update | None = None) -> Panel:
    """The newest job called ``name`` and the service of that name; without a name the newest job of all.

    Raises ``NotFoundError`` when there is neither.
    """
    from azml_magics.panel.contents import Contents
    from azml_magics.panel.widget import Panel

    root = session.workspace.root
    record = find_newest_job(root, name)
    if name is not None and record is None:
        session.workspace.get_service(name)  # raises, with near names
    return Panel(Contents(session, record, name=name, follows=True), threaded=threaded, update=update)
