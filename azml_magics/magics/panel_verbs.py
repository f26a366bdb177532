"""``%azml panel`` and ``%azml logs`` as a live panel; where none can be shown, what is known in text."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from azml_magics.cells.arguments import Arguments
from azml_magics.journal.records import find_record
from azml_magics.magics.panels import expect_answer, find_obstacle, updating
from azml_magics.magics.settings import Settings
from azml_magics.magics.state import STATE
from azml_magics.show.job_commands import job_report
from azml_magics.show.results import Listing

if TYPE_CHECKING:
    from azml_magics.panel.widget import Panel
    from azml_magics.session import Session


def show_panel(arguments: Arguments, settings: Settings) -> object:
    """A panel of the newest job and the service of that name; raises ``NotFoundError`` when there is neither."""
    name = arguments.text("name")
    session = STATE.session(settings.workspace)
    obstacle = find_obstacle(settings)
    if obstacle is not None:
        return _in_text(session, name, obstacle)
    _open(session, name, settings)
    return None


def shows_log(arguments: Arguments, settings: Settings) -> bool:
    """Whether a panel answers ``logs NAME``: options ask for text."""
    return arguments.verb.name == "logs" and not arguments.given - {"name"} and find_obstacle(settings) is None


def show_log(arguments: Arguments, settings: Settings) -> None:
    """A panel with the log of a service, also of one that is being deployed. Raises ``NotFoundError``."""
    _open(STATE.session(settings.workspace), arguments.require_text("name"), settings)


def _open(session: Session, name: str | None, settings: Settings) -> None:
    from azml_magics.panel.availability import NOT_IN_PAGE
    from azml_magics.panel.opening import open_panel

    panel = open_panel(session, name, threaded=settings.frontend.threads, update=updating(settings))
    panel.show()
    expect_answer(panel, settings, lambda: _give_up(panel, NOT_IN_PAGE))


def _give_up(panel: Panel, why: str) -> None:
    from azml_magics.panel.settled import contents_view

    view = contents_view(panel.contents)
    panel.settle(replace(view, lines=(*view.lines, why)))


def _in_text(session: Session, name: str | None, obstacle: str) -> object:
    """The services, or how the job or service ``name`` is; ``obstacle`` says what to install, if that would help."""
    if obstacle:
        sys.stdout.write(f"{obstacle}\n")
    if name is None:
        shown = tuple(each for each in session.services() if each.state != "stopped")
        return Listing("service", shown, "no service runs")
    record = find_record(session.workspace.root, name)
    if record is None or session.workspace.find_service(name) is not None:
        return session.service(name)
    return job_report(record)
