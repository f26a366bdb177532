"""Verbs that take long: behind the cell in a process of their own where that can be shown, else in the cell."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from azml_magics.cancel import Cancel
from azml_magics.cells.arguments import Arguments
from azml_magics.definitions.scoring import ScoringResponse
from azml_magics.errors import CancelledError, DeclarationError, Finding
from azml_magics.events import Emit, Event, Found, Note
from azml_magics.jobs import Job, Work, run_in_foreground
from azml_magics.journal.records import new_job_id
from azml_magics.magics.display import ShownWork, run_displayed
from azml_magics.magics.panels import JobPanels
from azml_magics.magics.results import give
from azml_magics.magics.settings import Settings
from azml_magics.magics.state import STATE
from azml_magics.show.call import Call
from azml_magics.show.commands import perform
from azml_magics.show.deployment_files import service_named
from azml_magics.show.doing import DOING, doing_words
from azml_magics.show.recorded_work import recorded_work
from azml_magics.show.run_output import RunOutput
from azml_magics.show.words import finding_lines

if TYPE_CHECKING:
    from azml_magics.background.hiring import OutsideWork
    from azml_magics.definitions.entry_script import EntryScript

#: Verbs that take long enough for a display of their steps: ``reload`` is over too soon.
LONG_VERBS = DOING.keys() - {"reload"}
#: Of these the ones that go on behind the cell unless they are given ``--wait``.
BACKGROUND_VERBS = frozenset(
    {"deploy", "update", "demo", "package", "base build", "environment build", "environment lock"}
)


def run_long_verb(
    arguments: Arguments, settings: Settings, body: str | None = None, script: EntryScript | None = None
) -> object:
    """A job that has just begun where its display can be updated later, else the result."""
    session = STATE.session(settings.workspace)
    verb = arguments.verb.name
    name = service_named(session, arguments) or arguments.text("script") or verb
    doing = doing_words(verb, name)
    frontend = settings.frontend
    # Whoever debugs has to be told where to attach while the cell still runs.
    told = [_print_note] if arguments.flag("debug") and not frontend.progress else []

    def do(emit: Emit, cancel: Cancel) -> object:
        read_stdin = partial(refuse_stdin, arguments)
        return perform(Call(session, arguments, body, emit, cancel, read_stdin, script=script))

    job_id = new_job_id()
    panels = JobPanels(session, job_id, settings)
    work = recorded_work(do, session, verb=verb, name=name, doing=doing, job_id=job_id)
    as_json = arguments.flag("json")
    if frontend.background and not as_json and verb in BACKGROUND_VERBS and not arguments.flag("wait"):
        outside = _outside_work(arguments, settings, work, name=name, doing=doing, job_id=job_id)
        job = ShownWork(name, outside or work, doing=doing, panels=panels)
        job.add_end_listener(lambda: _remember_failure(job))
        STATE.remember_job(job, job_id=job_id, verb=verb, outlives=lambda: outside is not None and outside.is_outside)
        return job.start_checked()
    try:
        ended = run_in_foreground(name, work) if as_json else _run_here(name, work, doing, panels, told)
    except KeyboardInterrupt as interrupt:
        raise CancelledError(f"{doing} was cancelled") from interrupt
    # Where steps were shown, the notes were among them.
    notes = () if frontend.progress else _findings(ended.events)
    value = ended.result()
    if isinstance(value, ScoringResponse) and not value.ok:
        STATE.last_failure = value
    return give(value, arguments, settings, notes=notes)


def refuse_stdin(arguments: Arguments) -> bytes:
    """What ``-`` means in a cell: raises ``DeclarationError``."""
    remedy = f"write the request below %%{arguments.verb.name} NAME, or give --data @FILE"
    finding = Finding("no-stdin", "a cell has no standard input to read", remedy, arguments.place_of("data"))
    raise DeclarationError(f"{arguments.place.source} cannot be done", [finding])


def _outside_work(
    arguments: Arguments, settings: Settings, inside: Work[object], *, name: str, doing: str, job_id: str
) -> OutsideWork | None:
    """The verb done by a worker; ``None`` where only this process knows all that the line means."""
    from azml_magics.background.hiring import OutsideWork
    from azml_magics.background.request import WorkRequest

    cells, start = STATE.declared_cells(), arguments.start
    if cells is None or arguments.door != "line" or start.text is None or start.column is None:
        return None
    try:
        folder = os.getcwd()  # noqa: PTH109  # as Path.cwd()
    except FileNotFoundError:
        return None
    request = WorkRequest(
        job_id,
        arguments.verb.name,
        name,
        doing,
        line=start.text[start.column - 1 :],
        place=start,
        defaults=settings.defaults,
        workspace=str(STATE.session(settings.workspace).workspace.root),
        working_directory=folder,
        environment=dict(os.environ),
        cells=cells,
    )
    return OutsideWork(request, STATE.workers, inside)


def _run_here(name: str, work: Work[object], doing: str, panels: JobPanels, told: Sequence[Emit] = ()) -> Job[object]:
    """Run ``work`` to its end in this cell, with the progress that the front end can show."""
    frontend = panels.settings.frontend
    output = RunOutput(sys.stdout)
    if not frontend.progress:
        return run_in_foreground(name, work, listeners=[output, *told])
    if frontend.name != "terminal":
        return run_displayed(name, work, doing=doing, listeners=[output], panels=panels)
    from azml_magics.show.terminal import Terminal

    with Terminal(sys.stdout).progress(doing) as show:
        return run_in_foreground(name, work, listeners=[show, output])


def _print_note(event: Event) -> None:
    if isinstance(event, Note):
        sys.stdout.write(f"{event.text}\n")
        sys.stdout.flush()


def _findings(events: tuple[Event, ...]) -> tuple[str, ...]:
    """What depends on the definition alone, other than notes: what the checks found."""
    return tuple(finding_lines([event.finding for event in events if isinstance(event, Found)]))


def _remember_failure(job: Job[object]) -> None:
    if job.error is not None:
        STATE.last_failure = job.error
