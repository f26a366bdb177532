"""Panels of jobs and services, where the front end shows widgets; what stands in their place is left to ``display``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from azml_magics.errors import Place
from azml_magics.magics.settings import Settings

if TYPE_CHECKING:
    from azml_magics.definitions.deployment import ServiceReport
    from azml_magics.jobs import Job
    from azml_magics.panel.widget import Panel
    from azml_magics.session import Session

#: How long a page may take to answer once the kernel is free to hear it: loading a large notebook takes a while.
ANSWER_SECONDS = 15.0
#: What was said while the kernel was busy is heard within this time.
HEARING_SECONDS = 3.0


@dataclass(frozen=True)
class JobPanels:
    """Opens panels of the job ``job_id``, which has a record once it has begun."""

    session: Session
    job_id: str
    settings: Settings

    @property
    def keep(self) -> bool:
        """Whether a panel stays one when the job has ended; Voila's pages replace no display."""
        return self.settings.keep_panel or self.settings.frontend.name == "voila"

    @property
    def pulsed(self) -> bool:
        """Whether panels only tell what they are made to tell by the cell that runs."""
        return not self.settings.frontend.threads

    def find_obstacle(self) -> str | None:
        """Why there is to be no panel; an empty text where nobody expects one."""
        return find_obstacle(self.settings)

    def open(self) -> Panel | None:
        """A panel, or ``None`` where the job has no record."""
        from azml_magics.journal.records import find_by_id
        from azml_magics.panel.opening import open_job_panel

        record = find_by_id(self.session.workspace.root, self.job_id)
        return (
            None
            if record is None
            else open_job_panel(self.session, record, threaded=not self.pulsed, update=updating(self.settings))
        )

    def expect_answer(self, panel: Panel, otherwise: Callable[[], None]) -> None:
        """Call ``otherwise`` when no page has said that it shows ``panel``."""
        expect_answer(panel, self.settings, otherwise)


def find_obstacle(settings: Settings) -> str | None:
    """Why no panel can be shown; an empty text where the front end shows no widgets at all, ``None`` where it can."""
    if not settings.frontend.widgets:
        return ""
    from azml_magics.panel.availability import find_obstacle as find_missing

    return find_missing() or None


def updating(settings: Settings) -> Callable[[str], ServiceReport] | None:
    """How a panel updates a service: as ``%azml update`` does, where jobs go on behind the cell."""
    if not settings.frontend.background:
        return None

    def update(name: str) -> ServiceReport:
        from azml_magics.cells.arguments import parse_command
        from azml_magics.magics.long_verbs import run_long_verb

        line = f"update {name}"
        arguments = parse_command(line, Place("the panel", column=1, text=line)).filled(settings.defaults)
        return cast("Job[ServiceReport]", run_long_verb(arguments, settings)).result()

    return update


def expect_answer(panel: Panel, settings: Settings, otherwise: Callable[[], None]) -> None:
    """Call ``otherwise`` on the kernel's loop when no page answers for ``panel`` while the kernel can hear it."""
    if settings.frontend.name == "voila":  # its page comes when all cells have run
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # no kernel that we know
        return

    def look_again() -> None:
        if not panel.heard and not panel.closed:
            otherwise()

    loop.call_later(ANSWER_SECONDS, lambda: loop.call_later(HEARING_SECONDS, look_again))
